/** Which points lie nearest to a point; exact: all are looked at. */
import type { Tensor } from "fovea";

export interface Neighbour {
  readonly row: number;
  readonly cosine: number;
}

/** Rows of `points` in the order of their cosine with a point; exact: all are looked at. */
export function nearest(points: Tensor, point: ArrayLike<number>): Neighbour[] {
  const width = points.shape[1]!;
  const rows = Array.from({ length: points.shape[0]! }, (_, row) => {
    let cosine = 0;
    for (let i = 0; i < width; i++) cosine += points.data[row * width + i]! * point[i]!;
    return { row, cosine };
  });
  return rows.sort((a, b) => b.cosine - a.cosine);
}

/** The share of rows that have one of their own kind among the k nearest others. */
export function recallAt(points: Tensor, labels: ArrayLike<number>, ks: readonly number[]): number[] {
  const width = points.shape[1]!;
  const rows = points.shape[0]!;
  const ranks = Array.from({ length: rows }, (_, own) => {
    const others = nearest(points, points.data.slice(own * width, (own + 1) * width)).filter(({ row }) => row !== own);
    return others.findIndex(({ row }) => labels[row] === labels[own]);
  });
  return ks.map((k) => ranks.filter((rank) => rank >= 0 && rank < k).length / rows);
}
