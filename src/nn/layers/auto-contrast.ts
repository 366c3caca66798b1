import type { Sym } from "../../ir/graph.ts";
import { add, clip, div, mul, sub, where } from "../../ops/elementwise.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { reduceMin } from "../../ops/reductions.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { layoutOption, valueRangeOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  .../* @__PURE__ */ valueRangeOption(),
};

export type AutoContrastOptions = GivenOptions<typeof options>;

/**
 * Stretches the values of each channel of each image over the whole `valueRange`, in training and in use. A channel of one value stays
 * as it is. [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/auto_contrast.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { AutoContrast } from "fovea/layers";
 * new AutoContrast({ valueRange: [0, 1] });
 * ```
 */
export class AutoContrast extends AugmentationLayer<OptionsOf<typeof options>, null> {
  static override readonly className = "AutoContrast";
  static override readonly options = options;

  constructor(given: AutoContrastOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(_images: Sym): null {
    return null;
  }

  protected override transform(images: Sym): Sym {
    const [lowest, highest] = this.options.valueRange;
    const low = reduceMin(images, [1, 2], true);
    const range = sub(reduceMax(images, [1, 2], true), low);
    const stretched = mul(div(sub(images, low), where(0, range, range, 1)), highest - lowest);
    return where(0, range, clip(add(stretched, lowest), lowest, highest), images);
  }

  protected override transformationOf(): null {
    return null;
  }
}
