// @ts-check
/** What the peers of inference.mjs share: their network, its input, and the timing of calls. */
import { models } from "./browsers/models.mjs";

/** A network with random weights, the same in every process. @param {string} name */
export function networkOf(name) {
  const network = models[name];
  if (network === undefined)
    throw new Error(`There is no network "${name}". Known: ${Object.keys(models).join(", ")}.`);
  return network;
}

/** Rows of an input between -1 and 1. @param {number} batch @param {readonly number[]} shape */
export function inputOf(batch, shape) {
  const values = new Float32Array(shape.reduce((product, axis) => product * axis, batch));
  for (let i = 0; i < values.length; i++) values[i] = ((i * 7919) % 2003) / 1001 - 1;
  return values;
}

/**
 * Calls one after the other for so long, after a warm-up. `output`: the first row's, to be compared.
 * @param {number} batch @param {number} seconds @param {() => Promise<ArrayLike<number>>} call
 */
export async function timeCalls(batch, seconds, call) {
  const warm = performance.now();
  for (let i = 0; i < 3 || performance.now() - warm < 300 * seconds; i++) await call();
  let calls = 0;
  const start = performance.now();
  do {
    await call();
    calls++;
  } while (performance.now() - start < 1000 * seconds);
  const elapsed = (performance.now() - start) / 1000;
  const all = await call();
  return {
    images: calls * batch,
    seconds: elapsed,
    output: Array.from({ length: all.length / batch }, (_, i) => all[i]),
  };
}
