/**
 * Weights with 8 bits for most numbers: kernels as whole numbers from -127 to 127 with a factor for each place of their last axis, the rest
 * as numbers of 16 bits. `bench/lab-programs.mjs` writes them.
 */
import { type Tensor, tensor } from "fovea";
import { readHalfFloats } from "./half-floats.ts";

/**
 * The weights of a file, in order. A kernel of rank 2 or more takes 2 bytes for each place of its last axis (the factors, binary16), then a
 * byte for each number; any other weight takes 2 bytes for each number.
 *
 * @throws Error for a file of another length than these shapes take
 */
export function readSmallWeights(bytes: ArrayBuffer, shapes: readonly (readonly number[])[]): Tensor[] {
  const sizes = shapes.map((shape) => shape.reduce((product, axis) => product * axis, 1));
  const expected = shapes.reduce(
    (sum, shape, i) => sum + (shape.length < 2 ? 2 * sizes[i]! : 2 * shape.at(-1)! + sizes[i]!),
    0,
  );
  if (bytes.byteLength !== expected)
    throw new Error(`The file of weights has ${bytes.byteLength} bytes, the network ${expected}: load the page again.`);
  let at = 0;
  const halves = (count: number) => {
    at += 2 * count;
    return readHalfFloats(bytes.slice(at - 2 * count, at));
  };
  return shapes.map((shape, i) => {
    if (shape.length < 2) return tensor(halves(sizes[i]!), [...shape]);
    const factors = halves(shape.at(-1)!);
    const whole = new Int8Array(bytes, at, sizes[i]!);
    at += sizes[i]!;
    return tensor(
      Float32Array.from(whole, (value, k) => value * factors[k % factors.length]!),
      [...shape],
    );
  });
}
