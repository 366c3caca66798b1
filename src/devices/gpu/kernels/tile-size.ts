/** How a matrix product is distributed over workgroups and threads. */

export interface Tile {
  /** Rows, columns and depth of a workgroup's tiles. */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Rows and columns of C in a thread's registers; multiples of 4. */
  readonly threadM: number;
  readonly threadN: number;
  /** Workgroups that share k. */
  readonly splits: number;
}

/** Workgroups that keep a large GPU busy: two for each of its about 130 cores. */
export const ENOUGH_GROUPS = 264;
export const MOST_SPLITS = 128;
/** Minimum depth per split: below it, a split costs more than it gains. */
const LEAST_DEPTH = 128;
const MOST_DEPTH = 16;

/** The tile of C [m, n] summed over k, for `groups` products: the largest one that leaves enough workgroups for the whole GPU. */
export function tileOf(m: number, n: number, k: number, groups: number): Tile {
  const tileN = n <= 16 ? 16 : n <= 32 ? 32 : 64;
  const splittable = Math.max(1, Math.min(MOST_SPLITS, Math.floor(k / LEAST_DEPTH)));
  const tilesOf = (tileM: number) => Math.ceil(m / tileM) * Math.ceil(n / tileN) * groups;
  const fits = (tileM: number) => m > tileM / 2 && tilesOf(tileM) * splittable >= ENOUGH_GROUPS;
  const tileM = [128, 64].find(fits) ?? (m <= 16 ? 16 : 32);
  const threadM = tileM === 128 || (tileM === 64 && tileN >= 32) ? 8 : 4;
  const threadN = tileM >= 32 && tileN === 64 ? 8 : 4;
  const threads = (tileM * tileN) / (threadM * threadN);
  // Each thread fetches at most one block of 4 x 4 values of either operand.
  const room = (16 * threads) / Math.max(tileM, tileN);
  const depth = Math.min(MOST_DEPTH, room, 4 * Math.ceil(k / 4));
  const splits = Math.min(splittable, Math.ceil(ENOUGH_GROUPS / tilesOf(tileM)));
  return { m: tileM, n: tileN, k: depth, threadM, threadN, splits };
}
