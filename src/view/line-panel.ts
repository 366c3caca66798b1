/** A panel of an SVG figure: lines over numbered steps, with axes, grid and labels. */
import { formatCount } from "../base/format.ts";

/** Text with the escapes for an SVG element or attribute. */
export function escapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => names[character]!);
}

/** Position of a panel, in the figure's units. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  /** y of x = 1, 2, 3, …; the line has a gap where a value is not finite. */
  readonly values: readonly number[];
  readonly color: string;
  readonly width: number;
  /** SVG's stroke-dasharray. Default: a solid line. */
  readonly dash?: string;
  readonly opacity?: number;
}

export interface LinePanel {
  readonly box: Box;
  readonly title: string;
  readonly xLabel: string;
  readonly lines: readonly Line[];
  /** "linear" starts at 0; "log" extends to whole powers of ten, and values of 0 are drawn at its lower edge. */
  readonly scale: "linear" | "log";
  /** A horizontal line and its label. */
  readonly mark?: { readonly value: number; readonly label: string };
}

/** 1, 2 or 5 times a power of ten, chosen so that about `count` steps cover the range. */
export function niceStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
}

interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** Multiples of `step` from 0 to `end`, both included. */
function multiples(step: number, end: number): number[] {
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** `Math.max(...values)` would fail: a long training has more values than a function can have arguments. */
const largestOf = (values: readonly number[], least: number) => values.reduce((a, b) => Math.max(a, b), least);
const smallestOf = (values: readonly number[], most: number) => values.reduce((a, b) => Math.min(a, b), most);

function linearScale(values: readonly number[], { y, height }: Box): Scale {
  const largest = largestOf(values, 0) || 1;
  const step = niceStep(largest, 4);
  const top = step * Math.ceil(largest / step - 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return {
    place: (value) => y + height * (1 - value / top),
    ticks: multiples(step, top).map((value) => ({ value, label: formatCount(value, digits) })),
  };
}

function logScale(values: readonly number[], { y, height }: Box): Scale {
  const exponents = values.filter((value) => value > 0).map(Math.log10);
  const top = Math.ceil(largestOf(exponents, -8));
  const bottom = Math.min(top - 1, Math.floor(smallestOf(exponents, top)));
  const stride = Math.ceil((top - bottom) / 5);
  return {
    place: (value) => {
      const exponent = value > 0 ? Math.log10(value) : bottom;
      return y + (height * (top - exponent)) / (top - bottom);
    },
    ticks: multiples(stride, top - bottom).map((up) => ({ value: 10 ** (bottom + up), label: `1e${bottom + up}` })),
  };
}

/** The panel as SVG elements. */
export function linePanel({ box, title, xLabel, lines, scale, mark }: LinePanel): string {
  const { x, y, width, height } = box;
  const finite = lines.flatMap(({ values }) => values.filter(Number.isFinite));
  const all = mark === undefined ? finite : [...finite, mark.value];
  const { place, ticks } = scale === "linear" ? linearScale(all, box) : logScale(all, box);
  const steps = Math.max(2, ...lines.map(({ values }) => values.length));
  const across = (step: number) => x + (width * (step - 1)) / (steps - 1);
  const xStep = Math.max(1, niceStep(steps, 6));
  const bottom = y + height;
  const text = (at: { x: number; y: number }, label: string, attributes: string) =>
    `<text x="${round(at.x)}" y="${round(at.y)}" ${attributes}>${escapeXml(label)}</text>`;
  return [
    text({ x, y: y - 12 }, title, 'class="heading"'),
    ...ticks.flatMap(({ value, label }) => [
      `<path d="M${x} ${round(place(value))}h${width}" class="grid"/>`,
      text({ x: x - 8, y: place(value) + 4 }, label, 'class="small" text-anchor="end"'),
    ]),
    ...[1, ...multiples(xStep, steps).slice(1)].flatMap((step) => [
      `<path d="M${round(across(step))} ${bottom}v4" class="axis"/>`,
      text({ x: across(step), y: bottom + 17 }, formatCount(step), 'class="small" text-anchor="middle"'),
    ]),
    `<path d="M${x} ${bottom}h${width}" class="axis"/>`,
    text({ x: x + width, y: bottom + 33 }, xLabel, 'class="small" text-anchor="end"'),
    ...(mark === undefined
      ? []
      : [
          `<path d="M${x} ${round(place(mark.value))}h${width}" class="mark"/>`,
          // Near the upper edge the label is below the line, because the title is above it.
          text(
            { x: x + 6, y: place(mark.value) + (place(mark.value) < y + 14 ? 13 : -5) },
            mark.label,
            'class="small"',
          ),
        ]),
    ...lines.map(({ values, color, width, dash, opacity = 1 }) => {
      const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash}"`;
      return `<path d="${pathOf(values, across, place)}" fill="none" stroke="${color}" stroke-width="${width}"${dashes} stroke-opacity="${opacity}" stroke-linejoin="round"/>`;
    }),
  ].join("\n");
}

function pathOf(values: readonly number[], across: (step: number) => number, place: (value: number) => number): string {
  return values
    .map((value, i) => {
      if (!Number.isFinite(value)) return "";
      const pen = i > 0 && Number.isFinite(values[i - 1]) ? "L" : "M";
      return `${pen}${round(across(i + 1))} ${round(place(value))}`;
    })
    .join("");
}

/** Hundredths of a pixel exceed any screen's resolution. */
function round(value: number): number {
  return Math.round(100 * value) / 100;
}
