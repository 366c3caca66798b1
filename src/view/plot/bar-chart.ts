/** Bars with names and numbers: the ten probabilities of a digit, parameters of layers. */
import { ArgumentError } from "../../base/errors.ts";
import { formatCount } from "../../base/format.ts";
import type { Box } from "./axes.ts";
import { type Numbers, readInteger, readNames, readNumber, readNumbers } from "./check.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { extentOf, formatShort, LARGEST } from "./scale.ts";
import type { Mark, Scene } from "./scene.ts";
import { cutText, textLength } from "./text.ts";
import { sizes, type Theme } from "./theme.ts";

export interface BarChartOptions extends FigureOptions {
  /** Not negative. */
  readonly values: Numbers;
  /** Default: "0", "1", … */
  readonly names?: readonly string[];
  /** What a full bar is. Default: 1 where all values are at most 1, as probabilities are; else the largest value. */
  readonly full?: number;
  /** Decimals of the numbers. Default: 4 where a full bar is 1, else as few as they need. */
  readonly digits?: number;
  /** The bar in the accent colour. Default: the largest one. */
  readonly selected?: number;
  /** The bar that is true: a tick stands beside its number. */
  readonly truth?: number;
}

const known = [
  "values",
  "names",
  "full",
  "digits",
  "selected",
  "truth",
] as const satisfies readonly (keyof BarChartOptions)[];

/** What is drawn. */
export interface Bars {
  readonly values: ArrayLike<number>;
  readonly names: readonly string[];
  readonly full: number;
  readonly digits: number | undefined;
  readonly selected: number;
  readonly truth: number | undefined;
}

/**
 * Horizontal bars from zero: the name before, the number behind.
 *
 * @throws ArgumentError for options that cannot be drawn
 *
 * @example
 * ```ts
 * import { barChart } from "fovea/plot";
 * const scene = barChart({ title: "This is a 7", values: [0, 0, 0.01, 0, 0, 0, 0, 0.98, 0, 0.01], truth: 7 });
 * ```
 */
export function barChart(options: BarChartOptions): Scene {
  const frame = openFrame("barChart", options, known, { title: "Bar chart", width: 360 });
  const bars = readBars("barChart", options);
  const row = 22;
  const box = { x: margin, y: frame.top, width: frame.room, height: row * bars.values.length };
  return frame.finish(drawBars(bars, frame.theme, box), box.y + box.height, barWords(bars));
}

export function readBars(owner: string, options: BarChartOptions): Bars {
  const values = readNumbers(owner, "values", options.values);
  const most = 1000;
  if (values.length === 0 || values.length > most)
    throw new ArgumentError(`${owner}: values has ${values.length} numbers, expected 1 to ${most}.`);
  for (let i = 0; i < values.length; i++)
    if (!(values[i]! >= 0 && values[i]! < LARGEST))
      throw new ArgumentError(
        `${owner}: values[${i}] is ${values[i]}, expected a finite number, 0 or more. Logits become probabilities by a softmax.`,
      );
  const [, largest] = extentOf(values)!;
  const { full = Math.max(1, largest), digits = full === 1 ? 4 : undefined, truth } = options;
  const last = values.length - 1;
  const { selected = Array.from(values).indexOf(largest) } = options;
  return {
    values,
    names: readNames(owner, "names", options.names, values.length),
    full: readNumber(owner, "full", full, Number.MIN_VALUE, Number.MAX_VALUE),
    digits: digits && readInteger(owner, "digits", digits, 0, 12),
    selected: readInteger(owner, "selected", selected, -1, last),
    truth: truth === undefined ? undefined : readInteger(owner, "truth", truth, 0, last),
  };
}

const numberText = (value: number, digits: number | undefined) =>
  digits === undefined ? formatShort(value) : formatCount(value, digits);

export function drawBars({ values, names, full, digits, selected, truth }: Bars, theme: Theme, box: Box): Mark[] {
  const row = box.height / values.length;
  const size = row < 15 ? sizes.small : sizes.text;
  const numbers = Array.from(values, (value) => numberText(value, digits));
  const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => textLength(text, size, 600)));
  const before = Math.min(widest(names), box.width * 0.4);
  const behind = widest(numbers) + (truth === undefined ? 0 : size + 4);
  const x = box.x + before + 10;
  const room = Math.max(4, box.width - before - behind - 20);
  const thick = Math.min(14, row * 0.62);
  const corner = Math.min(3, thick / 2);
  return Array.from(values).flatMap((value, i): Mark[] => {
    const middle = box.y + row * (i + 0.5);
    const baseline = middle + size * 0.36;
    const y = middle - thick / 2;
    const isSelected = i === selected;
    const key = String(i);
    const label = `${names[i]}: ${numbers[i]}`;
    const length = room * Math.min(1, value / full);
    return [
      {
        kind: "text",
        x: box.x,
        y: baseline,
        text: cutText(names[i]!, size, before, 600),
        size,
        fill: theme.ink,
        weight: 600,
      },
      { kind: "rect", x, y, width: room, height: thick, radius: corner, fill: theme.cell, key, label },
      ...(length < 0.25
        ? []
        : [
            {
              kind: "rect",
              x,
              y,
              width: length,
              height: thick,
              radius: Math.min(corner, length / 2),
              fill: isSelected ? theme.accent : theme.soft,
              key,
              label,
            } as const,
          ]),
      {
        kind: "text",
        x: box.x + box.width - (truth === undefined ? 0 : size + 4),
        y: baseline,
        text: numbers[i]!,
        size,
        fill: isSelected ? theme.ink : theme.soft,
        anchor: "end",
        ...(isSelected ? { weight: 600 } : {}),
      },
      ...(truth === i ? [tick(box.x + box.width - size, middle, size, theme)] : []),
    ];
  });
}

/** A tick of the pen: fonts may lack one. */
function tick(x: number, y: number, size: number, { ink }: Theme): Mark {
  const at = (dx: number, dy: number) => [x + dx * size, y + dy * size] as const;
  return {
    kind: "path",
    lines: [[at(0.05, 0.05), at(0.35, 0.35), at(0.95, -0.35)]],
    stroke: ink,
    strokeWidth: 1.8,
    label: "the truth",
  };
}

export function barWords({ values, names, digits, selected, truth }: Bars): string {
  const list = Array.from(values, (value, i) => `${names[i]} ${numberText(value, digits)}`).slice(0, 20);
  const more = values.length > 20 ? `, and ${values.length - 20} more` : "";
  const marked = selected < 0 ? "" : ` Marked: ${names[selected]}.`;
  return `${list.join(", ")}${more}.${marked}${truth === undefined ? "" : ` True: ${names[truth]}.`}`;
}
