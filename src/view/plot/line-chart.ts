/** Lines over steps: losses, accuracies, learning rates. */
import { ArgumentError } from "../../base/errors.ts";
import { checkKeys } from "../../base/options.ts";
import { belowAxis } from "./axes.ts";
import { type Numbers, readChoice, readFlag, readList, readNumber, readNumbers, readRange, readText } from "./check.ts";
import { smooth } from "./curve.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { type AxisMark, type Curve, drawLinePanel, type LinePanel, lineWords, panelTop } from "./line-panel.ts";
import type { Scene } from "./scene.ts";
import type { Theme } from "./theme.ts";

/** One line of a chart. */
export interface Series {
  /** Stands at the end of the line. */
  readonly name: string;
  /** The line has a gap where a value is not finite. */
  readonly values: Numbers;
  /** Where the values are, not falling. Default: 1, 2, 3, … */
  readonly x?: Numbers;
  /** Weight of the past in a running mean, 0 … 0.9999, drawn over the faint raw line. Default 0: the raw line alone. */
  readonly smoothing?: number;
  /** Circles at the values, for few ones such as validation's. Default false. */
  readonly points?: boolean;
  /** Whether dashes replace the solid line. Default false. */
  readonly dashed?: boolean;
  /** Width of the line. Default 2. */
  readonly lineWidth?: number;
  /** Number of the theme's colour for series. Default: the place in the list. */
  readonly color?: number;
}

export interface LineChartOptions extends FigureOptions {
  readonly series: readonly Series[];
  /** Default "step". */
  readonly xLabel?: string;
  /** In words: "loss, lower is better". Default: none. */
  readonly yLabel?: string;
  /** "linear" (default); "log" has whole powers of ten, and values of zero and less at its lower edge. */
  readonly scale?: "linear" | "log";
  /** Lower and upper end of y; for the linear scale. Default: round numbers around the values, and zero if it is near. */
  readonly yRange?: readonly [number, number];
  /** Lower and upper end of x. Default: those of the values. */
  readonly xRange?: readonly [number, number];
  /** Events at an x, as a changed learning rate. */
  readonly events?: readonly AxisMark[];
  /** Horizontal lines, as a tolerance. */
  readonly limits?: readonly AxisMark[];
  /** An x that is selected: the step that is looked at. */
  readonly cursor?: number;
  /** The x that can be chosen: over each lies an unseen band, as far as half-way to its neighbours, with the number as its key. */
  readonly choices?: Numbers;
  /** Of the panel between the axes, in pixels, 20 … 4096. Default 220. */
  readonly height?: number;
}

const known = [
  "series",
  "xLabel",
  "yLabel",
  "scale",
  "yRange",
  "xRange",
  "events",
  "limits",
  "cursor",
  "choices",
  "height",
] as const satisfies readonly (keyof LineChartOptions)[];

const seriesKeys = [
  "name",
  "values",
  "x",
  "smoothing",
  "points",
  "dashed",
  "lineWidth",
  "color",
] as const satisfies readonly (keyof Series)[];

/**
 * Lines with their names at their ends, few ticks, and axes in words. At most two points of a line are drawn for each pixel of its
 * width, so long runs stay small and no peak is lost.
 *
 * @throws ArgumentError for options that cannot be drawn
 *
 * @example
 * ```ts
 * import { lineChart, toSvg } from "fovea/plot";
 * const scene = lineChart({
 *   title: "Three epochs",
 *   xLabel: "epoch",
 *   yLabel: "loss, lower is better",
 *   series: [
 *     { name: "training", values: [0.19, 0.06, 0.04] },
 *     { name: "validation", values: [0.07, 0.05, 0.05], points: true },
 *   ],
 * });
 * const svg = toSvg(scene);
 * ```
 */
export function lineChart(options: LineChartOptions): Scene {
  const frame = openFrame("lineChart", options, known, { title: "Line chart", width: 640 });
  const { height = 220 } = options;
  readNumber("lineChart", "height", height, 20, 4096);
  const panel = readLinePanel("lineChart", options, frame.theme);
  const box = { x: margin, y: frame.top, width: frame.room, height: height + panelTop(panel) + belowAxis };
  return frame.finish(drawLinePanel(panel, frame.theme, box), box.y + box.height - 4, lineWords(panel));
}

/** Checks the options that say what is in the panel. */
export function readLinePanel(owner: string, options: LineChartOptions, theme: Theme): LinePanel {
  const { xLabel = "step", yLabel = "", scale = "linear", yRange, xRange, events = [], limits = [] } = options;
  const { cursor, choices = [] } = options;
  const readMarks = (name: string, given: unknown) =>
    readList(owner, name, given, (item, at): AxisMark => {
      checkKeys(`${owner} ${at}`, item as object, ["at", "label"]);
      const { at: place, label } = item as AxisMark;
      return {
        at: readNumber(owner, `${at}.at`, place, -Number.MAX_VALUE, Number.MAX_VALUE),
        label: readText(owner, `${at}.label`, label),
      };
    });
  return {
    curves: readList(owner, "series", options.series, (item, at, i) => readSeries(owner, at, item, i, theme)),
    xLabel: readText(owner, "xLabel", xLabel),
    yLabel: readText(owner, "yLabel", yLabel),
    scale: readChoice(owner, "scale", scale, ["linear", "log"]),
    yRange: yRange && readRange(owner, "yRange", yRange),
    xRange: xRange && readRange(owner, "xRange", xRange),
    events: readMarks("events", events),
    limits: readMarks("limits", limits),
    cursor: cursor === undefined ? undefined : readNumber(owner, "cursor", cursor, -Number.MAX_VALUE, Number.MAX_VALUE),
    choices: [...new Set(Array.from(readNumbers(owner, "choices", choices)))]
      .filter(Number.isFinite)
      .sort((a, b) => a - b),
  };
}

function readSeries(owner: string, at: string, given: unknown, place: number, theme: Theme): Curve {
  checkKeys(`${owner} ${at}`, given as object, seriesKeys);
  const {
    name,
    values,
    x,
    smoothing = 0,
    points = false,
    dashed = false,
    lineWidth = 2,
    color = place,
  } = given as Series;
  const raw = readNumbers(owner, `${at}.values`, values);
  const xs = x === undefined ? undefined : readNumbers(owner, `${at}.x`, x);
  if (xs !== undefined) checkRising(owner, at, xs, raw.length);
  readNumber(owner, `${at}.smoothing`, smoothing, 0, 0.9999);
  readNumber(owner, `${at}.color`, color, 0, Number.MAX_SAFE_INTEGER);
  return {
    name: readText(owner, `${at}.name`, name),
    xs: xs === undefined ? (i) => i + 1 : (i) => xs[i]!,
    raw,
    smoothed: smoothing === 0 ? undefined : smooth(raw, smoothing),
    points: readFlag(owner, `${at}.points`, points),
    dash: readFlag(owner, `${at}.dashed`, dashed) ? [6, 4] : undefined,
    lineWidth: readNumber(owner, `${at}.lineWidth`, lineWidth, 0.1, 40),
    color: theme.series[Math.floor(color) % theme.series.length]!,
  };
}

function checkRising(owner: string, at: string, xs: ArrayLike<number>, count: number): void {
  if (xs.length !== count)
    throw new ArgumentError(`${owner}: ${at}.x has ${xs.length} numbers for ${count} values; give one for each.`);
  for (let i = 0; i < count; i++)
    if (!Number.isFinite(xs[i]) || (i > 0 && xs[i]! < xs[i - 1]!))
      throw new ArgumentError(
        `${owner}: ${at}.x[${i}] is ${xs[i]}, expected a finite number that is not below the one before it. Sort the values by x.`,
      );
}
