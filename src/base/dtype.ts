/** Element types of host values and device buffers. */
import { ArgumentError, unknownName } from "./errors.ts";
import { formatBytes } from "./format.ts";

export type DType = "float32" | "int32" | "uint8";

export interface TypedArrays {
  float32: Float32Array;
  int32: Int32Array;
  uint8: Uint8Array;
}

export type TypedArray = TypedArrays[DType];

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<DType, number>> = { float32: 4, int32: 4, uint8: 1 };

/**
 * A zero-filled array of `size` elements.
 *
 * @throws ArgumentError when the dtype is unknown or the memory is not to be had
 */
export function allocate<D extends DType>(dtype: D, size: number): TypedArrays[D];
export function allocate(dtype: DType, size: number): TypedArray {
  checkDType(dtype);
  try {
    if (dtype === "float32") return new Float32Array(size);
    return dtype === "int32" ? new Int32Array(size) : new Uint8Array(size);
  } catch (cause) {
    const bytes = formatBytes(size * bytesPerElement[dtype]);
    throw new ArgumentError(`${size} values of ${dtype} (${bytes}) cannot be allocated.`, { cause });
  }
}

/** Throws for a name that is no dtype, with the nearest one. */
export function checkDType(dtype: unknown): asserts dtype is DType {
  if (typeof dtype !== "string" || !Object.hasOwn(bytesPerElement, dtype))
    throw unknownName("dtype", dtype, Object.keys(bytesPerElement));
}

/** The dtype of a typed array, or undefined when fovea has none for it. */
export function dtypeOf(data: unknown): DType | undefined {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return "uint8";
  return undefined;
}

/** The dtype that holds the values of all: float32 before int32 before uint8. No dtypes: float32. */
export function promoteDTypes(dtypes: Iterable<DType>): DType {
  const found = new Set(dtypes);
  if (found.has("float32") || found.size === 0) return "float32";
  return found.has("int32") ? "int32" : "uint8";
}

/** Smallest and largest whole number of the integer dtypes. */
const integerRange = { int32: [-(2 ** 31), 2 ** 31 - 1], uint8: [0, 255] } as const;

/**
 * The values as another dtype. Fractions are cut toward zero for integers, as NumPy's `astype` does; float32 rounds to
 * 24 bits.
 *
 * @throws ArgumentError for a value outside the integer dtype's range, NaN included; NumPy leaves its result undefined
 */
export function convertValues(values: TypedArray | Uint32Array, dtype: DType): TypedArray {
  const converted = allocate(dtype, values.length);
  if (dtype !== "float32") {
    const [least, most] = integerRange[dtype];
    for (let i = 0; i < values.length; i++) {
      const whole = Math.trunc(values[i]!);
      if (whole >= least && whole <= most) continue;
      throw new ArgumentError(
        `Value ${values[i]} at position ${i} does not fit ${dtype} (${least} … ${most}). Scale or clip the values, or use float32.`,
      );
    }
  }
  converted.set(values);
  return converted;
}
