/** Rectangles in a picture: how much two have in common, and which of many stay. */

/** Left, top, right and bottom, in pixels or any other unit. */
export type Box = readonly [left: number, top: number, right: number, bottom: number];

export const areaOf = ([left, top, right, bottom]: Box) => (right - left) * (bottom - top);

/** The area that both cover. */
export function intersectionOf(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}

/** The area of both over the area of either (intersection over union). */
export function overlapOf(a: Box, b: Box): number {
  const shared = intersectionOf(a, b);
  return shared === 0 ? 0 : shared / (areaOf(a) + areaOf(b) - shared);
}

/**
 * Those that no better one suppresses (non-maximum suppression).
 *
 * @param most how many stay at most
 */
export function keepBest<T>(
  bestFirst: readonly T[],
  suppresses: (better: T, other: T) => boolean,
  most = Infinity,
): T[] {
  const kept: T[] = [];
  for (const candidate of bestFirst) {
    if (kept.length >= most) break;
    if (!kept.some((better) => suppresses(better, candidate))) kept.push(candidate);
  }
  return kept;
}
