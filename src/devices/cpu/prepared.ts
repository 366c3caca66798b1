/** Values that a prediction makes once for all steps. */
import { changesVariables, type Graph, type Sym, valuesOfVariables } from "../../ir/graph.ts";

const known = /* @__PURE__ */ new WeakMap<Graph, ReadonlySet<Sym>>();

/** Whether a value follows from variables alone, in a step that changes none. */
export function isPrepared(graph: Graph, sym: Sym): boolean {
  const values = known.get(graph) ?? (changesVariables(graph) ? new Set<Sym>() : valuesOfVariables(graph));
  known.set(graph, values);
  return values.has(sym);
}
