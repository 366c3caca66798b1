import type { Sym } from "../../ir/graph.ts";
import { add, div, mul, sqrt, square, sub } from "../../ops/elementwise.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import { powerOf } from "../power.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { decay, epsilon, type OptimizerOptions } from "./options.ts";

const options = {
  /** Decay of the first moment. Default 0.9. */
  beta1: /* @__PURE__ */ decay(0.9),
  /** Decay of the second moment. Default 0.999. */
  beta2: /* @__PURE__ */ decay(0.999),
  /** Added to the root of the corrected second moment. Default 1e-7. */
  epsilon: /* @__PURE__ */ epsilon(),
};

export type NadamOptions = GivenOptions<typeof options> & OptimizerOptions;
type Slots = "momentum" | "velocity";

/**
 * Adam with Nesterov's look ahead, Dozat 2016. K: `optimizers/nadam.py`. With μₜ = β₁·(1 - 0.96ᵗ/2) and P = μ₁ ⋯ μₜ:
 * m̂ = μₜ₊₁·m / (1 - P·μₜ₊₁) + (1 - μₜ)·g / (1 - P), v̂ = v / (1 - β₂ᵗ), w -= lr·m̂ / (√v̂ + ε).
 */
export class Nadam extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className = "Nadam";
  static override readonly options = options;

  constructor(options: NadamOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    return [["momentum", "velocity"]];
  }

  protected override get scalars(): Readonly<Record<string, number>> {
    return { uProduct: 1 };
  }

  /** μ of a step. */
  #warmed(step: Sym): Sym {
    return mul(sub(1, mul(powerOf(0.96, step), 0.5)), this.options.beta1);
  }

  protected override updateScalars(
    { uProduct }: Readonly<Record<string, Sym>>,
    step: Sym,
  ): Readonly<Record<string, Sym>> {
    return { uProduct: mul(uProduct!, this.#warmed(step)) };
  }

  protected override update({ weight, gradient, slots, scalars, rate, step }: UpdateValues<Slots>): Updated<Slots> {
    const { beta1, beta2, epsilon } = this.options;
    const product = scalars.uProduct!;
    const next = this.#warmed(add(step, 1));
    const momentum = add(slots.momentum, mul(sub(gradient, slots.momentum), 1 - beta1));
    const velocity = add(slots.velocity, mul(sub(square(gradient), slots.velocity), 1 - beta2));
    const ahead = mul(momentum, div(next, sub(1, mul(product, next))));
    const direction = add(ahead, mul(gradient, div(sub(1, this.#warmed(step)), sub(1, product))));
    const size = sqrt(div(velocity, sub(1, powerOf(beta2, step))));
    return { momentum, velocity, weight: sub(weight, div(mul(direction, rate), add(size, epsilon))) };
  }
}
