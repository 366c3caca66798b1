/**
 * Numbers as a few of them with weights, from which quantiles are read: a merge of sorted samples. The roundings are Keras's, which
 * keeps summaries in float32 (K: `layers/preprocessing/discretization.py`).
 */

/** Values in order, and how many numbers each stands for. */
export interface QuantileSummary {
  readonly values: Float32Array;
  readonly weights: Float32Array;
}

export const emptySummary: QuantileSummary = { values: new Float32Array(0), weights: new Float32Array(0) };

/** About 1/epsilon of the numbers, evenly spaced in their order. */
export function summarize(numbers: ArrayLike<number>, epsilon: number): QuantileSummary {
  const sorted = Float32Array.from(numbers).sort();
  const step = Math.max(sorted.length * epsilon, 1);
  const values: number[] = [];
  for (let at = Math.trunc(step - 1); at < sorted.length; at += Math.trunc(step)) values.push(sorted[at]!);
  return { values: Float32Array.from(values), weights: new Float32Array(values.length).fill(step) };
}

export function mergeSummaries(a: QuantileSummary, b: QuantileSummary, epsilon: number): QuantileSummary {
  const values = [...a.values, ...b.values];
  const weights = [...a.weights, ...b.weights];
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  return compress(
    { values: Float32Array.from(order, (i) => values[i]!), weights: Float32Array.from(order, (i) => weights[i]!) },
    epsilon,
  );
}

/** The numbers between bins that hold about as many numbers each. */
export function binBoundaries(summary: QuantileSummary, bins: number): number[] {
  return [...compress(summary, 1 / bins).values].slice(0, -1);
}

function compress(summary: QuantileSummary, epsilon: number): QuantileSummary {
  if (summary.values.length * epsilon < 1) return summary;
  const cumulative = new Float32Array(summary.weights.length);
  let total = 0;
  summary.weights.forEach((weight, i) => {
    total = Math.fround(total + weight);
    cumulative[i] = total;
  });
  const shares = cumulative.map((weight) => weight / total);
  const wanted = Array.from({ length: Math.ceil(1 / epsilon) }, (_, i) => epsilon + i * epsilon);
  const sums = wanted.map((share) => interpolate(share, shares, cumulative));
  return {
    values: Float32Array.from(wanted, (share) => interpolate(share, shares, summary.values)),
    weights: Float32Array.from(sums, (sum, i) => sum - (sums[i - 1] ?? 0)),
  };
}

/** The line through the points at x, level beyond the ends. */
function interpolate(x: number, xs: Float32Array, ys: Float32Array): number {
  const next = xs.findIndex((each) => each > x);
  if (next === -1) return ys.at(-1)!;
  if (next === 0) return ys[0]!;
  const slope = (ys[next]! - ys[next - 1]!) / (xs[next]! - xs[next - 1]!);
  return slope * (x - xs[next - 1]!) + ys[next - 1]!;
}
