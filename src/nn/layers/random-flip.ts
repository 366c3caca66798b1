import type { Sym } from "../../ir/graph.ts";
import { lessEqual, sub, where } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import { reverse } from "../../ops/slice.ts";
import { choice, type GivenOptions, type OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { layoutOption } from "./augmentation-options.ts";
import { type Corners, chooseBoxes } from "./bounding-boxes.ts";
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

  protected override transformMasks(masks: Sym, transformation: { readonly flips: Sym }): Sym {
    return this.transform(masks, transformation);
  }

  protected override moveBoxes(
    boxes: Corners,
    { flips }: { readonly flips: Sym },
    [height, width]: readonly [number, number],
  ): Corners {
    const { left, top, right, bottom } = boxes;
    const axes: readonly number[] = axesOf[this.options.mode];
    const turned = {
      ...(axes.includes(2) ? { left: sub(width, right), right: sub(width, left) } : { left, right }),
      ...(axes.includes(1) ? { top: sub(height, bottom), bottom: sub(height, top) } : { top, bottom }),
    };
    const chosen = reshape(flips, [flips.spec.shape[0]!, 1]);
    return chooseBoxes((yes, no) => where(0, chosen, yes, no), turned, boxes);
  }
}
