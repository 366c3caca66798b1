import { foldKey } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { floor, mul } from "../../ops/elementwise.ts";
import { randomUniformOf } from "../../ops/random-normal.ts";
import { sliceAxis } from "../../ops/slice.ts";
import { type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import { AugmentationPolicy, type PolicyDraws, policyNames, policyOptions } from "./augmentation-policy.ts";
import { type Corners, clipBoxes } from "./bounding-boxes.ts";
import { ComposedAugmentation } from "./composed-augmentation.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  .../* @__PURE__ */ policyOptions(0.5),
  /** How many augmentations follow each other. Default 2. */
  numOps: /* @__PURE__ */ integer({ min: 1, default: 2 }),
};

export type RandAugmentOptions = GivenOptions<typeof options>;

interface Augmentations {
  /** [numOps], the numbers of the augmentations in their order: of shear, translation, rotation, brightness, colour degeneration, contrast, sharpness, posterization, solarization, auto contrast and equalization. */
  readonly layerIdxes: Sym;
  /** What each of them drew. */
  readonly transforms: PolicyDraws;
}

/**
 * Changes images by a few augmentations that are drawn of eleven for each batch, in training (Cubuk et al. 2020); how far each image is
 * changed is drawn for each. [batch, height, width, 3] → the same shape. K: `layers/preprocessing/image_preprocessing/rand_augment.py`.
 *
 * @throws ArgumentError for an option out of range; ShapeError for inputs of another rank or without three channels
 * @example
 * ```ts
 * import { RandAugment } from "fovea/layers";
 * new RandAugment({ valueRange: [0, 1], numOps: 2, factor: 0.3 });
 * ```
 */
export class RandAugment extends ComposedAugmentation<OptionsOf<typeof options>, Augmentations> {
  static override readonly className = "RandAugment";
  static override readonly options = options;
  readonly #policy: AugmentationPolicy;

  constructor(given: RandAugmentOptions & LayerOptions = {}) {
    super(given);
    this.#policy = new AugmentationPolicy(this.options, policyNames);
  }

  override getRandomTransformation(images: Sym): Augmentations {
    const { names } = this.#policy;
    const key = foldKey(this.randomKey!, names.length);
    const drawn = randomUniformOf(currentTrace(this.title).step, key, [this.options.numOps]);
    return {
      layerIdxes: floor(mul(drawn, names.length)),
      transforms: this.#policy.draws((augmentation, which) => this.drawOf(augmentation, which, images)),
    };
  }

  /** The value after each of the augmentations. */
  #inTurn<V>(start: V, layerIdxes: Sym, change: (value: V, choice: Sym) => V): V {
    let value = start;
    for (let i = 0; i < this.options.numOps; i++) value = change(value, sliceAxis(layerIdxes, 0, i, i + 1));
    return value;
  }

  protected override transform(images: Sym, { layerIdxes, transforms }: Augmentations): Sym {
    return this.#inTurn(images, layerIdxes, (changed, choice) =>
      this.#policy.changeImages(changed, choice, transforms),
    );
  }

  protected override transformMasks(masks: Sym, { layerIdxes, transforms }: Augmentations): Sym {
    return this.#inTurn(masks, layerIdxes, (changed, choice) => this.#policy.changeMasks(changed, choice, transforms));
  }

  protected override moveBoxes(
    boxes: Corners,
    { layerIdxes, transforms }: Augmentations,
    size: readonly [number, number],
  ): Corners {
    return this.#inTurn(boxes, layerIdxes, (moved, choice) =>
      clipBoxes(this.#policy.moveBoxes(moved, choice, transforms, size), size),
    );
  }
}
