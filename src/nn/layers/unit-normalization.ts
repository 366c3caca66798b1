import type { Sym } from "../../ir/graph.ts";
import { scaleRowsToUnit } from "../../ops/row-statistics.ts";
import type { CallOptions } from "../call-context.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { rowAxes } from "./row-axes.ts";
import { RowAxesLayer } from "./row-axes-layer.ts";

const options = {
  /** The axis, or axes, along which each row gets the length 1; not the batch. Default -1. */
  axis: /* @__PURE__ */ rowAxes(-1),
};

export type UnitNormalizationOptions = GivenOptions<typeof options>;

/** Keras's smallest length that is divided by. */
const EPSILON = 1e-12;

/**
 * x / √Σ x² over the axes: rows of length 1; rows of zeros stay. [batch, …] → [batch, …]; masks pass.
 * K: `layers/normalization/unit_normalization.py`.
 *
 * @throws ArgumentError for an axis that the input has not
 * @example
 * ```ts
 * import { UnitNormalization } from "fovea/layers";
 * const layer = new UnitNormalization();
 * (await layer.run([[3, 4]], { device: "reference" })).toArray(); // [[0.6, 0.8]]
 * ```
 */
export class UnitNormalization extends RowAxesLayer<OptionsOf<typeof options>> {
  static override readonly className = "UnitNormalization";
  static override readonly options = options;

  constructor(given: UnitNormalizationOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return scaleRowsToUnit(x, this.axesOf(x.spec.shape), EPSILON);
  }
}
