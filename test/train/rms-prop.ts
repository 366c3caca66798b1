/** Keras's RMSprop without momentum, for the golden run that was trained with it. */
import { Optimizer, type OptimizerOptions } from "fovea/optimizers";
import type { Sym } from "../../src/ir/graph.ts";
import { add, div, mul, sqrt, square, sub } from "../../src/ops/elementwise.ts";

const [RHO, EPSILON] = [0.9, 1e-7];

/** v = rho·v + (1 − rho)·g², w -= lr·g / √(v + epsilon). K: `optimizers/rmsprop.py`. */
export class PlainRmsProp extends Optimizer {
  constructor(options: OptimizerOptions = {}) {
    super("RMSprop", options, { learningRate: 0.001 });
  }

  protected override get slotNames(): readonly string[] {
    return ["velocity"];
  }

  protected override updateWeight(weight: Sym, gradient: Sym, [last]: readonly Sym[], rate: Sym): Sym[] {
    const velocity = add(mul(last!, RHO), mul(square(gradient), 1 - RHO));
    return [velocity, sub(weight, div(mul(gradient, rate), sqrt(add(velocity, EPSILON))))];
  }
}
