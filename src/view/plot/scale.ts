/** Values to places, and the few round numbers that axes show. */
import { formatCount } from "../../base/format.ts";

export interface Tick {
  readonly value: number;
  readonly label: string;
}

export interface Scale {
  /** The place of a value, in pixels. */
  readonly place: (value: number) => number;
  readonly ticks: readonly Tick[];
}

/** 1, 2 or 5 times a power of ten, the least that covers the span in `count` steps. */
export function niceStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
}

/** A number as axes and labels show it: thousands apart, no more decimals than `step` has; "1e-7" and "2e+9" at the ends. */
export function formatTick(value: number, step: number): string {
  const size = Math.max(Math.abs(value), step);
  if (size >= 1e9 || (step < 1e-4 && size < 1e-2))
    return value === 0
      ? "0"
      : value.toExponential(Math.min(3, decimalsOf(step / 10 ** Math.floor(Math.log10(Math.abs(value))))));
  return formatCount(value === 0 ? 0 : value, decimalsOf(step)).replace("-", "−");
}

/** Decimals that show multiples of a step apart: 0.25 has two. */
function decimalsOf(step: number): number {
  const first = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const isWhole = (digits: number) => Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) < 1e-6;
  return Math.min(12, [first, first + 1].find(isWhole) ?? first + 2);
}

/** A value with about three digits: 0.0312, 12.3, 4,310, 1.2e-5. */
export function formatShort(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return value.toExponential(1).replace("e+", "e").replace(/^-/, "−");
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return formatCount(value, digits).replace(/^-/, "−");
}

/** Beyond this differences of numbers may overflow. */
export const LARGEST = 1e300;

/** Whether two ends are one value: they differ by rounding alone, or hardly from zero. */
export const areOne = (low: number, high: number): boolean =>
  high - low <= Math.max(1e-9 * Math.max(Math.abs(low), Math.abs(high)), 1e-280);

/** The ends of an axis for one value. */
export function aroundOne(value: number): readonly [number, number] {
  const half = Math.abs(value) > 1e-280 ? Math.abs(value) / 2 : 0.5;
  return [value - half, value + half];
}

/** Smallest and largest finite value; undefined without any. */
export function extentOf(...lists: readonly ArrayLike<number>[]): readonly [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      const value = list[i]!;
      if (!(Math.abs(value) < LARGEST)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low <= high ? [low, high] : undefined;
}

/**
 * The ends of a linear axis: round numbers around the values. It begins at zero unless the values lie far from it, since lengths
 * are compared; `tight` leaves the ends as they are.
 *
 * @param least the smallest step between ticks: 1 for whole numbers
 */
export function linearScale(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
  count: number,
  tight = false,
  least = 0,
): Scale {
  let [start, end] = areOne(low, high) ? aroundOne(high) : [low, high];
  if (!tight) {
    if (low >= 0 && low < high - low) start = 0;
    if (high <= 0 && high > low - high) end = 0;
    if (low >= 0) start = Math.max(0, start);
  }
  const step = Math.max(least, niceStep(end - start, count));
  if (!tight) [start, end] = [step * Math.floor(start / step + 1e-9), step * Math.ceil(end / step - 1e-9)];
  const first = Math.ceil(start / step - 1e-9);
  const last = Math.floor(end / step + 1e-9);
  return {
    place: (value) => from + ((value - start) / (end - start)) * (to - from),
    ticks: Array.from({ length: last - first + 1 }, (_, i) => {
      const value = (first + i) * step;
      return { value, label: formatTick(value, step) };
    }),
  };
}

/** Whole powers of ten around the positive values; zero and less are placed at the lower end. */
export function logScale(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
  count: number,
): Scale {
  const top = Math.ceil(Math.log10(high) - 1e-9);
  const bottom = Math.min(top - 1, Math.floor(Math.log10(low) + 1e-9));
  const stride = Math.ceil((top - bottom) / count);
  return {
    place: (value) => {
      const exponent = value > 0 ? Math.max(bottom, Math.log10(value)) : bottom;
      return from + ((exponent - bottom) / (top - bottom)) * (to - from);
    },
    ticks: Array.from({ length: Math.floor((top - bottom) / stride) + 1 }, (_, i) => {
      const exponent = bottom + i * stride;
      const plain = exponent >= -3 && exponent <= 5;
      return {
        value: 10 ** exponent,
        label: plain ? formatCount(10 ** exponent, Math.max(0, -exponent)) : `1e${exponent}`,
      };
    }),
  };
}
