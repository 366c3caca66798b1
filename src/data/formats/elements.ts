/** Numbers as files hold them, in either byte order → the arrays that tensors hold. */
import type { TypedArray } from "../../base/dtype.ts";
import { FormatError } from "../../base/errors.ts";
import { asTypedArray } from "../../base/host-array.ts";
import { halfToFloat } from "../../io/numbers.ts";

/** An element type of a file. */
export type ElementType =
  | "bool"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float16"
  | "float32"
  | "float64";

export const elementBytes: Readonly<Record<ElementType, number>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
};

const LEAST = -(2 ** 31);
const MOST = 2 ** 31 - 1;

/**
 * The values of `bytes`, which holds a whole number of elements. uint8 and bool share its memory. Integers become int32,
 * float16 and float64 become float32.
 *
 * @param what names the values in messages
 * @throws FormatError for an integer outside of int32
 */
export function elementsOf(bytes: Uint8Array, type: ElementType, littleEndian: boolean, what: string): TypedArray {
  if (type === "uint8" || type === "bool") return bytes;
  const count = bytes.length / elementBytes[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = <A extends ArrayBufferView & { [index: number]: number }>(into: A, get: (at: number) => number) => {
    for (let i = 0; i < count; i++) into[i] = get(i * elementBytes[type]);
    return asTypedArray(into);
  };
  const whole = (get: (at: number) => number | bigint) =>
    values(new Int32Array(count), (at) => {
      const value = Number(get(at));
      if (value >= LEAST && value <= MOST) return value;
      throw new FormatError(
        `${what} holds ${type} values, and value ${value} at position ${at / elementBytes[type]} does not fit int32 (${LEAST} … ${MOST}), the largest integers that tensors hold. Save it as float32 or scale it.`,
      );
    });
  switch (type) {
    case "int8":
      return values(new Int32Array(count), (at) => view.getInt8(at));
    case "uint16":
      return values(new Int32Array(count), (at) => view.getUint16(at, littleEndian));
    case "int16":
      return values(new Int32Array(count), (at) => view.getInt16(at, littleEndian));
    case "uint32":
      return whole((at) => view.getUint32(at, littleEndian));
    case "int32":
      return values(new Int32Array(count), (at) => view.getInt32(at, littleEndian));
    case "uint64":
      return whole((at) => view.getBigUint64(at, littleEndian));
    case "int64":
      return whole((at) => view.getBigInt64(at, littleEndian));
    case "float16":
      return values(new Float32Array(count), (at) => halfToFloat(view.getUint16(at, littleEndian)));
    case "float32":
      return values(new Float32Array(count), (at) => view.getFloat32(at, littleEndian));
    case "float64":
      return values(new Float32Array(count), (at) => view.getFloat64(at, littleEndian));
  }
}
