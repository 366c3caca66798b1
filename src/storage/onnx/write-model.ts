/** A model as an ONNX file. */

import { messagePieces } from "../../io/protobuf/writer.ts";
import type { Sym } from "../../ir/graph.ts";
import type { Layer } from "../../nn/layers/layer.ts";
import type { AnyModel } from "../../train/model.ts";
import { dataTypes, type ModelDraft, modelSchema, PRODUCER, type ValueInfoDraft } from "./messages.ts";
import { plainOrder } from "./order.ts";
import { GraphWriter } from "./writing/graph-writer.ts";
import { writerOf } from "./writing/index.ts";
import { traceModel } from "./writing/trace-model.ts";

/** The set of operators, and the version of the file's form that came with it (ONNX 1.12). */
const OPSET = 17;
const IR_VERSION = 8;

const types = { float32: dataTypes.float, int32: dataTypes.int32, uint8: dataTypes.uint8 } as const;

function valueInfo(name: string, { spec }: Sym): ValueInfoDraft {
  const dim = spec.shape.map((value, axis) => (axis === 0 ? { param: "batch" } : { value }));
  return { name, type: { tensorType: { elemType: types[spec.dtype], shape: { dim } } } };
}

/** The bytes of the file, in pieces. @throws ArgumentError for what ONNX cannot say; StateError for a model without a graph */
export function onnxPieces(model: AnyModel): readonly Uint8Array[] {
  const traced = traceModel(model);
  const writer = new GraphWriter(traced, [model as unknown as Layer]);
  // Inputs and outputs have their names first, so that nothing else takes them.
  const inputs = traced.inputs.map(({ name, value }) => ({ name: writer.freshName(name), value }));
  const outputs = traced.outputs.map(({ name, value }) => ({ name: writer.freshName(name), value }));
  for (const { name, value } of inputs) writer.define(value, { name, order: plainOrder(value.spec.shape.length) });
  for (const node of traced.graph.nodes) {
    if (writer.isDone(node) || node.outputs.every((output) => writer.isConstant(output))) continue;
    writer.begin(node);
    writerOf(node.op.name)(writer, node);
  }
  for (const { name, value } of outputs) writer.finishOutput(name, value);
  const draft: ModelDraft = {
    irVersion: IR_VERSION,
    producerName: PRODUCER,
    graph: {
      name: model.name,
      node: writer.nodes,
      initializer: writer.tensors,
      input: inputs.map(({ name, value }) => valueInfo(name, value)),
      output: outputs.map(({ name, value }) => valueInfo(name, value)),
    },
    opsetImport: [{ domain: "", version: OPSET }],
  };
  return messagePieces(modelSchema, draft);
}
