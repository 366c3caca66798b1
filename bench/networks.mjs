// @ts-check
/** The networks in which prediction is compared with ONNX Runtime, their input, and the timing of calls. */
import { built } from "./built.mjs";

/** Shapes of a row. @type {Record<string, number[]>} */
export const shapes = { handout: [28, 28, 1], mobilenet224: [224, 224, 3], resnet50: [224, 224, 3] };

/** A network with random weights, the same in every process. @param {string} name */
export async function makeNetwork(name) {
  const { Sequential, setSeed } = await built("index");
  setSeed(1);
  if (name === "handout") {
    const { Conv2D, Dense, Flatten } = await built("layers");
    const model = new Sequential([
      new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: shapes.handout }),
      new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
      new Flatten(),
      new Dense({ units: 10, activation: "softmax" }),
    ]);
    return model;
  }
  const { MobileNetV2, ResNet50 } = await built("applications");
  if (name === "mobilenet224") return MobileNetV2({ weights: null });
  if (name === "resnet50") return ResNet50({ weights: null });
  throw new Error(`There is no network "${name}". Known: ${Object.keys(shapes).join(", ")}.`);
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
