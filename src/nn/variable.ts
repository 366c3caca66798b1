/** State of a layer, an optimizer or a metric: weights, slots, counters. Numbers on the host, a value in a step that is written. */
import { ArgumentError, ShapeError, StateError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { checkShape, formatShape, sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { add } from "../ops/elementwise.ts";
import type { CompactForm, CompactKind } from "./compact-form.ts";
import type { Constraint } from "./constraints/constraint.ts";
import { isSym } from "./keras-tensor.ts";
import { checkFlag } from "./options.ts";
import type { Regularizer } from "./regularizers/regularizer.ts";
import { currentTrace } from "./trace.ts";

export interface VariableOptions {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
  /** The numbers, or what gives them when they are first read. */
  readonly value: Float32Array | (() => Float32Array);
  readonly regularizer?: Regularizer | null;
  readonly constraint?: Constraint | null;
}

/** A named float32 array, or one that a compact form keeps smaller. While a model trains, the device holds the newer values; `value` fetches them when it is read. */
export class Variable {
  /** Keras's name of the weight: "kernel", "bias", … */
  readonly name: string;
  /** Keras's path, for people and files: "sequential/dense/kernel". Identity does not depend on it. */
  path: string;
  readonly shape: readonly number[];
  readonly dtype = "float32";
  trainable: boolean;
  /** Its penalty is added to the loss while the weight trains. */
  readonly regularizer: Regularizer | null;
  /** Applied after each update of the optimizer. */
  readonly constraint: Constraint | null;
  #value: Float32Array = new Float32Array();
  #fetch: (() => Float32Array) | undefined;
  #holder: object | undefined;
  #form: CompactForm | undefined;
  /** What `value` made of the form's arrays the last time, as long as somebody holds it. */
  #decoded: { readonly of: readonly unknown[]; readonly value: WeakRef<Float32Array> } | undefined;

  constructor(options: VariableOptions) {
    checkKeys("Variable", options, ["name", "shape", "trainable", "value", "regularizer", "constraint"]);
    const { name, shape, trainable, value, regularizer = null, constraint = null } = options;
    if (typeof name !== "string") throw new ArgumentError(`Variable: name is ${formatValue(name)}, expected a string.`);
    checkShape(shape);
    checkFlag(`Variable "${name}"`, "trainable", trainable);
    this.name = name;
    this.path = name;
    this.shape = shape;
    this.trainable = trainable;
    if (typeof value === "function") this.#fetch = value;
    else this.#value = this.#checked(value);
    this.regularizer = regularizer;
    this.constraint = constraint;
  }

  /**
   * The numbers, row-major. Setting another array changes the variable before the next step.
   *
   * @throws StateError when other numbers are set while a compact form keeps them
   */
  get value(): Float32Array {
    if (this.#form !== undefined) return this.#decode(this.#form);
    if (this.#fetch !== undefined) {
      const fetch = this.#fetch;
      this.value = fetch();
    }
    return this.#value;
  }

  set value(value: Float32Array) {
    const checked = this.#checked(value);
    if (this.#form !== undefined) {
      const held = this.value;
      if (checked.every((number, i) => number === held[i])) return;
      throw this.fixedError(this.#form.kind);
    }
    this.#fetch = undefined;
    this.#holder = undefined;
    this.#value = checked;
  }

  #decode(form: CompactForm): Float32Array {
    const of = form.parts.map((part) => part.value);
    const known = this.#decoded?.of.every((each, i) => each === of[i]) ? this.#decoded.value.deref() : undefined;
    if (known !== undefined) return known;
    const value = form.decode();
    this.#decoded = { of, value: new WeakRef(value) };
    return value;
  }

  /** The compact form in which the numbers are kept, as `Model.quantize` chose it; undefined: they are float32. */
  get form(): CompactForm | undefined {
    return this.#form;
  }

  /** @internal Keeps the numbers of a form from now on; with undefined, those that the form had, as float32. */
  keepAs(form: CompactForm | undefined): void {
    const values = form === undefined ? this.value : new Float32Array();
    this.#form = form;
    this.#decoded = undefined;
    this.#fetch = undefined;
    this.#holder = undefined;
    this.#value = values;
  }

  /** @internal The error of a change to numbers that are kept in a compact form. */
  fixedError(kind: CompactKind): StateError {
    return new StateError(
      `variable "${this.path}" is kept as ${kind} and cannot change: each change would be rounded again. Call model.dequantize() first, and model.quantize("${kind}") afterwards.`,
    );
  }

  #checked(value: Float32Array): Float32Array {
    if (!(value instanceof Float32Array) || value.length !== this.size)
      throw new ShapeError(
        `Variable "${this.path}": value is ${formatValue(value)}, expected a Float32Array of ${this.size} values for shape ${formatShape(this.shape)}.`,
      );
    return value;
  }

  /** The session whose device holds newer numbers than the host; undefined where none does. */
  get holder(): object | undefined {
    return this.#holder;
  }

  /** @internal Lets `value` come from `fetch`, called when it is first read. */
  defer(holder: object, fetch: () => Float32Array): void {
    this.#holder = holder;
    this.#fetch = fetch;
  }

  /** Number of values. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** The value in the step that is being written. @throws StateError outside of one */
  read(): Sym {
    return currentTrace(`variable "${this.path}"`).read(this);
  }

  /** States the value after the step. It does not come to be when the step's loss is NaN or infinite. */
  assign(value: Sym): void {
    if (!isSym(value))
      throw new ArgumentError(`variable "${this.path}": assign takes a value of a step, got ${formatValue(value)}.`);
    currentTrace(`variable "${this.path}"`).assign(this, value);
  }

  /**
   * `assign` in a layer's `call`, of a weight that trains: derivatives do not follow how the value came to be, and are those by the
   * weight as it was read, before and after.
   */
  overwrite(value: Sym): void {
    if (!isSym(value))
      throw new ArgumentError(`variable "${this.path}": overwrite takes a value of a step, got ${formatValue(value)}.`);
    currentTrace(`variable "${this.path}"`).overwrite(this, value);
  }

  /** `assign` of the value so far and this one: a number, or a value that is broadcast to the variable's shape. */
  assignAdd(value: Sym | number): void {
    if (typeof value !== "number" && !isSym(value))
      throw new ArgumentError(
        `variable "${this.path}": assignAdd takes a number or a value of a step, got ${formatValue(value)}.`,
      );
    this.assign(add(this.read(), value));
  }
}
