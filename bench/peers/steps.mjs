// @ts-check
/** What a peer that is stepped by hand offers, and how its steps are timed; runs in Node and in browsers. */

/** @typedef {{ images: Float32Array, oneHot: Float32Array }} Data */
/** `train` resolves to the loss once the step is done. @typedef {{ train(): Promise<number | undefined>, predict(): Promise<void> }} Steps */

/**
 * Runs steps until the time is over, after `warm` steps that do not count.
 * @param {(index: number) => Promise<unknown>} step
 * @param {number} batch @param {number} seconds @param {number} warm
 */
export async function timeSteps(step, batch, seconds, warm = 2) {
  let index = 0;
  for (; index < warm; index++) await step(index);
  const start = performance.now();
  let steps = 0;
  do {
    await step(index++);
    steps++;
  } while (performance.now() - start < seconds * 1000);
  return { images: steps * batch, seconds: (performance.now() - start) / 1000 };
}
