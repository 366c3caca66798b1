/** Numbers of an ONNX file: tensors of any plain type, in the file or beside it, as constants; and float tensors to be written. */
import { FormatError } from "../../base/errors.ts";
import { formatShape, type Shape, sizeOf } from "../../base/shape.ts";
import { dataTypeName, dataTypes, type TensorDraft, type TensorMessage } from "./messages.ts";

/** Numbers that a graph holds. Whole ones are exact up to 2⁵³; NaN among them stands for the size of the batch. */
export interface Constant {
  readonly shape: Shape;
  readonly values: Float32Array | Float64Array;
  /** Whether they are of a type of whole numbers or truth values. */
  readonly whole: boolean;
}

/** Reads bytes of a file beside the model. */
export type ReadBeside = (name: string, offset: number, length: number | undefined) => Promise<Uint8Array>;

/** How an entry of raw data is read: the bytes that it takes, and its number. */
interface RawType {
  readonly bytes: number;
  read(view: DataView, at: number): number;
}

const raw: Readonly<Record<number, RawType>> = {
  [dataTypes.float]: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  [dataTypes.double]: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  [dataTypes.float16]: { bytes: 2, read: (view, at) => fromHalf(view.getUint16(at, true)) },
  [dataTypes.bfloat16]: { bytes: 2, read: (view, at) => fromBrain(view.getUint16(at, true)) },
  [dataTypes.uint8]: { bytes: 1, read: (view, at) => view.getUint8(at) },
  [dataTypes.bool]: { bytes: 1, read: (view, at) => view.getUint8(at) },
  [dataTypes.int8]: { bytes: 1, read: (view, at) => view.getInt8(at) },
  [dataTypes.uint16]: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  [dataTypes.int16]: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  [dataTypes.uint32]: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  [dataTypes.int32]: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  [dataTypes.uint64]: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  [dataTypes.int64]: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
};

const floatTypes: readonly number[] = [dataTypes.float, dataTypes.double, dataTypes.float16, dataTypes.bfloat16];

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction. */
export function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 === 0 ? 1 : -1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const word = /* @__PURE__ */ new DataView(/* @__PURE__ */ new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
export function fromBrain(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

/** Bytes of a number of a type; 0 for a type without numbers. */
export const bytesOfType = (type: number | undefined): number => raw[type ?? 0]?.bytes ?? 0;

/** Whether a type of the file is one of fractions. */
export const isFloatType = (type: number | undefined): boolean => type !== undefined && floatTypes.includes(type);

/**
 * The numbers of a tensor.
 *
 * @param title names it in messages
 * @throws FormatError where its data do not fit its shape, or are of a type without numbers
 */
export async function constantOf(tensor: TensorMessage, title: string, beside: ReadBeside): Promise<Constant> {
  const { dims: shape, dataType } = tensor;
  const count = sizeOf(shape);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || !Number.isSafeInteger(count))
    throw new FormatError(`${title} has the shape ${formatShape(shape)}.`);
  const type = raw[dataType ?? 0];
  if (type === undefined)
    throw new FormatError(
      `${title} holds data of type ${dataTypeName(dataType)}, which are not read; known: ${Object.keys(raw)
        .map((each) => dataTypeName(Number(each)))
        .join(", ")}.`,
    );
  const whole = !isFloatType(dataType);
  const bytes = tensor.dataLocation === 1 ? await external(tensor, title, beside) : tensor.rawData;
  const given = bytes === undefined ? typed(tensor) : undefined;
  const [found, expected, noun] =
    bytes === undefined ? [given!.length, count, "numbers"] : [bytes.length, count * type.bytes, "bytes"];
  if (found !== expected)
    throw new FormatError(
      `${title} has the shape ${formatShape(shape)}, which needs ${expected} ${noun}, and holds ${found}.`,
    );
  const values = whole ? new Float64Array(count) : new Float32Array(count);
  if (given !== undefined) values.set(given);
  else {
    const view = new DataView(bytes!.buffer, bytes!.byteOffset, bytes!.length);
    for (let i = 0; i < count; i++) values[i] = type.read(view, i * type.bytes);
  }
  return { shape, values, whole };
}

/** The numbers of a tensor that are fields of the message, one by one. */
function typed(tensor: TensorMessage): readonly number[] {
  switch (tensor.dataType) {
    case dataTypes.float:
      return tensor.floatData;
    case dataTypes.double:
      return tensor.doubleData;
    case dataTypes.int64:
      return tensor.int64Data;
    case dataTypes.uint32:
    case dataTypes.uint64:
      return tensor.uint64Data;
    case dataTypes.float16:
      return tensor.int32Data.map(fromHalf);
    case dataTypes.bfloat16:
      return tensor.int32Data.map(fromBrain);
    default:
      return tensor.int32Data;
  }
}

function external({ externalData }: TensorMessage, title: string, beside: ReadBeside): Promise<Uint8Array> {
  const entryOf = (name: string) => externalData.find(({ key }) => key === name)?.value;
  const [location = "", offset = "0", length] = ["location", "offset", "length"].map(entryOf);
  const number = (text: string, what: string): number => {
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new FormatError(`${title}: the ${what} of its external data is "${text}", expected a number of bytes.`);
  };
  const steps = location.split("/");
  // A file must not lead out of the folder of the model.
  if (!steps.every((step) => step !== "" && step !== ".." && step !== "." && !/[\\:\0]/.test(step)))
    throw new FormatError(
      `${title}: its external data are in "${location}", expected a path below the model's own folder, with "/".`,
    );
  return beside(location, number(offset, "offset"), length === undefined ? undefined : number(length, "length"));
}

/** A float tensor for a file; its bytes are those of the values. */
export function floatTensor(name: string, values: Float32Array, dims: Shape): TensorDraft {
  return { name, dims, dataType: dataTypes.float, rawData: littleEndian(values) };
}

/** A tensor of whole numbers for a file. */
export function wholeTensor(name: string, values: readonly number[], dims: Shape = [values.length]): TensorDraft {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setBigInt64(8 * i, BigInt(value), true);
  });
  return { name, dims, dataType: dataTypes.int64, rawData: bytes };
}

/** The bytes of float32 values; wherever JavaScript runs today, memory is little-endian. */
function littleEndian(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
