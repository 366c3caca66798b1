/** Removes work that changes nothing: nodes that nobody reads, and nodes that repeat another one. */
import { Identities } from "../base/identity.ts";
import { type Graph, type Node, rewriteGraph, type Sym } from "../ir/graph.ts";

/**
 * Dead nodes dropped, equal nodes merged. Ops are pure functions of inputs and attributes, so one op with equal inputs and
 * attributes gives equal values; attributes that are functions are equal when they are the same function.
 */
export function simplify(graph: Graph): Graph {
  return mergeEqual(dropDead(graph));
}

function dropDead(graph: Graph): Graph {
  const live = new Set<Sym>([
    ...graph.outputs.values(),
    ...graph.variables.flatMap(({ update }) => (update === undefined ? [] : [update])),
  ]);
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => live.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) live.add(input);
  }
  return { ...graph, nodes: kept.reverse() };
}

function mergeEqual(graph: Graph): Graph {
  const identities = new Identities();
  const known = new Map<string, readonly Sym[]>();
  return rewriteGraph(graph, (node, inputs, builder) => {
    const key = identities.of([node.op, inputs.map(({ id }) => id), node.attrs]);
    const made = known.get(key) ?? builder.emit(node.op, inputs, node.attrs);
    known.set(key, made);
    return made;
  });
}
