import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { mul } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import { scaleRowsByRms } from "../../ops/row-statistics.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import type { LayerOptions } from "./layer.ts";
import { asSortedList, rowAxes } from "./row-axes.ts";
import { RowAxesLayer } from "./row-axes-layer.ts";

const options = {
  /** The axis, or axes, that each row's mean square is taken over; not the batch. Default -1. */
  axis: /* @__PURE__ */ rowAxes(-1, asSortedList),
  /** Added to the mean square, so that it can be divided by. Default 1e-6. */
  epsilon: /* @__PURE__ */ number({ min: 0, default: 1e-6 }),
};

export type RMSNormalizationOptions = GivenOptions<typeof options>;

/**
 * x / √(mean of x² + epsilon) · scale, each row by its own mean square over the axes (Zhang and Sennrich 2019, arXiv 1910.07467).
 * [batch, …] → [batch, …]. K: `layers/normalization/rms_normalization.py`.
 *
 * Weight: `scale`, the sizes of the axes, made of ones.
 *
 * @throws ArgumentError for an axis that the input has not; ShapeError for one of unknown size
 * @example
 * ```ts
 * import { RMSNormalization } from "fovea/layers";
 * const layer = new RMSNormalization();
 * (await layer.run([[3, 3, -3]], { device: "reference" })).toArray(); // about [[1, 1, -1]]
 * ```
 */
export class RMSNormalization extends RowAxesLayer<OptionsOf<typeof options>> {
  static override readonly className = "RMSNormalization";
  static override readonly options = options;
  scale!: Variable;

  constructor(given: RMSNormalizationOptions & LayerOptions = {}) {
    super(given);
  }

  /** Keras says nothing of masks here, so that they end. */
  override get supportsMasking(): boolean {
    return false;
  }

  protected override get knowsSizes(): boolean {
    return true;
  }

  override build(inputShape: BatchShape): void {
    const shape = this.sizesOf(inputShape);
    this.scale = this.addWeight({ name: "scale", shape, initializer: "ones" });
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const axes = this.axesOf(x.spec.shape);
    const sizes = x.spec.shape.map((size, i) => (axes.includes(i) ? size : 1));
    return mul(scaleRowsByRms(x, axes, this.options.epsilon), reshape(this.scale.read(), sizes));
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    return sizeOf(inputShape);
  }
}
