/**
 * A step while it is written: the graph, whether it trains, the variables' values so far, added losses and masks. Tracing is
 * synchronous, so one trace is current at a time, and none outside of `Trace.write`.
 */
import { StateError } from "../base/errors.ts";
import { foldKey, type Key } from "../base/random.ts";
import { flatten, mapNested, type Nested } from "../base/structure.ts";
import type { GraphBuilder, Sym } from "../ir/graph.ts";
import { convert, type Precision } from "../ir/precision.ts";
import { add, stopGradient, sub } from "../ops/elementwise.ts";
import { literal } from "../ops/literal.ts";
import type { CompactForm, FormPart } from "./compact-form.ts";
import { isSym } from "./keras-tensor.ts";
import type { Variable } from "./variable.ts";

/** What a device holds for a step: a variable, or a part of one that is kept in a compact form. */
export type StepVariable = Variable | FormPart;

export interface TraceOptions {
  readonly builder: GraphBuilder;
  readonly training: boolean;
  /** The variable's name on the device. Default: its path. */
  readonly nameOf?: (variable: StepVariable) => string;
  /** The variable that stands for another one in this step: a metric's state has one for training and one for evaluation. */
  readonly standIn?: (variable: Variable) => Variable;
  /** Whether the variable starts each step at its host value, and keeps nothing. */
  readonly startsAnew?: (variable: Variable) => boolean;
  /** Name of the layer whose own name belongs to no scope: the model that is run. */
  readonly root?: string;
  /** Writes the count of steps by which random ops draw. Default: 0. */
  readonly step?: (trace: Trace) => Sym;
  /** What random ops without a seed draw by. Default: zeros. */
  readonly key?: Key;
  /** Whether statistics of the batch that are not synchronized are those of the rows of this process alone. Default false. */
  readonly localStatistics?: boolean;
}

/** The layer whose ops are being written. */
interface LayerScope {
  readonly name: string;
  readonly training: boolean;
  /** Of the weights that it reads; undefined: as they are. */
  readonly precision: Precision | undefined;
}

// The trace that is being written. A layer's call, a loss or an op needs no argument for it, as in Keras.
let current: Trace | undefined;

/**
 * The trace that is being written.
 *
 * @param what needs it, for the message
 * @throws StateError outside of a step
 */
export function currentTrace(what = "This"): Trace {
  if (current === undefined)
    throw new StateError(
      `${what} is used outside of a step. Ops on symbolic values run inside a layer's call, a loss, a metric or a function given to jit.`,
    );
  return current;
}

/** Whether a step is being written. */
export function isTracing(): boolean {
  return current !== undefined;
}

export class Trace {
  readonly builder: GraphBuilder;
  /** Losses that layers added, each a scalar. */
  readonly losses: Sym[] = [];
  /** Sentences for the user that came up while the step was written. */
  readonly notices = new Set<string>();
  /** Dtype policies that the layers were made with, and whether one of theirs computes in float16. */
  readonly policies = new Map<unknown, boolean>();
  readonly #options: TraceOptions;
  readonly #values = new Map<Variable, Sym>();
  /** Of variables that were overwritten: what derivatives are taken by. */
  readonly #origins = new Map<Variable, Sym>();
  readonly #used = new Set<StepVariable>();
  /** The values of variables that are kept in a compact form. */
  readonly #decoded = new Map<CompactForm, Sym>();
  readonly #masks = new Map<Sym, Sym>();
  readonly #scopes: string[] = [];
  #training: boolean;
  #precision: Precision | undefined;
  #draws = 0;
  #step: Sym | undefined;

  constructor(options: TraceOptions) {
    this.builder = options.builder;
    this.#options = options;
    this.#training = options.training;
  }

  /** Makes this trace the current one while `write` runs. */
  write<T>(write: () => T): T {
    const outer = current;
    current = this;
    try {
      return write();
    } finally {
      current = outer;
    }
  }

  /** Notes the dtype policy of a layer, and the precision that it computes in. */
  notePolicy(policy: unknown, precision: Precision | undefined): void {
    this.policies.set(policy, precision === "float16" || (this.policies.get(policy) ?? false));
  }

  /** Whether the layer that is being written trains. */
  get training(): boolean {
    return this.#training;
  }

  /** Whether statistics of the batch that are not synchronized are those of the rows of this process alone. */
  get localStatistics(): boolean {
    return this.#options.localStatistics ?? false;
  }

  /** Runs `write` inside a layer: what it emits belongs to that layer, and it reads weights that train in its precision. */
  within<T>({ name, training, precision }: LayerScope, write: () => T): T {
    const outer = { training: this.#training, precision: this.#precision };
    this.#training = training;
    this.#precision = precision;
    try {
      if (this.#scopes.length === 0 && name === this.#options.root) return write();
      this.#scopes.push(name);
      try {
        return this.builder.within({ owner: this.#scopes.join("/"), backward: false }, write);
      } finally {
        this.#scopes.pop();
      }
    } finally {
      this.#training = outer.training;
      this.#precision = outer.precision;
    }
  }

  #standIn(variable: Variable): Variable {
    return this.#options.standIn?.(variable) ?? variable;
  }

  /** The variable's value at the start of the step. */
  initial(variable: Variable): Sym {
    const own = this.#standIn(variable);
    if (this.#options.startsAnew?.(variable)) return literal(this.builder, [...own.value], own.shape);
    return own.form === undefined ? this.#placed(own) : this.#decode(own.form);
  }

  #placed(own: StepVariable): Sym {
    this.#used.add(own);
    return this.builder.variable(this.#options.nameOf?.(own) ?? own.path, own.shape, own.dtype);
  }

  #decode(form: CompactForm): Sym {
    const known = this.#decoded.get(form);
    if (known !== undefined) return known;
    const made = form.write(form.parts.map((part) => this.#placed(part)));
    this.#decoded.set(form, made);
    return made;
  }

  /** The variables that the step reads or changes. */
  get used(): readonly StepVariable[] {
    return [...this.#used];
  }

  /**
   * The variable's value: at the start of the step, or as it was assigned since. A layer reads weights that train in its precision,
   * and others as they are: statistics that move by little would stand still.
   */
  read(variable: Variable): Sym {
    const value = this.#current(variable);
    return variable.trainable ? convert(value, this.#precision ?? "float32") : value;
  }

  #current(variable: Variable): Sym {
    return this.#values.get(this.#standIn(variable)) ?? this.initial(variable);
  }

  assign(variable: Variable, value: Sym): void {
    if (variable.form !== undefined) throw variable.fixedError(variable.form.kind);
    this.#values.set(this.#standIn(variable), convert(value, "float32"));
    this.#origins.delete(this.#standIn(variable));
  }

  /** Another value in the place of the one so far: readers of either count for the derivatives by the variable. */
  overwrite(variable: Variable, value: Sym): void {
    const [before, origin] = [this.#current(variable), this.origin(variable)];
    // before + (value − before): its numbers are those of `value`, its slope by `before` is 1.
    this.assign(variable, add(before, stopGradient(sub(value, before))));
    this.#origins.set(this.#standIn(variable), origin);
  }

  /** What derivatives by the variable are taken by. */
  origin(variable: Variable): Sym {
    return this.#origins.get(this.#standIn(variable)) ?? this.#current(variable);
  }

  /** What was assigned so far. */
  get assigned(): ReadonlyMap<Variable, Sym> {
    return this.#values;
  }

  /** States the variables' values after the step; `guard` chooses between the assigned value and the one before the step. */
  commit(guard: (fresh: Sym, old: Sym) => Sym = (fresh) => fresh): void {
    for (const [variable, value] of this.#values)
      if (!this.#options.startsAnew?.(variable))
        this.builder.update(this.#options.nameOf?.(variable) ?? variable.path, guard(value, this.initial(variable)));
  }

  /** Number of training steps taken so far, a float32 scalar; random ops draw by it. */
  get step(): Sym {
    this.#step ??= this.#options.step?.(this) ?? literal(this.builder, [0], []);
    return this.#step;
  }

  /** A key for a random op: the same in each writing of the same step. */
  nextKey(): Key {
    return foldKey(this.#options.key ?? [0, 0], this.#draws++);
  }

  /** Which entries of a value count; undefined: all. */
  maskOf(value: Sym): Sym | undefined {
    return this.#masks.get(value);
  }

  /** Values in a precision, with their masks; undefined: as they are. */
  convert<T extends Nested<Sym>>(values: T, precision: Precision | undefined): T {
    const isHalf = precision === "float16";
    const isOther = (value: Sym) => (value.precision === "float16") !== isHalf;
    if (precision === undefined || !flatten<Sym>(values, isSym).some(isOther)) return values;
    return mapNested<Sym, Sym>(values, isSym, (value) => {
      const converted = convert(value, precision);
      this.setMask(converted, this.maskOf(value));
      return converted;
    }) as T;
  }

  setMask(value: Sym, mask: Sym | undefined): void {
    if (mask !== undefined) this.#masks.set(value, mask);
  }
}
