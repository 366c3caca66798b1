/** Bytes 0 … 255 → float32 0 … 1: value / 255, correctly rounded as in NumPy. */
export function greyLevels(bytes: ArrayLike<number>): Float32Array {
  const levels = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);
  const grey = new Float32Array(bytes.length);
  for (let i = 0; i < grey.length; i++) grey[i] = levels[bytes[i]!]!;
  return grey;
}
