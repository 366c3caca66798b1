/** Numbers of 16 bits: IEEE 754, binary16. Their magnitudes end at 65504; 11 bits are significant. */

/** The largest finite one. */
const LARGEST = 65504;
/** The smallest step, 2⁻²⁴: below 2⁻¹⁴ it no longer follows the number. */
const LEAST_EXPONENT = -24;

/** The nearest 16-bit number; of two equally near ones that with an even last bit. `Math.f16round` of newer hosts. */
export function roundToFloat16(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))) - 10, LEAST_EXPONENT);
  const step = 2 ** exponent;
  const steps = x / step;
  const below = Math.floor(steps);
  const rest = steps - below;
  const isUp = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  const rounded = (isUp ? below + 1 : below) * step;
  if (Math.abs(rounded) > LARGEST) return x > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return rounded === 0 && x < 0 ? -0 : rounded;
}
