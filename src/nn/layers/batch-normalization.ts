import { ArgumentError } from "../../base/errors.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, mul, sqrt, squaredDifference, stopGradient } from "../../ops/elementwise.ts";
import { normalize } from "../../ops/normalize.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallContext } from "../call-context.ts";
import { describeInitializer, type InitializerLike, resolveInitializer } from "../initializers.ts";
import { checkFlag, checkNumber } from "../options.ts";
import type { Variable } from "../variable.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface BatchNormalizationOptions {
  /** The axis that keeps its own statistics, usually the channels. Not the batch axis. Default -1. */
  readonly axis?: number;
  /** Share of the moving statistics that stays at each training step, 0 … 1. Default 0.99. */
  readonly momentum?: number;
  /** Added to the variance, so that it can be divided by. Default 0.001. */
  readonly epsilon?: number;
  /** Whether `beta` is added. Default true. */
  readonly center?: boolean;
  /** Whether the result is multiplied by `gamma`. Default true. */
  readonly scale?: boolean;
  /** Default "zeros". */
  readonly betaInitializer?: InitializerLike;
  /** Default "ones". */
  readonly gammaInitializer?: InitializerLike;
  /** Default "zeros". */
  readonly movingMeanInitializer?: InitializerLike;
  /** Default "ones". */
  readonly movingVarianceInitializer?: InitializerLike;
}

interface Moments {
  readonly mean: Sym;
  readonly variance: Sym;
}

/**
 * (x − mean) / √(variance + epsilon) · gamma + beta, each channel by its own statistics (Ioffe and Szegedy 2015,
 * "Batch Normalization"). Keras `layers/normalization/batch_normalization.py`.
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
export class BatchNormalization extends Layer<BatchNormalizationOptions> {
  #gamma: Variable | undefined;
  #beta: Variable | undefined;
  #movingMean: Variable | undefined;
  #movingVariance: Variable | undefined;

  constructor(options: BatchNormalizationOptions & LayerOptions = {}) {
    super("BatchNormalization", options, {
      axis: -1,
      momentum: 0.99,
      epsilon: 1e-3,
      center: true,
      scale: true,
      betaInitializer: "zeros",
      gammaInitializer: "ones",
      movingMeanInitializer: "zeros",
      movingVarianceInitializer: "ones",
    });
    const { axis, momentum, epsilon, center, scale, ...initializers } = this.options;
    checkNumber(this.title, "axis", axis, "a whole number", Number.isInteger);
    checkNumber(this.title, "momentum", momentum, "a number from 0 to 1", (value) => value >= 0 && value <= 1);
    checkNumber(this.title, "epsilon", epsilon, "a number of 0 or more", (value) => value >= 0);
    checkFlag(this.title, "center", center);
    checkFlag(this.title, "scale", scale);
    for (const initializer of Object.values(initializers)) resolveInitializer(initializer);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.knownAxis(inputShape, this.#axisOf(inputShape));
    return inputShape;
  }

  /** The axis counted from the front. */
  #axisOf(shape: BatchShape): number {
    const { axis } = this.options;
    const resolved = axis < 0 ? axis + shape.length : axis;
    if (resolved < 1 || resolved >= shape.length)
      throw new ArgumentError(
        `${this.title}: axis ${axis} of an input ${formatShape(shape)}, expected ${1 - shape.length} … -1 or 1 … ${shape.length - 1}; ` +
          "the batch axis has no statistics of its own.",
      );
    return resolved;
  }

  protected override makeWeights(inputShape: BatchShape): void {
    const shape = [this.knownAxis(inputShape, this.#axisOf(inputShape))];
    const { scale, center, gammaInitializer, betaInitializer, movingMeanInitializer, movingVarianceInitializer } =
      this.options;
    if (scale) this.#gamma = this.addWeight({ name: "gamma", shape, initializer: gammaInitializer });
    if (center) this.#beta = this.addWeight({ name: "beta", shape, initializer: betaInitializer });
    const moving = { shape, trainable: false };
    this.#movingMean = this.addWeight({ ...moving, name: "moving_mean", initializer: movingMeanInitializer });
    this.#movingVariance = this.addWeight({
      ...moving,
      name: "moving_variance",
      initializer: movingVarianceInitializer,
    });
  }

  override call(inputs: readonly Sym[], context: CallContext): Sym {
    const x = onlyInput(inputs);
    const axis = this.#axisOf(x.spec.shape);
    const kept = x.spec.shape.map((size, i) => (i === axis ? size : 1));
    const spread = (variable: Variable) => reshape(context.read(variable), kept);
    const { mean, variance } =
      context.training && this.trainable
        ? this.#batchMoments(x, axis, context)
        : { mean: spread(this.#movingMean!), variance: spread(this.#movingVariance!) };
    const deviation = sqrt(add(variance, this.options.epsilon));
    const scale = div(this.#gamma === undefined ? 1 : spread(this.#gamma), deviation);
    const y = normalize(x, mean, scale);
    return this.#beta === undefined ? y : add(y, spread(this.#beta));
  }

  /** Statistics of the batch's live rows; the moving ones follow them. */
  #batchMoments(x: Sym, axis: number, context: CallContext): Moments {
    const { shape } = x.spec;
    const axes = shape.map((_, i) => i).filter((i) => i !== axis);
    const perRow = sizeOf(axes.slice(1).map((i) => shape[i]!));
    const count = mul(x.builder.rows(), perRow);
    const mean = div(reduceSum(x, axes, true), count);
    // The variance does not change with the mean, since Σ (x − mean) = 0: told to differentiation, this saves a pass over the
    // batch for a gradient that is 0.
    const variance = div(reduceSum(squaredDifference(x, stopGradient(mean)), axes, true), count);
    this.#follow(this.#movingMean!, mean, context);
    this.#follow(this.#movingVariance!, variance, context);
    return { mean, variance };
  }

  #follow(moving: Variable, batch: Sym, context: CallContext): void {
    const { momentum } = this.options;
    const value = reshape(batch, moving.shape);
    context.update(moving, add(mul(context.read(moving), momentum), mul(value, 1 - momentum)));
  }

  override getConfig(): Record<string, unknown> {
    const { betaInitializer, gammaInitializer, movingMeanInitializer, movingVarianceInitializer } = this.options;
    return {
      ...super.getConfig(),
      betaInitializer: describeInitializer(betaInitializer),
      gammaInitializer: describeInitializer(gammaInitializer),
      movingMeanInitializer: describeInitializer(movingMeanInitializer),
      movingVarianceInitializer: describeInitializer(movingVarianceInitializer),
      betaRegularizer: null,
      gammaRegularizer: null,
      betaConstraint: null,
      gammaConstraint: null,
      synchronized: false,
      renorm: false,
      renormClipping: null,
      renormMomentum: 0.99,
    };
  }
}
