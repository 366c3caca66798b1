import { ArgumentError } from "../../base/errors.ts";
import { foldKey } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, mul, sqrt, sub, where } from "../../ops/elementwise.ts";
import { randomSymmetricBeta } from "../../ops/random-beta.ts";
import { randomUniformOf } from "../../ops/random-normal.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import { factor, layoutOption } from "./augmentation-options.ts";
import { boxMask } from "./box-mask.ts";
import type { LayerOptions } from "./layer.ts";
import { type Mix, MixingAugmentation } from "./mixing-augmentation.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** The range of a number that is drawn for each batch; shares are of Beta(number, number). Default 1, which stands for [0, 1]. */
  factor: /* @__PURE__ */ factor({ bounds: [0, 1], default: 1 }),
  .../* @__PURE__ */ seedOption(),
};

export type CutMixOptions = GivenOptions<typeof options>;

interface CutOut extends Mix {
  /** [batch, height, width, 1], 1 where the other image is. */
  readonly batchMasks: Sym;
}

/**
 * Puts a rectangle of another image of the batch into each one, in training (Yun et al. 2019). [batch, height, width, channels] → the
 * same shape. In an own step `transformLabels` mixes the labels alike, by area.
 * K: `layers/preprocessing/image_preprocessing/cut_mix.py`.
 *
 * @throws ArgumentError for a factor out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { CutMix } from "fovea/layers";
 * new CutMix({ factor: 0.8 });
 * ```
 */
export class CutMix extends MixingAugmentation<OptionsOf<typeof options>, CutOut> {
  static override readonly className = "CutMix";
  static override readonly options = options;

  constructor(given: CutMixOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(images: Sym): CutOut {
    const { step } = currentTrace(this.title);
    const [low, high] = this.options.factor;
    const drawn = randomUniformOf(step, foldKey(this.randomKey!, 4), []);
    // A distribution of alpha 0 has no density.
    const alpha = add(mul(drawn, high - low), low + 1e-6);
    const share = randomSymmetricBeta(step, images, foldKey(this.randomKey!, 1), alpha, [1, 1, 1]);
    const side = sqrt(sub(1, share));
    const [x, y] = [this.uniform(images, 2, [0, 1]), this.uniform(images, 3, [0, 1])];
    const box = boxMask(this.imageSize(images), { width: side, height: side, x, y });
    return {
      permutationOrder: this.permutation(images, 0),
      batchMasks: box.mask,
      mixWeight: sub(1, box.share),
    };
  }

  protected override transform(images: Sym, { permutationOrder, batchMasks }: CutOut): Sym {
    return where(0, batchMasks, this.rowsAt(images, permutationOrder), images);
  }

  protected override changeBoxes(): never {
    throw new ArgumentError(
      `${this.title} takes no boundingBoxes: parts of two images have no boxes. MixUp keeps those of both images.`,
    );
  }
}
