/** What writes the nodes of an op. */
import { ArgumentError } from "../../../base/errors.ts";
import type { Node } from "../../../ir/graph.ts";
import type { GraphWriter } from "./graph-writer.ts";

export type Writer = (writer: GraphWriter, node: Node) => void;

/** The error for what an ONNX file cannot say. */
export function refuse(node: Node, why: string): never {
  const owner = node.origin?.owner;
  throw new ArgumentError(
    `save: ${owner === undefined || owner === "" ? "the model" : `layer "${owner}"`} cannot be written as ONNX: ${why}.`,
  );
}
