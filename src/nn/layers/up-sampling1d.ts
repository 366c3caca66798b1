import { type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { UpSampling } from "./up-sampling.ts";

const options = {
  /** How often each step stands in the output. Default 2. */
  size: /* @__PURE__ */ integer({ min: 1, default: 2 }),
};

export type UpSampling1DOptions = GivenOptions<typeof options>;

/**
 * Each step of a sequence `size` times. K: `layers/reshaping/up_sampling1d.py`.
 *
 * [batch, length, channels] → [batch, length · size, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { UpSampling1D } from "fovea/layers";
 * new UpSampling1D({ size: 3 }).computeOutputShape([null, 4, 2]); // [null, 12, 2]
 * ```
 */
export class UpSampling1D extends UpSampling<OptionsOf<typeof options>> {
  static override readonly className = "UpSampling1D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: 3 };
  protected override readonly rank = 1;

  constructor(given: UpSampling1DOptions & LayerOptions = {}) {
    super(given);
  }

  protected override get times(): readonly number[] {
    return [this.options.size];
  }
}
