/** Typed arrays of the host: which ones tensors take as they are, which ones are converted, which ones are refused. */
import { convertValues, type DType, type TypedArray } from "./dtype.ts";
import { ArgumentError } from "./errors.ts";

/** `Float16Array` (ES2025) by its shape, so that programs compile without its declaration. */
export interface Float16ArrayLike extends ArrayLike<number>, ArrayBufferView {
  readonly [Symbol.toStringTag]: "Float16Array";
}

/** A typed array that becomes a tensor. Node's `Buffer` is a Uint8Array. */
export type HostArray =
  | TypedArray
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Uint32Array
  | Float64Array
  | Float16ArrayLike;

/** Whether the value is a typed array of numbers or a view of bytes, which `asTypedArray` takes or refuses with words. */
export function isHostArray(value: unknown): value is HostArray {
  return ArrayBuffer.isView(value);
}

/** The dtype that the values of a typed array get. Throws for 64-bit integers and for a DataView. */
export function hostDType(array: ArrayBufferView): DType {
  const kind = kindOf(array);
  const dtype = dtypeByKind.get(kind);
  if (dtype !== undefined) return dtype;
  if (kind.startsWith("Big"))
    throw new ArgumentError(
      `A ${kind} holds 64-bit integers, which tensors do not. Convert it: Int32Array.from(values, Number), or Float32Array.from(values, Number) where values exceed 2^31 - 1.`,
    );
  throw new ArgumentError(
    `A ${kind} has no element type. View its bytes as numbers: new Uint8Array(view.buffer, view.byteOffset, view.byteLength), or Float32Array, Int32Array.`,
  );
}

/**
 * The values as one of the three arrays that tensors hold. float32, int32 and bytes share their memory; a subclass
 * (Node's `Buffer`), `Uint8ClampedArray` or an array of another realm is viewed as the plain class, since `subarray` and
 * `constructor` of the others give something else. Float64 and float16 become float32, other integers int32.
 *
 * @throws ArgumentError for 64-bit integers, a DataView, and Uint32 values above 2^31 - 1
 */
export function asTypedArray(array: ArrayBufferView): TypedArray {
  const made = Object.getPrototypeOf(array);
  if (made === Float32Array.prototype || made === Int32Array.prototype || made === Uint8Array.prototype)
    return array as TypedArray;
  const dtype = hostDType(array);
  switch (kindOf(array)) {
    case "Float32Array":
      return viewed(array, Float32Array);
    case "Int32Array":
      return viewed(array, Int32Array);
    case "Uint8Array":
    case "Uint8ClampedArray":
      return viewed(array, Uint8Array);
    case "Uint32Array":
      return convertValues(array as Uint32Array, dtype);
  }
  const values = array as ArrayBufferView & ArrayLike<number>;
  return dtype === "float32" ? new Float32Array(values) : new Int32Array(values);
}

const dtypeByKind: ReadonlyMap<string, DType> = /* @__PURE__ */ new Map<string, DType>([
  ["Float32Array", "float32"],
  ["Float64Array", "float32"],
  ["Float16Array", "float32"],
  ["Int32Array", "int32"],
  ["Uint32Array", "int32"],
  ["Int16Array", "int32"],
  ["Uint16Array", "int32"],
  ["Int8Array", "int32"],
  ["Uint8Array", "uint8"],
  ["Uint8ClampedArray", "uint8"],
]);

/** The class of numbers, as the array itself states it: subclasses and arrays of other realms say the same. */
function kindOf(array: ArrayBufferView): string {
  return (array as Float16ArrayLike)[Symbol.toStringTag];
}

interface ArrayClass<A extends TypedArray> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

function viewed<A extends TypedArray>(array: ArrayBufferView, plain: ArrayClass<A>): A {
  return new plain(array.buffer, array.byteOffset, array.byteLength / plain.BYTES_PER_ELEMENT);
}
