import type { Sym } from "../../ir/graph.ts";
import { centerCrop } from "../../ops/resize.ts";
import type { CallOptions } from "../call-context.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { ImageResizing, sizeOptions } from "./image-resizing.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  .../* @__PURE__ */ sizeOptions(),
};

export type CenterCropOptions = GivenOptions<typeof options>;

/**
 * The middle of images. An image with too few rows or columns is resized instead (bilinear), after the largest part of the output's
 * ratio is cut out of its middle. [batch, rows, columns, channels] → [batch, height, width, channels].
 * K: `layers/preprocessing/image_preprocessing/center_crop.py`.
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { CenterCrop } from "fovea/layers";
 * new CenterCrop({ height: 20, width: 24 }).computeOutputShape([null, 28, 28, 3]); // [null, 20, 24, 3]
 * ```
 */
export class CenterCrop extends ImageResizing<OptionsOf<typeof options>> {
  static override readonly className = "CenterCrop";
  static override readonly options = options;

  constructor(given: CenterCropOptions & LayerOptions) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return this.withChannelsLast(x, (images) => centerCrop(images, this.size));
  }
}
