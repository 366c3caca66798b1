/** The order of the items of each rank: few edges cross. */
import type { Item } from "./ranks.ts";

const SWEEPS = 12;

/** Orders the ranks in their place, by sweeps of means of neighbours' places; the order with the fewest crossings stays. */
export function orderRanks(ranks: Item[][]): void {
  let best = ranks.map((rank) => [...rank]);
  let fewest = crossingsOf(ranks);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const isDown = sweep % 2 === 0;
    const indices = ranks.map((_, i) => i);
    for (const i of isDown ? indices : indices.reverse()) {
      const neighbours = ranks[isDown ? i - 1 : i + 1];
      if (neighbours !== undefined) sortRank(ranks[i]!, neighbours, isDown);
    }
    const crossings = crossingsOf(ranks);
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = ranks.map((rank) => [...rank]);
  }
  best.forEach((rank, i) => {
    ranks[i] = rank;
  });
}

function sortRank(rank: Item[], neighbours: readonly Item[], isDown: boolean): void {
  const places = new Map(neighbours.map((item, i) => [item, i]));
  const keys = new Map(
    rank.map((item, i) => {
      const joined = (isDown ? item.above : item.below).map((each) => places.get(each)!);
      // What has no neighbour there keeps its place among the others.
      const mean = joined.length === 0 ? (i * neighbours.length) / rank.length : sum(joined) / joined.length;
      return [item, mean];
    }),
  );
  rank.sort((a, b) => keys.get(a)! - keys.get(b)!);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function crossingsOf(ranks: readonly (readonly Item[])[]): number {
  let crossings = 0;
  for (let i = 1; i < ranks.length; i++) {
    const places = new Map(ranks[i]!.map((item, at) => [item, at]));
    const ends = ranks[i - 1]!.flatMap((item) => item.below.map((each) => places.get(each)!).sort((a, b) => a - b));
    // Pairs of edges whose ends are in the other order than their beginnings.
    for (let a = 0; a < ends.length; a++)
      for (let b = a + 1; b < ends.length; b++) if (ends[a]! > ends[b]!) crossings++;
  }
  return crossings;
}
