import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, mul, sqrt, squaredDifference, stopGradient } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { normalize } from "../../ops/normalize.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { shareSum } from "../../ops/share-sum.ts";
import type { CallOptions } from "../call-context.ts";
import { constraint } from "../constraints/resolve.ts";
import { initializer } from "../initializers/resolve.ts";
import { type BatchShape, isSym } from "../keras-tensor.ts";
import { fixed, flag, type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import { regularizer } from "../regularizers/resolve.ts";
import { currentTrace } from "../trace.ts";
import type { Variable } from "../variable.ts";
import { AffineNormalization } from "./affine-normalization.ts";
import type { LayerOptions } from "./layer.ts";
import { resolveRowAxes } from "./row-axes.ts";

const options = {
  /** The axis that keeps its own statistics, usually the channels. Not the batch axis. Default -1. */
  axis: /* @__PURE__ */ integer({ default: -1 }),
  /** Share of the moving statistics that stays at each training step, 0 … 1. Default 0.99. */
  momentum: /* @__PURE__ */ number({ min: 0, max: 1, default: 0.99 }),
  /** Added to the variance, so that it can be divided by. Default 0.001. */
  epsilon: /* @__PURE__ */ number({ min: 0, default: 1e-3 }),
  /** Whether `beta` is added. Default true. */
  center: /* @__PURE__ */ flag({ default: true }),
  /** Whether the result is multiplied by `gamma`. Default true. */
  scale: /* @__PURE__ */ flag({ default: true }),
  /** Default "zeros". */
  betaInitializer: /* @__PURE__ */ initializer("zeros"),
  /** Default "ones". */
  gammaInitializer: /* @__PURE__ */ initializer("ones"),
  /** Default "zeros". */
  movingMeanInitializer: /* @__PURE__ */ initializer("zeros"),
  /** Default "ones". */
  movingVarianceInitializer: /* @__PURE__ */ initializer("ones"),
  /** Penalty of `beta`. Default none. */
  betaRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of `gamma`. Default none. */
  gammaRegularizer: /* @__PURE__ */ regularizer(),
  /** Applied to `beta` after each update. Default none. */
  betaConstraint: /* @__PURE__ */ constraint(),
  /** Applied to `gamma` after each update. Default none. */
  gammaConstraint: /* @__PURE__ */ constraint(),
  /**
   * True: where several processes share a batch, statistics are always those of all its rows. False: they are, too, unless
   * `new DataParallel({ localStatistics: true })` asks for those of each process's own rows. No effect in one process. Default false.
   */
  synchronized: /* @__PURE__ */ flag({ default: false }),
  /** Only false. */
  renorm: /* @__PURE__ */ fixed(false),
  /** Only null. */
  renormClipping: /* @__PURE__ */ fixed(null),
  /** Without effect, since `renorm` is false. */
  renormMomentum: /* @__PURE__ */ number({ default: 0.99 }),
};

export type BatchNormalizationOptions = GivenOptions<typeof options>;

interface Moments {
  readonly mean: Sym;
  readonly variance: Sym;
}

/**
 * (x − mean) / √(variance + epsilon) · gamma + beta, each channel by its own statistics (Ioffe and Szegedy 2015,
 * "Batch Normalization"). K: `layers/normalization/batch_normalization.py`.
 *
 * In training mean and variance (divided by N) are those of the batch, and the moving ones follow them:
 * moving = moving · momentum + batch · (1 − momentum). Evaluation and prediction use the moving ones, and so does training
 * while `trainable` is false. The last, shorter batch counts its own rows only.
 *
 * Weights: `gamma`, `beta` and, not trainable, `moving_mean`, `moving_variance`, each [size of the axis].
 *
 * @throws ArgumentError for options that make no sense, or an axis that the input has not
 * @example
 * ```ts
 * import { BatchNormalization } from "fovea/layers";
 * const layer = new BatchNormalization();
 * layer.build([null, 28, 28, 8]);
 * layer.nonTrainableWeights.map(({ name }) => name); // ["moving_mean", "moving_variance"]
 * ```
 */
export class BatchNormalization extends AffineNormalization<OptionsOf<typeof options>> {
  static override readonly className = "BatchNormalization";
  static override readonly options = options;
  movingMean!: Variable;
  movingVariance!: Variable;

  constructor(given: BatchNormalizationOptions & LayerOptions = {}) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.knownAxis(inputShape, this.#axisOf(inputShape));
    return inputShape;
  }

  /** The axis counted from the front. */
  #axisOf(shape: BatchShape): number {
    return resolveRowAxes(this.title, shape, this.options.axis)[0]!;
  }

  override build(inputShape: BatchShape): void {
    const shape = [this.knownAxis(inputShape, this.#axisOf(inputShape))];
    this.addAffineWeights(shape);
    const rest = this.options;
    const moving = { shape, trainable: false };
    this.movingMean = this.addWeight({ ...moving, name: "moving_mean", initializer: rest.movingMeanInitializer });
    this.movingVariance = this.addWeight({
      ...moving,
      name: "moving_variance",
      initializer: rest.movingVarianceInitializer,
    });
  }

  override call(x: Sym, { training, mask }: CallOptions = {}): Sym {
    const axis = this.#axisOf(x.spec.shape);
    const kept = x.spec.shape.map((size, i) => (i === axis ? size : 1));
    const spread = (variable: Variable) => reshape(variable.read(), kept);
    const { mean, variance } =
      training && this.trainable
        ? this.#batchMoments(x, axis, isSym(mask) ? mask : undefined)
        : { mean: spread(this.movingMean), variance: spread(this.movingVariance) };
    const deviation = sqrt(add(variance, this.options.epsilon));
    const scale = div(this.gamma === undefined ? 1 : spread(this.gamma), deviation);
    const y = normalize(x, mean, scale);
    return this.beta === undefined ? y : add(y, spread(this.beta));
  }

  /** Statistics of the batch's live rows, of the entries that the mask counts; the moving ones follow them. */
  #batchMoments(x: Sym, axis: number, mask: Sym | undefined): Moments {
    const { shape } = x.spec;
    const axes = shape.map((_, i) => i).filter((i) => i !== axis);
    const weights = mask === undefined ? undefined : this.#spreadMask(mask, x);
    if (currentTrace(this.title).localStatistics && !this.options.synchronized)
      return this.#ownMoments(x, axes, weights);
    const moments = weights === undefined ? this.#plainMoments(x, axes) : this.#maskedMoments(x, axes, weights);
    this.#follow(this.movingMean, moments.mean);
    this.#follow(this.movingVariance, moments.variance);
    return moments;
  }

  #plainMoments(x: Sym, axes: readonly number[]): Moments {
    const perRow = sizeOf(axes.slice(1).map((i) => x.spec.shape[i]!));
    const count = mul(x.builder.localRows(), perRow);
    const mean = div(reduceSum(x, axes, true), count);
    // The variance does not change with the mean, since Σ (x − mean) = 0: told to differentiation, this saves a pass over the
    // batch for a gradient that is 0.
    const variance = div(reduceSum(squaredDifference(x, stopGradient(mean)), axes, true), count);
    return { mean, variance };
  }

  /** Keras adds epsilon to the count, so that a batch without any entry has one to divide by. */
  #maskedMoments(x: Sym, axes: readonly number[], weights: Sym): Moments {
    const count = add(reduceSum(weights, axes, true), this.options.epsilon);
    const mean = div(reduceSum(mul(x, weights), axes, true), count);
    return { mean, variance: div(reduceSum(mul(squaredDifference(x, mean), weights), axes, true), count) };
  }

  /**
   * Statistics of the rows of this process, the same in each of its rows. The moving ones, which all processes must have in common,
   * follow their mean over all rows: for equal shares that is the mean over processes, as in Keras under `MirroredStrategy`.
   */
  #ownMoments(x: Sym, axes: readonly number[], weights: Sym | undefined): Moments {
    const inRow = axes.slice(1);
    const ofShare = (value: Sym) => shareSum(inRow.length === 0 ? value : reduceSum(value, inRow, true));
    const ones = () =>
      broadcastTo(
        literal(
          x.builder,
          [1],
          x.spec.shape.map(() => 1),
        ),
        x.spec,
      );
    const counted = weights ?? ones();
    const count = weights === undefined ? ofShare(counted) : add(ofShare(counted), this.options.epsilon);
    const weigh = (value: Sym) => (weights === undefined ? value : mul(value, weights));
    const mean = div(ofShare(weigh(x)), count);
    const variance = div(ofShare(weigh(squaredDifference(x, mean))), count);
    const overRows = (value: Sym) => div(reduceSum(value, [0], true), x.builder.localRows());
    this.#follow(this.movingMean, overRows(mean));
    this.#follow(this.movingVariance, overRows(variance));
    return { mean, variance };
  }

  /** The mask [batch, …] with an entry for each of x, since axes that it lacks count as often. */
  #spreadMask(mask: Sym, x: Sym): Sym {
    const { shape } = x.spec;
    const missing = new Array<number>(shape.length - mask.spec.shape.length).fill(1);
    const wide = reshape(mask, [...mask.spec.shape, ...missing]);
    return broadcastTo(wide, x.spec);
  }

  #follow(moving: Variable, batch: Sym): void {
    const { momentum } = this.options;
    const value = reshape(batch, moving.shape);
    moving.assign(add(mul(moving.read(), momentum), mul(value, 1 - momentum)));
  }
}
