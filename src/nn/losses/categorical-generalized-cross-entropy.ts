import type { Tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { div, mul, power, sub } from "../../ops/elementwise.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { sumLast } from "../rows.ts";
import { checkLabels, oneHotLabels } from "./labels.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { clipProbabilities } from "./probabilities.ts";

const options = {
  /** Between 0 (cross-entropy) and 1 (mean absolute error). Default 0.5. */
  q: /* @__PURE__ */ number({ min: 0, max: 1, open: true, default: 0.5 }),
};

export type CategoricalGeneralizedCrossEntropyOptions = GivenOptions<typeof options>;

/**
 * (1 - p^q) / q with the probability p of the target's class, for labels that are wrong now and then; targets are class numbers.
 * Zhang and Sabuncu 2018. K: `losses/losses.py`.
 *
 * @example
 * ```ts
 * import { CategoricalGeneralizedCrossEntropy } from "fovea/losses";
 * new CategoricalGeneralizedCrossEntropy({ q: 0.7 });
 * ```
 */
export class CategoricalGeneralizedCrossEntropy extends Loss<OptionsOf<typeof options>> {
  static override readonly className: string = "CategoricalGeneralizedCrossEntropy";
  static override readonly options = options;

  constructor(given: CategoricalGeneralizedCrossEntropyOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const { q } = this.options;
    const p = sumLast(mul(oneHotLabels(this.name, yTrue, yPred), clipProbabilities(yPred)));
    return div(sub(1, power(p, q)), q);
  }

  override checkTargets(y: Tensor, outputShape: BatchShape): void {
    checkLabels(this.name, y, y.shape, outputShape);
  }
}
