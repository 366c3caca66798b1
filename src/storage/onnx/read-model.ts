/** A model out of an ONNX file. */
import { FormatError } from "../../base/errors.ts";
import { type ByteSource, checkRange, readAll } from "../../io/byte-source.ts";
import { openFileOf, type Place } from "../../io/place.ts";
import { readMessage } from "../../io/protobuf/reader.ts";
import type { KerasTensor } from "../../nn/keras-tensor.ts";
import { type AnyModel, Model } from "../../train/model.ts";
import { modelSchema, PRODUCER } from "./messages.ts";
import { GraphReader } from "./reading/graph-reader.ts";
import type { ReadBeside } from "./tensors.ts";

/** No message of Protocol Buffers is larger. */
const MOST_BYTES = 2 ** 31;
/** The sets of ONNX's own operators that are read. */
const OPSETS = { first: 7, last: 28 } as const;
/** The largest networks for images have about two thousand. */
const MOST_NODES = 10_000;

/** The model of a file, with its weights; it is not compiled. @throws FormatError for what is damaged or not known */
export async function readOnnx(source: ByteSource, place: Place): Promise<AnyModel> {
  const message = readMessage(modelSchema, await readAll(source, MOST_BYTES), source.name);
  const { graph, opsetImport, producerName } = message;
  const opset = opsetImport.find(
    ({ domain }) => domain === undefined || domain === "" || domain === "ai.onnx",
  )?.version;
  if (graph === undefined || opset === undefined)
    throw new FormatError(
      `${source.name} is no ONNX model: it has no ${graph === undefined ? "graph" : "set of operators"}.`,
    );
  if (opset < OPSETS.first || opset > OPSETS.last)
    throw new FormatError(
      `${source.name} is written in set ${opset} of ONNX's operators; read are ${OPSETS.first} to ${OPSETS.last}.`,
    );
  if (graph.node.length > MOST_NODES)
    throw new FormatError(`${source.name} has ${graph.node.length} nodes, more than the ${MOST_NODES} that are read.`);
  const beside = filesBeside(place);
  try {
    const { inputs, outputs } = await new GraphReader(graph, opset, producerName === PRODUCER).read(beside.read);
    return modelOf(inputs, outputs);
  } finally {
    await beside.close();
  }
}

function modelOf(inputs: readonly KerasTensor[], outputs: readonly KerasTensor[]): AnyModel {
  const only = <T>(list: readonly T[]) => (list.length === 1 ? list[0]! : list);
  try {
    return new Model({
      inputs: only(inputs) as KerasTensor,
      outputs: only(outputs) as KerasTensor,
    }) as unknown as AnyModel;
  } catch (cause) {
    // Layers are walked one inside of the other.
    if (!(cause instanceof RangeError)) throw cause;
    throw new FormatError("The graph has more nodes in a row than a model can have layers.", { cause });
  }
}

/** Files with weights beside the model's, each opened once. */
function filesBeside(place: Place): { readonly read: ReadBeside; close(): Promise<void> } {
  const open = new Map<string, ByteSource>();
  return {
    async read(name, offset, length) {
      let source = open.get(name);
      if (source === undefined) {
        source = await openFileOf(place, name);
        open.set(name, source);
      }
      const size = length ?? source.size - offset;
      checkRange(source, offset, size);
      return source.read(offset, size);
    },
    async close() {
      for (const source of open.values()) await source.close();
    },
  };
}
