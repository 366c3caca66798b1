import type { Sym } from "../../ir/graph.ts";
import type { CallOptions } from "../call-context.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { L1L2 } from "../regularizers/norms.ts";
import type { Regularizer } from "../regularizers/regularizer.ts";
import type { LayerOptions } from "./layer.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** Factor of Σ |x|. Default 0. */
  l1: /* @__PURE__ */ number({ min: 0, default: 0 }),
  /** Factor of Σ x². Default 0. */
  l2: /* @__PURE__ */ number({ min: 0, default: 0 }),
};

export type ActivityRegularizationOptions = GivenOptions<typeof options>;

/**
 * Adds (l1 · Σ |x| + l2 · Σ x²) / rows to the loss, and gives its input. [batch, …] → [batch, …].
 * K: `layers/regularization/activity_regularization.py`.
 *
 * @example
 * ```ts
 * import { ActivityRegularization } from "fovea/layers";
 * new ActivityRegularization({ l1: 0.01 });
 * ```
 */
export class ActivityRegularization extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "ActivityRegularization";
  static override readonly options = options;
  override readonly activityRegularizer: Regularizer = new L1L2({ l1: this.options.l1, l2: this.options.l2 });

  constructor(given: ActivityRegularizationOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return x;
  }
}
