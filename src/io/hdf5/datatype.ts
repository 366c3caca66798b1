/** Shapes and element types of datasets and attributes. Sections IV.A.2.b and IV.A.2.d. */
import { FormatError } from "../../base/errors.ts";
import type { Shape } from "../../base/shape.ts";
import type { Cursor } from "../cursor.ts";
import type { NumberType } from "../numbers.ts";
import { type HdfFile, unsupported } from "./layout.ts";

/** How one element is stored. */
export type Datatype =
  | NumberType
  | { readonly kind: "text"; readonly bytes: number }
  /** Text elsewhere: length, address and index in a global heap. */
  | { readonly kind: "heapText"; readonly bytes: number };

/** Sign, exponent and mantissa of the formats of IEEE 754, by their sizes; others cannot be read. */
const exponentBits: Readonly<Record<number, number>> = { 2: 5, 4: 8, 8: 11 };

const MOST_AXES = 32;

/** The shape, or undefined for a dataspace that holds nothing. */
export function readDataspace(cursor: Cursor, file: HdfFile): Shape | undefined {
  const [version, rank, flags] = [cursor.u8(), cursor.u8(), cursor.u8()];
  if (version !== 1 && version !== 2) throw unsupported(file, `it has a dataspace of version ${version}`);
  const type = cursor.u8();
  if (version === 1) cursor.skip(4);
  else if (type === 2) return undefined;
  if (rank > MOST_AXES || flags > 3) throw new FormatError(`${file.source.name} is damaged: a shape of ${rank} axes.`);
  return Array.from({ length: rank }, () => cursor.uint(file.lengthSize));
}

export function readDatatype(cursor: Cursor, file: HdfFile): Datatype {
  const head = cursor.u8();
  const bits = cursor.u8() | (cursor.u16() << 8);
  const bytes = cursor.u32();
  const bigEndian = (bits & 1) === 1;
  const wrong = () => unsupported(file, `it has elements of class ${head & 15} and ${bytes} bytes`);
  if (bytes === 0) throw wrong();
  switch (head & 15) {
    case 0:
      if (![1, 2, 4, 8].includes(bytes)) throw wrong();
      cursor.skip(4);
      return { kind: bits & 8 ? "int" : "uint", bytes, bigEndian };
    case 1: {
      cursor.skip(5);
      const exponent = cursor.u8();
      cursor.skip(6);
      if (exponentBits[bytes] !== exponent) throw wrong();
      return { kind: "float", bytes, bigEndian };
    }
    case 3:
      return { kind: "text", bytes };
    case 5:
      // Keras stores bfloat16 without a type of its own.
      if (bytes !== 2) throw wrong();
      return { kind: "bfloat16", bytes, bigEndian: false };
    case 8: {
      // A bool of h5py is an enumeration over int8.
      const base = readDatatype(cursor, file);
      if (base.kind !== "int" && base.kind !== "uint") throw wrong();
      return base;
    }
    case 9: {
      if ((bits & 15) !== 1) throw wrong();
      return { kind: "heapText", bytes };
    }
    default:
      throw wrong();
  }
}

/** Number of elements. @throws FormatError when it is not a number that can be counted with */
export function elementsOf(file: HdfFile, what: string, shape: Shape): number {
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (!Number.isSafeInteger(size))
    throw new FormatError(`${what} in ${file.source.name} is damaged: its shape is [${shape.join(", ")}].`);
  return size;
}
