/** Metrics that are the running mean of a loss. K: `metrics/{regression,probabilistic,hinge}_metrics.py`. */
import type { Sym } from "../../ir/graph.ts";
import { neg, sqrt } from "../../ops/elementwise.ts";
import * as losses from "../losses/index.ts";
import { flag, type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import { type Direction, divideNoNan, MeanMetric, type MetricOptions } from "./metric.ts";

/** The running mean of the values of `loss`; weights count in what they are divided by. */
abstract class MeanLoss<O extends object = object> extends MeanMetric<O> {
  protected abstract readonly loss: losses.Loss;

  constructor(given: MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "min";
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    return this.loss.call(yTrue, yPred);
  }
}

/**
 * Mean of (yPred - yTrue)².
 *
 * @example
 * ```ts
 * import { MeanSquaredError } from "fovea/metrics";
 * new MeanSquaredError({ name: "mse" }).direction; // "min"
 * ```
 */
export class MeanSquaredError extends MeanLoss {
  static override readonly className: string = "MeanSquaredError";
  protected override readonly loss: losses.Loss = new losses.MeanSquaredError({ name: this.name });
}

/**
 * Mean of |yPred - yTrue|.
 *
 * @example
 * ```ts
 * import { MeanAbsoluteError } from "fovea/metrics";
 * new MeanAbsoluteError().name; // "mean_absolute_error"
 * ```
 */
export class MeanAbsoluteError extends MeanLoss {
  static override readonly className: string = "MeanAbsoluteError";
  protected override readonly loss: losses.Loss = new losses.MeanAbsoluteError({ name: this.name });
}

/**
 * Mean of 100 · |yTrue - yPred| / max(|yTrue|, 1e-7), in percent.
 *
 * @example
 * ```ts
 * import { MeanAbsolutePercentageError } from "fovea/metrics";
 * new MeanAbsolutePercentageError();
 * ```
 */
export class MeanAbsolutePercentageError extends MeanLoss {
  static override readonly className: string = "MeanAbsolutePercentageError";
  protected override readonly loss: losses.Loss = new losses.MeanAbsolutePercentageError({ name: this.name });
}

/**
 * Mean of (ln(1 + yPred) - ln(1 + yTrue))², with both at least 1e-7.
 *
 * @example
 * ```ts
 * import { MeanSquaredLogarithmicError } from "fovea/metrics";
 * new MeanSquaredLogarithmicError();
 * ```
 */
export class MeanSquaredLogarithmicError extends MeanLoss {
  static override readonly className: string = "MeanSquaredLogarithmicError";
  protected override readonly loss: losses.Loss = new losses.MeanSquaredLogarithmicError({ name: this.name });
}

/**
 * Mean of Σ yTrue · ln(yTrue / yPred) over the last axis, both clipped to [1e-7, 1].
 *
 * @example
 * ```ts
 * import { KLDivergence } from "fovea/metrics";
 * new KLDivergence().name; // "kl_divergence"
 * ```
 */
export class KLDivergence extends MeanLoss {
  static override readonly className: string = "KLDivergence";
  protected override readonly loss: losses.Loss = new losses.KLDivergence({ name: this.name });
}

/**
 * Mean of yPred - yTrue · ln(yPred + 1e-7).
 *
 * @example
 * ```ts
 * import { Poisson } from "fovea/metrics";
 * new Poisson();
 * ```
 */
export class Poisson extends MeanLoss {
  static override readonly className: string = "Poisson";
  protected override readonly loss: losses.Loss = new losses.Poisson({ name: this.name });
}

/**
 * Mean of max(1 - yTrue · yPred, 0); targets are -1 and 1, or 0 and 1.
 *
 * @example
 * ```ts
 * import { Hinge } from "fovea/metrics";
 * new Hinge();
 * ```
 */
export class Hinge extends MeanLoss {
  static override readonly className: string = "Hinge";
  protected override readonly loss: losses.Loss = new losses.Hinge({ name: this.name });
}

/**
 * Mean of max(1 - yTrue · yPred, 0)²; targets are -1 and 1, or 0 and 1.
 *
 * @example
 * ```ts
 * import { SquaredHinge } from "fovea/metrics";
 * new SquaredHinge();
 * ```
 */
export class SquaredHinge extends MeanLoss {
  static override readonly className: string = "SquaredHinge";
  protected override readonly loss: losses.Loss = new losses.SquaredHinge({ name: this.name });
}

/**
 * Mean of max(1 + max((1 - yTrue) · yPred) - Σ yTrue · yPred, 0); targets are one-hot.
 *
 * @example
 * ```ts
 * import { CategoricalHinge } from "fovea/metrics";
 * new CategoricalHinge();
 * ```
 */
export class CategoricalHinge extends MeanLoss {
  static override readonly className: string = "CategoricalHinge";
  protected override readonly loss: losses.Loss = new losses.CategoricalHinge({ name: this.name });
}

/**
 * Mean of ln cosh(yPred - yTrue).
 *
 * @example
 * ```ts
 * import { LogCoshError } from "fovea/metrics";
 * new LogCoshError().name; // "logcosh"
 * ```
 */
export class LogCoshError extends MeanLoss {
  static override readonly className: string = "LogCoshError";
  protected override readonly loss: losses.Loss = new losses.LogCosh({ name: this.name });

  constructor(given: MetricOptions = {}) {
    super({ ...given, name: given.name ?? "logcosh" });
  }
}

/**
 * Root of the mean of (yPred - yTrue)².
 *
 * @example
 * ```ts
 * import { RootMeanSquaredError } from "fovea/metrics";
 * new RootMeanSquaredError({ name: "rmse" }).direction; // "min"
 * ```
 */
export class RootMeanSquaredError extends MeanLoss {
  static override readonly className: string = "RootMeanSquaredError";
  protected override readonly loss: losses.Loss = new losses.MeanSquaredError({ name: this.name });

  override result(): Sym {
    return sqrt(divideNoNan(this.total.read(), this.count.read()));
  }
}

const cosineOptions = {
  /** Axis along which the vectors lie; not the batch. Default -1. */
  axis: /* @__PURE__ */ integer({ default: -1 }),
};

export type CosineSimilarityOptions = GivenOptions<typeof cosineOptions>;

/**
 * Mean cosine of the angle between targets and outputs: 1 for equal directions (the loss of that name has the other sign).
 *
 * @example
 * ```ts
 * import { CosineSimilarity } from "fovea/metrics";
 * new CosineSimilarity().direction; // "max"
 * ```
 */
export class CosineSimilarity extends MeanLoss<OptionsOf<typeof cosineOptions>> {
  static override readonly className: string = "CosineSimilarity";
  static override readonly options = cosineOptions;
  protected override readonly loss: losses.Loss = new losses.CosineSimilarity({
    axis: this.options.axis,
    name: this.name,
  });

  constructor(given: CosineSimilarityOptions & MetricOptions = {}) {
    super(given);
  }

  override get direction(): Direction {
    return "max";
  }

  override values(yTrue: Sym, yPred: Sym): Sym {
    return neg(super.values(yTrue, yPred));
  }
}

const logits = {
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  fromLogits: /* @__PURE__ */ flag({ default: false }),
};

const crossentropyOptions = {
  ...logits,
  /** Share of the target that is spread evenly, 0 … 1. Default 0. */
  labelSmoothing: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
};

const classAxis = {
  /** Axis of the classes, other than the batch. Default -1. */
  axis: /* @__PURE__ */ integer({ default: -1 }),
};

export type BinaryCrossentropyOptions = GivenOptions<typeof crossentropyOptions>;

/**
 * Mean of -(yTrue · ln yPred + (1 - yTrue) · ln(1 - yPred)).
 *
 * @example
 * ```ts
 * import { BinaryCrossentropy } from "fovea/metrics";
 * new BinaryCrossentropy({ fromLogits: true });
 * ```
 */
export class BinaryCrossentropy extends MeanLoss<OptionsOf<typeof crossentropyOptions>> {
  static override readonly className: string = "BinaryCrossentropy";
  static override readonly options = crossentropyOptions;
  protected override readonly loss: losses.Loss = new losses.BinaryCrossentropy({
    fromLogits: this.options.fromLogits,
    labelSmoothing: this.options.labelSmoothing,
    name: this.name,
  });

  constructor(given: BinaryCrossentropyOptions & MetricOptions = {}) {
    super(given);
  }
}

const categoricalOptions = { ...crossentropyOptions, ...classAxis };

export type CategoricalCrossentropyOptions = GivenOptions<typeof categoricalOptions>;

/**
 * Mean of -Σ yTrue · ln yPred over the classes; targets are one-hot.
 *
 * @example
 * ```ts
 * import { CategoricalCrossentropy } from "fovea/metrics";
 * new CategoricalCrossentropy({ labelSmoothing: 0.1 });
 * ```
 */
export class CategoricalCrossentropy extends MeanLoss<OptionsOf<typeof categoricalOptions>> {
  static override readonly className: string = "CategoricalCrossentropy";
  static override readonly options = categoricalOptions;
  protected override readonly loss: losses.Loss = new losses.CategoricalCrossentropy({
    fromLogits: this.options.fromLogits,
    axis: this.options.axis,
    labelSmoothing: this.options.labelSmoothing,
    name: this.name,
  });

  constructor(given: CategoricalCrossentropyOptions & MetricOptions = {}) {
    super(given);
  }
}

const sparseOptions = { ...logits, ...classAxis };

export type SparseCategoricalCrossentropyOptions = GivenOptions<typeof sparseOptions>;

/**
 * Mean of -ln yPred[label]; targets are class numbers.
 *
 * @example
 * ```ts
 * import { SparseCategoricalCrossentropy } from "fovea/metrics";
 * new SparseCategoricalCrossentropy({ name: "nll" }).direction; // "min"
 * ```
 */
export class SparseCategoricalCrossentropy extends MeanLoss<OptionsOf<typeof sparseOptions>> {
  static override readonly className: string = "SparseCategoricalCrossentropy";
  static override readonly options = sparseOptions;
  protected override readonly loss: losses.Loss = new losses.SparseCategoricalCrossentropy({
    fromLogits: this.options.fromLogits,
    axis: this.options.axis,
    name: this.name,
  });

  constructor(given: SparseCategoricalCrossentropyOptions & MetricOptions = {}) {
    super(given);
  }
}
