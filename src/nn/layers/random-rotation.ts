import type { Sym } from "../../ir/graph.ts";
import { add, cos, mul, neg, sin, sub } from "../../ops/elementwise.ts";
import type { Projection } from "../../ops/sample-images.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { GeometricAugmentation } from "./augmentation.ts";
import { factor, layoutOption, samplingOptions } from "./augmentation-options.ts";
import type { LayerOptions } from "./layer.ts";
import { seedOption } from "./noise.ts";

const options = {
  .../* @__PURE__ */ layoutOption(),
  /** The range of the angle, in whole turns, −1 … 1: a pair, or f for [−f, f]. A positive angle turns counter-clockwise. */
  factor: /* @__PURE__ */ factor({ bounds: [-1, 1] }),
  .../* @__PURE__ */ samplingOptions(),
  .../* @__PURE__ */ seedOption(),
};

export type RandomRotationOptions = GivenOptions<typeof options>;

/**
 * Turns each image by an angle of its own about its middle, in training. [batch, height, width, channels] → the same shape.
 * K: `layers/preprocessing/image_preprocessing/random_rotation.py`.
 *
 * @throws ArgumentError for a factor out of range; ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { RandomRotation } from "fovea/layers";
 * new RandomRotation({ factor: 0.1, fillMode: "constant" });
 * ```
 */
export class RandomRotation extends GeometricAugmentation<OptionsOf<typeof options>, { readonly angle: Sym }> {
  static override readonly className = "RandomRotation";
  static override readonly options = options;

  constructor(given: RandomRotationOptions & LayerOptions) {
    super(given);
  }

  /** The angle in degrees, [batch, 1]. */
  override getRandomTransformation(images: Sym) {
    const [low, high] = this.options.factor;
    return { angle: this.uniform(images, 0, [low * 360, high * 360], [1]) };
  }

  override projection({ angle }: { readonly angle: Sym }, [height, width]: readonly [number, number]): Projection {
    const radians = mul(angle, Math.PI / 180);
    const [c, s] = [cos(radians), sin(radians)];
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    return {
      a: [c, neg(s), add(sub(x, mul(c, x)), mul(s, y))],
      b: [s, c, sub(sub(y, mul(s, x)), mul(c, y))],
    };
  }
}
