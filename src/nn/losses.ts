/**
 * Losses, one value per row; the training step weighs them and takes their mean. Formulas and class names are Keras's
 * (K: `losses/losses.py`, `backend/torch/nn.py`).
 */
import { ArgumentError, ShapeError, unknownName } from "../base/errors.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Sym } from "../ir/graph.ts";
import { add, clip, div, equal, log, mul, neg, square, sub } from "../ops/elementwise.ts";
import { literal } from "../ops/literal.ts";
import { reduceSum } from "../ops/reduce.ts";
import { reshape } from "../ops/reshape.ts";
import { logSoftmax } from "../ops/softmax.ts";

/** Keras's fuzz factor. */
const EPSILON = 1e-7;
/** Probabilities are kept within these bounds before their logarithm; float32 rounds the upper one to 1 - 1.19e-7. */
const [LOWEST, HIGHEST] = [EPSILON, Math.fround(1 - EPSILON)];

/** A loss of rows. */
export interface Loss {
  readonly name: string;
  /** yTrue, yPred [n, …] → one loss per row [n]. */
  emit(yTrue: Sym, yPred: Sym): Sym;
  /** Throws an error that teaches when targets cannot belong to outputs of this shape ([null, …]). */
  checkTargets(y: Tensor, outputShape: readonly (number | null)[]): void;
  /** Class and options, as configs hold them. */
  getConfig(): Record<string, unknown>;
}

/** A loss or its name: snake_case, the class's name, or an alias such as "mse". */
export type LossLike = Loss | string;

/** Mean over all axes but the first. */
function meanRows(x: Sym): Sym {
  const axes = x.spec.shape.map((_, axis) => axis).slice(1);
  if (axes.length === 0) return x;
  return div(reduceSum(x, axes), sizeOf(x.spec.shape.slice(1)));
}

/** ln of probabilities: divided by their sum and clipped; or of logits by the log-softmax. */
function logProbabilities(yPred: Sym, fromLogits: boolean): Sym {
  if (fromLogits) return logSoftmax(yPred);
  return log(clip(div(yPred, reduceSum(yPred, [-1], true)), LOWEST, HIGHEST));
}

export interface CategoricalCrossentropyOptions {
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  readonly fromLogits?: boolean;
  /** Share of the target that is spread evenly over all classes, 0 … 1. Default 0. */
  readonly labelSmoothing?: number;
  readonly name?: string;
}

/**
 * -Σ yTrue · ln yPred over the last axis; targets are one-hot (or any distribution). Probabilities are normalised and clipped
 * to [1e-7, 1 - 1e-7]; beyond the clip the gradient is 0.
 *
 * @example
 * ```ts
 * import { CategoricalCrossentropy } from "fovea/losses";
 * new CategoricalCrossentropy({ fromLogits: true });
 * ```
 */
export class CategoricalCrossentropy implements Loss {
  readonly name: string;
  readonly fromLogits: boolean;
  readonly labelSmoothing: number;

  constructor({
    fromLogits = false,
    labelSmoothing = 0,
    name = "categorical_crossentropy",
  }: CategoricalCrossentropyOptions = {}) {
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
      throw new ArgumentError(
        `CategoricalCrossentropy: labelSmoothing is ${labelSmoothing}, expected a number from 0 to 1.`,
      );
    this.name = name;
    this.fromLogits = fromLogits;
    this.labelSmoothing = labelSmoothing;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    const classes = yPred.spec.shape.at(-1)!;
    const smooth = this.labelSmoothing;
    const targets = smooth === 0 ? yTrue : add(mul(yTrue, 1 - smooth), smooth / classes);
    return meanRows(neg(reduceSum(mul(targets, logProbabilities(yPred, this.fromLogits)), [-1])));
  }

  checkTargets(y: Tensor, outputShape: readonly (number | null)[]): void {
    if (sameRows(y.shape, outputShape)) return;
    const classes = outputShape.at(-1);
    const labels = y.rank === outputShape.length - 1 || (y.rank === outputShape.length && y.shape.at(-1) === 1);
    const hint = labels
      ? ` These look like class numbers: use toCategorical(y, ${classes}), or loss "sparse_categorical_crossentropy".`
      : "";
    throw new ShapeError(
      `${this.name}: y has shape ${formatShape(y.shape)}, but the model's output is ${formatShape(outputShape)}.${hint}`,
    );
  }

  getConfig(): Record<string, unknown> {
    const { name, fromLogits, labelSmoothing } = this;
    return { name, reduction: "sum_over_batch_size", fromLogits, labelSmoothing, axis: -1 };
  }
}

function sameRows(shape: readonly number[], outputShape: readonly (number | null)[]): boolean {
  const row = outputShape.slice(1);
  return shape.length === outputShape.length && shape.slice(1).every((axis, i) => row[i] === null || axis === row[i]);
}

export interface SparseCategoricalCrossentropyOptions {
  /** Default false. */
  readonly fromLogits?: boolean;
  readonly name?: string;
}

/**
 * Cross-entropy with class numbers [n] (or [n, 1]) as targets: -ln yPred[label].
 *
 * @example
 * ```ts
 * import { SparseCategoricalCrossentropy } from "fovea/losses";
 * new SparseCategoricalCrossentropy();
 * ```
 */
export class SparseCategoricalCrossentropy implements Loss {
  readonly name: string;
  readonly fromLogits: boolean;

  constructor({
    fromLogits = false,
    name = "sparse_categorical_crossentropy",
  }: SparseCategoricalCrossentropyOptions = {}) {
    this.name = name;
    this.fromLogits = fromLogits;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    const classes = yPred.spec.shape.at(-1)!;
    const labels = reshape(yTrue, [...yPred.spec.shape.slice(0, -1), 1]);
    const numbers = literal(
      yPred.builder,
      Array.from({ length: classes }, (_, i) => i),
      [classes],
    );
    const oneHot = equal(labels, numbers);
    return meanRows(neg(reduceSum(mul(oneHot, logProbabilities(yPred, this.fromLogits)), [-1])));
  }

  checkTargets(y: Tensor, outputShape: readonly (number | null)[]): void {
    const classes = outputShape.at(-1)!;
    const labelShape = outputShape.slice(0, -1);
    if (sameRows(y.shape, outputShape) && classes !== 1)
      throw new ShapeError(
        `${this.name}: y has shape ${formatShape(y.shape)}, which looks one-hot; this loss takes class numbers ${formatShape(labelShape)}. ` +
          'Use loss "categorical_crossentropy", or y.argMax().',
      );
    if (!sameRows(y.shape, labelShape) && !sameRows(y.shape, [...labelShape, 1]))
      throw new ShapeError(
        `${this.name}: y has shape ${formatShape(y.shape)}, expected class numbers ${formatShape(labelShape)}.`,
      );
    y.data.forEach((label, i) => {
      if (!(Number.isInteger(label) && label >= 0 && label < classes))
        throw new ArgumentError(
          `${this.name}: label ${label} in row ${i} is not a class of the model's output; expected whole numbers 0 … ${classes - 1}.`,
        );
    });
  }

  getConfig(): Record<string, unknown> {
    const { name, fromLogits } = this;
    return { name, reduction: "sum_over_batch_size", fromLogits, ignoreClass: null };
  }
}

/**
 * Mean of (yPred - yTrue)² over each row.
 *
 * @example
 * ```ts
 * import { MeanSquaredError } from "fovea/losses";
 * new MeanSquaredError();
 * ```
 */
export class MeanSquaredError implements Loss {
  readonly name: string;

  constructor({ name = "mean_squared_error" }: { readonly name?: string } = {}) {
    this.name = name;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    return meanRows(square(sub(yPred, yTrue)));
  }

  checkTargets(y: Tensor, outputShape: readonly (number | null)[]): void {
    const squeezed = outputShape.at(-1) === 1 && sameRows(y.shape, outputShape.slice(0, -1));
    if (!squeezed && !sameRows(y.shape, outputShape))
      throw new ShapeError(
        `${this.name}: y has shape ${formatShape(y.shape)}, but the model's output is ${formatShape(outputShape)}.`,
      );
  }

  getConfig(): Record<string, unknown> {
    return { name: this.name, reduction: "sum_over_batch_size" };
  }
}

const makers: Readonly<Record<string, () => Loss>> = {
  categorical_crossentropy: () => new CategoricalCrossentropy(),
  sparse_categorical_crossentropy: () => new SparseCategoricalCrossentropy(),
  mean_squared_error: () => new MeanSquaredError(),
};

const aliases: Readonly<Record<string, string>> = {
  CategoricalCrossentropy: "categorical_crossentropy",
  SparseCategoricalCrossentropy: "sparse_categorical_crossentropy",
  MeanSquaredError: "mean_squared_error",
  mse: "mean_squared_error",
  MSE: "mean_squared_error",
};

/** The loss itself, or one of this name. */
export function resolveLoss(loss: LossLike): Loss {
  if (typeof loss === "object" && loss !== null) return loss;
  const make = makers[aliases[loss] ?? loss];
  if (make === undefined) throw unknownName("loss", loss, [...Object.keys(makers), ...Object.keys(aliases)]);
  return make();
}
