import type { Sym } from "../../ir/graph.ts";
import { add, mul } from "../../ops/elementwise.ts";
import { randomNormal } from "../../ops/random-normal.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import type { LayerOptions } from "./layer.ts";
import { Noise, rateBelowOne, seedOption } from "./noise.ts";

const options = {
  /** As that of Dropout, from 0 to below 1: factors have the standard deviation √(rate / (1 − rate)). */
  rate: /* @__PURE__ */ rateBelowOne(),
  .../* @__PURE__ */ seedOption(),
};

export type GaussianDropoutOptions = GivenOptions<typeof options>;

/**
 * Multiplies by normal random numbers of mean 1 in training (Srivastava et al. 2014, section 10). Does nothing in evaluation and
 * prediction. [batch, …] → [batch, …]. K: `layers/regularization/gaussian_dropout.py`. The numbers depend on the seed, the step
 * and the row alone.
 *
 * @throws ArgumentError for a rate outside 0 … 1, and for 1, where the deviation is infinite
 * @example
 * ```ts
 * import { GaussianDropout } from "fovea/layers";
 * new GaussianDropout({ rate: 0.2 });
 * ```
 */
export class GaussianDropout extends Noise<OptionsOf<typeof options>> {
  static override readonly className = "GaussianDropout";
  static override readonly options = options;

  constructor(given: GaussianDropoutOptions & LayerOptions) {
    super(given);
  }

  protected override get strength(): number {
    return this.options.rate;
  }

  protected override disturb(x: Sym): Sym {
    const { rate } = this.options;
    const noise = randomNormal(currentTrace(this.title).step, x, this.randomKey!, x.spec.shape.slice(1));
    return mul(x, add(1, mul(noise, Math.sqrt(rate / (1 - rate)))));
  }
}
