/** Numbers of 16 bits (IEEE 754, binary16), little-endian: how the lab's weights are stored. */

/** The numbers of a file of binary16. */
export function readHalfFloats(bytes: ArrayBuffer): Float32Array {
  const view = new DataView(bytes);
  const numbers = new Float32Array(bytes.byteLength >> 1);
  // binary32 has 8 bits for the exponent instead of 5, biased by 127 instead of 15, and 23 for the fraction instead of 10.
  const words = new Uint32Array(numbers.buffer);
  for (let i = 0; i < numbers.length; i++) {
    const half = view.getUint16(2 * i, true);
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) numbers[i] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
    else words[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
  }
  return numbers;
}
