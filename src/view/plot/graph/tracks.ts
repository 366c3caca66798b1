/** The lines across between two ranks, one below the other where they would lie on each other. */

/** Edges that leave one place. */
export interface Bundle<T> {
  /** Where they leave. */
  readonly at: number;
  /** Where they go. */
  readonly ends: readonly { readonly of: T; readonly at: number }[];
}

/** Lines nearer than this seem to be one. */
const NEAR = 8;

/**
 * A track for each bundle, 0 at the top, in an order with few crossings. Bundles share a track where they do not meet.
 */
export function assignTracks<T>(bundles: readonly Bundle<T>[]): { readonly tracks: number[]; readonly count: number } {
  const spans = bundles.map(({ at, ends }) => {
    const all = [at, ...ends.map((each) => each.at)];
    return [Math.min(...all), Math.max(...all)] as const;
  });
  const meet = (a: number, b: number) => spans[a]![0] <= spans[b]![1] + NEAR && spans[b]![0] <= spans[a]![1] + NEAR;
  // Each bundle is put where it costs least among those before it.
  const order: number[] = [];
  for (let i = 0; i < bundles.length; i++) {
    const costs = [0];
    for (const other of order.toReversed())
      costs.push(costs.at(-1)! + costOf(bundles[i]!, bundles[other]!) - costOf(bundles[other]!, bundles[i]!));
    order.splice(order.length - costs.indexOf(Math.min(...costs)), 0, i);
  }
  const tracks = bundles.map(() => 0);
  const placed: number[] = [];
  for (const i of order) {
    tracks[i] = Math.max(-1, ...placed.filter((other) => meet(i, other)).map((other) => tracks[other]!)) + 1;
    placed.push(i);
  }
  return { tracks, count: Math.max(0, ...tracks.map((track) => track + 1)) };
}

/** What it costs that a bundle runs above another one: a crossing 1, lines on each other 100. */
function costOf<T>(above: Bundle<T>, below: Bundle<T>): number {
  const spanOf = ({ at, ends }: Bundle<T>) => [at, ...ends.map((each) => each.at)];
  const within = (x: number, bundle: Bundle<T>) => {
    const all = spanOf(bundle);
    return x > Math.min(...all) && x < Math.max(...all);
  };
  let cost = 0;
  // The lower one comes down through the upper line, and the upper one's ends go down through the lower line.
  if (within(below.at, above)) cost++;
  for (const { at } of above.ends) {
    if (within(at, below)) cost++;
    if (Math.abs(at - below.at) < NEAR) cost += 100;
  }
  return cost;
}
