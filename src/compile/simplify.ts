/** Removes work that changes nothing: nodes that nobody reads, nodes that repeat another one, and nodes that undo another one. */
import { Identities } from "../base/identity.ts";
import { type Graph, lastingValues, type Node, rewriteGraph, type Sym } from "../ir/graph.ts";

/**
 * Dead nodes dropped, equal nodes merged, calls that an op can join (transpositions of transpositions) or absorb (zeros around what
 * a convolution pads anyway) made one. Ops are pure functions of inputs and attributes, so one op with equal inputs and attributes
 * gives equal values; attributes that are functions are equal when they are the same function.
 */
export function simplify(graph: Graph): Graph {
  return dropDead(mergeEqual(dropDead(graph)));
}

function dropDead(graph: Graph): Graph {
  const live = lastingValues(graph);
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
  const makers = new Map<Sym, Made>();
  return rewriteGraph(graph, ({ op, ...node }, given, builder) => {
    const before = makers.get(given[0]!);
    const joined = before?.op === op ? op.join?.(before.attrs, node.attrs) : undefined;
    if (joined === null) return before!.inputs;
    const attrs = joined ?? (before === undefined ? undefined : op.absorb?.(node.attrs, before));
    const made =
      attrs === undefined
        ? { op, attrs: node.attrs, inputs: given }
        : { op, attrs, inputs: [before!.inputs[0]!, ...given.slice(1)] };
    const key = `${identities.of(op)} ${made.inputs.map(({ id }) => id).join()} ${identities.of(made.attrs)}`;
    const outputs = known.get(key) ?? builder.emit(op, made.inputs, made.attrs);
    known.set(key, outputs);
    makers.set(outputs[0]!, made);
    return outputs;
  });
}

/** How a value was made. */
type Made = Pick<Node, "op" | "attrs" | "inputs">;
