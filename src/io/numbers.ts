/** Stored numbers as float32. */

/** How one number is stored. */
export type NumberType =
  | { readonly kind: "float" | "int" | "uint"; readonly bytes: number; readonly bigEndian: boolean }
  /** Two bytes: the upper half of a float32. */
  | { readonly kind: "bfloat16"; readonly bytes: 2; readonly bigEndian: false };

/** Whether numbers are stored as halves. */
export const isFloat16 = (type: NumberType | undefined): boolean => type?.kind === "float" && type.bytes === 2;

/** Values of 16 bits: sign, 5 bits of exponent, 10 of mantissa. IEEE 754, binary16. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
}

/**
 * The 16 bits of the nearest value of binary16 for each value, ties to even; ±Infinity for what is rounded beyond ±65504, and one
 * NaN. IEEE 754.
 */
export function halvesOf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const sign = (bits[i]! >>> 16) & 0x8000;
    halves[i] = sign | halfOf(bits[i]! & 0x7fff_ffff, Math.abs(values[i]!));
  }
  return halves;
}

/** The same of a value without its sign, and of its bits as float32. */
function halfOf(bits: number, size: number): number {
  if (bits > 0x7f80_0000) return 0x7e00;
  // 65520 is halfway to 2^16, which is no value any more.
  if (size >= 65520) return 0x7c00;
  // From 2^-14 on 13 bits of the mantissa fall away; what is rounded up carries over into the exponent.
  if (size >= 2 ** -14) return (bits - 0x3800_0000 + 0xfff + ((bits >>> 13) & 1)) >>> 13;
  // Below, values are multiples of 2^-24.
  const units = size * 2 ** 24;
  const floor = Math.floor(units);
  const rest = units - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/** The values as float32, which float64 and whole numbers of more than 24 bits are rounded to. */
export function readNumbers(bytes: Uint8Array, type: NumberType): Float32Array {
  const count = bytes.length / type.bytes;
  if (type.kind === "float" && type.bytes === 4 && !type.bigEndian) {
    // Where the bytes have a buffer of their own they become the array; others lie in between and are copied.
    const whole = bytes.byteOffset === 0 && bytes.buffer.byteLength === bytes.length;
    return new Float32Array(whole ? bytes.buffer : bytes.slice().buffer);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = readerOf(view, type);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read(i * type.bytes);
  return values;
}

function readerOf(view: DataView, { kind, bytes, bigEndian }: NumberType): (at: number) => number {
  const little = !bigEndian;
  if (kind === "bfloat16") {
    const word = new DataView(new ArrayBuffer(4));
    return (at) => {
      word.setUint32(0, view.getUint16(at, true) << 16);
      return word.getFloat32(0);
    };
  }
  if (kind === "float") {
    if (bytes === 2) return (at) => halfToFloat(view.getUint16(at, little));
    return bytes === 4 ? (at) => view.getFloat32(at, little) : (at) => view.getFloat64(at, little);
  }
  const signed = kind === "int";
  switch (bytes) {
    case 1:
      return signed ? (at) => view.getInt8(at) : (at) => view.getUint8(at);
    case 2:
      return signed ? (at) => view.getInt16(at, little) : (at) => view.getUint16(at, little);
    case 4:
      return signed ? (at) => view.getInt32(at, little) : (at) => view.getUint32(at, little);
    default:
      return signed ? (at) => Number(view.getBigInt64(at, little)) : (at) => Number(view.getBigUint64(at, little));
  }
}
