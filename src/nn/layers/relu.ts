import type { Sym } from "../../ir/graph.ts";
import { clip, mul, relu, sub, where } from "../../ops/elementwise.ts";
import type { CallOptions } from "../call-context.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** Largest output; null: unlimited. Default null. */
  maxValue: /* @__PURE__ */ number({ min: 0, default: null }),
  /** Slope below the threshold. Default 0. */
  negativeSlope: /* @__PURE__ */ number({ min: 0, default: 0 }),
  /** Values up to this one count as negative. Default 0. */
  threshold: /* @__PURE__ */ number({ min: 0, default: 0 }),
};

export type ReLUOptions = GivenOptions<typeof options>;

/**
 * Rectified linear unit as a layer. K: `layers/activations/relu.py`:
 *
 * f(x) = min(x, maxValue) for x > threshold, else negativeSlope · (x − threshold). Any shape.
 *
 * @example
 * ```ts
 * import { ReLU } from "fovea/layers";
 * new ReLU({ maxValue: 6 });
 * ```
 */
export class ReLU extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "ReLU";
  static override readonly options = options;

  constructor(given: ReLUOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { maxValue, negativeSlope, threshold } = this.options;
    const kept = threshold === 0 ? relu(x) : where(threshold, x, x, 0);
    const limited = maxValue === null ? kept : clip(kept, 0, maxValue);
    return negativeSlope === 0 ? limited : sub(limited, mul(relu(sub(threshold, x)), negativeSlope));
  }
}
