import { type GivenOptions, type OptionsOf, sizes } from "../option-kinds.ts";
import { dataFormat } from "./arguments.ts";
import type { LayerOptions } from "./layer.ts";
import { UpSampling } from "./up-sampling.ts";

const options = {
  /** How often each cell stands along depth, height and width. Default 2. */
  size: /* @__PURE__ */ sizes(3, { default: 2 }),
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: /* @__PURE__ */ dataFormat(),
};

export type UpSampling3DOptions = GivenOptions<typeof options>;

/**
 * Each cell of a volume repeated along each axis. K: `layers/reshaping/up_sampling3d.py`.
 *
 * [batch, depth, height, width, channels] → [batch, depth · size[0], height · size[1], width · size[2], channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { UpSampling3D } from "fovea/layers";
 * new UpSampling3D({ size: [2, 1, 3] }).computeOutputShape([null, 2, 3, 4, 1]); // [null, 4, 3, 12, 1]
 * ```
 */
export class UpSampling3D extends UpSampling<OptionsOf<typeof options>> {
  static override readonly className = "UpSampling3D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 5; readonly out: 5 };
  protected override readonly rank = 3;

  constructor(given: UpSampling3DOptions & LayerOptions = {}) {
    super(given);
  }

  protected override get times(): readonly number[] {
    return this.options.size;
  }
}
