import type { Sym } from "../../ir/graph.ts";
import { functionClass } from "../plain-function.ts";
import { LearningRateSchedule } from "./learning-rate-schedule.ts";

export type ScheduleFunction = (step: Sym) => Sym;

/** A plain function in the place of a schedule. A config keeps its name alone. */
export class FunctionSchedule extends LearningRateSchedule {
  static override readonly className = functionClass;
  static override readonly module = "builtins";
  readonly #rate: ScheduleFunction;

  constructor(rate: ScheduleFunction) {
    super();
    this.#rate = rate;
  }

  override call(step: Sym): Sym {
    return this.#rate(step);
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.#rate.name };
  }
}
