/**
 * Approximate search among many points: by a graph of neighbours (HNSW, Malkov and Yashunin 2016, arXiv 1603.09320) in the library
 * usearch, where it is installed. Exact search looks at all points, so twice as many take twice as long.
 */
import type { Tensor } from "fovea";
import { type Neighbour, nearest } from "./neighbours.ts";

/** Finds the `count` nearest rows, the nearest first. */
export type Search = (point: ArrayLike<number>, count: number) => Neighbour[];

/** From so many points on, a graph is asked where there is one: to look at all of fewer takes a millisecond. */
const MANY = 3000;

/** Exact among a few points; among many approximate, where usearch is installed. */
export async function openSearch(points: Tensor): Promise<Search> {
  const graph = points.shape[0]! < MANY ? undefined : await openGraph(points);
  return graph ?? ((point, count) => nearest(points, point).slice(0, count));
}

/** Approximate, in a graph of points of length 1, [n, width]: a few neighbours may be missed. Undefined where usearch is not installed. */
export async function openGraph(points: Tensor): Promise<Search | undefined> {
  const [rows, width] = points.shape as [number, number];
  const usearch = await import("usearch").catch(() => undefined);
  if (usearch === undefined) return undefined;
  const { Index, MetricKind, ScalarKind } = usearch.default;
  const index = new Index({
    dimensions: width,
    metric: MetricKind.IP,
    quantization: ScalarKind.F32,
    // Neighbours of a point, and candidates that are kept while one is added or asked for.
    connectivity: 16,
    expansion_add: 128,
    expansion_search: 64,
    multi: false,
  });
  // With one thread the graph is the same each time.
  index.add(
    BigUint64Array.from({ length: rows }, (_, row) => BigInt(row)),
    Float32Array.from(points.data),
    1,
  );
  return (point, count) => {
    const { keys, distances } = index.search(Float32Array.from(point), Math.min(count, rows), 1);
    // Its distance of two points is 1 - their product.
    return Array.from(keys, (row, i) => ({ row: Number(row), cosine: 1 - distances[i]! }));
  };
}

/** The share of each point's `count` nearest ones that a graph finds, too. */
export function sharedAt(points: Tensor, graph: Search, count: number): number {
  const [rows, width] = points.shape as [number, number];
  const asked = Math.min(count, rows);
  let shared = 0;
  for (let own = 0; own < rows; own++) {
    const point = points.data.slice(own * width, (own + 1) * width);
    const found = new Set(graph(point, asked).map(({ row }) => row));
    shared += nearest(points, point)
      .slice(0, asked)
      .filter(({ row }) => found.has(row)).length;
  }
  return shared / (rows * asked);
}
