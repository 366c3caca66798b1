import type { Sym } from "../../ir/graph.ts";
import { resizeImages } from "../../ops/resize.ts";
import type { CallOptions } from "../call-context.ts";
import { choice, type GivenOptions, type OptionsOf, sizes } from "../option-kinds.ts";
import { dataFormat } from "./arguments.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";
import { UpSampling } from "./up-sampling.ts";

const options = {
  /** How much higher and wider images become. Default 2. */
  size: /* @__PURE__ */ sizes(2, { default: 2 }),
  /** Where the channels are: "channels_last" (the default) or "channels_first". */
  dataFormat: /* @__PURE__ */ dataFormat(),
  /** How pixels between those of the input are made. Default "nearest": each pixel is repeated. */
  interpolation: /* @__PURE__ */ choice(["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"], {
    default: "nearest",
    anyCase: true,
  }),
};

export type UpSampling2DOptions = GivenOptions<typeof options>;

/**
 * Images of `size` times the height and width. K: `layers/reshaping/up_sampling2d.py`.
 *
 * [batch, height, width, channels] → [batch, height · size[0], width · size[1], channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { UpSampling2D } from "fovea/layers";
 * new UpSampling2D({ size: [2, 3], interpolation: "bilinear" }).computeOutputShape([null, 4, 5, 2]); // [null, 8, 15, 2]
 * ```
 */
export class UpSampling2D extends UpSampling<OptionsOf<typeof options>> {
  static override readonly className = "UpSampling2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };
  protected override readonly rank = 2;

  constructor(given: UpSampling2DOptions & LayerOptions = {}) {
    super(given);
  }

  protected override get times(): readonly number[] {
    return this.options.size;
  }

  override call(x: Sym, context?: CallOptions): Sym {
    const { interpolation } = this.options;
    if (interpolation === "nearest") return super.call(x, context);
    return this.withChannelsLast(x, (images) => {
      const [height, width] = this.outputSizes(images.spec.shape.slice(1, 3)) as [number, number];
      return resizeImages(images, [height, width], interpolation);
    });
  }

  /** Only of repeated pixels: others are made of several. */
  override reading(): Reading | undefined {
    const { size, interpolation, dataFormat: format } = this.options;
    return interpolation === "nearest" ? { kind: "repeat", times: [size[0]!, size[1]!], format } : undefined;
  }
}
