/**
 * The inner loops of all products in their plain meaning: a matrix W whose rows lie `stride` apart, a vector of as many values as
 * W has rows (`depth`), and one of as many as it has columns (`count`). Functions of their own: V8 compiles them once, and well;
 * four rows at a time are three times as fast as one.
 */

/** A matrix within an array. */
export interface Rows {
  readonly values: Float64Array;
  readonly stride: number;
  readonly depth: number;
  readonly count: number;
}

/** y[to + j] += Σ x[i + c] · W[c, j]. */
export function addVectorMatrix(y: Float64Array, to: number, x: Float64Array, i: number, w: Rows, from: number): void {
  const { values, stride, depth, count } = w;
  let c = 0;
  for (; c + 3 < depth; c += 4) {
    const [x0, x1, x2, x3] = [x[i + c]!, x[i + c + 1]!, x[i + c + 2]!, x[i + c + 3]!];
    const w0 = from + c * stride;
    const w1 = w0 + stride;
    const w2 = w1 + stride;
    const w3 = w2 + stride;
    for (let j = 0; j < count; j++)
      y[to + j]! += x0 * values[w0 + j]! + x1 * values[w1 + j]! + x2 * values[w2 + j]! + x3 * values[w3 + j]!;
  }
  for (; c < depth; c++) {
    const factor = x[i + c]!;
    const row = from + c * stride;
    for (let j = 0; j < count; j++) y[to + j]! += factor * values[row + j]!;
  }
}

/** x[i + c] += Σ W[c, j] · y[k + j]. */
export function addMatrixVector(x: Float64Array, i: number, w: Rows, from: number, y: Float64Array, k: number): void {
  const { values, stride, depth, count } = w;
  let c = 0;
  for (; c + 3 < depth; c += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const w0 = from + c * stride;
    const w1 = w0 + stride;
    const w2 = w1 + stride;
    const w3 = w2 + stride;
    for (let j = 0; j < count; j++) {
      const value = y[k + j]!;
      s0 += value * values[w0 + j]!;
      s1 += value * values[w1 + j]!;
      s2 += value * values[w2 + j]!;
      s3 += value * values[w3 + j]!;
    }
    x[i + c]! += s0;
    x[i + c + 1]! += s1;
    x[i + c + 2]! += s2;
    x[i + c + 3]! += s3;
  }
  for (; c < depth; c++) {
    const row = from + c * stride;
    let sum = 0;
    for (let j = 0; j < count; j++) sum += y[k + j]! * values[row + j]!;
    x[i + c]! += sum;
  }
}

/** W[c, j] += x[i + c] · y[k + j]. */
export function addOuterProduct(w: Rows, from: number, x: Float64Array, i: number, y: Float64Array, k: number): void {
  const { values, stride, depth, count } = w;
  let c = 0;
  for (; c + 3 < depth; c += 4) {
    const [x0, x1, x2, x3] = [x[i + c]!, x[i + c + 1]!, x[i + c + 2]!, x[i + c + 3]!];
    const w0 = from + c * stride;
    const w1 = w0 + stride;
    const w2 = w1 + stride;
    const w3 = w2 + stride;
    for (let j = 0; j < count; j++) {
      const value = y[k + j]!;
      values[w0 + j]! += x0 * value;
      values[w1 + j]! += x1 * value;
      values[w2 + j]! += x2 * value;
      values[w3 + j]! += x3 * value;
    }
  }
  for (; c < depth; c++) {
    const factor = x[i + c]!;
    const row = from + c * stride;
    for (let j = 0; j < count; j++) values[row + j]! += factor * y[k + j]!;
  }
}
