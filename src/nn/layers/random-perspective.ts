import type { Sym } from "../../ir/graph.ts";
import { add, mul, where } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { reshape } from "../../ops/reshape.ts";
import {
  type Interpolation,
  interpolations,
  type Projection,
  projectImages,
  quadrangleProjection,
} from "../../ops/sample-images.ts";
import { unstack } from "../../ops/slice.ts";
import { choice, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { AugmentationLayer } from "./augmentation.ts";
import { factor, layoutOption } from "./augmentation-options.ts";
import { type Corners, chooseBoxes, projectBoxes } from "./bounding-boxes.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** The probability that an image is changed, 0 … 1, or a range [low, high] of it. Default 1, which stands for [0, 1]. */
  factor: /* @__PURE__ */ factor({ bounds: [0, 1], default: 1 }),
  /** How far corners move: by up to half of this share of the image's size, 0 … 1. Default 1. */
  scale: /* @__PURE__ */ number({ min: 0, max: 1, default: 1 }),
  /** "bilinear" (the default) or "nearest". */
  interpolation: /* @__PURE__ */ choice(interpolations, { default: "bilinear" }),
  /** The value outside of an image. Default 0. */
  fillValue: /* @__PURE__ */ number({ default: 0 }),
  .../* @__PURE__ */ seedOption(),
};

export type RandomPerspectiveOptions = GivenOptions<typeof options>;

interface Perspective {
  /** [batch, 1, 1, 1], 1 where the image is changed. */
  readonly applyPerspective: Sym;
  /** [batch, 4, 2], where the corners come to, as [x, y]: top left, top right, bottom left, bottom right. */
  readonly endPoints: Sym;
}

/**
 * Shows images as from another side, in training: the top left corner stays, the others move.
 * [batch, height, width, channels] → the same shape. K: `layers/preprocessing/image_preprocessing/random_perspective.py`.
 *
 * @throws ArgumentError for a factor or scale out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomPerspective } from "fovea/layers";
 * new RandomPerspective({ scale: 0.3 });
 * ```
 */
export class RandomPerspective extends AugmentationLayer<OptionsOf<typeof options>, Perspective> {
  static override readonly className = "RandomPerspective";
  static override readonly options = options;

  constructor(given: RandomPerspectiveOptions & LayerOptions = {}) {
    super(given);
  }

  override getRandomTransformation(images: Sym): Perspective {
    const { factor, scale } = this.options;
    const [height, width] = this.imageSize(images);
    const [right, bottom] = [width - 1, height - 1];
    const corners = literal(images.builder, [0, 0, right, 0, 0, bottom, right, bottom], [1, 4, 2]);
    const moved = this.uniform(images, 2, [-scale / 2, scale / 2], [4, 2]);
    return {
      applyPerspective: this.chosen(images, 0, factor),
      endPoints: add(mul(moved, corners), corners),
    };
  }

  #projection({ endPoints }: Perspective, size: readonly [number, number]): Projection {
    const n = endPoints.spec.shape[0]!;
    const points = unstack(endPoints, 1).map((point) => unstack(point, 1).map((at) => reshape(at, [n, 1])));
    return quadrangleProjection(points as unknown as Parameters<typeof quadrangleProjection>[0], size);
  }

  #read(images: Sym, transformation: Perspective, interpolation: Interpolation): Sym {
    const [, height, width] = images.spec.shape as [number, number, number, number];
    const sampling = { fillMode: "constant", fillValue: this.options.fillValue, interpolation } as const;
    const moved = projectImages(images, this.#projection(transformation, [height, width]), sampling);
    return where(0, transformation.applyPerspective, moved, images);
  }

  protected override transform(images: Sym, transformation: Perspective): Sym {
    return this.#read(images, transformation, this.options.interpolation);
  }

  protected override transformMasks(masks: Sym, transformation: Perspective): Sym {
    return this.#read(masks, transformation, "nearest");
  }

  protected override moveBoxes(boxes: Corners, transformation: Perspective, size: readonly [number, number]): Corners {
    const { applyPerspective } = transformation;
    const chosen = reshape(applyPerspective, [applyPerspective.spec.shape[0]!, 1]);
    const moved = projectBoxes(boxes, this.#projection(transformation, size));
    return chooseBoxes((yes, no) => where(0, chosen, yes, no), moved, boxes);
  }
}
