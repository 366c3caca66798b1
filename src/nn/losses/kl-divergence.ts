import type { Sym } from "../../ir/graph.ts";
import { clip, div, log, mul } from "../../ops/elementwise.ts";
import { alignTargets, sumLast } from "../rows.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { EPSILON } from "./probabilities.ts";

/**
 * Σ yTrue · ln(yTrue / yPred) over the last axis, both clipped to [1e-7, 1]. Kullback and Leibler 1951.
 * K: `losses/losses.py`, kl_divergence.
 *
 * @example
 * ```ts
 * import { KLDivergence } from "fovea/losses";
 * new KLDivergence().name; // "kl_divergence"
 * ```
 */
export class KLDivergence extends Loss {
  static override readonly className: string = "KLDivergence";

  constructor(given: LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const targets = clip(alignTargets(this.name, yTrue, yPred.spec.shape), EPSILON, 1);
    return sumLast(mul(targets, log(div(targets, clip(yPred, EPSILON, 1)))));
  }
}
