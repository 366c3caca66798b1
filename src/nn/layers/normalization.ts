import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatShape, sameShape, sizeOf } from "../../base/shape.ts";
import { type NestedArray, type Tensor, tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { indexWalk } from "../../ops/broadcast.ts";
import { add, div, maximum, mul, sqrt, sub } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, type OptionsOf, value } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { type AdaptData, type AdaptOptions, batchesOf } from "./adaptation.ts";
import type { LayerOptions } from "./layer.ts";
import { numbersOption } from "./numbers-option.ts";
import { type RowAxes, readRowAxes, resolveRowAxes } from "./row-axes.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** The axis, or axes, whose entries have statistics of their own; null: one mean for all. Not the batch. Default -1. */
  axis: /* @__PURE__ */ value<readonly number[], readonly number[], RowAxes | null>(
    (given, owner, name) => {
      if (given === null || (Array.isArray(given) && given.length === 0)) return [];
      const axes = readRowAxes(given, owner, name);
      return typeof axes === "number" ? [axes] : axes;
    },
    { default: [-1] },
  ),
  /** Whether numbers are turned back: x · deviation + mean. Default false. */
  invert: /* @__PURE__ */ flag({ default: false }),
  /** Known means, along the axes or one for all. Default null: `adapt` learns them. */
  mean: /* @__PURE__ */ numbersOption(null),
  /** Known variances, as many as means. Default null. */
  variance: /* @__PURE__ */ numbersOption(null),
};

export type NormalizationOptions = GivenOptions<typeof options>;

/** Keras's smallest deviation that is divided by. */
const EPSILON = 1e-7;

/**
 * (x − mean) / √variance with statistics of the data, which are stated or which `adapt` learns before the training.
 * [batch, …] → [batch, …]; masks pass. K: `layers/preprocessing/normalization.py`.
 *
 * Weights, unless the statistics are stated: `mean` and `variance`, the sizes of the axes, and `count`, which Keras keeps for old
 * files. None is trainable. Without `adapt` they are 0 and 1.
 *
 * @throws ArgumentError for a mean without a variance, or an axis that the input has not; ShapeError where they do not fit
 * @example
 * ```ts
 * import { Normalization } from "fovea/layers";
 * const layer = new Normalization();
 * await layer.adapt([[1, 10], [3, 30]]);
 * (await layer.run([[3, 10]], { device: "reference" })).toArray(); // [[1, -1]]
 * ```
 */
export class Normalization extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "Normalization";
  static override readonly options = options;
  /** Without stated statistics. */
  mean: Variable | undefined;
  variance: Variable | undefined;
  count: Variable | undefined;

  constructor(given: NormalizationOptions & LayerOptions = {}) {
    super(given);
    const { mean, variance, axis } = this.options;
    if ((mean === null) !== (variance === null))
      throw new ArgumentError(`${this.title}: give both mean and variance, or neither of them.`);
    if (mean === null) return;
    const [one, other] = [tensor(mean).shape, tensor(variance!).shape];
    if (!sameShape(one, other) || one.length > axis.length)
      throw new ShapeError(
        `${this.title}: mean and variance have the shapes ${formatShape(one)} and ${formatShape(other)}, expected equal ones of at most ${axis.length} axes.`,
      );
  }

  #axesOf(shape: BatchShape): number[] {
    const { axis } = this.options;
    return axis.length === 0 ? [] : resolveRowAxes(this.title, shape, axis);
  }

  /** The input's shape with 1 for all axes but those that have statistics, of the stated ones or of the weights. */
  #statisticsShape(shape: BatchShape): number[] {
    const axes = this.#axesOf(shape);
    const stated = this.options.mean === null ? undefined : tensor(this.options.mean).shape;
    const sizes = axes.map((axis, i) =>
      stated === undefined ? this.knownAxis(shape, axis) : (stated[i - axes.length + stated.length] ?? 1),
    );
    return shape.map((size, axis) => {
      const own = sizes[axes.indexOf(axis)] ?? 1;
      if (own !== 1 && own !== this.knownAxis(shape, axis))
        throw new ShapeError(
          `${this.title}: ${own} means for the ${size} entries of axis ${axis} of an input ${formatShape(shape)}.`,
        );
      return own;
    });
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.#statisticsShape(inputShape);
    return inputShape;
  }

  override build(inputShape: BatchShape): void {
    if (this.options.mean !== null) return;
    const shape = this.#axesOf(inputShape).map((axis) => inputShape[axis]!);
    this.mean = this.addWeight({ name: "mean", shape, initializer: "zeros", trainable: false });
    this.variance = this.addWeight({ name: "variance", shape, initializer: "ones", trainable: false });
    this.count = this.addWeight({ name: "count", shape: [], initializer: "zeros", trainable: false });
  }

  /** Axes without statistics may have any size. */
  protected override checkBuilt(inputShape: BatchShape): void {
    const sizes = this.#axesOf(inputShape).map((axis) => this.knownAxis(inputShape, axis));
    if (this.mean !== undefined && !sameShape(sizes, this.mean.shape))
      throw new ShapeError(
        `${this.title} has means of the shape ${formatShape(this.mean.shape)} and cannot take ${formatShape(inputShape)}; make a second layer.`,
      );
  }

  /**
   * Learns mean and variance (divided by N) of the data, and forgets what it learned before.
   *
   * @param data a tensor, or batches of rows
   * @throws ArgumentError where they are stated; ShapeError for data of another shape than before
   */
  async adapt(data: AdaptData, options: AdaptOptions = {}): Promise<void> {
    const who = `${this.title}: adapt`;
    if (this.options.mean !== null)
      throw new ArgumentError(`${who}: mean and variance are stated, so there is nothing to learn.`);
    let found: Moments | undefined;
    for await (const batch of batchesOf(who, data, options)) {
      const open = [null, ...batch.shape.slice(1)];
      this.build(open);
      const shape = this.#statisticsShape(open);
      found = joined(found, momentsOf(batch, shape));
    }
    this.mean!.value = Float32Array.from(found!.mean);
    this.variance!.value = Float32Array.from(found!.variance);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const shape = this.#statisticsShape(x.spec.shape);
    const read = (stated: NestedArray | null, learned: Variable | undefined) =>
      stated === null ? reshape(learned!.read(), shape) : literal(x.builder, [...tensor(stated).data], shape);
    const mean = read(this.options.mean, this.mean);
    const deviation = maximum(sqrt(read(this.options.variance, this.variance)), EPSILON);
    return this.options.invert ? add(mul(x, deviation), mean) : div(sub(x, mean), deviation);
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    return sizeOf(inputShape);
  }
}

interface Moments {
  readonly count: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Moments over all axes where `shape` has 1. */
function momentsOf({ data, shape: full }: Tensor, shape: readonly number[]): Moments {
  const place = indexWalk(shape, full);
  const count = data.length / sizeOf(shape);
  const sums = (term: (value: number, at: number) => number) => {
    const total = new Float64Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) total[place(i)]! += term(data[i]!, place(i));
    return total.map((sum) => sum / count);
  };
  const mean = sums((value) => value);
  return { count, mean, variance: sums((value, at) => (value - mean[at]!) ** 2) };
}

/** Of two sets of numbers together. Source: Chan, Golub and LeVeque 1979, (2.1). */
function joined(first: Moments | undefined, next: Moments): Moments {
  if (first === undefined) return next;
  const count = first.count + next.count;
  const [a, b] = [first.count / count, next.count / count];
  const mean = first.mean.map((value, i) => a * value + b * next.mean[i]!);
  const variance = first.variance.map(
    (value, i) => a * value + b * next.variance[i]! + a * b * (first.mean[i]! - next.mean[i]!) ** 2,
  );
  return { count, mean, variance };
}
