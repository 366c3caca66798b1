// @ts-check
/** Numbers of 16 bits (IEEE 754, binary16), as the lab's files have them. */

/** The nearest numbers of 16 bits, ties to even; in the byte order of this machine. @param {ArrayLike<number>} list */
export function halves(list) {
  return Uint16Array.from(list, (value) => {
    const size = Math.abs(value);
    if (!(size < 65520)) throw new Error(`${value} does not fit into 16 bits.`);
    // Numbers of 16 bits are 2^-24 apart below 2^-14, and above it 2^-10 of the power of two below them.
    const exponent = Math.max(-14, Math.floor(Math.log2(size)));
    const apart = 2 ** (exponent - 10);
    const whole = evenRound(size / apart);
    return (value < 0 ? 0x8000 : 0) + (exponent === -14 ? 0 : (exponent + 14) << 10) + whole;
  });
}

/** @param {number} value */
function evenRound(value) {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** @param {Uint16Array | Int8Array} numbers */
export function bytesOf(numbers) {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
