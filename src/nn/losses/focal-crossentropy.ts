/** Cross-entropies that let what is right already count less. Lin et al. 2017. K: `losses/losses.py`. */
import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, clip, log, mul, neg, power, sigmoid, sub } from "../../ops/elementwise.ts";
import { softmax } from "../../ops/softmax.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { fixed, flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { alignTargets, meanLast, sameRows, sumLast } from "../rows.ts";
import { binaryCrossentropy } from "./binary-crossentropy.ts";
import { notOneHot } from "./categorical-crossentropy.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { clipProbabilities, EPSILON, normalizeProbabilities, smoothTargets } from "./probabilities.ts";

const shared = {
  /** Weight of class 1, or of all classes. Default 0.25. */
  alpha: /* @__PURE__ */ number({ default: 0.25 }),
  /** Power of the distance from the target by which values are weighed. Default 2. */
  gamma: /* @__PURE__ */ number({ min: 0, default: 2 }),
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  fromLogits: /* @__PURE__ */ flag({ default: false }),
  /** Share of the target that is spread evenly, 0 … 1. Default 0. */
  labelSmoothing: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
  /** Only -1: classes are the last axis. */
  axis: /* @__PURE__ */ fixed(-1 as const, "classes are the last axis, -1"),
};

const binaryOptions = {
  ...shared,
  /** Whether class 1 is weighed by alpha and class 0 by 1 - alpha. Default false. */
  applyClassBalancing: /* @__PURE__ */ flag({ default: false }),
};

export type BinaryFocalCrossentropyOptions = GivenOptions<typeof binaryOptions>;

/** (1 - p)^gamma; the distance is kept off 0, where the slope of a power is not defined. */
const focus = (p: Sym, gamma: number) => power(clip(sub(1, p), EPSILON, 1), gamma);

/**
 * Mean over the last axis of (1 - pₜ)^gamma times the binary cross-entropy, where pₜ is the probability of the target.
 *
 * @example
 * ```ts
 * import { BinaryFocalCrossentropy } from "fovea/losses";
 * new BinaryFocalCrossentropy({ gamma: 3 });
 * ```
 */
export class BinaryFocalCrossentropy extends Loss<OptionsOf<typeof binaryOptions>> {
  static override readonly className: string = "BinaryFocalCrossentropy";
  static override readonly options = binaryOptions;

  constructor(given: BinaryFocalCrossentropyOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const { alpha, gamma, fromLogits, labelSmoothing, applyClassBalancing } = this.options;
    const targets = smoothTargets(alignTargets(this.name, yTrue, yPred.spec.shape), labelSmoothing, 1 / 2);
    const p = fromLogits ? sigmoid(yPred) : yPred;
    const ofTarget = add(mul(targets, p), mul(sub(1, targets), sub(1, p)));
    const losses = mul(focus(ofTarget, gamma), binaryCrossentropy(targets, yPred, fromLogits));
    if (!applyClassBalancing) return meanLast(losses);
    return meanLast(mul(losses, add(mul(targets, alpha), mul(sub(1, targets), 1 - alpha))));
  }
}

export type CategoricalFocalCrossentropyOptions = GivenOptions<typeof shared>;

/**
 * Σ alpha · (1 - yPred)^gamma · (-yTrue · ln yPred) over the last axis; targets are one-hot.
 *
 * @example
 * ```ts
 * import { CategoricalFocalCrossentropy } from "fovea/losses";
 * new CategoricalFocalCrossentropy({ alpha: 0.4 });
 * ```
 */
export class CategoricalFocalCrossentropy extends Loss<OptionsOf<typeof shared>> {
  static override readonly className: string = "CategoricalFocalCrossentropy";
  static override readonly options = shared;

  constructor(given: CategoricalFocalCrossentropyOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const { alpha, gamma, fromLogits, labelSmoothing } = this.options;
    const { shape } = yPred.spec;
    const targets = smoothTargets(alignTargets(this.name, yTrue, shape), labelSmoothing, 1 / shape.at(-1)!);
    const p = clipProbabilities(normalizeProbabilities(fromLogits ? softmax(yPred) : yPred));
    return sumLast(mul(mul(focus(p, gamma), alpha), neg(mul(targets, log(p)))));
  }

  override checkTargets(y: Tensor, outputShape: BatchShape): void {
    if (!sameRows(y.shape, outputShape)) throw notOneHot(this.name, y, outputShape);
  }
}
