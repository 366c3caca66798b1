/** Says the graph in the ops that the device runs: its own faster ways first, then composite ops by their parts. */
import { type Graph, rewriteGraph } from "../ir/graph.ts";
import type { Traits } from "../ir/program.ts";

/** Parts of composite ops may be composite in turn. */
export function decompose(graph: Graph, { kernels, lower }: Pick<Traits, "kernels" | "lower">): Graph {
  const composite = (node: Graph["nodes"][number]) => node.op.decompose !== undefined && !kernels.has(node.op.name);
  let current = graph;
  if (lower !== undefined)
    current = rewriteGraph(
      current,
      (node, inputs, builder) => lower(node, inputs, graph) ?? builder.emit(node.op, inputs, node.attrs),
    );
  while (current.nodes.some(composite)) {
    current = rewriteGraph(current, (node, inputs, builder) =>
      composite(node) ? node.op.decompose!(inputs, node.attrs) : builder.emit(node.op, inputs, node.attrs),
    );
  }
  return current;
}
