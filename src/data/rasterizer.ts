/** Pen strokes → grey pixels. */

/** A pen: how far its ink reaches and how dark it is. */
export interface Pen {
  /** Half the width of its stroke, in pixels. */
  readonly radius: number;
  /** Width in pixels over which the stroke's edge fades. */
  readonly softness: number;
  /** Grey level of full ink, 0 … 255. */
  readonly ink: number;
}

/**
 * Draws polylines into a square image. A pixel's ink depends on the distance d of its centre to the nearest line: full within the
 * stroke, fading over its edge, clamp((radius - d) / softness + ½, 0, 1).
 *
 * @param strokes alternating x and y, in pixels; pixel (row r, column c) covers c … c+1, r … r+1
 * @param into size · size zeros, row by row
 */
export function drawStrokes(strokes: readonly Float64Array[], pen: Pen, into: Uint8Array, size: number): void {
  const reach = pen.radius + pen.softness / 2;
  const cells = (low: number, high: number): [number, number] => [
    Math.max(0, Math.ceil(low - reach - 0.5)),
    Math.min(size - 1, Math.floor(high + reach - 0.5)),
  ];
  for (const line of strokes) {
    for (let i = 0; i + 3 < line.length; i += 2) {
      const [x0, y0, x1, y1] = [line[i]!, line[i + 1]!, line[i + 2]!, line[i + 3]!];
      const [dx, dy] = [x1 - x0, y1 - y0];
      const lengthSquared = dx * dx + dy * dy;
      const [top, bottom] = cells(Math.min(y0, y1), Math.max(y0, y1));
      const [left, right] = cells(Math.min(x0, x1), Math.max(x0, x1));
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          const [px, py] = [column + 0.5 - x0, row + 0.5 - y0];
          // Foot of the perpendicular, clamped to the segment.
          const along = lengthSquared === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / lengthSquared));
          const [ex, ey] = [px - along * dx, py - along * dy];
          const cover = Math.min(1, (pen.radius - Math.sqrt(ex * ex + ey * ey)) / pen.softness + 0.5);
          const grey = Math.round(cover * pen.ink);
          const at = row * size + column;
          // The nearest line determines the ink: it is not added where strokes cross.
          if (grey > into[at]!) into[at] = grey;
        }
      }
    }
  }
}
