import { add, div, minimum, mul, sqrt, square, sub } from "../../ops/elementwise.ts";
import { type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import { powerOf } from "../power.ts";
import { learningRate } from "../schedules/resolve.ts";
import type { Variable } from "../variable.ts";
import { Optimizer, type Updated, type UpdateValues } from "./optimizer.ts";
import { decay, type OptimizerOptions } from "./options.ts";

const options = {
  /** A number of 0 or more, a schedule, or a function from the count of steps to the rate. Default 0.0025. */
  learningRate: /* @__PURE__ */ learningRate(0.0025),
  /** Where gradients are taken, between the fast weights (0) and their average (1); not 0. Default 0.9. */
  beta1: /* @__PURE__ */ number({ min: 0, max: 1, open: true, default: 0.9 }),
  /** Decay of the second moment. Default 0.999. */
  beta2: /* @__PURE__ */ decay(0.999),
  /** Added to the root of the corrected second moment. Default 1e-8. */
  epsilon: /* @__PURE__ */ number({ min: 0, default: 1e-8 }),
  /** Steps in which the rate rises from 0. Default 0. */
  warmupSteps: /* @__PURE__ */ integer({ min: 0, default: 0 }),
};

export type ScheduleFreeAdamWOptions = GivenOptions<typeof options> & Omit<OptimizerOptions, "learningRate">;
type Slots = "momentum" | "velocity";

/**
 * AdamW that averages the weights instead of lowering the rate, Defazio et al. 2024 (arXiv 2405.15682), in Keras's form
 * (K: `optimizers/schedule_free_adamw.py`): fast weights z -= lr · g / (√(v/(1 - β₂ᵗ)) + ε), their average x += (z - x)/t, and the
 * weights that gradients are taken at, w = (1 - β₁) z + β₁ x. The slot `momentum` holds z.
 *
 * @example
 * ```ts
 * import { ScheduleFreeAdamW } from "fovea/optimizers";
 * new ScheduleFreeAdamW({ warmupSteps: 100 });
 * ```
 */
export class ScheduleFreeAdamW extends Optimizer<OptionsOf<typeof options>, Slots> {
  static override readonly className = "ScheduleFreeAdamW";
  static override readonly options = options;

  constructor(options: ScheduleFreeAdamWOptions = {}) {
    super(options);
  }

  protected override get slotGroups(): readonly (readonly Slots[])[] {
    return [["momentum", "velocity"]];
  }

  protected override initialValue(slot: Slots, weight: Variable): number | Float32Array {
    return slot === "momentum" ? Float32Array.from(weight.value) : 0;
  }

  protected override update({ weight, gradient, slots, rate, step }: UpdateValues<Slots>): Updated<Slots> {
    const { epsilon, warmupSteps } = this.options;
    // Keras holds the decays in float32, and takes them from 1 as such.
    const [beta1, beta2] = [this.options.beta1, this.options.beta2].map(Math.fround) as [number, number];
    const warm = warmupSteps === 0 ? rate : mul(rate, minimum(div(step, warmupSteps), 1));
    const velocity = add(slots.velocity, mul(sub(square(gradient), slots.velocity), 1 - beta2));
    const size = add(sqrt(div(velocity, sub(1, powerOf(beta2, step)))), epsilon);
    const momentum = sub(slots.momentum, div(mul(gradient, warm), size));
    // Keras on PyTorch and TensorFlow works the average out with z as this step moved it; on JAX with z before.
    const average = div(sub(weight, mul(momentum, 1 - beta1)), beta1);
    const moved = add(average, div(sub(momentum, average), step));
    return { momentum, velocity, weight: add(mul(momentum, 1 - beta1), mul(moved, beta1)) };
  }
}
