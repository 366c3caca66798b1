/** Losses of margins. Targets are -1 and 1; a batch of targets 0 and 1 is taken as such. K: `losses/losses.py`. */
import type { Sym } from "../../ir/graph.ts";
import { add, equal, mul, relu, square, sub, where } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { alignTargets, allAxes, meanLast, sumLast } from "../rows.ts";
import { Loss, type LossOptions } from "./loss.ts";

/** Targets as -1 and 1: 2t - 1 where the whole batch holds 0 and 1 only. */
function signs(yTrue: Sym): Sym {
  const others = sub(1, add(equal(yTrue, 0), equal(yTrue, 1)));
  return where(0, reduceSum(others, allAxes(others)), yTrue, sub(mul(yTrue, 2), 1));
}

/** max(1 - t·p, 0) for each value. */
function margins(owner: string, yTrue: Sym, yPred: Sym): Sym {
  return relu(sub(1, mul(signs(alignTargets(owner, yTrue, yPred.spec.shape)), yPred)));
}

/**
 * Mean of max(1 - yTrue · yPred, 0) over the last axis.
 *
 * @example
 * ```ts
 * import { Hinge } from "fovea/losses";
 * new Hinge();
 * ```
 */
export class Hinge extends Loss {
  static override readonly className: string = "Hinge";

  constructor(given: LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    return meanLast(margins(this.name, yTrue, yPred));
  }
}

/**
 * Mean of max(1 - yTrue · yPred, 0)² over the last axis.
 *
 * @example
 * ```ts
 * import { SquaredHinge } from "fovea/losses";
 * new SquaredHinge();
 * ```
 */
export class SquaredHinge extends Loss {
  static override readonly className: string = "SquaredHinge";

  constructor(given: LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    return meanLast(square(margins(this.name, yTrue, yPred)));
  }
}

/**
 * max(1 + max((1 - yTrue) · yPred) - Σ yTrue · yPred, 0) over the last axis; targets are one-hot.
 *
 * @example
 * ```ts
 * import { CategoricalHinge } from "fovea/losses";
 * new CategoricalHinge();
 * ```
 */
export class CategoricalHinge extends Loss {
  static override readonly className: string = "CategoricalHinge";

  constructor(given: LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const targets = alignTargets(this.name, yTrue, yPred.spec.shape);
    const wrong = reduceMax(mul(sub(1, targets), yPred), [-1]);
    return relu(add(sub(wrong, sumLast(mul(targets, yPred))), 1));
  }
}
