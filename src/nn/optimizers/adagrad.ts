import { add, div, mul, sqrt, square, sub } from "../../ops/elementwise.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { epsilon, type OptimizerOptions } from "./options.ts";

const options = {
  /** The sum of squares that each weight starts with. Default 0.1. */
  initialAccumulatorValue: /* @__PURE__ */ number({ min: 0, default: 0.1 }),
  /** Added to the sum of squares, under the root. Default 1e-7. */
  epsilon: /* @__PURE__ */ epsilon(),
};

export type AdagradOptions = GivenOptions<typeof options> & OptimizerOptions;

/** Duchi, Hazan & Singer 2011: a += g², w -= lr·g / √(a + ε). K: `optimizers/adagrad.py`. */
export class Adagrad extends Optimizer<OptionsOf<typeof options>, "accumulator"> {
  static override readonly className = "Adagrad";
  static override readonly options = options;

  constructor(options: AdagradOptions = {}) {
    super(options);
  }

  protected override get slotGroups() {
    return [["accumulator"] as const];
  }

  protected override initialValue(): number {
    return this.options.initialAccumulatorValue;
  }

  protected override update({ weight, gradient, slots, rate }: UpdateValues<"accumulator">): Updated<"accumulator"> {
    const accumulator = add(slots.accumulator, square(gradient));
    const step = div(mul(gradient, rate), sqrt(add(accumulator, this.options.epsilon)));
    return { accumulator, weight: sub(weight, step) };
  }
}
