import type { Sym } from "../../ir/graph.ts";
import { div, mul } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import { isSym } from "../keras-tensor.ts";
import type { LayerOptions } from "./layer.ts";
import { GlobalPooling, type GlobalPoolingOptions, globalPoolingOptions } from "./pooling.ts";

/**
 * Mean of each channel over the whole sequence. K: `layers/pooling/global_average_pooling1d.py`.
 *
 * [batch, length, channels] → [batch, channels], with `keepdims` [batch, 1, channels].
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { GlobalAveragePooling1D } from "fovea/layers";
 * new GlobalAveragePooling1D().computeOutputShape([null, 7, 64]); // [null, 64]
 * ```
 */
export class GlobalAveragePooling1D extends GlobalPooling {
  static override readonly className = "GlobalAveragePooling1D";
  static override readonly options = /* @__PURE__ */ globalPoolingOptions();
  declare readonly ranks: { readonly in: 3; readonly out: number };
  protected override readonly rank = 1;

  constructor(given: GlobalPoolingOptions & LayerOptions = {}) {
    super(given);
  }

  /** A mask says which steps count: Σ mask · x / Σ mask. */
  override call(x: Sym, { mask }: CallOptions = {}): Sym {
    const { keepdims } = this.options;
    const axes = this.spatialAxes;
    if (!isSym(mask)) return div(reduceSum(x, axes, keepdims), x.spec.shape[axes[0]!]!);
    const steps = reshape(mask, mask.spec.shape.toSpliced(this.channelAxis, 0, 1));
    return div(reduceSum(mul(x, steps), axes, keepdims), reduceSum(steps, axes, keepdims));
  }

  override get supportsMasking(): boolean {
    return true;
  }

  /** The steps are gone, and their mask with them. */
  override computeMask(): undefined {
    return undefined;
  }
}
