/** Pixels as the weights of ImageNet take them. K: `applications/imagenet_utils.py` (preprocess_input). */
import { ShapeError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import type { Sym } from "../ir/graph.ts";
import { isKerasTensor, isSym, type KerasTensor } from "../nn/keras-tensor.ts";
import { divide, subtract } from "../nn/operations/arithmetic.ts";
import { flip } from "../nn/operations/parts.ts";

/**
 * How pixels of 0 … 255 are scaled. "caffe": blue, green, red, each less its mean. "tf": to -1 … 1. "torch": to 0 … 1, less each
 * channel's mean, over its deviation.
 */
export type PreprocessMode = "caffe" | "tf" | "torch";

/** Scales images [..., 3]: numbers to a new float32 tensor, symbolic values to symbolic ones. */
export interface PreprocessInput {
  <R extends number>(x: KerasTensor<R>): KerasTensor<R>;
  (x: Sym): Sym;
  (x: TensorLike): Tensor;
}

interface Scaling {
  readonly reverse: boolean;
  readonly divisor: number;
  readonly mean: readonly [number, number, number];
  readonly deviation: readonly [number, number, number];
}

/** (x / divisor − mean) / deviation, channel by channel. */
export const scalings: Readonly<Record<PreprocessMode, Scaling>> = {
  caffe: { reverse: true, divisor: 1, mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1] },
  tf: { reverse: false, divisor: 127.5, mean: [1, 1, 1], deviation: [1, 1, 1] },
  torch: { reverse: false, divisor: 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
};

const isOne = (factor: number) => factor === 1;

function requireColors(shape: readonly (number | null)[]): void {
  if (shape.at(-1) !== 3)
    throw new ShapeError(`preprocessInput takes images of 3 channels [..., 3], got ${formatShape(shape)}.`);
}

function scaleSymbolic<A extends Sym | KerasTensor>(x: A, { reverse, divisor, mean, deviation }: Scaling): A {
  requireColors(isSym(x) ? x.spec.shape : x.shape);
  let y: Sym | KerasTensor = reverse ? flip(x, -1) : x;
  if (!isOne(divisor)) y = divide(y, divisor);
  y = subtract(y, mean);
  if (!deviation.every(isOne)) y = divide(y, deviation);
  return y as A;
}

/** Rounded to float32 after each step, as NumPy computes. */
function scaleNumbers(x: TensorLike, { reverse, divisor, mean, deviation }: Scaling): Tensor {
  const { data, shape } = tensor(x);
  requireColors(shape);
  const { fround } = Math;
  const means = mean.map(fround);
  const deviations = deviation.map(fround);
  const scaled = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const channel = i % 3;
    const from = reverse ? i + 2 - 2 * channel : i;
    scaled[i] = fround(fround(data[from]! / divisor) - means[channel]!) / deviations[channel]!;
  }
  return new Tensor(scaled, shape);
}

/** The function that scales by a mode. */
export function preprocessing(mode: PreprocessMode): PreprocessInput {
  const scaling = scalings[mode];
  return ((x: TensorLike | Sym | KerasTensor) =>
    isSym(x) || isKerasTensor(x) ? scaleSymbolic(x, scaling) : scaleNumbers(x, scaling)) as PreprocessInput;
}

/** Leaves pixels as they are: the model scales them itself. */
export const passThrough: PreprocessInput = ((x: TensorLike | Sym | KerasTensor) =>
  isSym(x) || isKerasTensor(x) ? x : tensor(x)) as PreprocessInput;
