/** Synthetic data with the shapes of real data, for steps whose results are not used. */
import { allocate, type DType } from "../base/dtype.ts";
import { ArgumentError, FoveaError, StateError } from "../base/errors.ts";
import { keyOf, RandomStream } from "../base/random.ts";
import { formatShape, type Shape, sizeOf } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import type { BatchShape } from "../nn/keras-tensor.ts";
import type { Loss } from "../nn/losses/loss.ts";
import type { AnyModel } from "../train/model.ts";

/** Uniform in 0 … 1; integers are 0 or 1. [rows, …rowShape] */
function syntheticInputs(rows: number, rowShape: Shape, dtype: DType): Tensor {
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
function syntheticTargets(who: string, rows: number, outputShape: BatchShape, loss: Loss): Tensor {
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
    `${who}: no targets can be made up for loss "${loss.name}", which takes neither one-hot rows nor class numbers: ` +
      `${objections.join(" ")} ${who === "benchmark" ? 'Measure mode "predict", or compile' : "Compile"} with another loss.`,
  );
}

/** A batch for a model, in the order of its inputs and outputs; an output without a loss has no target. */
export interface SyntheticBatch {
  readonly inputs: readonly Tensor[];
  readonly targets: readonly (Tensor | undefined)[];
}

/**
 * @param losses of the outputs
 * @throws StateError when an input has axes of unknown size
 */
export function syntheticBatch(
  who: string,
  { name, graph }: AnyModel,
  rows: number,
  losses: readonly (Loss | undefined)[] = [],
): SyntheticBatch {
  const rowOf = (shape: BatchShape) =>
    shape.slice(1).map((axis) => {
      if (axis !== null) return axis;
      throw new StateError(
        `${who}: the input of model "${name}" has shape ${formatShape(shape)}, with axes of unknown size; ` +
          `build a model of the same layers with a fixed inputShape to ${who === "benchmark" ? "measure" : "compile"} it.`,
      );
    });
  return {
    inputs: graph.inputs.map(({ shape, dtype }) => syntheticInputs(rows, rowOf(shape), dtype)),
    targets: losses.map((loss, i) => loss && syntheticTargets(who, rows, graph.outputs[i]!.shape, loss)),
  };
}
