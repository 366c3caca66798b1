/** The base of metrics: state on the device, updated with each batch, and a result. K: `metrics/metric.py`. */
import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, div, mul, type Operand, where } from "../../ops/elementwise.ts";
import { broadcastTo, reduceSum } from "../../ops/reduce.ts";
import { Configurable } from "../configurable.ts";
import { takesSyms } from "../doors.ts";
import { type Option, text } from "../option-kinds.ts";
import { snakeCaseName } from "../process-state.ts";
import { allAxes, spreadWeights } from "../rows.ts";
import { Variable } from "../variable.ts";

/** Which way is better; undefined: not known. */
export type Direction = "max" | "min" | undefined;

export interface MetricOptions {
  /** Key in logs and history. Default: the class's name in snake_case. */
  readonly name?: string | undefined;
}

const options = {
  name: /* @__PURE__ */ text({ default: null }),
  /** Keras's name of the type that a metric's state has; states are float32 here. */
  dtype: /* @__PURE__ */ text({ default: "float32" }),
};

/**
 * The base of metrics. An own metric adds its state in the constructor or in a field (or at its first update, where the shape
 * depends on the outputs), and overrides `update` and `result`; the state lives on the device, and is reset at the start of each
 * epoch and evaluation.
 *
 * @typeParam O the metric's own options
 * @example
 * ```ts
 * import { Metric } from "fovea/metrics";
 * import { add } from "fovea/ops";
 * class Calls extends Metric {
 *   readonly count = this.addState("count");
 *   override update() {
 *     this.count.assign(add(this.count.read(), 1));
 *   }
 *   override result() {
 *     return this.count.read();
 *   }
 * }
 * new Calls().name; // "calls"
 * ```
 */
export abstract class Metric<O extends object = object> extends Configurable<O> {
  static override readonly module: string = "keras.metrics";
  static override readonly options: Readonly<Record<string, Option>> = options;

  /** Key in logs and history. */
  readonly name: string;
  readonly #variables: Variable[] = [];

  constructor(given: object & MetricOptions = {}) {
    super(given);
    this.name = given.name ?? snakeCaseName(this.className);
    for (const method of ["update", "values"]) takesSyms(this, this.name, method, ["the first argument"]);
  }

  /** Which way is better, for callbacks that watch it. */
  get direction(): Direction {
    return undefined;
  }

  /** Adds a state of this shape (default a scalar) that starts at `initial` (default 0). */
  protected addState(name: string, shape: readonly number[] = [], initial = 0): Variable {
    const value = new Float32Array(sizeOf(shape)).fill(initial);
    const variable = new Variable({ name, shape, trainable: false, value });
    variable.path = `${this.name}/${name}`;
    this.#variables.push(variable);
    return variable;
  }

  /** The states; their host values are the ones that they start from. */
  get variables(): readonly Variable[] {
    return this.#variables;
  }

  /** Writes what a batch changes: `this.count.assign(add(this.count.read(), …))`. yTrue, yPred [n, …]; weights [n] or wider. */
  abstract update(yTrue: Sym, yPred: Sym, weights?: Sym): void;

  /** Writes the metric's value, a scalar or (rarely) a vector. */
  abstract result(): Sym;

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), name: this.name };
  }
}

/** Adds to a state. */
export function accumulate(state: Variable, value: Operand): void {
  state.assign(add(state.read(), value));
}

/** A metric that is the weighted mean of a value for each place of each row; `values` gives them. */
export abstract class MeanMetric<O extends object = object> extends Metric<O> {
  readonly total: Variable = this.addState("total");
  readonly count: Variable = this.addState("count");

  /** yTrue, yPred [n, …] → values [n, …]. */
  abstract values(yTrue: Sym, yPred: Sym): Sym;

  override update(yTrue: Sym, yPred: Sym, weights?: Sym): void {
    this.add(this.values(yTrue, yPred), weights);
  }

  /** Adds values [n, …], or of any shape where they do not belong to rows, to those that the mean is taken of. */
  protected add(values: Sym, weights?: Sym): void {
    const { sum, count } = weighedSum(this.name, values, weights);
    accumulate(this.total, sum);
    accumulate(this.count, count);
  }

  override result(): Sym {
    return divideNoNan(this.total.read(), this.count.read());
  }
}

/** Σ w·v over all places, and Σ w (without weights: the number of places). */
export function weighedSum(owner: string, values: Sym, weights?: Sym): { readonly sum: Sym; readonly count: Operand } {
  const { shape, batched } = values.spec;
  const total = (x: Sym) => (shape.length === 0 ? x : reduceSum(x, allAxes(x)));
  if (weights !== undefined) {
    const spread = broadcastTo(spreadWeights(owner, weights, values), { ...values.spec, dtype: "float32" });
    return { sum: total(mul(values, spread)), count: total(spread) };
  }
  const perRow = sizeOf(batched ? shape.slice(1) : shape);
  if (!batched) return { sum: total(values), count: perRow };
  const rows = values.builder.localRows();
  return { sum: total(values), count: perRow === 1 ? rows : mul(rows, perRow) };
}

/** a / b, and 0 where b is 0 or less. */
export function divideNoNan(a: Sym, b: Sym): Sym {
  return where(0, b, div(a, where(0, b, b, 1)), 0);
}
