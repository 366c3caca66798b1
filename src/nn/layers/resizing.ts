import { ArgumentError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, mul } from "../../ops/elementwise.ts";
import { cropToRatio, padToRatio, type ResizeMethod, resizeImages, resizeMethods } from "../../ops/resize.ts";
import { choice, fixed, flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { type Corners, mapSides } from "./bounding-boxes.ts";
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

  #resize(images: Sym, method: ResizeMethod): Sym {
    const { antialias, cropToAspectRatio, padToAspectRatio, fillValue } = this.options;
    const cropped = cropToAspectRatio ? cropToRatio(images, this.size) : images;
    const fitted = padToAspectRatio ? padToRatio(cropped, this.size, fillValue) : cropped;
    return resizeImages(fitted, this.size, method, antialias);
  }

  protected override transform(images: Sym): Sym {
    return this.#resize(images, this.options.interpolation);
  }

  protected override transformMasks(masks: Sym): Sym {
    return this.#resize(masks, "nearest");
  }

  protected override moveBoxes(
    boxes: Corners,
    _transformation: null,
    [rows, columns]: readonly [number, number],
  ): Corners {
    const { cropToAspectRatio, padToAspectRatio } = this.options;
    const [height, width] = this.size;
    const [tall, wide] = [height / rows, width / columns];
    const both = padToAspectRatio ? Math.min(tall, wide) : Math.max(tall, wide);
    const [byY, byX] = cropToAspectRatio || padToAspectRatio ? [both, both] : [tall, wide];
    // Of margins, or of what is cut off.
    const shift = (size: number, from: number) => {
      if (padToAspectRatio) return Math.floor((size - from * both) / 2);
      return cropToAspectRatio ? -Math.floor((from * both - size) / 2) : 0;
    };
    return mapSides(
      boxes,
      (x) => add(mul(x, byX), shift(width, columns)),
      (y) => add(mul(y, byY), shift(height, rows)),
    );
  }
}
