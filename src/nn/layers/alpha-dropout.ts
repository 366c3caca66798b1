import type { Sym } from "../../ir/graph.ts";
import { add, mul, where } from "../../ops/elementwise.ts";
import { randomUniform } from "../../ops/random-uniform.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import type { LayerOptions } from "./layer.ts";
import { MaskedNoise, noiseShapeOption, rateBelowOne, seedOption } from "./noise.ts";

const options = {
  /** Share of the values that become SELU's limit in training, from 0 to below 1. */
  rate: /* @__PURE__ */ rateBelowOne(),
  .../* @__PURE__ */ seedOption(),
  .../* @__PURE__ */ noiseShapeOption(),
};

export type AlphaDropoutOptions = GivenOptions<typeof options>;

/** SELU of −∞: −scale · alpha. Source: Klambauer et al. 2017. */
const LIMIT = -1.0507009873554805 * 1.6732632423543772;

/**
 * Dropout for SELU: in training a share of the values becomes what SELU gives for −∞, and all are scaled and shifted so that mean
 * and variance stay 0 and 1 (Klambauer et al. 2017). Does nothing in evaluation and prediction. [batch, …] → [batch, …].
 * K: `layers/regularization/alpha_dropout.py`. The mask depends on the seed, the step and the row alone.
 *
 * @throws ArgumentError for a rate outside 0 … 1, and for 1, where nothing is left to scale
 * @example
 * ```ts
 * import { AlphaDropout } from "fovea/layers";
 * new AlphaDropout({ rate: 0.1 });
 * ```
 */
export class AlphaDropout extends MaskedNoise<OptionsOf<typeof options>> {
  static override readonly className = "AlphaDropout";
  static override readonly options = options;

  constructor(given: AlphaDropoutOptions & LayerOptions) {
    super(given);
  }

  protected override get strength(): number {
    return this.options.rate;
  }

  protected override disturb(x: Sym): Sym {
    const { rate } = this.options;
    const noise = randomUniform(currentTrace(this.title).step, x, this.randomKey!, this.maskShape(x));
    const scale = ((1 - rate) * (1 + rate * LIMIT ** 2)) ** -0.5;
    return add(mul(where(noise, rate, LIMIT, x), scale), -scale * LIMIT * rate);
  }
}
