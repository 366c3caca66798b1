/** Times of single steps, though several are in flight and their results come in bunches. */

/** A gap shorter than this share of the mean step belongs to a bunch: the results were there together and were heard of in turn. */
const BUNCH_GAP = 0.2;

/**
 * How long each step took, in milliseconds. A device that has several steps in flight may report them together: the steps of a
 * bunch share the time since the bunch before it, so that the sum is the time that passed.
 *
 * @param begin when the first of the steps could begin: the result before it was in, or nothing was in flight
 * @param arrivals when each result was in, in milliseconds, ascending
 */
export function shareArrivals(begin: number, arrivals: readonly number[]): number[] {
  // The mean of the later half: the first steps may be slow ones.
  const half = Math.floor(arrivals.length / 2);
  const mean = ((arrivals.at(-1) ?? begin) - (arrivals[half - 1] ?? begin)) / (arrivals.length - half);
  const times: number[] = [];
  let [since, size] = [begin, 0];
  arrivals.forEach((at, i) => {
    size++;
    const next = arrivals[i + 1];
    if (next !== undefined && next - at < BUNCH_GAP * mean) return;
    for (let step = 0; step < size; step++) times.push((at - since) / size);
    [since, size] = [at, 0];
  });
  return times;
}

/** The smallest value that at least `share` of the values do not exceed ("nearest rank"); values in any order, at least one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
