import { add, mul, sub } from "../../ops/elementwise.ts";
import { flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { learningRate } from "../schedules/resolve.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import type { OptimizerOptions } from "./options.ts";

const options = {
  /** Default 0.01. */
  learningRate: /* @__PURE__ */ learningRate(0.01),
  /** Share of the last step that is taken again, 0 … 1. Default 0. */
  momentum: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
  /** Looks ahead along the momentum; without momentum it changes nothing. Default false. */
  nesterov: /* @__PURE__ */ flag({ default: false }),
};

export type SGDOptions = GivenOptions<typeof options> & OptimizerOptions;

/**
 * Gradient descent. K: `optimizers/sgd.py`. Without momentum w -= lr·g; with it m = momentum·m - lr·g and w += m, or with
 * nesterov w += momentum·m - lr·g.
 *
 * @example
 * ```ts
 * import { SGD } from "fovea/optimizers";
 * new SGD({ learningRate: 0.1, momentum: 0.9 });
 * ```
 */
export class SGD extends Optimizer<OptionsOf<typeof options>, "momentum"> {
  static override readonly className = "SGD";
  static override readonly options = options;

  constructor(options: SGDOptions = {}) {
    super(options);
  }

  protected override get slotGroups() {
    return this.options.momentum === 0 ? [] : [["momentum"] as const];
  }

  protected override update({ weight, gradient, slots, rate }: UpdateValues<"momentum">): Updated<"momentum"> {
    const step = mul(gradient, rate);
    const { momentum, nesterov } = this.options;
    if (momentum === 0) return { weight: sub(weight, step) };
    const fresh = sub(mul(slots.momentum, momentum), step);
    return { momentum: fresh, weight: add(weight, nesterov ? sub(mul(fresh, momentum), step) : fresh) };
  }
}
