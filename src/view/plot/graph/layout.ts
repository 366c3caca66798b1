/** A graph in ranks, with edges at right angles. */
import type { Point } from "../scene.ts";
import { orderRanks } from "./order.ts";
import { placeItems } from "./places.ts";
import { type GraphEdge, type Item, rankGraph, type Segment } from "./ranks.ts";
import { assignTracks, type Bundle } from "./tracks.ts";

/** A node: `across` along its rank, `along` from rank to rank. */
export interface LayoutNode {
  readonly across: number;
  readonly along: number;
}

export interface LayoutOptions {
  /** Nodes that stand in the first rank, and in the last. */
  readonly first?: readonly number[];
  readonly last?: readonly number[];
}

export interface Layout {
  /** The size of the whole. */
  readonly across: number;
  readonly along: number;
  /** The upper left corner of each node: [across, along]. */
  readonly nodes: readonly Point[];
  /** The corners of each edge, its ends included. */
  readonly edges: readonly (readonly Point[])[];
}

/** Between nodes of a rank. */
const GAP = 36;
/** Between ranks without tracks; a track needs so much more. */
const RANK_GAP = 38;
const TRACK = 12;
/** Between the border of a node and an edge that comes from the side, and between two edges. */
const INSET = 16;
/** Between the border of a node and an edge that comes from above. */
const LEAST_INSET = 5;

/** Places the nodes and the corners of the edges; all coordinates are 0 or more. */
export function layoutGraph(
  nodes: readonly LayoutNode[],
  edges: readonly GraphEdge[],
  { first = [], last = [] }: LayoutOptions = {},
): Layout {
  const { ranks, routes, turned } = rankGraph(nodes.length, edges, new Set(first), new Set(last));
  orderRanks(ranks);
  const sourcesOf = nodes.map((): number[] => []);
  edges.forEach(({ from, to }, i) => {
    if (from !== to) sourcesOf[turned[i] ? from : to]!.push(turned[i] ? to : from);
  });
  const across = (item: Item) => (item.node === undefined ? 0 : nodes[item.node]!.across);
  const along = (item: Item) => (item.node === undefined ? 0 : nodes[item.node]!.along);
  const places = placeItems(ranks, sourcesOf, across, GAP);
  const left = Math.min(...[...places].map(([item, at]) => at - across(item) / 2));
  for (const [item, at] of places) places.set(item, at - left);
  const segments = [...new Set(routes.flat())];
  const leaving = ({ from, leaves = 0 }: Segment) => places.get(from)! + leaves;
  const arrivals = arrivalsOf(segments, places, across);

  // From the first rank to the last: its nodes, then the tracks behind it.
  const depths = ranks.map((rank) => Math.max(0, ...rank.map(along)));
  const tops: number[] = [];
  const trackOf = new Map<Segment, number>();
  let top = 0;
  for (const [r, depth] of depths.entries()) {
    tops.push(top);
    const bundles = bundlesOf(
      segments.filter(({ from }) => from.rank === r),
      leaving,
      arrivals,
    );
    const { tracks, count } = assignTracks(bundles);
    const tracksRoom = Math.max(0, count - 1) * TRACK;
    const room = r === ranks.length - 1 ? 0 : RANK_GAP + tracksRoom;
    // Heads of arrows need more room than what leaves.
    const start = top + depth + RANK_GAP / 2 - 3;
    bundles.forEach(({ ends }, i) => {
      for (const { of } of ends) trackOf.set(of, start + tracks[i]! * TRACK);
    });
    top += depth + room;
  }
  const upper = (item: Item) => tops[item.rank]! + (depths[item.rank]! - along(item)) / 2;
  const corners = nodes.map((): Point => [0, 0]);
  for (const item of ranks.flat())
    if (item.node !== undefined) corners[item.node] = [places.get(item)! - across(item) / 2, upper(item)];
  const lines = routes.map((route, i) => {
    const { from } = edges[i]!;
    if (route.length === 0) return loopOf(corners[from]!, nodes[from]!);
    const points = route.flatMap((segment): Point[] => {
      const [a, b] = [leaving(segment), arrivals.get(segment)!];
      const track = trackOf.get(segment);
      const corner: Point[] =
        track === undefined
          ? []
          : [
              [a, track],
              [b, track],
            ];
      return [[a, upper(segment.from) + along(segment.from)], ...corner, [b, upper(segment.to)]];
    });
    const line = withoutStraights(points);
    return turned[i] ? line.reverse() : line;
  });
  const right = Math.max(0, ...corners.map(([x], i) => x + nodes[i]!.across), ...lines.flat().map(([x]) => x));
  return { across: right, along: top, nodes: corners, edges: lines };
}

/** Where the segments arrive: straight below where they leave if this is possible, apart from each other. */
function arrivalsOf(
  segments: readonly Segment[],
  places: ReadonlyMap<Item, number>,
  across: (item: Item) => number,
): Map<Segment, number> {
  const arrivals = new Map<Segment, number>();
  for (const [item, incoming] of groupBy(segments, ({ to }) => to)) {
    const middle = places.get(item)!;
    const free: { readonly of: Segment; at: number }[] = [];
    const half = across(item) / 2;
    const reach = Math.max(0, half - Math.min(INSET, half / 2));
    for (const of of incoming) {
      const from = places.get(of.from)! + (of.leaves ?? 0);
      if (of.arrives !== undefined) arrivals.set(of, middle + of.arrives);
      else if (Math.abs(from - middle) <= half - LEAST_INSET) free.push({ of, at: from });
      else free.push({ of, at: middle + (from < middle ? -reach : reach) });
    }
    free.sort((a, b) => a.at - b.at || places.get(a.of.from)! - places.get(b.of.from)!);
    const step = Math.min(INSET, (2 * reach) / Math.max(1, free.length - 1));
    // From the right to the left each one makes room for the next, then back for those that went too far.
    for (let i = free.length - 2; i >= 0; i--) free[i]!.at = Math.min(free[i]!.at, free[i + 1]!.at - step);
    if (free.length > 1) free[0]!.at = Math.max(free[0]!.at, middle - Math.max(reach, half - LEAST_INSET));
    for (let i = 1; i < free.length; i++) free[i]!.at = Math.max(free[i]!.at, free[i - 1]!.at + step);
    for (const { of, at } of free) arrivals.set(of, at);
  }
  return arrivals;
}

function groupBy<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value)) ?? [];
    groups.set(keyOf(value), group);
    group.push(value);
  }
  return groups;
}

/** What leaves an item at one place goes along one track. */
function bundlesOf(
  segments: readonly Segment[],
  leaving: (segment: Segment) => number,
  arrivals: ReadonlyMap<Segment, number>,
): Bundle<Segment>[] {
  const bent = segments.filter((each) => Math.abs(arrivals.get(each)! - leaving(each)) >= 0.5);
  return [...groupBy(bent, ({ from }) => from).values()].flatMap((ofItem) =>
    [...groupBy(ofItem, leaving)].map(([at, group]) => ({
      at,
      ends: group.map((of) => ({ of, at: arrivals.get(of)! })),
    })),
  );
}

/** An edge from a node to itself, at its right side. */
function loopOf([x, y]: Point, { across, along }: LayoutNode): Point[] {
  const right = x + across;
  const out = right + INSET;
  return [
    [right, y + along * 0.75],
    [out, y + along * 0.75],
    [out, y + along * 0.25],
    [right, y + along * 0.25],
  ];
}

/** The corners alone. */
function withoutStraights(points: readonly Point[]): Point[] {
  const near = (a: number, b: number) => Math.abs(a - b) < 0.5;
  const kept: Point[] = [];
  for (const point of points) {
    const [before, last] = [kept.at(-2), kept.at(-1)];
    const isStraight = (axis: 0 | 1) =>
      before !== undefined && near(before[axis], last![axis]) && near(last![axis], point[axis]);
    const isSame = last !== undefined && near(last[0], point[0]) && near(last[1], point[1]);
    if (isSame || isStraight(0) || isStraight(1)) kept.pop();
    kept.push(point);
  }
  return kept;
}
