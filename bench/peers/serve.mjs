// @ts-check
/**
 * The protocol of a peer, on lines of JSON: it is asked {task: "train" | "predict", batch, seconds} and answers {images, seconds};
 * {task: "memory"} → {peakBytes}. Started with "first" it takes one training step, says {first: true} and ends.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Numbers that the images may have in all. */
const MOST_NUMBERS = 2 ** 25;

/**
 * Images of the asked shape and labels, the same for every peer. Images of another size than MNIST's are cut from its pixels one
 * after the other, again from the first one when they end: no picture, but the same work.
 * @param {readonly number[]} shape
 * @returns {{ images: Float32Array, labels: Int32Array, oneHot: Float32Array, count: number }}
 */
export function loadData(shape = [28, 28, 1]) {
  const folder = process.env.BENCH_DATA ?? ".";
  const pixels = readFileSync(join(folder, "pixels"));
  const size = shape.reduce((product, axis) => product * axis, 1);
  const known = readFileSync(join(folder, "labels"));
  const most = Math.min(known.length, Math.floor(Math.max(MOST_NUMBERS, pixels.length) / size));
  const count = Math.min(Math.max(1024, Math.floor(pixels.length / size)), most);
  const labels = Int32Array.from(known.subarray(0, count));
  const oneHot = new Float32Array(count * 10);
  labels.forEach((label, i) => {
    oneHot[i * 10 + label] = 1;
  });
  // A plain loop: Float32Array.from with a function takes a third of a second, which is no peer's own.
  const images = new Float32Array(count * size);
  for (let i = 0; i < images.length; i++) images[i] = Number(pixels[i % pixels.length]) / 255;
  return { images, labels, oneHot, count };
}

/** @param {unknown} message */
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/**
 * @param {{ train(batch: number, seconds: number): Promise<{images: number, seconds: number}>,
 *   predict(batch: number, seconds: number): Promise<{images: number, seconds: number}>, first(): Promise<unknown> }} peer
 */
export async function serve(peer) {
  if (process.argv[2] === "first") {
    await peer.first();
    say({ first: true });
    process.exit(0);
  }
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const { task, batch, seconds } = JSON.parse(line);
    if (task === "train") say(await peer.train(batch, seconds));
    else if (task === "predict") say(await peer.predict(batch, seconds));
    else say({ peakBytes: process.resourceUsage().maxRSS * 1024 });
  }
  process.exit(0);
}

/**
 * Runs passes over the first images, as many as fit into the time, after a warm-up that also tells how many those are.
 * @param {number} batch @param {number} seconds @param {number} most @param {(count: number) => Promise<unknown>} pass
 */
export async function timePasses(batch, seconds, most, pass) {
  const few = Math.min(most, 4 * batch);
  await pass(few);
  const warm = performance.now();
  await pass(few);
  const rate = few / (performance.now() - warm);
  const count = Math.min(most, Math.max(few, batch * Math.ceil((1000 * seconds * rate) / batch)));
  const start = performance.now();
  let images = 0;
  do {
    await pass(count);
    images += count;
  } while (performance.now() - start < 900 * seconds);
  return { images, seconds: (performance.now() - start) / 1000 };
}
