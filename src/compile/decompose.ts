/** Replaces composite ops that the device has no kernel for by their parts. */
import { type Graph, rewriteGraph } from "../ir/graph.ts";

/** `kernels`: names of the ops that the device runs itself. Parts may be composite in turn. */
export function decompose(graph: Graph, kernels: ReadonlySet<string>): Graph {
  let current = graph;
  const composite = (node: Graph["nodes"][number]) => node.op.decompose !== undefined && !kernels.has(node.op.name);
  while (current.nodes.some(composite)) {
    current = rewriteGraph(current, (node, inputs, builder) =>
      composite(node) ? node.op.decompose!(inputs, node.attrs) : builder.emit(node.op, inputs, node.attrs),
    );
  }
  return current;
}
