/** Runs a graph node by node in float64 over each op's plain meaning: no plan, no device, nothing between graph and numbers. */
import { sizeOf } from "../../src/base/shape.ts";
import { type Graph, meanOverInput, rowsInput, type Sym, withRows } from "../../src/ir/graph.ts";

export type Values = Readonly<Record<string, ArrayLike<number>>>;

export interface Evaluation {
  readonly outputs: Readonly<Record<string, Float64Array>>;
  /** The variables after the step. */
  readonly variables: Readonly<Record<string, Float64Array>>;
}

/** Evaluates one step with `rows` live rows; inputs and variables may hold more rows than that. */
export function evaluateGraph(graph: Graph, inputs: Values, rows: number, variables: Values = {}): Evaluation {
  const values = new Map<Sym, Float64Array>();
  const sized = (sym: Sym) => sizeOf(withRows(sym.spec, rows).shape);
  const set = (sym: Sym, name: string, given: ArrayLike<number> | undefined) => {
    if (given === undefined || given.length < sized(sym)) throw new Error(`"${name}" is not fed or too short.`);
    values.set(sym, Float64Array.from(given).subarray(0, sized(sym)));
  };
  for (const [name, sym] of graph.inputs)
    set(sym, name, name === rowsInput || name === meanOverInput ? [rows] : inputs[name]);
  for (const { name, sym } of graph.variables) set(sym, name, variables[name]);
  for (const { op, attrs, inputs: read, outputs } of graph.nodes) {
    const made = outputs.map((output) => new Float64Array(sized(output)));
    const specs = (syms: readonly Sym[]) => syms.map((sym) => withRows(sym.spec, rows));
    const call = { attrs, inputs: specs(read), outputs: specs(outputs), firstRow: 0 };
    op.reference(
      read.map((sym) => values.get(sym)!),
      made,
      call,
    );
    outputs.forEach((output, i) => {
      values.set(output, made[i]!);
    });
  }
  return {
    outputs: Object.fromEntries([...graph.outputs].map(([name, sym]) => [name, values.get(sym)!])),
    variables: Object.fromEntries(graph.variables.map(({ name, sym, update }) => [name, values.get(update ?? sym)!])),
  };
}
