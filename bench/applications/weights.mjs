// @ts-check
/** The numbers of weights.py: weights and images that are functions of their places. */

/** @typedef {{ readonly name: string, readonly shape: readonly number[], value: Float32Array }} Weight */

/** @param {readonly number[]} shape */
const sizeOf = (shape) => shape.reduce((size, axis) => size * axis, 1);

/**
 * Numbers in -1 … 1, mixed of the tensor's number and the entry's by a hash of 32 bits.
 *
 * @param {number} tensor
 * @param {readonly number[]} shape
 */
export function pattern(tensor, shape) {
  const start = Math.imul(tensor, 0x9e3779b9);
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    let x = (start + i) >>> 0;
    x ^= x >>> 16;
    x = Math.imul(x, 0x7feb352d);
    x ^= x >>> 15;
    x = Math.imul(x, 0x846ca68b);
    x ^= x >>> 16;
    return (x >>> 0) / 2 ** 31 - 1;
  });
}

/** Images as an application takes them: some scale pixels of 0 … 255 themselves. @param {string} name @param {readonly number[]} shape */
export function imagesFor(name, shape) {
  const images = pattern(0, shape);
  if (!/^(MobileNetV3|EfficientNet|ConvNeXt)/.test(name)) return images;
  return images.map((value) => Math.fround(value + 1) * 127.5);
}

/** @param {Weight} weight @param {number} tensor */
function placed({ name, shape }, tensor) {
  const noise = pattern(tensor, shape);
  if (["gamma", "moving_variance", "variance"].includes(name)) return noise.map((value) => 1 + value / 4);
  if (name === "count") return noise.fill(0);
  if (shape.length < 2) return noise.map((value) => value / 10);
  // Inputs of one output; a depthwise kernel [height, width, channels, 1] has height · width of them.
  const spread = Math.sqrt(6 / sizeOf(shape.slice(0, shape.at(-1) === 1 ? -2 : -1)));
  return noise.map((value) => value * spread);
}

/** @param {{ readonly weights: readonly Weight[] }} model */
export function placeWeights({ weights }) {
  weights.forEach((weight, i) => {
    weight.value = placed(weight, i + 1);
  });
}
