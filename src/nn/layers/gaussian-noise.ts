import type { Sym } from "../../ir/graph.ts";
import { add, mul } from "../../ops/elementwise.ts";
import { randomNormal } from "../../ops/random-normal.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import type { LayerOptions } from "./layer.ts";
import { Noise, seedOption } from "./noise.ts";

const options = {
  /** Standard deviation of the noise, 0 … 1. */
  stddev: /* @__PURE__ */ number({ min: 0, max: 1 }),
  .../* @__PURE__ */ seedOption(),
};

export type GaussianNoiseOptions = GivenOptions<typeof options>;

/**
 * Adds normal random numbers of mean 0 in training. Does nothing in evaluation and prediction. [batch, …] → [batch, …].
 * K: `layers/regularization/gaussian_noise.py`. The numbers depend on the seed, the step and the row alone.
 *
 * @example
 * ```ts
 * import { GaussianNoise } from "fovea/layers";
 * new GaussianNoise({ stddev: 0.1 });
 * ```
 */
export class GaussianNoise extends Noise<OptionsOf<typeof options>> {
  static override readonly className = "GaussianNoise";
  static override readonly options = options;

  constructor(given: GaussianNoiseOptions & LayerOptions) {
    super(given);
  }

  protected override get strength(): number {
    return this.options.stddev;
  }

  protected override disturb(x: Sym): Sym {
    const noise = randomNormal(currentTrace(this.title).step, x, this.randomKey!, x.spec.shape.slice(1));
    return add(x, mul(noise, this.options.stddev));
  }
}
