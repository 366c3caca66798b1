/** How often values occur: as bars over an axis, or around a circle for angles. */
import { ArgumentError } from "../../base/errors.ts";
import { formatCount } from "../../base/format.ts";
import { refuseOption } from "../../base/options.ts";
import { belowAxis, drawAxes, gutterOf } from "./axes.ts";
import { type Numbers, readInteger, readNumber, readNumbers, readRange, readText } from "./check.ts";
import { type FigureOptions, type Frame, margin, openFrame } from "./frame.ts";
import { areOne, aroundOne, extentOf, formatShort, formatTick, linearScale, niceStep } from "./scale.ts";
import type { Mark, Point, Scene } from "./scene.ts";
import { sizes } from "./theme.ts";

export interface HistogramOptions extends FigureOptions {
  /** Values that are not finite are left out. */
  readonly values: Numbers;
  /** Number of bins. Default: about the square root of the number of values, 5 … 40; 18 around a circle. */
  readonly bins?: number;
  /** Lowest and highest value; others are left out. Default: round numbers around the values. */
  readonly range?: readonly [number, number];
  /**
   * The values are angles in degrees and begin again after so many: 180 for orientations, 360 for directions. They are drawn around
   * a circle, whose areas are the counts. Default: they are drawn over an axis.
   */
  readonly period?: 180 | 360;
  /** Default "value". */
  readonly xLabel?: string;
  /** Default "count". */
  readonly yLabel?: string;
  /** Of the panel between the axes, in pixels, 20 … 4096. Default 160. */
  readonly height?: number;
}

const known = [
  "values",
  "bins",
  "range",
  "period",
  "xLabel",
  "yLabel",
  "height",
] as const satisfies readonly (keyof HistogramOptions)[];

/**
 * Counts of values in bins of equal width.
 *
 * @throws ArgumentError for options that cannot be drawn
 *
 * @example
 * ```ts
 * import { histogram } from "fovea/plot";
 * const weights = Float32Array.from({ length: 576 }, (_, i) => Math.sin(i) * Math.cos(7 * i));
 * const scene = histogram({ title: "Weights of conv2d", values: weights, xLabel: "weight" });
 * const rose = histogram({ title: "Preferred orientations", values: [10, 12, 90, 170], period: 180 });
 * ```
 */
export function histogram(options: HistogramOptions): Scene {
  const owner = "histogram";
  const isCircular = options?.period !== undefined;
  const frame = openFrame(owner, options, known, { title: "Histogram", width: isCircular ? 280 : 480 });
  const { period, xLabel = "value", yLabel = "count", height = 160 } = options;
  const values = readNumbers(owner, "values", options.values);
  readText(owner, "xLabel", xLabel);
  readText(owner, "yLabel", yLabel);
  readNumber(owner, "height", height, 20, 4096);
  const { bins = isCircular ? 18 : Math.min(40, Math.max(5, Math.round(Math.sqrt(values.length)))) } = options;
  readInteger(owner, "bins", bins, 1, 1000);
  const given = options.range === undefined ? undefined : readRange(owner, "range", options.range);
  if (period === undefined) return overAxis(frame, values, bins, given, { xLabel, yLabel, height });
  if (period !== 180 && period !== 360)
    refuseOption(owner, "period", period, "180 (orientations) or 360 (directions), in degrees");
  if (given !== undefined)
    throw new ArgumentError(
      `${owner}: range and period exclude each other; angles begin again after ${period} degrees.`,
    );
  return aroundCircle(frame, values, bins, period);
}

/** Counts in bins from `low` to `high`; the last bin has both its ends. */
export function countBins(values: ArrayLike<number>, bins: number, [low, high]: readonly [number, number]): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value >= low && value <= high)
      counts[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]! += 1;
  }
  return counts;
}

interface Labels {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly height: number;
}

/** Round ends around the values, and bins that end at them. */
function roundBins(
  values: ArrayLike<number>,
  bins: number,
): { readonly ends: readonly [number, number]; readonly bins: number } {
  const [low, high] = extentOf(values) ?? [0, 1];
  if (areOne(low, high)) return { ends: aroundOne(high), bins: 1 };
  const step = niceStep(high - low, bins);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  return { ends: [first * step, last * step], bins: last - first };
}

function overAxis(
  frame: Frame,
  values: ArrayLike<number>,
  wanted: number,
  given: readonly [number, number] | undefined,
  { xLabel, yLabel, height }: Labels,
): Scene {
  const { theme } = frame;
  const { ends, bins } = given === undefined ? roundBins(values, wanted) : { ends: given, bins: wanted };
  const counts = countBins(values, bins, ends);
  const top = frame.top + 24;
  const up = linearScale(
    [0, Math.max(1, ...counts)],
    [top + height, top],
    Math.max(1, Math.min(4, Math.floor(height / 36))),
  );
  const left = margin + gutterOf(up);
  const inner = { x: left, y: top, width: Math.max(10, margin + frame.room - left), height };
  const across = linearScale(
    ends,
    [inner.x, inner.x + inner.width],
    Math.max(3, Math.min(6, Math.floor(inner.width / 70))),
    true,
  );
  const wide = inner.width / bins;
  const step = (ends[1] - ends[0]) / bins;
  const edge = (i: number) => formatTick(ends[0] + i * step, step);
  const bars = counts.flatMap((count, i): Mark[] => {
    if (count === 0) return [];
    const y = up.place(count);
    const label = `${edge(i)} to ${edge(i + 1)}: ${formatCount(count)}`;
    return [
      {
        kind: "rect",
        x: inner.x + i * wide + Math.min(0.5, wide / 4),
        y,
        width: wide - Math.min(1, wide / 2),
        height: top + height - y,
        fill: theme.series[0]!,
        key: String(i),
        label,
      },
    ];
  });
  const marks = [...drawAxes(theme, inner, across, up, xLabel, yLabel), ...bars];
  return frame.finish(
    marks,
    top + height + belowAxis - 4,
    countWords(values, counts, (i) => `${edge(i)} to ${edge(i + 1)}`),
  );
}

/** Sectors whose areas are the counts (radius: the square root), centred on their angles; twice over for half a turn. */
function aroundCircle(frame: Frame, values: ArrayLike<number>, bins: number, period: number): Scene {
  const { theme, room } = frame;
  const wide = period / bins;
  const shifted = Float64Array.from(values, (value) => (((value + wide / 2) % period) + period) % period);
  const counts = countBins(shifted, bins, [0, period]);
  const most = Math.max(1, ...counts);
  const radius = room / 2 - 24;
  const [cx, cy] = [margin + room / 2, frame.top + room / 2];
  const at = (degrees: number, distance: number): Point => {
    const angle = (degrees * Math.PI) / 180;
    return [cx + distance * Math.cos(angle), cy - distance * Math.sin(angle)];
  };
  const sectors = Array.from({ length: (bins * 360) / period }, (_, i): Mark[] => {
    const count = counts[i % bins]!;
    if (count === 0) return [];
    const distance = radius * Math.sqrt(count / most);
    const middle = i * wide;
    const steps = Math.max(2, Math.ceil(wide / 4));
    const arc = Array.from({ length: steps + 1 }, (_, k) => at(middle - wide / 2 + (k * wide) / steps, distance));
    const label = `${formatShort(middle % period)} degrees: ${formatCount(count)}`;
    return [
      {
        kind: "path",
        lines: [[[cx, cy], ...arc]],
        closed: true,
        fill: theme.series[0]!,
        stroke: theme.paper,
        strokeWidth: 0.5,
        key: String(i % bins),
        label,
      },
    ];
  });
  const names = [0, 45, 90, 135, 180, 225, 270, 315].map((degrees): Mark => {
    const [x, y] = at(degrees, radius + 14);
    return {
      kind: "text",
      x,
      y: y + 4,
      text: `${degrees % period}°`,
      size: sizes.small,
      fill: theme.soft,
      anchor: "middle",
    };
  });
  const rings = [0.5, 1].map(
    (share): Mark => ({ kind: "circle", x: cx, y: cy, radius: radius * Math.sqrt(share), stroke: theme.line }),
  );
  const scale: Mark = {
    kind: "text",
    x: cx,
    y: frame.top + room + 8,
    text: `outer ring: ${formatCount(most)}`,
    size: sizes.small,
    fill: theme.soft,
    anchor: "middle",
  };
  return frame.finish(
    [...rings, ...sectors.flat(), ...names, scale],
    frame.top + room + 10,
    countWords(values, counts, (i) => `${formatShort(i * wide)} degrees`),
  );
}

function countWords(values: ArrayLike<number>, counts: readonly number[], nameOf: (bin: number) => string): string {
  const counted = counts.reduce((sum, count) => sum + count, 0);
  if (counted === 0) return "No values.";
  const most = Math.max(...counts);
  const left = values.length - counted;
  return `${formatCount(counted)} values in ${counts.length} bins${left === 0 ? "" : `, ${formatCount(left)} left out`}; most in ${nameOf(counts.indexOf(most))}: ${formatCount(most)}.`;
}
