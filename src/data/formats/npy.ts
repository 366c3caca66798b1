/**
 * NumPy's .npy: "\x93NUMPY", a version, the length of a header, the header (a Python dict of descr, fortran_order and
 * shape), then the values. NEP 1, and `numpy/lib/format.py` for versions 2.0 and 3.0.
 */
import { FormatError } from "../../base/errors.ts";
import { formatShape, sizeOf, stridesOf } from "../../base/shape.ts";
import { Tensor } from "../../base/tensor.ts";
import { type ElementType, elementBytes, elementsOf } from "./elements.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy writes headers of 64 to a few hundred bytes; it refuses longer ones than 10,000 itself. */
const MOST_HEADER = 65_536;
/** NumPy's limit. */
const MOST_AXES = 64;

/** What NumPy's type strings mean; the byte order stands before them. */
const types: Readonly<Record<string, ElementType>> = {
  b1: "bool",
  u1: "uint8",
  i1: "int8",
  u2: "uint16",
  i2: "int16",
  u4: "uint32",
  i4: "int32",
  u8: "uint64",
  i8: "int64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
};

export interface NpyHeader {
  /** NumPy's type string, such as "<f4". */
  readonly descr: string;
  /** Whether the first axis changes fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly end: number;
}

/** Reads the header of a .npy file. @param name how error messages call the file */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  if (bytes.length < 10)
    throw new FormatError(`${name} is cut off: a .npy file has at least 10 bytes, and it has ${bytes.length}.`);
  if (!MAGIC.every((byte, i) => bytes[i] === byte))
    throw new FormatError(
      `${name} is not a .npy file: it does not begin with \\x93NUMPY, as what numpy.save writes does.`,
    );
  const version = bytes[6]!;
  if (version < 1 || version > 3)
    throw new FormatError(`${name} is a .npy file of version ${version}; versions 1, 2 and 3 are known.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : bytes.length < 12 ? bytes.length : view.getUint32(8, true);
  const end = start + length;
  if (end > bytes.length || length > MOST_HEADER)
    throw new FormatError(
      `${name} is cut off or damaged: its header takes ${length} bytes, and the file has ${bytes.length}.`,
    );
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  const field = (key: string, pattern: string) =>
    new RegExp(`['"]${key}['"]\\s*:\\s*${pattern}\\s*[,}]`).exec(text)?.[1];
  const order = field("fortran_order", "(True|False)");
  const axes = field("shape", "\\(([\\d\\sL,]*)\\)");
  const descr = field("descr", "['\"]([^'\"]*)['\"]");
  if (order === undefined || axes === undefined)
    throw new FormatError(`${name} is damaged: its header is ${JSON.stringify(text.trim().slice(0, 200))}.`);
  if (descr === undefined)
    throw new FormatError(
      `${name} holds records of several fields; save each field as an array of its own: numpy.savez(path, a=x["a"], …).`,
    );
  const shape = axes.split(",").flatMap((axis) => (axis.trim() === "" ? [] : [Number.parseInt(axis, 10)]));
  if (shape.length > MOST_AXES || !shape.every(Number.isSafeInteger) || !Number.isSafeInteger(sizeOf(shape)))
    throw new FormatError(`${name} is damaged: its header states the shape (${axes.trim()}).`);
  return { descr, fortranOrder: order === "True", shape, end };
}

/**
 * Reads a .npy file: bool, integers and floats of every width, in either byte order, in C and in Fortran order.
 *
 * @param bytes the whole file; a tensor of bytes shares its memory
 * @param name how error messages call the file
 * @throws FormatError when it is no .npy file, is cut off or damaged, or holds what a tensor cannot
 */
export function parseNpy(bytes: Uint8Array, name: string): Tensor {
  const { descr, fortranOrder, shape, end } = parseNpyHeader(bytes, name);
  const type = Object.hasOwn(types, descr.slice(1)) ? types[descr.slice(1)] : undefined;
  if (descr === "|O")
    throw new FormatError(
      `${name} holds Python objects, which only Python can read. Save numbers: numpy.save(path, x.astype("float32")).`,
    );
  if (type === undefined || !"<>|=".includes(descr[0]!))
    throw new FormatError(
      `${name} holds values of NumPy's type ${JSON.stringify(descr)}; booleans, integers and floats of up to 64 bits are read.`,
    );
  const expected = sizeOf(shape) * elementBytes[type];
  if (bytes.length - end !== expected)
    throw new FormatError(
      `${name} is ${bytes.length - end < expected ? "cut off" : "too long"}: its header says shape ${formatShape(shape)} of ${type}, ${expected} bytes, and ${bytes.length - end} follow.`,
    );
  const { data } = new Tensor(elementsOf(bytes.subarray(end), type, descr[0] !== ">", name), [sizeOf(shape)]);
  return fortranOrder && shape.length > 1 ? fromFortran(data, shape) : new Tensor(data, shape);
}

/** Values whose first axis changes fastest, as rows. */
function fromFortran(data: Tensor["data"], shape: readonly number[]): Tensor {
  const rows = data.slice();
  const strides = stridesOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  let at = 0;
  for (const value of data) {
    rows[at] = value;
    for (let axis = 0; axis < shape.length; axis++) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= index[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return new Tensor(rows, shape);
}
