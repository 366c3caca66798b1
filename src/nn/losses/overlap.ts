/** Losses of how far two segmentations overlap, over the whole batch unless axes are given. K: `losses/losses.py`. */

import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, mul, sub } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { type GivenOptions, type Kind, number, type OptionsOf, value } from "../option-kinds.ts";
import { alignTargets, allAxes } from "../rows.ts";
import { Loss, type LossOptions } from "./loss.ts";
import { EPSILON } from "./probabilities.ts";

/** Axes that are summed over; null: all, the batch among them. */
const axes = (): Kind<readonly number[], null> =>
  value<readonly number[], null>(
    (given, owner, name) => {
      if (!Array.isArray(given) || !given.every(Number.isInteger))
        throw new ArgumentError(`${owner}: ${name} is ${formatValue(given)}, expected a list of axes, or null.`);
      return given as readonly number[];
    },
    { default: null },
  );

const diceOptions = { /** Axes to sum over. Default null: all, the batch among them. */ axis: /* @__PURE__ */ axes() };

export type DiceOptions = GivenOptions<typeof diceOptions>;

/**
 * 1 - 2 Σ t·p / (Σ t + Σ p), the Dice coefficient's distance from 1. Without axes the loss is one value for the whole batch,
 * which takes no sample weights.
 *
 * @example
 * ```ts
 * import { Dice } from "fovea/losses";
 * new Dice({ axis: [1, 2, 3] });
 * ```
 */
export class Dice extends Loss<OptionsOf<typeof diceOptions>> {
  static override readonly className: string = "Dice";
  static override readonly options = diceOptions;

  constructor(given: DiceOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const targets = alignTargets(this.name, yTrue, yPred.spec.shape);
    const sum = (x: Sym) => reduceSum(x, this.options.axis ?? allAxes(x));
    const both = add(add(sum(targets), sum(yPred)), EPSILON);
    return sub(1, div(mul(sum(mul(targets, yPred)), 2), both));
  }
}

const tverskyOptions = {
  ...diceOptions,
  /** Weight of what is missed. Default 0.5. */
  alpha: /* @__PURE__ */ number({ min: 0, default: 0.5 }),
  /** Weight of what is found wrongly. Default 0.5. */
  beta: /* @__PURE__ */ number({ min: 0, default: 0.5 }),
};

export type TverskyOptions = GivenOptions<typeof tverskyOptions>;

/**
 * 1 - I / (I + alpha · M + beta · F) with the overlap I = Σ t·p, the missed part M = Σ t·(1 - p) and the false part
 * F = Σ (1 - t)·p, as Keras computes it; Salehi et al. 2017 have alpha and beta the other way round. alpha = beta = ½ is the Dice
 * loss.
 *
 * @example
 * ```ts
 * import { Tversky } from "fovea/losses";
 * new Tversky({ alpha: 0.3, beta: 0.7 });
 * ```
 */
export class Tversky extends Loss<OptionsOf<typeof tverskyOptions>> {
  static override readonly className: string = "Tversky";
  static override readonly options = tverskyOptions;

  constructor(given: TverskyOptions & LossOptions = {}) {
    super(given);
  }

  override call(yTrue: Sym, yPred: Sym): Sym {
    const { alpha, beta, axis } = this.options;
    const targets = alignTargets(this.name, yTrue, yPred.spec.shape);
    const sum = (x: Sym) => reduceSum(x, axis ?? allAxes(x));
    const overlap = sum(mul(targets, yPred));
    const wrong = add(mul(sum(mul(targets, sub(1, yPred))), alpha), mul(sum(mul(sub(1, targets), yPred)), beta));
    return sub(1, div(overlap, add(add(overlap, wrong), EPSILON)));
  }
}
