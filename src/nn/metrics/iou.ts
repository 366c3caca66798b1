/** Intersection over union of segmentations, from a confusion matrix. K: `metrics/iou_metrics.py`. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, equal, less, lessEqual, mul, sub } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { argMax } from "../../ops/reduce-max.ts";
import { reshape } from "../../ops/reshape.ts";
import { EPSILON } from "../losses/probabilities.ts";
import { fixed, flag, type GivenOptions, integer, type Kind, number, type OptionsOf, value } from "../option-kinds.ts";
import { alignTargets, spreadWeights } from "../rows.ts";
import type { Variable } from "../variable.ts";
import { correlate } from "./confusion.ts";
import { accumulate, type Direction, divideNoNan, Metric, type MetricOptions } from "./metric.ts";

/** What all of these metrics are told. */
interface Segmentation {
  readonly numClasses: number;
  /** Classes that the mean is taken over; null: all. */
  readonly targetClassIds: readonly number[] | null;
  readonly ignoreClass: number | null;
  readonly sparseYTrue: boolean;
  readonly sparseYPred: boolean;
}

/** A list of class numbers. */
function classIds<D extends readonly number[] | undefined = undefined>(fallback?: D): Kind<readonly number[], D> {
  return value<readonly number[], D>(
    (given, owner, name) => {
      const fits = (each: unknown) => Number.isInteger(each) && (each as number) >= 0;
      if (!Array.isArray(given) || given.length === 0 || !given.every(fits))
        throw new ArgumentError(`${owner}: ${name} is ${formatValue(given)}, expected a list of class numbers.`);
      return given as readonly number[];
    },
    fallback === undefined ? {} : { default: fallback },
  );
}

/** Keeps the confusion matrix: entry [i, j] is the weight of the places of class i that are taken for class j. */
abstract class ConfusionMatrixMetric<O extends object> extends Metric<O> {
  readonly #of: Segmentation;
  readonly matrix: Variable;

  constructor(given: object & MetricOptions, segmentation: (options: O) => Segmentation) {
    super(given);
    this.#of = segmentation(this.options);
    const { numClasses, targetClassIds } = this.#of;
    const outside = targetClassIds?.find((id) => id >= numClasses);
    if (outside !== undefined)
      throw new ArgumentError(
        `${this.className}: targetClassIds holds ${outside}, expected classes below ${numClasses}.`,
      );
    this.matrix = this.addState("total_confusion_matrix", [numClasses, numClasses]);
  }

  override get direction(): Direction {
    return "max";
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    const { numClasses, ignoreClass, sparseYTrue, sparseYPred } = this.#of;
    const found = sparseYPred ? yPred : argMax(yPred);
    const targets = alignTargets(this.name, sparseYTrue ? yTrue : argMax(yTrue), found.spec.shape);
    const { shape, batched } = found.spec;
    const flat = (x: Sym) => reshape(x, [shape[0]!, sizeOf(shape.slice(1)), 1]);
    const classes = literal(yPred.builder, [...Array(numClasses).keys()], [numClasses]);
    const counted = ignoreClass === null ? [] : [sub(1, equal(targets, ignoreClass))];
    const given = weights === undefined ? [] : [spreadWeights(this.name, weights, found)];
    const wide = { shape, batched, dtype: "float32" } as const;
    const kinds = [...counted, ...given].reduce(
      (product, factor) => mul(product, flat(broadcastTo(factor, wide))),
      equal(flat(targets), classes),
    );
    accumulate(this.matrix, correlate(kinds, equal(flat(found), classes)));
  }

  /** Mean over the classes that occur of TP / (TP + FP + FN). */
  override result(): Sym {
    const { numClasses: n, targetClassIds } = this.#of;
    const matrix = this.matrix.read();
    const each = (weigh: (i: number) => number) =>
      literal(
        matrix.builder,
        Array.from({ length: n }, (_, i) => weigh(i)),
        [n],
      );
    const unit = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    const hits = reduceSum(mul(matrix, literal(matrix.builder, unit, [n, n])), [1]);
    const union = sub(add(reduceSum(matrix, [0]), reduceSum(matrix, [1])), hits);
    const wanted = each((i) => (targetClassIds === null || targetClassIds.includes(i) ? 1 : 0));
    const ratios = mul(div(hits, add(union, EPSILON)), wanted);
    return divideNoNan(reduceSum(ratios, [0]), reduceSum(mul(less(1e-9, union), wanted), [0]));
  }
}

const shared = {
  /** Number of classes. */
  numClasses: /* @__PURE__ */ integer({ min: 1 }),
  /** A label whose places do not count. Default null: all do. */
  ignoreClass: /* @__PURE__ */ integer({ default: null }),
  /** Only -1: classes are the last axis. */
  axis: /* @__PURE__ */ fixed(-1 as const, "classes are the last axis, -1"),
};

const sparse = {
  /** Whether targets are class numbers, and not one-hot. Default true. */
  sparseYTrue: /* @__PURE__ */ flag({ default: true }),
  /** Whether outputs are class numbers, and not scores of the classes. Default true. */
  sparseYPred: /* @__PURE__ */ flag({ default: true }),
};

const targetClassIds = /* @__PURE__ */ classIds();

const iouOptions = {
  /** Classes that the mean is taken over. */
  targetClassIds,
  ...shared,
  ...sparse,
};

export type IoUOptions = GivenOptions<typeof iouOptions>;

/**
 * Mean over some classes of TP / (TP + FP + FN). Weights count as they are; Keras cuts them to whole numbers.
 *
 * @example
 * ```ts
 * import { IoU } from "fovea/metrics";
 * new IoU({ numClasses: 3, targetClassIds: [0, 2] });
 * ```
 */
export class IoU extends ConfusionMatrixMetric<OptionsOf<typeof iouOptions>> {
  static override readonly className: string = "IoU";
  static override readonly options = iouOptions;

  constructor(given: IoUOptions & MetricOptions) {
    super(given, (options) => options);
  }
}

const meanOptions = { ...shared, ...sparse };

export type MeanIoUOptions = GivenOptions<typeof meanOptions>;

/**
 * Mean over all classes that occur of TP / (TP + FP + FN).
 *
 * @example
 * ```ts
 * import { MeanIoU } from "fovea/metrics";
 * new MeanIoU({ numClasses: 3, sparseYPred: false });
 * ```
 */
export class MeanIoU extends ConfusionMatrixMetric<OptionsOf<typeof meanOptions>> {
  static override readonly className: string = "MeanIoU";
  static override readonly options = meanOptions;

  constructor(given: MeanIoUOptions & MetricOptions) {
    super(given, (options) => ({ ...options, targetClassIds: null }));
  }
}

const binaryOptions = {
  /** Classes that the mean is taken over. Default [0, 1]. */
  targetClassIds: /* @__PURE__ */ classIds([0, 1] as const),
  /** Outputs of at least this are class 1. Default 0.5. */
  threshold: /* @__PURE__ */ number({ min: 0, max: 1, default: 0.5 }),
};

export type BinaryIoUOptions = GivenOptions<typeof binaryOptions>;

/**
 * Mean over class 0 and 1 (or one of them) of TP / (TP + FP + FN), of outputs decided by a threshold.
 *
 * @example
 * ```ts
 * import { BinaryIoU } from "fovea/metrics";
 * new BinaryIoU({ targetClassIds: [1], threshold: 0.4 });
 * ```
 */
export class BinaryIoU extends ConfusionMatrixMetric<OptionsOf<typeof binaryOptions>> {
  static override readonly className: string = "BinaryIoU";
  static override readonly options = binaryOptions;

  constructor(given: BinaryIoUOptions & MetricOptions = {}) {
    super(given, ({ targetClassIds }) => ({
      numClasses: 2,
      targetClassIds,
      ignoreClass: null,
      sparseYTrue: true,
      sparseYPred: true,
    }));
  }

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    super.update(yTrue, lessEqual(this.options.threshold, yPred), weights);
  }
}

const scores = {
  /** Whether outputs are class numbers, and not scores of the classes. Default false. */
  sparseYPred: /* @__PURE__ */ flag({ default: false }),
};

const oneHotOptions = { targetClassIds, ...shared, ...scores };

export type OneHotIoUOptions = GivenOptions<typeof oneHotOptions>;

/**
 * IoU for one-hot targets.
 *
 * @example
 * ```ts
 * import { OneHotIoU } from "fovea/metrics";
 * new OneHotIoU({ numClasses: 3, targetClassIds: [0, 1] });
 * ```
 */
export class OneHotIoU extends ConfusionMatrixMetric<OptionsOf<typeof oneHotOptions>> {
  static override readonly className: string = "OneHotIoU";
  static override readonly options = oneHotOptions;

  constructor(given: OneHotIoUOptions & MetricOptions) {
    super(given, (options) => ({ ...options, sparseYTrue: false }));
  }
}

const oneHotMeanOptions = { ...shared, ...scores };

export type OneHotMeanIoUOptions = GivenOptions<typeof oneHotMeanOptions>;

/**
 * MeanIoU for one-hot targets.
 *
 * @example
 * ```ts
 * import { OneHotMeanIoU } from "fovea/metrics";
 * new OneHotMeanIoU({ numClasses: 3 });
 * ```
 */
export class OneHotMeanIoU extends ConfusionMatrixMetric<OptionsOf<typeof oneHotMeanOptions>> {
  static override readonly className: string = "OneHotMeanIoU";
  static override readonly options = oneHotMeanOptions;

  constructor(given: OneHotMeanIoUOptions & MetricOptions) {
    super(given, (options) => ({ ...options, sparseYTrue: false, targetClassIds: null }));
  }
}
