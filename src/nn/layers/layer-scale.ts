import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { mul } from "../../ops/elementwise.ts";
import type { CallOptions } from "../call-context.ts";
import { Constant } from "../initializers/fixed.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import type { LayerOptions } from "./layer.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** What the factors begin with. */
  initValues: /* @__PURE__ */ number(),
  /** Number of channels. */
  projectionDim: /* @__PURE__ */ integer({ min: 1 }),
};

export type LayerScaleOptions = GivenOptions<typeof options>;

/**
 * x · gamma, a learnt factor for each channel (Touvron et al. 2021, "Going Deeper with Image Transformers"). Keras's ConvNeXt is made
 * with it; `keras.layers` has it not. K: `applications/convnext.py`.
 *
 * [batch, …, channels] → [batch, …, channels]. Weight: `variable`, [channels].
 *
 * @throws ShapeError for another number of channels
 * @example
 * ```ts
 * import { LayerScale } from "fovea/layers";
 * const layer = new LayerScale({ initValues: 0.5, projectionDim: 2 });
 * (await layer.run([[2, 4]], { device: "reference" })).toArray(); // [[1, 2]]
 * ```
 */
export class LayerScale extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "LayerScale";
  static override readonly module = "keras.src.applications.convnext";
  static override readonly options = options;
  gamma!: Variable;

  constructor(given: LayerScaleOptions & LayerOptions) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { projectionDim } = this.options;
    if (inputShape.at(-1) !== projectionDim)
      throw new ShapeError(
        `${this.title}: projectionDim is ${projectionDim}, but the input is ${formatShape(inputShape)}, with its channels last.`,
      );
    return inputShape;
  }

  override build(): void {
    const { initValues: value, projectionDim } = this.options;
    this.gamma = this.addWeight({ shape: [projectionDim], initializer: new Constant({ value }) });
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return mul(x, this.gamma.read());
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    return inputShape.reduce((size, axis) => size * axis, 1);
  }

  override get sharesWeights(): boolean {
    return true;
  }
}
