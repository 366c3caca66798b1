/** Variables that one kind of step keeps for the logs: sums since the start of the epoch, and states of metrics. */
import { Variable } from "../nn/variable.ts";

export class Trackers {
  readonly #prefix: string;
  readonly #sums = new Map<string, Variable>();
  readonly #states = new Map<Variable, Variable>();

  /** @param prefix tells the variables of training from those of evaluation, for people */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The running sum of this name. */
  sum(name: string): Variable {
    let made = this.#sums.get(name);
    if (made === undefined) {
      made = new Variable({ name, shape: [], trainable: false, value: new Float32Array(1) });
      made.path = `${this.#prefix}/${name}`;
      this.#sums.set(name, made);
    }
    return made;
  }

  /** What stands for a metric's state in these steps: training and evaluation do not disturb each other. */
  stateOf(variable: Variable): Variable {
    let made = this.#states.get(variable);
    if (made === undefined) {
      const { name, shape, value } = variable;
      made = new Variable({ name, shape, trainable: false, value });
      made.path = `${this.#prefix}/${variable.path}`;
      this.#states.set(variable, made);
    }
    return made;
  }

  /** All of them; their host values are those of the start of an epoch. */
  get variables(): readonly Variable[] {
    return [...this.#sums.values(), ...this.#states.values()];
  }
}
