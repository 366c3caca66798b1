/** Graphs written by hand: numbers of every type, files beside the model, and graphs that mean harm or make no sense. */
import { FoveaError, loadModel, type Tensor, tensor } from "fovea";
import { expect, test } from "vitest";
import { memorySource } from "../../src/io/byte-source.ts";
import { messagePieces } from "../../src/io/protobuf/writer.ts";
import {
  attributeTypes,
  dataTypes,
  modelSchema,
  type NodeDraft,
  type TensorDraft,
  type ValueInfoDraft,
} from "../../src/storage/onnx/messages.ts";
import { fromBrain, fromHalf, wholeTensor } from "../../src/storage/onnx/tensors.ts";

interface GraphDraft {
  readonly nodes: readonly NodeDraft[];
  readonly tensors?: readonly TensorDraft[];
  readonly shape?: readonly number[];
  readonly output?: string;
  readonly opset?: number;
}

const info = (name: string, shape: readonly number[]): ValueInfoDraft => ({
  name,
  type: { tensorType: { elemType: dataTypes.float, shape: { dim: shape.map((value) => ({ value })) } } },
});

/** A file of a graph from "x" to "y". */
function fileOf({ nodes, tensors = [], shape = [1, 2], output = "y", opset = 17 }: GraphDraft): Uint8Array {
  const graph = { node: nodes, initializer: tensors, input: [info("x", shape)], output: [info(output, [1, 2])] };
  const pieces = messagePieces(modelSchema, { irVersion: 8, graph, opsetImport: [{ domain: "", version: opset }] });
  return new Uint8Array(Buffer.concat(pieces));
}

const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attribute: NodeDraft["attribute"] = [],
) => ({
  opType,
  name: `the ${opType}`,
  input,
  output,
  attribute,
});
const floats = (name: string, values: readonly number[], dims: readonly number[] = [values.length]): TensorDraft => ({
  name,
  dims,
  dataType: dataTypes.float,
  floatData: values,
});
const load = (graph: GraphDraft) => loadModel(new File([fileOf(graph) as BlobPart], "own.onnx"));

/** What x + c is for x = 0, where c is the tensor. */
async function sumWith(c: TensorDraft, beside: Readonly<Record<string, Uint8Array>> = {}): Promise<number[]> {
  const bytes = fileOf({ nodes: [node("Add", ["x", "c"], ["y"])], tensors: [{ ...c, name: "c" }] });
  const files: Record<string, Uint8Array> = { ...beside, "own.onnx": bytes };
  const store = {
    open: async (name: string) => (files[name] === undefined ? undefined : memorySource(name, files[name])),
    write: async () => {},
  };
  const model = await loadModel({ store, name: "own.onnx" });
  model.compile({ device: "reference" });
  return Array.from(((await model.predict(tensor([[0, 0]]), { verbose: 0 })) as unknown as Tensor).data);
}

const bytes = (...list: number[]) => Uint8Array.from(list);

test("numbers of every type, as raw data and as fields", async () => {
  const dims = [2];
  const cases: readonly TensorDraft[] = [
    { dims, dataType: dataTypes.float, floatData: [1.5, -2] },
    { dims, dataType: dataTypes.float, rawData: bytes(0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0) },
    { dims, dataType: dataTypes.double, doubleData: [1.5, -2] },
    { dims, dataType: dataTypes.float16, rawData: bytes(0, 0x3e, 0, 0xc0) },
    { dims, dataType: dataTypes.float16, int32Data: [0x3e00, 0xc000] },
    { dims, dataType: dataTypes.bfloat16, rawData: bytes(0xc0, 0x3f, 0, 0xc0) },
  ];
  for (const each of cases) expect(await sumWith(each)).toEqual([1.5, -2]);
  const whole: readonly TensorDraft[] = [
    { dims, dataType: dataTypes.int64, int64Data: [3, -2] },
    { dims, dataType: dataTypes.int64, rawData: bytes(3, 0, 0, 0, 0, 0, 0, 0, 254, 255, 255, 255, 255, 255, 255, 255) },
    { dims, dataType: dataTypes.int32, int32Data: [3, -2] },
    { dims, dataType: dataTypes.int8, rawData: bytes(3, 254) },
  ];
  for (const each of whole) expect(await sumWith(each)).toEqual([3, -2]);
});

test("halves: zeros, the smallest, the largest, infinities and no number", () => {
  // IEEE 754-2008, binary16.
  expect([0x0000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0x7bff, 0x7c00, 0xfc00].map(fromHalf)).toEqual([
    0,
    2 ** -24,
    1023 * 2 ** -24,
    2 ** -14,
    1,
    65504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]);
  expect([fromHalf(0x7e00), fromHalf(0xd640), fromBrain(0x4049)]).toEqual([Number.NaN, -100, 3.140625]);
});

const outside = (location: string, offset = "0", length = "8"): TensorDraft => ({
  dims: [2],
  dataType: dataTypes.float,
  dataLocation: 1,
  externalData: Object.entries({ location, offset, length }).map(([key, value]) => ({ key, value })),
});

test("weights in a file beside the model are read, and only there", async () => {
  const weights = bytes(9, 9, 9, 9, 0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0);
  expect(await sumWith(outside("m.data", "4"), { "m.data": weights })).toEqual([1.5, -2]);
  expect(await sumWith(outside("part/m.data", "4"), { "part/m.data": weights })).toEqual([1.5, -2]);
  for (const path of ["../m.data", "/etc/passwd", "a/../../b", "a\\b", "C:m.data", "", "a//b"])
    await expect(sumWith(outside(path), { [path]: weights })).rejects.toThrow(
      "expected a path below the model's own folder",
    );
  await expect(sumWith(outside("m.data"))).rejects.toThrow("There is no file m.data beside own.onnx");
  await expect(sumWith(outside("m.data", "8"), { "m.data": weights })).rejects.toThrow("cut off or damaged");
  await expect(sumWith(outside("m.data", "-4"), { "m.data": weights })).rejects.toThrow(
    'the offset of its external data is "-4"',
  );
});

const ints = (name: string, list: readonly number[]) => ({ name, ints: list, type: attributeTypes.ints });

test.each<[string, GraphDraft, string]>([
  ["an old set", { nodes: [], opset: 6 }, "own.onnx is written in set 6 of ONNX's operators; read are 7 to 28"],
  ["a body", { nodes: [node("Loop", ["x"], ["y"])] }, 'node "the Loop" (Loop): the operator "Loop" is not known'],
  ["a missing value", { nodes: [node("Relu", ["z"], ["y"])] }, 'node "the Relu" (Relu) reads "z", which no input'],
  ["no input", { nodes: [node("Shape", [], ["z"])] }, "it has 0 of the 1 inputs that it needs"],
  [
    "one number of a sum",
    { nodes: [node("Add", ["", "n"], ["z"])], tensors: [wholeTensor("n", [1])] },
    'node "the Add" (Add): it has 1 of the 2 inputs that it needs',
  ],
  ["two makers", { nodes: [node("Relu", ["x"], ["x"])] }, 'makes "x" twice'],
  ["a constant output", { nodes: [], tensors: [floats("y", [1, 2])] }, 'output "y" is a constant'],
  ["no output", { nodes: [node("Relu", ["x"], ["z"])] }, 'no node that makes its output "y"'],
  [
    "a tensor that is too short",
    { nodes: [], tensors: [floats("y", [1], [1_000_000, 1_000_000])] },
    "needs 1000000000000 numbers, and holds 1",
  ],
  [
    "a constant that would fill memory",
    { nodes: [node("ConstantOfShape", ["n"], ["z"])], tensors: [wholeTensor("n", [1e6, 1e6])] },
    "compute more than 16777216 numbers",
  ],
  [
    "rows that are mixed",
    { nodes: [node("Reshape", ["x", "n"], ["y"])], tensors: [wholeTensor("n", [-1, 1])], shape: [4, 2] },
    "does not keep the rows of the batch apart",
  ],
  ["the batch moved", { nodes: [node("Transpose", ["x"], ["y"], [ints("perm", [1, 0])])] }, "own.onnx: "],
  [
    "a kernel of other channels",
    { nodes: [node("Conv", ["x", "w"], ["y"])], tensors: [floats("w", [1, 2], [1, 2, 1, 1])], shape: [1, 3, 4, 4] },
    "does not fit 3 channels",
  ],
  [
    "a computed kernel",
    { nodes: [node("Conv", ["x", "x"], ["y"])], shape: [1, 3, 4, 4] },
    "its kernel (input 1) depends on the model's inputs",
  ],
  [
    "another matrix",
    { nodes: [node("MatMul", ["x", "w"], ["y"])], tensors: [floats("w", [1, 2, 3], [3, 1])] },
    "its matrix of 3 rows does not fit an input [2]",
  ],
])("%s is an error that says so", async (_what, graph, words) => {
  const loading = load(graph);
  await expect(loading).rejects.toThrow(words);
  await expect(loading).rejects.toBeInstanceOf(FoveaError);
});

test("a long chain of nodes gives a model, and a longer one an error of the library", async () => {
  const chain = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      node("Relu", [i === 0 ? "x" : `v${i}`], [i === count - 1 ? "y" : `v${i + 1}`]),
    );
  expect((await load({ nodes: chain(1000) })).outputShape).toEqual([null, 2]);
  await expect(load({ nodes: chain(10_001) })).rejects.toThrow("more than the 10000 that are read");
});
