/** Long series made short: what a line chart needs of them. */
import { type Numbers, readNumber, readNumbers } from "./check.ts";
import type { Point } from "./scene.ts";

/**
 * The running mean of a noisy series: m ← weight · m + (1 − weight) · value, divided by 1 − weightⁿ so that the first values are
 * not drawn towards zero (Kingma and Ba 2014, §3). Values that are not finite are passed over.
 *
 * @param weight of the past, from 0 (no smoothing) to below 1
 *
 * @example
 * ```ts
 * import { smooth } from "fovea/plot";
 * smooth([1, 1, 4], 0.5); // [1, 1, 2.714…]
 * ```
 */
export function smooth(values: Numbers, weight: number): number[] {
  readNumber("smooth", "weight", weight, 0, 0.9999);
  let [sum, share] = [0, 0];
  return Array.from(readNumbers("smooth", "values", values), (value) => {
    if (!Number.isFinite(value)) return value;
    sum = weight * sum + (1 - weight) * value;
    share = weight * share + (1 - weight);
    return sum / share;
  });
}

/**
 * The lines of a curve, at most two points for each column of pixels: the smallest and the largest of the column, in their order.
 * No peak is lost. The curve is broken where a value is not finite.
 *
 * @param place places of value i: x does not fall
 */
export function decimate(count: number, place: (i: number) => Point): Point[][] {
  const lines: Point[][] = [];
  let line: Point[] = [];
  let column = Number.NaN;
  let low: Extreme | undefined;
  let high: Extreme | undefined;
  const flush = () => {
    if (low === undefined || high === undefined) return;
    if (low.at === high.at) line.push(low.point);
    else line.push(...(low.at < high.at ? [low.point, high.point] : [high.point, low.point]));
    [low, high] = [undefined, undefined];
  };
  const end = () => {
    flush();
    if (line.length > 0) lines.push(line);
    line = [];
    column = Number.NaN;
  };
  for (let at = 0; at < count; at++) {
    const point = place(at);
    if (!Number.isFinite(point[0]) || !Number.isFinite(point[1])) {
      end();
      continue;
    }
    const here = Math.floor(point[0]);
    if (here !== column) flush();
    column = here;
    if (low === undefined || point[1] < low.point[1]) low = { at, point };
    if (high === undefined || point[1] > high.point[1]) high = { at, point };
  }
  end();
  return lines;
}

/** The smallest or the largest point of a column of pixels. */
interface Extreme {
  readonly at: number;
  readonly point: Point;
}
