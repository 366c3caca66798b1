/** Synthetic data with the shapes of real data, for steps whose results are not used. */
import { allocate, type DType } from "../base/dtype.ts";
import { ArgumentError, FoveaError } from "../base/errors.ts";
import { keyOf, RandomStream } from "../base/random.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import type { Loss } from "../nn/losses/loss.ts";

/** Uniform in 0 … 1; integers are 0 or 1. [rows, …rowShape] */
export function syntheticInputs(rows: number, rowShape: Shape, dtype: DType): Tensor {
  const random = new RandomStream(keyOf(0));
  const data = allocate(dtype, rows * sizeOf(rowShape));
  for (let i = 0; i < data.length; i++) data[i] = dtype === "float32" ? random.uniform() : random.below(2);
  return new Tensor(data, [rows, ...rowShape]);
}

/**
 * Targets for a loss: of the output's shape with a 1 for one class of the last axis (a single output is 0 or 1), or class
 * numbers.
 *
 * @throws ArgumentError when the loss takes neither
 */
export function syntheticTargets(rows: number, outputShape: readonly (number | null)[], loss: Loss): Tensor {
  // Inputs of known size give outputs of known size.
  const rowShape = outputShape.slice(1).map((axis) => axis ?? 1);
  const classes = rowShape.at(-1) ?? 1;
  const places = (rows * sizeOf(rowShape)) / classes;
  const random = new RandomStream(keyOf(1));
  const labels = Int32Array.from({ length: places }, () => random.below(Math.max(2, classes)));
  const oneHot = new Float32Array(places * classes);
  labels.forEach((label, i) => {
    if (classes === 1) oneHot[i] = label;
    else oneHot[i * classes + label] = 1;
  });
  const candidates = [new Tensor(oneHot, [rows, ...rowShape]), new Tensor(labels, [rows, ...rowShape.slice(0, -1)])];
  const objections: string[] = [];
  for (const candidate of candidates) {
    try {
      loss.checkTargets(candidate, outputShape);
      return candidate;
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      objections.push(error.message);
    }
  }
  throw new ArgumentError(
    `benchmark: no targets can be made up for loss "${loss.name}", which takes neither one-hot rows nor class numbers: ` +
      `${objections.join(" ")} Measure mode "predict", or compile with another loss.`,
  );
}
