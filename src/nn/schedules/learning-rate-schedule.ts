import { sizeOf } from "../../base/shape.ts";
import { GraphBuilder, type Sym, scalarSpec } from "../../ir/graph.ts";
import { Configurable, type SomeOptions } from "../configurable.ts";
import { takesSyms } from "../doors.ts";
import { checkNumber } from "../options.ts";
import { Trace } from "../trace.ts";

/**
 * The base of learning-rate schedules: the rate as ops on the count of steps. K: `optimizers/schedules/learning_rate_schedule.py`.
 *
 * @example
 * ```ts
 * import { LearningRateSchedule } from "fovea/schedules";
 * import { divide, add, type Sym } from "fovea/ops";
 * class Halving extends LearningRateSchedule {
 *   override call(step: Sym) {
 *     return divide(0.1, add(step, 1));
 *   }
 * }
 * new Halving();
 * ```
 */
export abstract class LearningRateSchedule<O extends object = object> extends Configurable<O> {
  static override readonly module: string = "keras.optimizers.schedules";

  constructor(options: SomeOptions<O> = {}) {
    super(options);
    takesSyms(this, this.className, "call", ["step"]);
  }

  /** step [] (0 for the first update) → the learning rate, a scalar. */
  abstract call(step: Sym): Sym;

  /** The rate at a step, in numbers: `call` is written and evaluated on the spot, in float64. */
  valueAt(step: number): number {
    checkNumber(this.className, "step", step, "a number of 0 or more", (given) => given >= 0);
    const builder = new GraphBuilder();
    const count = builder.input("step", scalarSpec());
    const rate = new Trace({ builder, training: true }).write(() => this.call(count));
    const values = new Map<Sym, Float64Array>([[count, Float64Array.of(step)]]);
    for (const { op, attrs, inputs, outputs } of builder.nodes) {
      const made = outputs.map(({ spec }) => new Float64Array(sizeOf(spec.shape)));
      const specs = (syms: readonly Sym[]) => syms.map(({ spec }) => spec);
      const call = { attrs, inputs: specs(inputs), outputs: specs(outputs), firstRow: 0 };
      op.reference(
        inputs.map((input) => values.get(input)!),
        made,
        call,
      );
      outputs.forEach((output, i) => {
        values.set(output, made[i]!);
      });
    }
    return values.get(rate)![0]!;
  }
}
