import type { Sym } from "../../ir/graph.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { dropoutMask } from "./dropout-mask.ts";
import type { LayerOptions } from "./layer.ts";
import { MaskedNoise, noiseShapeOption, seedOption } from "./noise.ts";

const options = {
  /** Share of the values that become 0 in training, 0 … 1. */
  rate: /* @__PURE__ */ number({ min: 0, max: 1 }),
  .../* @__PURE__ */ seedOption(),
  .../* @__PURE__ */ noiseShapeOption(),
};

export type DropoutOptions = GivenOptions<typeof options>;

/**
 * Sets a share of the values to 0 in training and divides the others by 1 - rate, so that their sum is kept on average
 * (Srivastava et al. 2014, inverted). Does nothing in evaluation and prediction. K: `layers/regularization/dropout.py`.
 * The mask depends on the seed, the step and the row alone, not on device or threads.
 *
 * @example
 * ```ts
 * import { Dropout } from "fovea/layers";
 * new Dropout({ rate: 0.5 });
 * ```
 */
export class Dropout extends MaskedNoise<OptionsOf<typeof options>> {
  static override readonly className = "Dropout";
  static override readonly options = options;

  constructor(given: DropoutOptions & LayerOptions) {
    super(given);
  }

  protected override get strength(): number {
    return this.options.rate;
  }

  protected override disturb(x: Sym): Sym {
    const draw = { like: x, key: this.randomKey!, row: this.maskShape(x) };
    return dropoutMask(this.title, this.options.rate, draw)(x);
  }
}
