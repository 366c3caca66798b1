/** Where the items of each rank stand: chains and lanes straight, everything near what it is joined to. */
import type { Item } from "./ranks.ts";

const SWEEPS = 40;

/** How strongly an edge pulls its ends: 1, and hardly where it only goes past layers that join its ends, too. */
const WEAK = 0.02;

type Pull = (from: Item, to: Item) => number;

/** @param from nodes above each node */
function pullsOf(sourcesOf: readonly (readonly number[])[]): Pull {
  const above = new Map<number, Set<number>>();
  /** All that a node needs. */
  const needsOf = (node: number): Set<number> => {
    const known = above.get(node);
    if (known !== undefined) return known;
    const found = new Set<number>();
    const stack = [node];
    for (let each = stack.pop(); each !== undefined; each = stack.pop())
      for (const source of sourcesOf[each]!)
        if (!found.has(source)) {
          found.add(source);
          stack.push(source);
        }
    above.set(node, found);
    return found;
  };
  const isSkip = (source: number, node: number) =>
    sourcesOf[node]!.some((other) => other !== source && needsOf(other).has(source));
  return (from, to) => {
    if (from.node === undefined && to.node === undefined) return 8;
    if (to.node === undefined) return from.below.some(({ node }) => node !== undefined) ? WEAK : 1;
    return from.node === undefined && isSkip(from.source, to.node) ? WEAK : 1;
  };
}

/** Items that stand one below the other. */
interface Column {
  readonly items: Item[];
}

/**
 * The middle of each item.
 *
 * @param sourcesOf the nodes that each node needs directly
 * @param widthOf the width of an item
 * @param gap between two nodes; lanes need half of it
 */
export function placeItems(
  ranks: readonly (readonly Item[])[],
  sourcesOf: readonly (readonly number[])[],
  widthOf: (item: Item) => number,
  gap: number,
): Map<Item, number> {
  const pull = pullsOf(sourcesOf);
  const distance = (a: Item, b: Item) =>
    (widthOf(a) + widthOf(b)) / 2 + (a.node === undefined || b.node === undefined ? gap / 2 : gap);
  const columns = columnsOf(ranks, pull);
  const order = sortColumns(ranks, columns);
  const left = new Map<Item, Item>();
  const right = new Map<Item, Item>();
  for (const rank of ranks)
    for (let i = 1; i < rank.length; i++) {
      left.set(rank[i]!, rank[i - 1]!);
      right.set(rank[i - 1]!, rank[i]!);
    }
  const places = new Map<Item, number>();
  const put = ({ items }: Column, at: number) => {
    for (const item of items) places.set(item, at);
  };
  /** How far to the left and to the right a column may go. */
  const bounds = ({ items }: Column): [low: number, high: number] => {
    let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const item of items) {
      const [a, b] = [left.get(item), right.get(item)];
      if (a !== undefined) low = Math.max(low, places.get(a)! + distance(a, item));
      if (b !== undefined && places.has(b)) high = Math.min(high, places.get(b)! - distance(item, b));
    }
    return [low, high];
  };
  for (const column of order) put(column, Math.max(0, bounds(column)[0]));
  /** Where its neighbours pull a column, and how strongly. */
  const wantedBy = (column: Column): Wanted => {
    let [sum, weight] = [0, 0];
    for (const item of column.items)
      for (const other of [...item.above, ...item.below]) {
        if (columns.get(other) === column) continue;
        const strength = other.rank < item.rank ? pull(other, item) : pull(item, other);
        sum += strength * places.get(other)!;
        weight += strength;
      }
    return { at: weight === 0 ? places.get(column.items[0]!)! : sum / weight, weight };
  };
  const single = ranks.filter((rank) => rank.length > 1 && rank.every((item) => columns.get(item)!.items.length === 1));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of sweep % 2 === 0 ? [...order].reverse() : order) {
      const [low, high] = bounds(column);
      put(column, Math.min(high, Math.max(low, wantedBy(column).at)));
    }
    // Where nothing holds a rank, its items give way to each other alike.
    for (const rank of single) {
      const wanted = rank.map((item) => wantedBy(columns.get(item)!));
      spread(rank, wanted, distance).forEach((at, i) => {
        places.set(rank[i]!, at);
      });
    }
  }
  return places;
}

interface Wanted {
  readonly at: number;
  readonly weight: number;
}

/**
 * The places nearest to the wanted ones (least squares) that keep order and distances: without the distances this is an isotonic
 * regression, which merges neighbours that stand the wrong way round into blocks (pool adjacent violators).
 */
function spread(rank: readonly Item[], wanted: readonly Wanted[], distance: (a: Item, b: Item) => number): number[] {
  let offset = 0;
  const offsets = rank.map((item, i) => {
    if (i > 0) offset += distance(rank[i - 1]!, item);
    return offset;
  });
  const blocks: { sum: number; weight: number; count: number }[] = [];
  wanted.forEach(({ at, weight: given }, i) => {
    // What nothing pulls stays where it is, unless others need its place.
    const weight = Math.max(given, 1e-6);
    let last = { sum: (at - offsets[i]!) * weight, weight, count: 1 };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.sum / before.weight <= last.sum / last.weight) break;
      blocks.pop();
      last = { sum: before.sum + last.sum, weight: before.weight + last.weight, count: before.count + last.count };
    }
    blocks.push(last);
  });
  return blocks
    .flatMap(({ sum, weight, count }) => Array.from({ length: count }, () => sum / weight))
    .map((at, i) => at + offsets[i]!);
}

/** Joins what pulls each other alone, as long as no column would stand on both sides of another one. */
function columnsOf(ranks: readonly (readonly Item[])[], pull: Pull): Map<Item, Column> {
  const columns = new Map<Item, Column>();
  for (const item of ranks.flat()) columns.set(item, { items: [item] });
  const strong = (items: readonly Item[], of: (item: Item) => number) => items.filter((item) => of(item) >= 1);
  const pairs: [Item, Item][] = [];
  for (const item of ranks.flat())
    for (const below of item.below) {
      const isLane = item.node === undefined && below.node === undefined;
      const next = strong(item.below, (each) => pull(item, each));
      const before = strong(below.above, (each) => pull(each, below));
      if (isLane || (next.length === 1 && next[0] === below && before.length === 1 && before[0] === item))
        pairs.push([item, below]);
    }
  // Lanes first.
  pairs.sort(([a], [b]) => Number(a.node !== undefined) - Number(b.node !== undefined));
  for (const [a, b] of pairs) {
    const [first, second] = [columns.get(a)!, columns.get(b)!];
    if (first === second) continue;
    const merged: Column = { items: [...first.items, ...second.items] };
    for (const item of merged.items) columns.set(item, merged);
    if (sortColumns(ranks, columns).length === new Set(columns.values()).size) continue;
    for (const item of first.items) columns.set(item, first);
    for (const item of second.items) columns.set(item, second);
  }
  return columns;
}

/** The columns from the left to the right; those that cannot be sorted are left out. */
function sortColumns(ranks: readonly (readonly Item[])[], columns: ReadonlyMap<Item, Column>): Column[] {
  const waits = new Map<Column, number>();
  const next = new Map<Column, Column[]>();
  for (const column of columns.values()) {
    waits.set(column, 0);
    next.set(column, []);
  }
  for (const rank of ranks)
    for (let i = 1; i < rank.length; i++) {
      const [a, b] = [columns.get(rank[i - 1]!)!, columns.get(rank[i]!)!];
      waits.set(b, waits.get(b)! + 1);
      next.get(a)!.push(b);
    }
  const ready = [...waits].flatMap(([column, count]) => (count === 0 ? [column] : []));
  const sorted: Column[] = [];
  for (let column = ready.pop(); column !== undefined; column = ready.pop()) {
    sorted.push(column);
    for (const each of next.get(column)!) {
      waits.set(each, waits.get(each)! - 1);
      if (waits.get(each) === 0) ready.push(each);
    }
  }
  return sorted;
}
