/** Checks what the user passes to fit, evaluate and predict, and brings it into the form that steps are fed from. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import { type Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import type { Loss } from "../nn/losses.ts";
import type { RowSpec } from "./step.ts";

/** Rows of data with their targets and, perhaps, weights; all of the same length. */
export interface DatasetPair {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly weights: Tensor | undefined;
}

export function rowsOf(value: Tensor): number {
  return value.shape[0] ?? 0;
}

export function rowSpec(value: Tensor): RowSpec {
  return { shape: value.shape.slice(1), dtype: value.dtype };
}

/** The inputs as a tensor of the shape that the model expects. [n, h, w] is taken for [n, h, w, 1], as Keras does. */
export function checkInputs(who: string, x: TensorLike, input: KerasTensor): Tensor {
  const given = tensor(x);
  const expected = input.shape.slice(1);
  const fits = (shape: readonly number[]) =>
    shape.length === expected.length && shape.every((axis, i) => expected[i] === null || axis === expected[i]);
  let value = given;
  if (!fits(value.shape.slice(1))) {
    if (expected.at(-1) === 1 && fits([...value.shape.slice(1), 1])) value = value.reshape([...value.shape, 1]);
    else if (value.shape.at(-1) === 1 && fits(value.shape.slice(1, -1)))
      value = value.reshape(value.shape.slice(0, -1));
    else
      throw new ShapeError(
        `${who}: x has shape ${formatShape(given.shape)}, but the model's input "${input.layer.name}" takes ${formatShape([null, ...expected])}. Reshape x or change the model's inputShape.`,
      );
  }
  if (rowsOf(value) === 0) throw new ShapeError(`${who}: x has no rows.`);
  return value;
}

/** Inputs and targets of the same length, targets that fit the loss. */
export function checkPair(
  who: string,
  data: { x: TensorLike; y: TensorLike; sampleWeight?: TensorLike | undefined },
  input: KerasTensor,
  output: KerasTensor,
  loss: Loss,
): DatasetPair {
  const x = checkInputs(who, data.x, input);
  const y = tensor(data.y);
  if (rowsOf(y) !== rowsOf(x))
    throw new ShapeError(
      `${who}: x has ${rowsOf(x)} rows and y has ${y.rank === 0 ? "none" : rowsOf(y)}; every row needs its target.`,
    );
  loss.checkTargets(y, output.shape);
  const weights = data.sampleWeight === undefined ? undefined : checkWeights(who, tensor(data.sampleWeight), rowsOf(x));
  return { x, y, weights };
}

function checkWeights(who: string, weights: Tensor, rows: number): Tensor {
  if (rowsOf(weights) !== rows || sizeOf(weights.shape) !== rows)
    throw new ShapeError(
      `${who}: sampleWeight has shape ${formatShape(weights.shape)}, expected one weight per row: (${rows},).`,
    );
  return tensor(weights, [rows], "float32");
}

/** Class weights as sample weights: integer labels directly, one-hot rows by their largest entry; a missing class weighs 1. */
export function weighClasses(classWeight: Readonly<Record<number, number>>, y: Tensor): Tensor {
  for (const [label, weight] of Object.entries(classWeight))
    if (!Number.isInteger(Number(label)) || typeof weight !== "number")
      throw new ArgumentError(
        `fit: classWeight maps class numbers to weights, got ${JSON.stringify(label)}: ${JSON.stringify(weight)}.`,
      );
  const wide = y.rank > 1 && y.shape.at(-1)! > 1;
  const labels = wide ? y.argMax() : y;
  if (sizeOf(labels.shape) !== rowsOf(y))
    throw new ShapeError(`fit: classWeight needs one label per row, got y of shape ${formatShape(y.shape)}.`);
  return tensor(Float32Array.from(labels.data, (label) => classWeight[Math.round(label)] ?? 1));
}

/** Rows begin … end-1 of all parts. */
export function slicePair({ x, y, weights }: DatasetPair, begin: number, end: number): DatasetPair {
  return { x: x.slice(begin, end), y: y.slice(begin, end), weights: weights?.slice(begin, end) };
}
