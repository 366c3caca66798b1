/** For devices that store no float16: all values are float32, and nothing is converted. */
import { type Graph, rewriteGraph } from "../ir/graph.ts";
import { convertOp } from "../ir/precision.ts";

export function widen(graph: Graph): Graph {
  const converts = graph.nodes.some(({ op }) => op.name === convertOp.name);
  if (!converts) return graph;
  return rewriteGraph(
    graph,
    ({ op, attrs }, inputs, builder) => (op.name === convertOp.name ? inputs : builder.emit(op, inputs, attrs)),
    () => undefined,
  );
}
