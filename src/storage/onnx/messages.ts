/** The messages of an ONNX file that are read and written (onnx.proto of ONNX 1.18, by field number), and the names of its types. */
import { type DraftOf, type MessageOf, many, one, type Schema } from "../../io/protobuf/kinds.ts";

const entry = { key: [1, "text"], value: [2, "text"] } as const satisfies Schema;

export const tensorSchema = {
  dims: [1, "ints"],
  dataType: [2, "int"],
  floatData: [4, "floats"],
  int32Data: [5, "ints"],
  int64Data: [7, "ints"],
  name: [8, "text"],
  rawData: [9, "bytes"],
  doubleData: [10, "doubles"],
  uint64Data: [11, "ints"],
  externalData: [13, many(entry)],
  dataLocation: [14, "int"],
} as const satisfies Schema;

/** Graphs inside of attributes (bodies of If and Loop) are not read. */
const attributeSchema = {
  name: [1, "text"],
  f: [2, "float"],
  i: [3, "int"],
  s: [4, "text"],
  t: [5, one(tensorSchema)],
  floats: [7, "floats"],
  ints: [8, "ints"],
  strings: [9, "texts"],
  type: [20, "int"],
} as const satisfies Schema;

const nodeSchema = {
  input: [1, "texts"],
  output: [2, "texts"],
  name: [3, "text"],
  opType: [4, "text"],
  attribute: [5, many(attributeSchema)],
  domain: [7, "text"],
} as const satisfies Schema;

const dimensionSchema = { value: [1, "int"], param: [2, "text"] } as const satisfies Schema;
const shapeSchema = { dim: [1, many(dimensionSchema)] } as const satisfies Schema;
const tensorTypeSchema = { elemType: [1, "int"], shape: [2, one(shapeSchema)] } as const satisfies Schema;
const typeSchema = { tensorType: [1, one(tensorTypeSchema)] } as const satisfies Schema;
const valueInfoSchema = { name: [1, "text"], type: [2, one(typeSchema)] } as const satisfies Schema;

const graphSchema = {
  node: [1, many(nodeSchema)],
  name: [2, "text"],
  initializer: [5, many(tensorSchema)],
  input: [11, many(valueInfoSchema)],
  output: [12, many(valueInfoSchema)],
  sparseInitializer: [15, many({})],
} as const satisfies Schema;

const opsetSchema = { domain: [1, "text"], version: [2, "int"] } as const satisfies Schema;

export const modelSchema = {
  irVersion: [1, "int"],
  producerName: [2, "text"],
  producerVersion: [3, "text"],
  graph: [7, one(graphSchema)],
  opsetImport: [8, many(opsetSchema)],
} as const satisfies Schema;

export type TensorMessage = MessageOf<typeof tensorSchema>;
export type NodeMessage = MessageOf<typeof nodeSchema>;
export type ValueInfoMessage = MessageOf<typeof valueInfoSchema>;
export type GraphMessage = MessageOf<typeof graphSchema>;
export type TensorDraft = DraftOf<typeof tensorSchema>;
export type NodeDraft = DraftOf<typeof nodeSchema>;
export type AttributeDraft = DraftOf<typeof attributeSchema>;
export type ValueInfoDraft = DraftOf<typeof valueInfoSchema>;
export type ModelDraft = DraftOf<typeof modelSchema>;

/** Who wrote a file: in fovea's own ones images have their channels last at both ends. */
export const PRODUCER = "fovea";

/** TensorProto.DataType: the types by number. */
export const dataTypes = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** AttributeProto.AttributeType. */
export const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** The name of a data type, for messages. */
export function dataTypeName(number: number | undefined): string {
  return Object.entries(dataTypes).find(([, each]) => each === number)?.[0] ?? `number ${number}`;
}
