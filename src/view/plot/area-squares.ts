/** Numbers as areas: 640 beside 432,640 beside 33,962,240 parameters. */
import { ArgumentError } from "../../base/errors.ts";
import { formatCount } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import { readInteger, readList, readNumber, readText } from "./check.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { formatShort } from "./scale.ts";
import type { Mark, Point, Scene } from "./scene.ts";
import { cutText, textLength } from "./text.ts";
import { sizes, type Theme } from "./theme.ts";

/** One square. */
export interface AreaItem {
  readonly name: string;
  /** Its area; 0 or more. */
  readonly value: number;
}

export interface AreaSquaresOptions extends FigureOptions {
  readonly items: readonly AreaItem[];
  /** What is counted. Default "parameters". */
  readonly unit?: string;
  /** Side of the largest square in pixels, 20 … 4096. Default: as large as fits, at most 260. */
  readonly side?: number;
  /** Number of the square in the accent colour. Default: the smallest. */
  readonly selected?: number;
}

const known = ["items", "unit", "side", "selected"] as const satisfies readonly (keyof AreaSquaresOptions)[];

/**
 * Squares side by side on one ground line. Their areas are exactly as the numbers; the figures below say how many times the
 * smallest each is.
 *
 * @throws ArgumentError for options that cannot be drawn
 *
 * @example
 * ```ts
 * import { areaSquares } from "fovea/plot";
 * const scene = areaSquares({
 *   title: "The same 26 x 26 x 64 outputs",
 *   items: [
 *     { name: "convolution", value: 640 },
 *     { name: "not shared", value: 432_640 },
 *     { name: "fully connected", value: 33_962_240 },
 *   ],
 * });
 * ```
 */
export function areaSquares(options: AreaSquaresOptions): Scene {
  const owner = "areaSquares";
  const frame = openFrame(owner, options, known, { title: "Numbers as areas", width: 560 });
  const { theme } = frame;
  const { unit = "parameters" } = options;
  readText(owner, "unit", unit);
  const items = readList(owner, "items", options.items, (item, at): AreaItem => {
    checkKeys(`${owner} ${at}`, item as object, ["name", "value"]);
    const { name, value } = item as AreaItem;
    return {
      name: readText(owner, `${at}.name`, name),
      value: readNumber(owner, `${at}.value`, value, 0, Number.MAX_VALUE),
    };
  });
  if (items.length === 0 || items.length > 50)
    throw new ArgumentError(`${owner}: items has ${items.length} entries, expected 1 to 50.`);
  const values = items.map(({ value }) => value);
  const most = Math.max(...values) || 1;
  const least = Math.min(...values);
  const { selected = values.indexOf(least) } = options;
  readInteger(owner, "selected", selected, -1, items.length - 1);
  const shares = values.map((value) => Math.sqrt(value / most));
  const numbers = values.map((value) => formatCount(value, Number.isInteger(value) ? 0 : 2));
  const captions = items.map(({ name, value }, i): Caption => {
    const ratio = least > 0 && value > least ? `${formatShort(value / least)} times` : "";
    return { name, number: numbers[i]!, ratio, isSelected: i === selected };
  });
  const room = frame.room - ring - gap * (items.length - 1);
  const needed = captions.map(widthOfCaption);
  const free = items.map(() => 0);
  // Captions stand below their squares, or in a list where that would make the squares small.
  const beside = sideThatFits(shares, needed, room);
  const isListed = beside < 140;
  const fitting = isListed ? sideThatFits(shares, free, room) : beside;
  const side = options.side === undefined ? fitting : readNumber(owner, "side", options.side, 20, 4096);
  const ground = frame.top + side + 4;
  let x = margin + ring;
  const marks: Mark[] = [];
  for (const [i, caption] of captions.entries()) {
    const length = side * shares[i]!;
    const label = `${caption.name}: ${caption.number} ${unit}`;
    if (values[i] !== 0)
      marks.push(...drawSquare(x, ground, length, caption.isSelected, { key: String(i), label }, theme));
    const width = Math.max(length, isListed ? 0 : needed[i]!);
    const place = { x, y: ground + 28, width: width + gap - 4 };
    marks.push(...(isListed ? listed(caption, i, ground + 30, frame.room, theme) : drawCaption(caption, place, theme)));
    x += width + gap;
  }
  const line: Point[] = [
    [margin, ground + 0.5],
    [margin + frame.room, ground + 0.5],
  ];
  marks.push({ kind: "path", lines: [line], stroke: theme.soft });
  const bottom = ground + (isListed ? 18 + 22 * items.length : 70);
  return frame.finish(marks, bottom, captions.map(({ name, number }) => `${name}: ${number} ${unit}.`).join(" "));
}

/** Between squares. */
const gap = 20;
/** Of the ring around a square that is too small to be seen. */
const ring = 10;

interface Caption {
  readonly name: string;
  readonly number: string;
  /** How many times the smallest it is. */
  readonly ratio: string;
  readonly isSelected: boolean;
}

const widthOfCaption = ({ name, number, ratio }: Caption): number =>
  Math.max(textLength(name, sizes.text), textLength(number, sizes.heading, 600), textLength(ratio, sizes.text));

/** The largest side, at most 260, with which squares fit that are each as wide as its `least` at least. */
function sideThatFits(shares: readonly number[], least: readonly number[], room: number): number {
  const widthOf = (side: number) => shares.reduce((sum, share, i) => sum + Math.max(share * side, least[i]!), 0);
  let side = 260;
  while (side > 20 && widthOf(side) > room) side -= 4;
  return side;
}

function drawSquare(
  x: number,
  ground: number,
  side: number,
  isSelected: boolean,
  names: { readonly key: string; readonly label: string },
  theme: Theme,
): Mark[] {
  const color = isSelected ? theme.accent : theme.soft;
  const square: Mark = { kind: "rect", x, y: ground - side, width: side, height: side, fill: color, ...names };
  if (side > 8) return [square];
  const around = { kind: "circle", x: x + side / 2, y: ground - side / 2, radius: ring - 1, stroke: color } as const;
  return [square, { ...around, strokeWidth: 1.5 }];
}

function drawCaption(
  { name, number, ratio, isSelected }: Caption,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  theme: Theme,
): Mark[] {
  const fill = isSelected ? theme.accent : theme.ink;
  return [
    { kind: "text", x, y, text: cutText(name, sizes.text, width), size: sizes.text, fill: theme.ink },
    { kind: "text", x, y: y + 20, text: number, size: sizes.heading, weight: 600, fill },
    { kind: "text", x, y: y + 38, text: ratio, size: sizes.text, fill: theme.soft },
  ];
}

/** The caption as a row of a list: name, how many times, number. */
function listed(
  { name, number, ratio, isSelected }: Caption,
  row: number,
  top: number,
  room: number,
  theme: Theme,
): Mark[] {
  const y = top + 22 * row;
  const right = margin + room;
  const fill = isSelected ? theme.accent : theme.ink;
  const left = right - textLength(number, sizes.text, 600) - 12;
  const free = left - margin - textLength(ratio, sizes.text) - 12;
  return [
    { kind: "text", x: margin, y, text: cutText(name, sizes.text, free), size: sizes.text, fill: theme.ink },
    { kind: "text", x: left, y, text: ratio, size: sizes.text, fill: theme.soft, anchor: "end" },
    { kind: "text", x: right, y, text: number, size: sizes.text, weight: 600, fill, anchor: "end" },
  ];
}
