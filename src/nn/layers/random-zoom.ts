import type { Sym } from "../../ir/graph.ts";
import { mul, sub } from "../../ops/elementwise.ts";
import type { Projection } from "../../ops/sample-images.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { GeometricAugmentation } from "./augmentation.ts";
import { factor, layoutOption, type Range, samplingOptions } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** How much less of the height an image fills, −1 … 1: a pair, or f for [−f, f]. A positive number makes images smaller. */
  heightFactor: /* @__PURE__ */ factor({ bounds: [-1, 1], from: "negative", strict: true, open: true }),
  /** The same for the width. Default null: as the height, so that nothing is distorted. */
  widthFactor: /* @__PURE__ */ factor({ bounds: [-1, 1], from: "negative", strict: true, open: true, default: null }),
  .../* @__PURE__ */ samplingOptions(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomZoomOptions = GivenOptions<typeof options>;

interface Zoom {
  readonly heightZoom: Sym;
  readonly widthZoom: Sym;
}

/**
 * Makes each image larger or smaller about its middle, in training. [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_zoom.py`.
 *
 * @throws ArgumentError for a factor out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomZoom } from "fovea/layers";
 * new RandomZoom({ heightFactor: [-0.3, -0.1] }); // larger by a tenth to a third
 * ```
 */
export class RandomZoom extends GeometricAugmentation<OptionsOf<typeof options>, Zoom> {
  static override readonly className = "RandomZoom";
  static override readonly options = options;

  constructor(given: RandomZoomOptions & LayerOptions) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Zoom {
    const { heightFactor, widthFactor } = this.options;
    const draw = (which: number, [low, high]: Range) => this.uniform(images, which, [1 + low, 1 + high], [1]);
    const heightZoom = draw(0, heightFactor);
    return { heightZoom, widthZoom: widthFactor === null ? heightZoom : draw(1, widthFactor) };
  }

  override projection({ heightZoom, widthZoom }: Zoom, [height, width]: readonly [number, number]): Projection {
    const shift = (size: number, zoom: Sym) => mul(sub(1, zoom), (size - 1) / 2);
    return { a: [widthZoom, 0, shift(width, widthZoom)], b: [0, heightZoom, shift(height, heightZoom)] };
  }
}
