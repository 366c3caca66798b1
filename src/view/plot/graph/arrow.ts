/** Arrows with round corners. */
import type { Mark, Point } from "../scene.ts";
import type { Theme } from "../theme.ts";

/** Width of lines. */
export const LINE = 1.8;
const CORNER = 6;
const HEAD_LENGTH = 9;
const HEAD_WIDTH = 4.5;

export function drawArrow(points: readonly Point[], hasHead: boolean, theme: Theme, marks: Mark[]): void {
  const [end, before] = [points.at(-1)!, points.at(-2)];
  if (before === undefined) return;
  const length = Math.hypot(end[0] - before[0], end[1] - before[1]) || 1;
  const [dx, dy] = [(end[0] - before[0]) / length, (end[1] - before[1]) / length];
  const neck: Point = [end[0] - dx * HEAD_LENGTH, end[1] - dy * HEAD_LENGTH];
  const line = rounded(hasHead ? [...points.slice(0, -1), neck] : points);
  marks.push({ kind: "path", lines: [line], stroke: theme.soft, strokeWidth: LINE });
  if (!hasHead) return;
  const head: Point[] = [
    end,
    [neck[0] - dy * HEAD_WIDTH, neck[1] + dx * HEAD_WIDTH],
    [neck[0] + dy * HEAD_WIDTH, neck[1] - dx * HEAD_WIDTH],
  ];
  marks.push({ kind: "path", lines: [head], closed: true, fill: theme.soft });
}

/** Corners become quarters of circles, of five points. */
function rounded(points: readonly Point[]): Point[] {
  return points.flatMap((point, i): Point[] => {
    const [before, after] = [points[i - 1], points[i + 1]];
    if (before === undefined || after === undefined) return [point];
    const away = (other: Point, by: number): Point => {
      const length = Math.hypot(other[0] - point[0], other[1] - point[1]) || 1;
      const reach = Math.min(by, length / 2);
      return [point[0] + ((other[0] - point[0]) * reach) / length, point[1] + ((other[1] - point[1]) * reach) / length];
    };
    const [start, stop] = [away(before, CORNER), away(after, CORNER)];
    // A quadratic curve from start to stop around the corner.
    return [0, 0.25, 0.5, 0.75, 1].map((t) => [
      (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * point[0] + t ** 2 * stop[0],
      (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * point[1] + t ** 2 * stop[1],
    ]);
  });
}
