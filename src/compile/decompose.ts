/** Rewrites the graph in ops that the device can run: first by the device's own rewrites, then by decomposing composite ops. */
import { type Graph, rewriteGraph } from "../ir/graph.ts";
import type { Traits } from "../ir/program.ts";

/** The parts of composite ops may be composite themselves. */
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
