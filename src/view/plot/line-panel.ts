/** The panel of a line chart: lines between axes, their names at their ends. */
import { type Box, belowAxis, drawAxes, gutterOf } from "./axes.ts";
import { decimate } from "./curve.ts";
import { extentOf, formatShort, linearScale, logScale, type Scale } from "./scale.ts";
import type { Mark } from "./scene.ts";
import { cutText, textLength } from "./text.ts";
import { sizes, type Theme } from "./theme.ts";

/** A place on an axis and what it means. */
export interface AxisMark {
  readonly at: number;
  readonly label: string;
}

/** A series as it is drawn. */
export interface Curve {
  readonly name: string;
  readonly xs: (i: number) => number;
  readonly raw: ArrayLike<number>;
  readonly smoothed: ArrayLike<number> | undefined;
  readonly points: boolean;
  readonly dash: readonly number[] | undefined;
  readonly lineWidth: number;
  readonly color: string;
  /** Of the line. Default 1. */
  readonly opacity?: number;
}

/** What a panel is drawn from. */
export interface LinePanel {
  readonly curves: readonly Curve[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly scale: "linear" | "log";
  readonly yRange: readonly [number, number] | undefined;
  readonly xRange: readonly [number, number] | undefined;
  readonly events: readonly AxisMark[];
  readonly limits: readonly AxisMark[];
  readonly cursor: number | undefined;
  /** In ascending order. */
  readonly choices: readonly number[];
}

/** A finite pair of ends, whatever the values are. */
function xExtent({ curves, xRange, events }: LinePanel): readonly [number, number] {
  if (xRange !== undefined) return xRange;
  const ends = curves.flatMap(({ raw, xs }) => (raw.length === 0 ? [] : [xs(0), xs(raw.length - 1)]));
  const [low, high] = extentOf(
    ends,
    events.map(({ at }) => at),
  ) ?? [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function yScale({ curves, scale, yRange, limits }: LinePanel, places: readonly [number, number], count: number): Scale {
  if (scale === "linear" && yRange !== undefined) return linearScale(yRange, places, count, true);
  // A raw line that is faint may leave the panel's middle, never the panel.
  const lists = [...curves.map(({ raw }) => raw), limits.map(({ at }) => at)];
  if (scale === "linear") return linearScale(extentOf(...lists) ?? [0, 1], places, count);
  const positive = lists.map((list) => Array.from(list).filter((value) => value > 0));
  return logScale(extentOf(...positive) ?? [0.1, 1], places, count);
}

/** Room above the panel, for the label of its y axis. */
export const panelTop = ({ yLabel }: LinePanel): number => (yLabel === "" ? 6 : 24);

/** The panel with its axes and labels, in the box. */
export function drawLinePanel(panel: LinePanel, theme: Theme, box: Box): Mark[] {
  const top = box.y + panelTop(panel);
  const height = Math.max(10, box.y + box.height - belowAxis - top);
  const up = yScale(panel, [top + height, top], Math.max(1, Math.min(4, Math.floor(height / 36))));
  const left = box.x + gutterOf(up);
  const ends = endLabels(panel, box.width * 0.36);
  const right = box.x + box.width - Math.max(8, ...ends.map(({ width }) => width + 12));
  const inner = { x: left, y: top, width: Math.max(10, right - left), height };
  const across = linearScale(
    xExtent(panel),
    [inner.x, inner.x + inner.width],
    Math.max(3, Math.min(6, Math.floor(inner.width / 70))),
    true,
    panel.curves.every(isWhole) ? 1 : 0,
  );
  return [
    ...drawAxes(theme, inner, across, up, panel.xLabel, panel.yLabel),
    ...panel.limits.flatMap((limit) => drawLimit(limit, theme, inner, up)),
    ...panel.curves.flatMap((curve) => drawCurve(curve, theme, inner, across, up)),
    ...drawCursor(panel, theme, inner, across, up),
    ...panel.events.flatMap((event) => drawEvent(event, theme, inner, across)),
    ...placeLabels(ends, theme, inner, up),
    ...drawChoices(panel, theme, inner, across),
  ];
}

const isWhole = ({ raw, xs }: Curve) => {
  for (let i = 0; i < raw.length; i++) if (!Number.isInteger(xs(i))) return false;
  return true;
};

function drawEvent({ at, label }: AxisMark, theme: Theme, { x, y, width, height }: Box, across: Scale): Mark[] {
  const place = across.place(at);
  if (!(place >= x && place <= x + width)) return [];
  const [before, behind] = [place - x - 6, x + width - place - 6];
  const isLate = textLength(label, sizes.small) > behind && before > behind;
  return [
    {
      kind: "path",
      lines: [
        [
          [place, y],
          [place, y + height],
        ],
      ],
      stroke: theme.soft,
      dash: [2, 3],
    },
    {
      kind: "text",
      x: place + (isLate ? -6 : 6),
      y: y + 10,
      text: cutText(label, sizes.small, isLate ? before : behind),
      size: sizes.small,
      fill: theme.soft,
      anchor: isLate ? "end" : "start",
      halo: theme.paper,
    },
  ];
}

function drawLimit({ at, label }: AxisMark, theme: Theme, { x, y, width, height }: Box, up: Scale): Mark[] {
  const place = up.place(at);
  if (!(place >= y - 0.5 && place <= y + height + 0.5)) return [];
  return [
    {
      kind: "path",
      lines: [
        [
          [x, place],
          [x + width, place],
        ],
      ],
      stroke: theme.soft,
      dash: [4, 3],
    },
    // Near the upper edge the label is below the line.
    {
      kind: "text",
      x: x + 6,
      y: place + (place < y + 16 ? 14 : -6),
      text: cutText(label, sizes.small, width - 12),
      size: sizes.small,
      fill: theme.soft,
      halo: theme.paper,
    },
  ];
}

function drawCurve(curve: Curve, theme: Theme, { x, y, width, height }: Box, across: Scale, up: Scale): Mark[] {
  const { raw, smoothed, xs, color, lineWidth, dash, points, name, opacity } = curve;
  const isInside = (place: number) => place >= x - 0.5 && place <= x + width + 0.5;
  // Lines that leave the range run along its edge.
  const linesOf = (values: ArrayLike<number>) =>
    decimate(values.length, (i) => {
      const place = across.place(xs(i));
      const isShown = isInside(place) && Number.isFinite(values[i]);
      return [isShown ? place : Number.NaN, Math.min(y + height, Math.max(y, up.place(values[i]!)))];
    });
  const line = {
    kind: "path",
    stroke: color,
    strokeWidth: lineWidth,
    ...(dash === undefined ? {} : { dash }),
  } as const;
  const marks: Mark[] = smoothed === undefined ? [] : [{ ...line, lines: linesOf(raw), strokeWidth: 1, opacity: 0.3 }];
  marks.push({ ...line, lines: linesOf(smoothed ?? raw), ...(opacity === undefined ? {} : { opacity }) });
  if (!points) return marks;
  for (let i = 0; i < raw.length; i++) {
    const [cx, cy] = [across.place(xs(i)), up.place(raw[i]!)];
    if (!isInside(cx) || !(cy >= y - 0.5 && cy <= y + height + 0.5)) continue;
    const label = `${name} ${formatShort(raw[i]!)} at ${formatShort(xs(i))}`;
    marks.push({ kind: "circle", x: cx, y: cy, radius: 4, fill: theme.paper, stroke: color, strokeWidth: 2, label });
  }
  return marks;
}

/** The value at an x: that of the last point at or before it. */
function valueAt({ raw, smoothed, xs }: Curve, x: number): number {
  let [low, high] = [0, raw.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs(middle) <= x) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? Number.NaN : (smoothed ?? raw)[low - 1]!;
}

function drawCursor(
  { cursor, curves }: LinePanel,
  theme: Theme,
  { x, y, width, height }: Box,
  across: Scale,
  up: Scale,
): Mark[] {
  if (cursor === undefined) return [];
  const place = across.place(cursor);
  if (!(place >= x - 0.5 && place <= x + width + 0.5)) return [];
  const places = curves.map((curve) => up.place(valueAt(curve, cursor)));
  const shown = places.filter((each) => each >= y - 0.5 && each <= y + height + 0.5);
  return [
    {
      kind: "path",
      lines: [
        [
          [place, y],
          [place, y + height],
        ],
      ],
      stroke: theme.accent,
      strokeWidth: 1.5,
    },
    ...shown.map(
      (each): Mark => ({
        kind: "circle",
        x: place,
        y: each,
        radius: 4.5,
        fill: theme.paper,
        stroke: theme.accent,
        strokeWidth: 2,
      }),
    ),
  ];
}

/** Bands that a pointer meets; each reaches half-way to its neighbours, or to the edge. */
function drawChoices(
  { choices, xLabel }: LinePanel,
  theme: Theme,
  { x, y, width, height }: Box,
  across: Scale,
): Mark[] {
  const isInside = (place: number) => place >= x - 0.5 && place <= x + width + 0.5;
  const places = choices.map((at) => ({ at, place: across.place(at) })).filter(({ place }) => isInside(place));
  return places.map(({ at, place }, i) => {
    const left = i === 0 ? x : (places[i - 1]!.place + place) / 2;
    const right = i === places.length - 1 ? x + width : (places[i + 1]!.place + place) / 2;
    const label = `${xLabel} ${formatShort(at)}`;
    return {
      kind: "rect",
      x: left,
      y,
      width: right - left,
      height,
      fill: theme.paper,
      opacity: 0,
      key: String(at),
      label,
    };
  });
}

interface EndLabel {
  readonly text: string;
  readonly value: number;
  readonly color: string;
  readonly width: number;
}

/** Name and last value of each line. */
function endLabels({ curves }: LinePanel, most: number): EndLabel[] {
  return curves.flatMap(({ name, raw, smoothed, color }) => {
    const values = smoothed ?? raw;
    let last = values.length - 1;
    while (last >= 0 && !Number.isFinite(values[last])) last--;
    if (last < 0 || name === "") return [];
    const whole = `${name} ${formatShort(values[last]!)}`;
    const text = textLength(whole, sizes.text, 600) <= most ? whole : cutText(name, sizes.text, most, 600);
    return [{ text, value: values[last]!, color, width: textLength(text, sizes.text, 600) }];
  });
}

/** Labels at the height of their lines' ends, moved apart where they would touch. */
function placeLabels(labels: readonly EndLabel[], theme: Theme, { x, y, width, height }: Box, up: Scale): Mark[] {
  const gap = sizes.text + 4;
  const placed = labels
    .map((label) => ({ label, at: Math.min(y + height, Math.max(y, up.place(label.value))) }))
    .sort((a, b) => a.at - b.at);
  for (let i = 1; i < placed.length; i++) placed[i]!.at = Math.max(placed[i]!.at, placed[i - 1]!.at + gap);
  let bottom = y + height + 4;
  for (const each of placed.toReversed()) {
    each.at = Math.min(each.at, bottom);
    bottom = each.at - gap;
  }
  return placed.map(({ label: { text, color }, at }) => ({
    kind: "text",
    x: x + width + 10,
    y: at + 4,
    text,
    size: sizes.text,
    fill: color,
    weight: 600,
    halo: theme.paper,
  }));
}

/** Each line in a sentence. */
export function lineWords({ curves, xLabel, yLabel }: LinePanel): string {
  const sentences = curves.map(({ name, raw, smoothed, xs }) => {
    const values = smoothed ?? raw;
    const extent = extentOf(values);
    if (extent === undefined) return `${name}: no value.`;
    const last = values[values.length - 1]!;
    return `${name}: ${values.length} values, from ${formatShort(values[0]!)} to ${formatShort(last)} at ${xLabel} ${formatShort(xs(values.length - 1))}; smallest ${formatShort(extent[0])}, largest ${formatShort(extent[1])}.`;
  });
  return [yLabel === "" ? "" : `${yLabel}.`, ...sentences].filter((each) => each !== "").join(" ");
}
