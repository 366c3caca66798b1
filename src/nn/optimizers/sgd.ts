import type { Sym } from "../../ir/graph.ts";
import { add, mul, sub } from "../../ops/elementwise.ts";
import { checkFlag, checkNumber } from "../options.ts";
import { Optimizer, type OptimizerOptions } from "./optimizer.ts";

export interface SGDOptions extends OptimizerOptions {
  /** Default 0.01. */
  readonly learningRate?: number;
  /** Share of the last step that is taken again, 0 … 1. Default 0. */
  readonly momentum?: number;
  /** Looks ahead along the momentum; without momentum it changes nothing. Default false. */
  readonly nesterov?: boolean;
}

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
export class SGD extends Optimizer<SGDOptions> {
  constructor(options: SGDOptions = {}) {
    super("SGD", options, { learningRate: 0.01, momentum: 0, nesterov: false });
    const { momentum, nesterov } = this.options;
    checkNumber("SGD", "momentum", momentum, "a number from 0 to 1", (value) => value >= 0 && value <= 1);
    checkFlag("SGD", "nesterov", nesterov);
  }

  protected override get slotNames(): readonly string[] {
    return this.options.momentum === 0 ? [] : ["momentum"];
  }

  protected override updateWeight(weight: Sym, gradient: Sym, [last]: readonly Sym[], rate: Sym): Sym[] {
    const step = mul(gradient, rate);
    if (last === undefined) return [sub(weight, step)];
    const { momentum, nesterov } = this.options;
    const fresh = sub(mul(last, momentum), step);
    return [fresh, add(weight, nesterov ? sub(mul(fresh, momentum), step) : fresh)];
  }
}
