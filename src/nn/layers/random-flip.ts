import type { Sym } from "../../ir/graph.ts";
import { lessEqual, where } from "../../ops/elementwise.ts";
import { reverse } from "../../ops/slice.ts";
import { choice, type GivenOptions, type OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { layoutOption } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const axesOf = { horizontal: [2], vertical: [1], horizontal_and_vertical: [1, 2] } as const;

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** "horizontal", "vertical" or "horizontal_and_vertical" (the default; both or neither). */
  mode: /* @__PURE__ */ choice(["horizontal", "vertical", "horizontal_and_vertical"], {
    default: "horizontal_and_vertical",
  }),
  .../* @__PURE__ */ seedOption(),
};

export type RandomFlipOptions = GivenOptions<typeof options>;

/**
 * Turns half of the images round, in training. [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_flip.py`.
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomFlip } from "fovea/layers";
 * const layer = new RandomFlip({ mode: "horizontal", seed: 1 });
 * await layer.run([[[[1], [2]]]], { device: "reference", training: true });
 * ```
 */
export class RandomFlip extends AugmentationLayer<OptionsOf<typeof options>, { readonly flips: Sym }> {
  static override readonly className = "RandomFlip";
  static override readonly options = options;

  constructor(given: RandomFlipOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(images: Sym) {
    return { flips: lessEqual(this.uniform(images, 0, [0, 1]), 0.5) };
  }

  protected override transform(images: Sym, { flips }: { readonly flips: Sym }): Sym {
    return where(0, flips, reverse(images, axesOf[this.options.mode]), images);
  }
}
