/** Losses of numbers: means over the last axis of how far outputs are from targets. K: `losses/losses.py`. */

import type { Sym } from "../../ir/graph.ts";
import { softplus } from "../../ops/activations.ts";
import { abs, add, div, log, maximum, mul, neg, sqrt, square, sub, where } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import { alignTargets, meanLast } from "../rows.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { EPSILON } from "./probabilities.ts";

/** A loss that is the mean over the last axis of a value for each output. */
abstract class ValueLoss<O extends object = object> extends Loss<O> {
  constructor(given: LossOptions = {}) {
    super(given);
  }

  /** One value for each output; targets have the output's shape. */
  protected abstract values(yTrue: Sym, yPred: Sym): Sym;

  override call(yTrue: Sym, yPred: Sym): Sym {
    return meanLast(this.values(alignTargets(this.name, yTrue, yPred.spec.shape), yPred));
  }
}

/**
 * Mean of (yPred - yTrue)²; targets have the output's shape, [n] doing for [n, 1].
 *
 * @example
 * ```ts
 * import { MeanSquaredError } from "fovea/losses";
 * new MeanSquaredError();
 * ```
 */
export class MeanSquaredError extends ValueLoss {
  static override readonly className: string = "MeanSquaredError";

  protected override values(yTrue: Sym, yPred: Sym): Sym {
    return square(sub(yPred, yTrue));
  }
}

/**
 * Mean of |yPred - yTrue|.
 *
 * @example
 * ```ts
 * import { MeanAbsoluteError } from "fovea/losses";
 * new MeanAbsoluteError();
 * ```
 */
export class MeanAbsoluteError extends ValueLoss {
  static override readonly className: string = "MeanAbsoluteError";

  protected override values(yTrue: Sym, yPred: Sym): Sym {
    return abs(sub(yPred, yTrue));
  }
}

/**
 * Mean of 100 · |yTrue - yPred| / max(|yTrue|, 1e-7), in percent.
 *
 * @example
 * ```ts
 * import { MeanAbsolutePercentageError } from "fovea/losses";
 * new MeanAbsolutePercentageError();
 * ```
 */
export class MeanAbsolutePercentageError extends ValueLoss {
  static override readonly className: string = "MeanAbsolutePercentageError";

  protected override values(yTrue: Sym, yPred: Sym): Sym {
    return mul(abs(div(sub(yTrue, yPred), maximum(abs(yTrue), EPSILON))), 100);
  }
}

/**
 * Mean of (ln(1 + yPred) - ln(1 + yTrue))², with both at least 1e-7.
 *
 * @example
 * ```ts
 * import { MeanSquaredLogarithmicError } from "fovea/losses";
 * new MeanSquaredLogarithmicError();
 * ```
 */
export class MeanSquaredLogarithmicError extends ValueLoss {
  static override readonly className: string = "MeanSquaredLogarithmicError";

  protected override values(yTrue: Sym, yPred: Sym): Sym {
    const logarithm = (x: Sym) => log(add(maximum(x, EPSILON), 1));
    return square(sub(logarithm(yPred), logarithm(yTrue)));
  }
}

const huberOptions = {
  /** Error at which the square becomes a line. Default 1. */
  delta: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }),
};

export type HuberOptions = GivenOptions<typeof huberOptions>;

/**
 * Mean of ½ e² where |e| ≤ delta, else delta · |e| - ½ delta², with e = yPred - yTrue. Huber 1964.
 *
 * @example
 * ```ts
 * import { Huber } from "fovea/losses";
 * new Huber({ delta: 0.5 }).name; // "huber_loss"
 * ```
 */
export class Huber extends ValueLoss<OptionsOf<typeof huberOptions>> {
  static override readonly className: string = "Huber";
  static override readonly options = huberOptions;

  constructor(given: HuberOptions & LossOptions = {}) {
    super({ ...given, name: given.name ?? "huber_loss" });
  }

  protected override values(yTrue: Sym, yPred: Sym): Sym {
    const { delta } = this.options;
    const error = sub(yPred, yTrue);
    const size = abs(error);
    return where(delta, size, sub(mul(size, delta), (delta * delta) / 2), mul(square(error), 0.5));
  }
}

/**
 * Mean of ln cosh(yPred - yTrue), as e + ln(1 + e^(-2e)) - ln 2, which does not overflow.
 *
 * @example
 * ```ts
 * import { LogCosh } from "fovea/losses";
 * new LogCosh();
 * ```
 */
export class LogCosh extends ValueLoss {
  static override readonly className: string = "LogCosh";

  protected override values(yTrue: Sym, yPred: Sym): Sym {
    const error = sub(yPred, yTrue);
    return sub(add(error, softplus(mul(error, -2))), Math.LN2);
  }
}

/**
 * Mean of yPred - yTrue · ln(yPred + 1e-7): the negative log-likelihood of counts, but for a constant.
 *
 * @example
 * ```ts
 * import { Poisson } from "fovea/losses";
 * new Poisson();
 * ```
 */
export class Poisson extends ValueLoss {
  static override readonly className: string = "Poisson";

  protected override values(yTrue: Sym, yPred: Sym): Sym {
    return sub(yPred, mul(yTrue, log(add(yPred, EPSILON))));
  }
}

const cosineOptions = {
  /** Axis along which the vectors lie; not the batch. Default -1. */
  axis: /* @__PURE__ */ integer({ default: -1 }),
};

export type CosineSimilarityOptions = GivenOptions<typeof cosineOptions>;

/**
 * -cos of the angle between targets and outputs: -1 for equal directions, 1 for opposite ones, 0 for a vector of zeros.
 *
 * @example
 * ```ts
 * import { CosineSimilarity } from "fovea/losses";
 * new CosineSimilarity({ axis: 1 });
 * ```
 */
export class CosineSimilarity extends Loss<OptionsOf<typeof cosineOptions>> {
  static override readonly className: string = "CosineSimilarity";
  static override readonly options = cosineOptions;

  constructor(given: CosineSimilarityOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const targets = alignTargets(this.name, yTrue, yPred.spec.shape);
    return neg(cosine(targets, yPred, this.options.axis));
  }
}

/** Σ t·p / (|t| · |p|) along an axis; squared lengths are at least 1e-12. K: `backend/torch/numpy.py`, normalize. */
export function cosine(yTrue: Sym, yPred: Sym, axis: number): Sym {
  const unit = (x: Sym) => div(x, sqrt(maximum(reduceSum(square(x), [axis], true), 1e-12)));
  return reduceSum(mul(unit(yTrue), unit(yPred)), [axis]);
}
