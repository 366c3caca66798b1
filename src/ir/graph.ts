/**
 * The graph language: values with a Spec, the nodes that compute them, and a builder for layers and gradient rules. A graph is
 * one whole step: inputs and variables in, outputs and new variables out.
 */
import type { DType } from "../base/dtype.ts";
import { InternalError } from "../base/errors.ts";
import { type Shape, sameShape } from "../base/shape.ts";
import type { Op } from "./op.ts";
import { convert, type Precision, precisionsOf } from "./precision.ts";

/**
 * What is known of a value before it is computed. `batched`: axis 0 counts the rows of the batch; its size is the capacity, and a
 * step may have fewer rows. A node with batched inputs and an unbatched output must be a SUM over rows: devices split the rows
 * between workers and add the workers' results.
 */
export interface Spec {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly batched: boolean;
}

/** A symbolic value of a graph. */
export interface Sym {
  readonly id: number;
  readonly spec: Spec;
  /** How exactly it is kept; undefined: as what it is computed with. */
  readonly precision?: Precision | undefined;
  readonly builder: GraphBuilder;
}

/** The part of the model that emitted a node, to show where time and memory go; no pass depends on it. */
export interface Origin {
  /** A layer's name, or "loss", "metrics", "optimizer". */
  readonly owner: string;
  readonly backward: boolean;
}

export interface Node {
  readonly op: Op;
  readonly attrs: object;
  readonly inputs: readonly Sym[];
  readonly outputs: readonly Sym[];
  readonly origin?: Origin | undefined;
}

/** State that stays on the device between steps, identified by name. */
export interface VariableUse {
  readonly name: string;
  readonly sym: Sym;
  /** The variable's value after the step; undefined: unchanged. */
  readonly update: Sym | undefined;
}

export interface Graph {
  readonly inputs: ReadonlyMap<string, Sym>;
  readonly variables: readonly VariableUse[];
  readonly outputs: ReadonlyMap<string, Sym>;
  /** Ordered so that every node comes after the nodes that it reads. */
  readonly nodes: readonly Node[];
}

/** The values that outlive a step: its outputs, and what its variables become. */
export function lastingValues({ outputs, variables }: Pick<Graph, "outputs" | "variables">): Set<Sym> {
  return new Set([...outputs.values(), ...variables.flatMap(({ update }) => update ?? [])]);
}

/** The values that follow from variables and literals alone, variables among them. */
export function valuesOfVariables({ nodes, variables }: Pick<Graph, "nodes" | "variables">): Set<Sym> {
  const known = new Set<Sym>(variables.map(({ sym }) => sym));
  for (const { inputs, outputs } of nodes)
    if (inputs.every((input) => known.has(input))) for (const output of outputs) known.add(output);
  return known;
}

/** Whether a step updates a variable. */
export function changesVariables({ variables }: Pick<Graph, "variables">): boolean {
  return variables.some(({ update }) => update !== undefined);
}

/** The input that every step carries, fed by the device: how many rows of the batch are live here, a float32 scalar. */
export const rowsInput = "rows";

/**
 * The number of rows that means are taken over, fed by the device too, a float32 scalar. It is the number of live rows where one
 * process computes the whole batch, and that of all processes where each computes a part.
 */
export const meanOverInput = "meanOver";

/** Where several processes share a batch: the number in the batch of this process's first row, a float32 scalar fed by the device. */
export const firstRowInput = "firstRow";

/** Counts that the device feeds: numbers of the step itself, as literals are. */
const ownInputs: readonly string[] = [rowsInput, meanOverInput, firstRowInput];

export function scalarSpec(dtype: DType = "float32"): Spec {
  return { shape: [], dtype, batched: false };
}

export function sameSpec(a: Spec, b: Spec): boolean {
  return a.dtype === b.dtype && a.batched === b.batched && sameShape(a.shape, b.shape);
}

/** The spec with its batch axis set to the live rows of this step (or slice). */
export function withRows(spec: Spec, rows: number): Spec {
  return spec.batched ? { ...spec, shape: [rows, ...spec.shape.slice(1)] } : spec;
}

/** The shape of one row of a batched value; the whole shape of any other value. */
export function rowShape(spec: Spec): Shape {
  return spec.batched ? spec.shape.slice(1) : spec.shape;
}

/** Collects the nodes of one graph. Values refer to their builder, so ops are plain functions of values. */
export class GraphBuilder {
  readonly #inputs = new Map<string, Sym>();
  readonly #variables = new Map<string, Sym>();
  readonly #updates = new Map<string, Sym>();
  readonly #outputs = new Map<string, Sym>();
  readonly #nodes: Node[] = [];
  #origin: Origin | undefined;
  #nextId = 0;

  #value(spec: Spec, precision?: Precision): Sym {
    return { id: this.#nextId++, spec, precision, builder: this };
  }

  /** A value that the caller feeds at each step. The same name gives the same value. */
  input(name: string, spec: Spec): Sym {
    return this.#once(this.#inputs, name, spec);
  }

  /** Number of live rows of this step on this device, a float32 scalar. */
  localRows(): Sym {
    return this.input(rowsInput, scalarSpec());
  }

  /** A value that follows the batch; undefined in a step that is fed none. */
  get batch(): Sym | undefined {
    return [...this.#inputs.values()].find(({ spec }) => spec.batched);
  }

  /** Number of rows that the mean of a loss is taken over, a float32 scalar. */
  meanOver(): Sym {
    return this.input(meanOverInput, scalarSpec());
  }

  /** A variable's value at the start of the step; one that no step changes may be of bytes. */
  variable(name: string, shape: Shape, dtype: DType = "float32"): Sym {
    return this.#once(this.#variables, name, { shape, dtype, batched: false });
  }

  #once(table: Map<string, Sym>, name: string, spec: Spec): Sym {
    const known = table.get(name);
    if (known !== undefined) {
      if (!sameSpec(known.spec, spec)) throw new InternalError(`"${name}" is used with two different specs.`);
      return known;
    }
    const made = this.#value(spec, ownInputs.includes(name) ? undefined : "float32");
    table.set(name, made);
    return made;
  }

  /** Adds a node; the op's own rule gives its output specs. */
  emit<A extends object>(op: Op<A>, inputs: readonly Sym[], attrs: A): Sym[] {
    for (const input of inputs)
      if (input.builder !== this) throw new InternalError(`"${op.name}" mixes values of two graphs.`);
    const specs = op.infer(
      inputs.map((input) => input.spec),
      attrs,
    );
    const precisions = precisionsOf(op, inputs, attrs, specs);
    const outputs = specs.map((spec, i) => this.#value(spec, precisions[i]));
    this.#nodes.push({ op: op as Op, attrs, inputs, outputs, origin: this.#origin });
    return outputs;
  }

  /** Runs `write`; the nodes that it emits have this origin. */
  within<T>(origin: Origin | undefined, write: () => T): T {
    const outer = this.#origin;
    this.#origin = origin;
    try {
      return write();
    } finally {
      this.#origin = outer;
    }
  }

  /** Sets the variable's value after the step, which is float32. */
  update(name: string, value: Sym): void {
    const variable = this.#variables.get(name);
    if (variable === undefined) throw new InternalError(`Variable "${name}" is updated but was never read.`);
    if (!sameSpec(variable.spec, value.spec)) throw new InternalError(`Variable "${name}" cannot change its spec.`);
    this.#updates.set(name, convert(value, "float32"));
  }

  /** Names a value that the caller reads after the step, as float32. */
  output(name: string, value: Sym): void {
    if (this.#outputs.has(name)) throw new InternalError(`Two outputs of a step are named "${name}".`);
    this.#outputs.set(name, convert(value, "float32"));
  }

  /** The node that made a value; undefined for inputs and variables. */
  makerOf(value: Sym): Node | undefined {
    return this.#nodes.find(({ outputs }) => outputs.includes(value));
  }

  /** The nodes so far, in order: what differentiation walks. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  finish(): Graph {
    return {
      inputs: new Map(this.#inputs),
      outputs: new Map(this.#outputs),
      nodes: [...this.#nodes],
      variables: [...this.#variables].map(([name, sym]) => ({ name, sym, update: this.#updates.get(name) })),
    };
  }
}

/**
 * Copies a graph node by node; for each node `visit` may emit something else (or nothing new), and returns its outputs.
 *
 * @param precisionOf of what stands for a value in the new graph. Default: the value's own
 */
export function rewriteGraph(
  graph: Graph,
  visit: (node: Node, inputs: readonly Sym[], builder: GraphBuilder) => readonly Sym[],
  precisionOf: (value: Sym) => Precision | undefined = ({ precision }) => precision,
): Graph {
  const builder = new GraphBuilder();
  const made = new Map<Sym, Sym>();
  const find = (sym: Sym): Sym => {
    const found = made.get(sym);
    if (found === undefined) throw new InternalError(`Value %${sym.id} is read before it is made.`);
    return found;
  };
  for (const [name, sym] of graph.inputs) made.set(sym, builder.input(name, sym.spec));
  for (const { name, sym } of graph.variables) made.set(sym, builder.variable(name, sym.spec.shape, sym.spec.dtype));
  for (const node of graph.nodes) {
    builder.within(node.origin, () => {
      const outputs = visit(node, node.inputs.map(find), builder);
      node.outputs.forEach((output, i) => {
        made.set(output, convert(outputs[i]!, precisionOf(output) ?? "float32"));
      });
    });
  }
  for (const { name, update } of graph.variables) if (update !== undefined) builder.update(name, find(update));
  for (const [name, sym] of graph.outputs) builder.output(name, find(sym));
  return builder.finish();
}
