import type { Sym } from "../../ir/graph.ts";
import { leakyRelu } from "../../ops/activations.ts";
import type { CallOptions } from "../call-context.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** Slope below 0. Default 0.3. */
  negativeSlope: /* @__PURE__ */ number({ min: 0, default: 0.3 }),
};

export type LeakyReLUOptions = GivenOptions<typeof options>;

/**
 * x for x > 0, else negativeSlope · x. Any shape. K: `layers/activations/leaky_relu.py`.
 *
 * @example
 * ```ts
 * import { LeakyReLU } from "fovea/layers";
 * new LeakyReLU({ negativeSlope: 0.1 });
 * ```
 */
export class LeakyReLU extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "LeakyReLU";
  static override readonly options = options;

  constructor(given: LeakyReLUOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return leakyRelu(x, this.options.negativeSlope);
  }
}
