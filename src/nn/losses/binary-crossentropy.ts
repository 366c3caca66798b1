import type { Sym } from "../../ir/graph.ts";
import { softplus } from "../../ops/activations.ts";
import { add, elementwiseOps, log, maximum, mul, neg, sub } from "../../ops/elementwise.ts";
import { NEGLIGIBLE_LOG } from "../../ops/softmax.ts";
import { fixed, flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { alignTargets, meanLast } from "../rows.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { clipProbabilities, logitsBehind, smoothTargets } from "./probabilities.ts";

const options = {
  /** Whether the model's outputs are logits instead of probabilities. Default false. */
  fromLogits: /* @__PURE__ */ flag({ default: false }),
  /** Share by which targets move towards one half, 0 … 1. Default 0. */
  labelSmoothing: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
  /** Only -1: the mean is over the last axis. */
  axis: /* @__PURE__ */ fixed(-1 as const, "the mean is over the last axis, -1"),
};

export type BinaryCrossentropyOptions = GivenOptions<typeof options>;

/**
 * Mean of -(yTrue · ln yPred + (1 - yTrue) · ln(1 - yPred)) over the last axis; targets are 0 and 1, or probabilities. Outputs of
 * a sigmoid are judged by its logits; other probabilities are clipped to [1e-7, 1 - 1e-7].
 * K: `losses/losses.py`, binary_crossentropy.
 *
 * @example
 * ```ts
 * import { BinaryCrossentropy } from "fovea/losses";
 * new BinaryCrossentropy({ labelSmoothing: 0.1 });
 * ```
 */
export class BinaryCrossentropy extends Loss<OptionsOf<typeof options>> {
  static override readonly className: string = "BinaryCrossentropy";
  static override readonly options = options;

  constructor(given: BinaryCrossentropyOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const { fromLogits, labelSmoothing } = this.options;
    const targets = smoothTargets(alignTargets(this.name, yTrue, yPred.spec.shape), labelSmoothing, 1 / 2);
    return meanLast(binaryCrossentropy(targets, yPred, fromLogits));
  }
}

/** -(t · ln p + (1 - t) · ln(1 - p)) for each value; of logits x as ln(1 + eˣ) - t · x, which neither overflows nor saturates. */
export function binaryCrossentropy(targets: Sym, yPred: Sym, fromLogits: boolean): Sym {
  const logits = fromLogits ? yPred : logitsBehind(yPred, elementwiseOps.sigmoid);
  // Below NEGLIGIBLE_LOG ln(1 + eˣ) is nothing beside the rest, and has no gradient.
  if (logits !== undefined) return sub(softplus(maximum(logits, NEGLIGIBLE_LOG)), mul(targets, logits));
  const p = clipProbabilities(yPred);
  return neg(add(mul(targets, log(p)), mul(sub(1, targets), log(sub(1, p)))));
}
