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
import { checkFlag, checkNumber, fillOptions } from "./options.ts";
import { meanRows, sameRows } from "./rows.ts";

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

export interface LossOptions {
  /** Only "sum_over_batch_size": the mean over all values. */
  readonly reduction?: "sum_over_batch_size";
  /** Default: the loss's name in snake_case. */
  readonly name?: string;
}

function checkReduction(owner: string, reduction: string): void {
  if (reduction !== "sum_over_batch_size")
    throw new ArgumentError(
      `${owner}: reduction ${JSON.stringify(reduction)} is not supported; losses are means, "sum_over_batch_size".`,
    );
}

/** Only the last axis holds classes. */
function checkAxis(owner: string, axis: number): void {
  if (axis !== -1) throw new ArgumentError(`${owner}: axis ${axis} is not supported; classes are the last axis, -1.`);
}

/** ln of probabilities: divided by their sum and clipped; or of logits by the log-softmax. */
function logProbabilities(yPred: Sym, fromLogits: boolean): Sym {
  if (fromLogits) return logSoftmax(yPred);
  return log(clip(div(yPred, reduceSum(yPred, [-1], true)), LOWEST, HIGHEST));
}

export interface CategoricalCrossentropyOptions extends LossOptions {
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  readonly fromLogits?: boolean;
  /** Share of the target that is spread evenly over all classes, 0 … 1. Default 0. */
  readonly labelSmoothing?: number;
  /** Only -1: classes are the last axis. */
  readonly axis?: -1;
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

  constructor(options: CategoricalCrossentropyOptions = {}) {
    const owner = "CategoricalCrossentropy";
    const { name, reduction, fromLogits, labelSmoothing, axis } = fillOptions(owner, options, {
      name: "categorical_crossentropy",
      reduction: "sum_over_batch_size",
      fromLogits: false,
      labelSmoothing: 0,
      axis: -1,
    });
    checkReduction(owner, reduction);
    checkAxis(owner, axis);
    checkFlag(owner, "fromLogits", fromLogits);
    const isShare = (value: number) => value >= 0 && value <= 1;
    checkNumber(owner, "labelSmoothing", labelSmoothing, "a number from 0 to 1", isShare);
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

export interface SparseCategoricalCrossentropyOptions extends LossOptions {
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  readonly fromLogits?: boolean;
  /** A label whose places count neither in the sum nor in the number that it is divided by. Default none. */
  readonly ignoreClass?: number | null;
  /** Only -1: classes are the last axis. */
  readonly axis?: -1;
}

/**
 * Cross-entropy with class numbers [n] (or [n, 1]) as targets: -ln yPred[label]; probabilities as in CategoricalCrossentropy.
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
  readonly ignoreClass: number | null;

  constructor(options: SparseCategoricalCrossentropyOptions = {}) {
    const owner = "SparseCategoricalCrossentropy";
    const { name, reduction, fromLogits, ignoreClass, axis } = fillOptions(owner, options, {
      name: "sparse_categorical_crossentropy",
      reduction: "sum_over_batch_size",
      fromLogits: false,
      ignoreClass: null as number | null,
      axis: -1,
    });
    checkReduction(owner, reduction);
    checkAxis(owner, axis);
    checkFlag(owner, "fromLogits", fromLogits);
    if (ignoreClass !== null) checkNumber(owner, "ignoreClass", ignoreClass, "a whole number", Number.isInteger);
    this.name = name;
    this.fromLogits = fromLogits;
    this.ignoreClass = ignoreClass;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    const classes = yPred.spec.shape.at(-1)!;
    const labels = reshape(yTrue, [...yPred.spec.shape.slice(0, -1), 1]);
    const numbers = literal(
      yPred.builder,
      Array.from({ length: classes }, (_, i) => i),
      [classes],
    );
    const logs = logProbabilities(yPred, this.fromLogits);
    const losses = neg(reduceSum(mul(equal(labels, numbers), logs), [-1]));
    return meanRows(this.ignoreClass === null ? losses : this.#leaveOut(this.ignoreClass, labels, losses));
  }

  /**
   * Puts 0 where the label is to be ignored and scales what is left by all / counted places of the batch, so that the mean over
   * all is the mean over the counted. K: `losses/loss.py`, apply_mask.
   */
  #leaveOut(label: number, labels: Sym, losses: Sym): Sym {
    const counted = sub(1, reshape(equal(labels, label), losses.spec.shape));
    const axes = losses.spec.shape.map((_, axis) => axis);
    const places = mul(losses.builder.rows(), sizeOf(losses.spec.shape.slice(1)));
    return mul(mul(losses, counted), div(places, add(reduceSum(counted, axes), EPSILON)));
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
    const perRow = sizeOf(y.shape.slice(1));
    y.data.forEach((label, i) => {
      if (label === this.ignoreClass || (Number.isInteger(label) && label >= 0 && label < classes)) return;
      const row = Math.floor(i / perRow);
      throw new ArgumentError(
        `${this.name}: label ${label} in row ${row} is not a class of the model's output; expected whole numbers 0 … ${classes - 1}.`,
      );
    });
  }

  getConfig(): Record<string, unknown> {
    const { name, fromLogits, ignoreClass } = this;
    return { name, reduction: "sum_over_batch_size", fromLogits, ignoreClass };
  }
}

/**
 * Mean of (yPred - yTrue)² over each row; targets have the output's shape, [n] doing for [n, 1].
 *
 * @example
 * ```ts
 * import { MeanSquaredError } from "fovea/losses";
 * new MeanSquaredError();
 * ```
 */
export class MeanSquaredError implements Loss {
  readonly name: string;

  constructor(options: LossOptions = {}) {
    const { name, reduction } = fillOptions("MeanSquaredError", options, {
      name: "mean_squared_error",
      reduction: "sum_over_batch_size",
    });
    checkReduction("MeanSquaredError", reduction);
    this.name = name;
  }

  emit(yTrue: Sym, yPred: Sym): Sym {
    return meanRows(square(sub(yPred, reshape(yTrue, yPred.spec.shape))));
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
  const name = Object.hasOwn(aliases, loss) ? aliases[loss]! : loss;
  if (!Object.hasOwn(makers, name)) throw unknownName("loss", loss, [...Object.keys(makers), ...Object.keys(aliases)]);
  return makers[name]!();
}
