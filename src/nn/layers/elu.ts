import type { Sym } from "../../ir/graph.ts";
import { elu } from "../../ops/activations.ts";
import type { CallOptions } from "../call-context.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** What the output tends to below 0, with the sign turned. Default 1. */
  alpha: /* @__PURE__ */ number({ default: 1 }),
};

export type ELUOptions = GivenOptions<typeof options>;

/**
 * Exponential linear unit (Clevert et al. 2015, arXiv 1511.07289): x for x ≥ 0, else alpha · (eˣ − 1). Any shape.
 * K: `layers/activations/elu.py`.
 *
 * @example
 * ```ts
 * import { ELU } from "fovea/layers";
 * new ELU({ alpha: 0.5 });
 * ```
 */
export class ELU extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "ELU";
  static override readonly options = options;

  constructor(given: ELUOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return elu(x, this.options.alpha);
  }

  /** Keras puts the options of classes without a config of their own before the common ones. */
  override getConfig(): Record<string, unknown> {
    const { name, alpha, ...common } = super.getConfig();
    return { name, alpha, ...common };
  }
}
