import { foldKey } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { randomSymmetricBeta } from "../../ops/random-beta.ts";
import { concatenateAxis } from "../../ops/slice.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import { layoutOption } from "./augmentation-options.ts";
import type { BoundingBoxes } from "./image-layer.ts";
import type { LayerOptions } from "./layer.ts";
import { type Mix, MixingAugmentation, mix } from "./mixing-augmentation.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** Shares are drawn of Beta(alpha, alpha): the smaller, the nearer to 0 or 1. Default 0.2. */
  alpha: /* @__PURE__ */ number({ min: 0, open: true, default: 0.2 }),
  .../* @__PURE__ */ seedOption(),
};

export type MixUpOptions = GivenOptions<typeof options>;

/**
 * Mixes each image with another one of the batch, in training (Zhang et al. 2018). [batch, height, width, channels] → the same shape.
 * In an own step `transformLabels` mixes the labels alike. K: `layers/preprocessing/image_preprocessing/mix_up.py`.
 *
 * @throws ArgumentError for an alpha of 0 or less; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { MixUp } from "fovea/layers";
 * import type { Sym } from "fovea/ops";
 * const mixUp = new MixUp({ alpha: 0.4 });
 * const mixed = (images: Sym, labels: Sym) => {
 *   const drawn = mixUp.getRandomTransformation(images);
 *   return [mixUp.transformImages(images, drawn), mixUp.transformLabels(labels, drawn)];
 * };
 * ```
 */
export class MixUp extends MixingAugmentation<OptionsOf<typeof options>, Mix> {
  static override readonly className = "MixUp";
  static override readonly options = options;

  constructor(given: MixUpOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Mix {
    const { step } = currentTrace(this.title);
    const key = foldKey(this.randomKey!, 1);
    return {
      permutationOrder: this.permutation(images, 0),
      mixWeight: randomSymmetricBeta(step, images, key, this.options.alpha, [1, 1, 1]),
    };
  }

  protected override transform(images: Sym, { permutationOrder, mixWeight }: Mix): Sym {
    return mix(mixWeight, images, this.rowsAt(images, permutationOrder));
  }

  /** Those of both images. */
  protected override changeBoxes({ boxes, labels }: BoundingBoxes, { permutationOrder }: Mix): BoundingBoxes {
    const withOthers = (values: Sym) => concatenateAxis([values, this.rowsAt(values, permutationOrder)], 1);
    return { boxes: withOthers(boxes), labels: withOthers(labels) };
  }
}
