import type { Sym } from "../../ir/graph.ts";
import { mul, sub } from "../../ops/elementwise.ts";
import { centerCrop, centerWindow } from "../../ops/resize.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { type Corners, mapSides } from "./bounding-boxes.ts";
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

  protected override transform(images: Sym): Sym {
    return centerCrop(images, this.size);
  }

  protected override transformMasks(masks: Sym): Sym {
    return centerCrop(masks, this.size, "nearest");
  }

  protected override moveBoxes(boxes: Corners, _transformation: null, from: readonly [number, number]): Corners {
    const { start, size } = centerWindow(from, this.size);
    return mapSides(
      boxes,
      (x) => mul(sub(x, start[1]), this.size[1] / size[1]),
      (y) => mul(sub(y, start[0]), this.size[0] / size[0]),
    );
  }
}
