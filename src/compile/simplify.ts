/** Removes work that changes nothing: nodes that nobody reads, and nodes that repeat another one. */
import { type Graph, type Node, rewriteGraph, type Sym } from "../ir/graph.ts";

/** Dead nodes dropped, equal nodes merged. Ops are pure functions of inputs and attributes, so equal text means equal value. */
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
  const known = new Map<string, readonly Sym[]>();
  return rewriteGraph(graph, (node, inputs, builder) => {
    const key = `${node.op.name}(${inputs.map((input) => input.id).join(",")})${exactJson(node.attrs)}`;
    const made = known.get(key) ?? builder.emit(node.op, inputs, node.attrs);
    known.set(key, made);
    return made;
  });
}

/** JSON that tells -0, NaN and the infinities apart, which plain JSON does not. */
function exactJson(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "number" && (!Number.isFinite(part) || Object.is(part, -0))
      ? `#${Object.is(part, -0) ? "-0" : part}`
      : part,
  );
}
