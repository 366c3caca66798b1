/** Which rank each node of a graph stands in, and the lanes of edges that pass ranks. Sugiyama, Tagawa and Toda 1981. */

/** Numbers of two nodes. */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** Where it leaves, from the middle of the node. Default: in the middle. */
  readonly leaves?: number | undefined;
  /** Where it arrives, from the middle of the node. Default: where its way is shortest. */
  readonly arrives?: number | undefined;
}

/** Something in a rank: a node of the graph, or a place where edges pass. */
export interface Item {
  readonly rank: number;
  /** The node; undefined: a place of a lane. */
  readonly node: number | undefined;
  /** The node where the lane begins; the node itself. */
  readonly source: number;
  /** Items of the next rank that it is joined to, and of the one before. */
  readonly below: Item[];
  readonly above: Item[];
}

/** A piece of an edge, from one rank to the next. Edges share the pieces that are the same. */
export interface Segment {
  readonly from: Item;
  readonly to: Item;
  readonly leaves: number | undefined;
  readonly arrives: number | undefined;
}

export interface Ranked {
  /** Items of each rank. */
  readonly ranks: Item[][];
  /** Of each edge, its pieces from `from` to `to`; of an edge that closes a cycle, from `to` to `from`; of a loop none. */
  readonly routes: readonly (readonly Segment[])[];
  /** Whether each edge closes a cycle. */
  readonly turned: readonly boolean[];
}

/**
 * Each node stands below all that it needs; what needs nothing stands just above the first that needs it. Edges of one node that
 * pass a rank share a lane there.
 *
 * @param first nodes of the first rank, in front of all others
 * @param last nodes of the last rank
 */
export function rankGraph(
  count: number,
  edges: readonly GraphEdge[],
  first: ReadonlySet<number>,
  last: ReadonlySet<number>,
): Ranked {
  const { order, turned } = sortNodes(count, edges);
  const ends = edges.map((edge, i): GraphEdge => (turned[i] ? { from: edge.to, to: edge.from } : edge));
  const rank = rankNodes(order, ends, first, last);
  const ranks: Item[][] = Array.from({ length: Math.max(0, ...rank) + 1 }, () => []);
  const make = (at: number, source: number, node?: number): Item => {
    const item: Item = { rank: at, node, source, below: [], above: [] };
    ranks[at]!.push(item);
    return item;
  };
  const items = Array.from({ length: count }, (_, node) => make(rank[node]!, node, node));
  const lanes = new Map<string, Item>();
  const segments = new Map<Item, Segment[]>();
  /** The segment, which may be another edge's already. */
  const join = (from: Item, to: Item, leaves?: number, arrives?: number): Segment => {
    if (!from.below.includes(to)) {
      from.below.push(to);
      to.above.push(from);
    }
    const known = segments.get(from) ?? [];
    segments.set(from, known);
    const found = known.find((each) => each.to === to && each.leaves === leaves && each.arrives === arrives);
    if (found !== undefined) return found;
    const made: Segment = { from, to, leaves, arrives };
    known.push(made);
    return made;
  };
  const routes = ends.map(({ from, to, leaves, arrives }): Segment[] => {
    const route: Segment[] = [];
    let [at, port] = [items[from]!, leaves];
    if (from === to) return route;
    for (let passed = rank[from]! + 1; passed < rank[to]!; passed++) {
      const key = `${from} ${leaves} ${passed}`;
      const lane = lanes.get(key) ?? make(passed, from);
      lanes.set(key, lane);
      route.push(join(at, lane, port));
      [at, port] = [lane, undefined];
    }
    route.push(join(at, items[to]!, port, arrives));
    return route;
  });
  return { ranks, routes, turned };
}

/** The nodes so that edges lead forward, but those that close a cycle. */
function sortNodes(count: number, edges: readonly GraphEdge[]): { order: number[]; turned: boolean[] } {
  const outgoing = Array.from({ length: count }, (): number[] => []);
  for (const [i, { from }] of edges.entries()) outgoing[from]!.push(i);
  const state = new Uint8Array(count);
  const turned = edges.map(() => false);
  const done: number[] = [];
  // Without recursion: a chain may have thousands of layers.
  for (let start = 0; start < count; start++) {
    if (state[start] !== 0) continue;
    state[start] = 1;
    const stack = [{ node: start, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const edge = outgoing[top.node]![top.next++];
      if (edge === undefined) {
        state[top.node] = 2;
        done.push(top.node);
        stack.pop();
        continue;
      }
      const { to } = edges[edge]!;
      if (state[to] === 1) turned[edge] = true;
      else if (state[to] === 0) {
        state[to] = 1;
        stack.push({ node: to, next: 0 });
      }
    }
  }
  return { order: done.reverse(), turned };
}

function rankNodes(
  order: readonly number[],
  edges: readonly GraphEdge[],
  first: ReadonlySet<number>,
  last: ReadonlySet<number>,
): number[] {
  const rank = order.map(() => 0);
  const incoming = order.map((): number[] => []);
  const outgoing = order.map((): number[] => []);
  for (const { from, to } of edges)
    if (from !== to) {
      incoming[to]!.push(from);
      outgoing[from]!.push(to);
    }
  for (const node of order) rank[node] = Math.max(0, ...incoming[node]!.map((each) => rank[each]! + 1));
  for (const node of order.toReversed())
    if (incoming[node]!.length === 0 && outgoing[node]!.length > 0 && !first.has(node))
      rank[node] = Math.min(...outgoing[node]!.map((each) => rank[each]!)) - 1;
  const deepest = Math.max(0, ...rank);
  for (const node of last) rank[node] = deepest;
  return rank;
}
