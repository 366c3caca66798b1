/** Times of single steps when several are in flight and their results arrive together. */

/**
 * Results whose gap is below this fraction of the mean step time form a bunch: they arrived together and were observed one after
 * the other.
 */
const BUNCH_GAP = 0.2;

/**
 * The time of each step, in milliseconds. A device with several steps in flight may report them together. When results arrive
 * together, each step is given an equal part of the time since the last arrival, so that the sum is the elapsed time.
 *
 * @param begin when the first step could start: its predecessor's result had arrived, or nothing was in flight
 * @param arrivals arrival times of the results, in milliseconds, ascending
 */
export function shareArrivals(begin: number, arrivals: readonly number[]): number[] {
  // Mean over the later half, because the first steps may be slow.
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
