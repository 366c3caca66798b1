/** The two inner loops of all products in their plain meaning. Functions of their own: V8 compiles them once, and well. */

/** y[to + j] += factor · x[from + j] for j < count. */
export function addScaled(
  y: Float64Array,
  to: number,
  factor: number,
  x: Float64Array,
  from: number,
  count: number,
): void {
  for (let j = 0; j < count; j++) y[to + j]! += factor * x[from + j]!;
}

/** Σ a[i + j] · b[k + j] for j < count. */
export function dot(a: Float64Array, i: number, b: Float64Array, k: number, count: number): number {
  let sum = 0;
  for (let j = 0; j < count; j++) sum += a[i + j]! * b[k + j]!;
  return sum;
}
