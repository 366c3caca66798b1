/** What the kernels must compute, as plain float64 loops over formulas; and the numbers that tests feed them. */
import { keyOf, RandomStream } from "../../../src/base/random.ts";
import type { Features } from "../../../src/devices/cpu/kernel.ts";
import type { Conv2dAttrs } from "../../../src/ops/conv2d.ts";
import { relativeError } from "../../ir/closeness.ts";

/** Standard normal numbers from a seed that the test draws afresh. */
export function randomFloats(seed: number, length: number): Float32Array {
  const stream = new RandomStream(keyOf(seed));
  return Float32Array.from({ length }, () => stream.normal());
}

/** Kernels in pairs of vectors compute the same whether the host joins the pairs or not. */
export const featureSets: readonly (readonly [string, Features])[] = [
  ["relaxed SIMD", { relaxed: true, wide: false }],
  ["plain SIMD", { relaxed: false, wide: false }],
  ["relaxed SIMD in pairs", { relaxed: true, wide: true }],
  ["plain SIMD in pairs", { relaxed: false, wide: true }],
];

/** Float32 sums of normal products in any order stay within this of float64, as `sumError` measures it. */
export const TOLERANCE = 1e-5;

/** Largest error relative to the largest sum, or to what sums of so many normal products usually are: a few of them may cancel. */
export const sumError = (actual: ArrayLike<number>, expected: ArrayLike<number>, terms: number): number =>
  relativeError(actual, expected, Math.sqrt(terms));

/** C[i,j] = Σ_p A(i,p) · B(p,j), with A and B read through functions. */
export function plainProduct(
  m: number,
  n: number,
  k: number,
  a: (i: number, p: number) => number,
  b: (p: number, j: number) => number,
): Float64Array {
  return Float64Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a(i, p) * b(p, j);
    return sum;
  });
}

export interface ConvShape {
  readonly x: readonly [number, number, number, number];
  readonly w: readonly [number, number, number, number];
  readonly y: readonly [number, number, number, number];
  readonly attrs: Conv2dAttrs;
}

/** Calls visit(x, w, y) with the flat indices of every product of a convolution, found from the output backwards. */
function eachProduct({ x, w, y, attrs }: ConvShape, visit: (x: number, w: number, y: number) => void): void {
  const { strides, pad, dilation, inputDilation, groups } = attrs;
  const [, h, width, cin] = x;
  const [kh, kw, depth, cout] = w;
  const [n, oh, ow] = y;
  for (let yi = 0; yi < n * oh * ow * cout; yi++) {
    const filter = yi % cout;
    const column = Math.floor(yi / cout) % ow;
    const row = Math.floor(yi / (cout * ow)) % oh;
    const image = Math.floor(yi / (cout * ow * oh));
    const group = Math.floor((filter * groups) / cout);
    for (let wi = 0; wi < kh * kw * depth; wi++) {
      const channel = group * depth + (wi % depth);
      const stretchedX = column * strides[1] + (Math.floor(wi / depth) % kw) * dilation[1] - pad[1][0];
      const stretchedY = row * strides[0] + Math.floor(wi / (depth * kw)) * dilation[0] - pad[0][0];
      if (stretchedX % inputDilation[1] !== 0 || stretchedY % inputDilation[0] !== 0) continue;
      const [px, py] = [stretchedX / inputDilation[1], stretchedY / inputDilation[0]];
      if (px < 0 || px >= width || py < 0 || py >= h) continue;
      visit(((image * h + py) * width + px) * cin + channel, wi * cout + filter, yi);
    }
  }
}

const product = (shape: readonly number[]) => shape.reduce((size, axis) => size * axis, 1);

export function plainConvolution(shape: ConvShape, x: Float32Array, w: Float32Array): Float64Array {
  const y = new Float64Array(product(shape.y));
  eachProduct(shape, (xi, wi, yi) => {
    y[yi]! += x[xi]! * w[wi]!;
  });
  return y;
}

export function plainKernelGradient(shape: ConvShape, x: Float32Array, dy: Float32Array): Float64Array {
  const dw = new Float64Array(product(shape.w));
  eachProduct(shape, (xi, wi, yi) => {
    dw[wi]! += x[xi]! * dy[yi]!;
  });
  return dw;
}
