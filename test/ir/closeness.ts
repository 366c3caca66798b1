/**
 * Largest error of `actual` relative to the largest finite number of `expected` (or to `scale`, where that is larger: for what
 * cancels to nearly nothing); Infinity where one is NaN or infinite and the other is not the same.
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, scale = 1e-30): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [largest, error] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i]!;
    const b = expected[i]!;
    if (Number.isFinite(b)) largest = Math.max(largest, Math.abs(b));
    if (Object.is(a, b) || a === b) continue;
    const difference = Math.abs(a - b);
    error = Math.max(error, Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY);
  }
  return error === 0 ? 0 : error / Math.max(largest, scale);
}

/** Throws an Error where `actual` is further from `expected` than `tolerance`, as `relativeError` measures it; runs in browsers too. */
export function assertClose(
  actual: ArrayLike<number> | undefined,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
  scale?: number,
): void {
  const error = relativeError(actual ?? [], expected, scale);
  if (!(error < tolerance)) throw new Error(`${what} is off by ${error}, which is not below ${tolerance}`);
}
