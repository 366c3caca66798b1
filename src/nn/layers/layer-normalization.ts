import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, sqrt } from "../../ops/elementwise.ts";
import { rowVariance, standardizeRows } from "../../ops/row-statistics.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, type OptionsOf } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { addAffineWeights, affineFlags, affineWeights, scaleAndShift } from "./affine-normalization.ts";
import type { LayerOptions } from "./layer.ts";
import { asSortedList, rowAxes } from "./row-axes.ts";
import { RowAxesLayer } from "./row-axes-layer.ts";

const options = {
  /** The axis, or axes, that each row is standardized over; not the batch. Default -1. */
  axis: /* @__PURE__ */ rowAxes(-1, asSortedList),
  .../* @__PURE__ */ affineFlags(),
  /** Deprecated: divides by √(variance + epsilon) without taking the mean away, and has no `beta`. Default false. */
  rmsScaling: /* @__PURE__ */ flag({ default: false }),
  .../* @__PURE__ */ affineWeights(),
};

export type LayerNormalizationOptions = GivenOptions<typeof options>;

/**
 * (x − mean) / √(variance + epsilon) · gamma + beta, each row by its own statistics over the axes (Ba, Kiros and Hinton 2016,
 * arXiv 1607.06450). [batch, …] → [batch, …]; masks pass. K: `layers/normalization/layer_normalization.py`.
 *
 * Weights: `gamma` and `beta`, the sizes of the axes.
 *
 * @throws ArgumentError for an axis that the input has not; ShapeError for one of unknown size
 * @example
 * ```ts
 * import { LayerNormalization } from "fovea/layers";
 * const layer = new LayerNormalization({ axis: [1, 2] });
 * layer.build([null, 4, 5]);
 * layer.gamma?.shape; // [4, 5]
 * ```
 */
export class LayerNormalization extends RowAxesLayer<OptionsOf<typeof options>> {
  static override readonly className = "LayerNormalization";
  static override readonly options = options;
  /** The sizes of the axes, with `scale`. */
  gamma: Variable | undefined;
  /** The sizes of the axes, with `center`. */
  beta: Variable | undefined;

  constructor(given: LayerNormalizationOptions & LayerOptions = {}) {
    super(given);
  }

  protected override get knowsSizes(): boolean {
    return true;
  }

  override build(inputShape: BatchShape): void {
    const { rmsScaling, scale, center } = this.options;
    const wanted = { ...this.options, scale: scale || rmsScaling, center: center && !rmsScaling };
    ({ gamma: this.gamma, beta: this.beta } = addAffineWeights(this, this.sizesOf(inputShape), wanted));
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { rmsScaling, epsilon } = this.options;
    const axes = this.axesOf(x.spec.shape);
    const standard = rmsScaling ? div(x, sqrt(add(rowVariance(x, axes), epsilon))) : standardizeRows(x, axes, epsilon);
    return scaleAndShift(standard, this, axes);
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    return sizeOf(inputShape);
  }
}
