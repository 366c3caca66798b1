import { ArgumentError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { cropToRatio, padToRatio, resizeImages, resizeMethods } from "../../ops/resize.ts";
import type { CallOptions } from "../call-context.ts";
import { choice, fixed, flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { ImageResizing, sizeOptions } from "./image-resizing.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  .../* @__PURE__ */ sizeOptions(),
  /** "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5" or "area". Default "bilinear". */
  interpolation: /* @__PURE__ */ choice(resizeMethods, { default: "bilinear" }),
  /** Cuts out the largest part in the middle that has the output's ratio, so that nothing is distorted. Default false. */
  cropToAspectRatio: /* @__PURE__ */ flag({ default: false }),
  /** Adds margins first, so that nothing is distorted or lost. Default false. */
  padToAspectRatio: /* @__PURE__ */ flag({ default: false }),
  /** Only "constant": margins of one value. */
  fillMode: /* @__PURE__ */ fixed("constant"),
  /** The value of the margins. Default 0. */
  fillValue: /* @__PURE__ */ number({ default: 0 }),
  /** Blurs first where images become smaller. Default false. */
  antialias: /* @__PURE__ */ flag({ default: false }),
};

export type ResizingOptions = GivenOptions<typeof options>;

/**
 * Images of another size; pixel centres lie at halves. [batch, rows, columns, channels] → [batch, height, width, channels].
 * K: `layers/preprocessing/image_preprocessing/resizing.py`.
 *
 * @throws ArgumentError for both aspect-ratio options at a time; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { Resizing } from "fovea/layers";
 * const layer = new Resizing({ height: 32, width: 32, padToAspectRatio: true });
 * layer.computeOutputShape([null, 40, 60, 3]); // [null, 32, 32, 3]
 * ```
 */
export class Resizing extends ImageResizing<OptionsOf<typeof options>> {
  static override readonly className = "Resizing";
  static override readonly options = options;

  constructor(given: ResizingOptions & LayerOptions) {
    super(given);
    const { cropToAspectRatio, padToAspectRatio } = this.options;
    if (cropToAspectRatio && padToAspectRatio)
      throw new ArgumentError(`${this.title}: give cropToAspectRatio or padToAspectRatio, not both.`);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { interpolation, antialias, cropToAspectRatio, padToAspectRatio, fillValue } = this.options;
    return this.withChannelsLast(x, (images) => {
      const cropped = cropToAspectRatio ? cropToRatio(images, this.size) : images;
      const fitted = padToAspectRatio ? padToRatio(cropped, this.size, fillValue) : cropped;
      return resizeImages(fitted, this.size, interpolation, antialias);
    });
  }
}
