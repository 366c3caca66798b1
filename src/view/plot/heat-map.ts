/** One map of numbers: a digit, a kernel, a saliency map. */
import { ArgumentError } from "../../base/errors.ts";
import { checkKeys } from "../../base/options.ts";
import type { Box } from "./axes.ts";
import {
  type Grid,
  readChoice,
  readFlag,
  readGrid,
  readList,
  readNumber,
  readRange,
  readText,
  type Values,
} from "./check.ts";
import { type ColorMapName, colorIndex, colorMap, hexOf, type Range, textOn } from "./color.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { drawRangeBar, mapMark, mapNameOf, rangeBarHeight, rangeOf, rgbPixels } from "./maps.ts";
import { extentOf, formatShort } from "./scale.ts";
import type { Mark, Scene } from "./scene.ts";
import { textLength } from "./text.ts";
import { sizes, type Theme } from "./theme.ts";

/** A rectangle of pixels of a map, such as a receptive field: rows from `y`, columns from `x`. It may reach beyond the map. */
export interface MapBox {
  readonly y: number;
  readonly x: number;
  readonly height: number;
  readonly width: number;
}

export interface HeatMapOptions extends FigureOptions {
  /** [height, width]; or [height, width, 3], which is drawn as red, green and blue. */
  readonly values: Grid;
  /** Default: "diverging" where a value is negative, else "sequential". */
  readonly colors?: ColorMapName;
  /** Smallest and largest value of the colours. Default: of the values, and zero. For RGB 0 and 1, or 255. */
  readonly range?: Range;
  /** What the numbers are, beside the range: "activation". Default: none. */
  readonly unit?: string;
  /** Whether numbers stand in cells that have room for them (22 pixels). Default true. */
  readonly numbers?: boolean;
  /** Whether the colours' range is drawn below the map; RGB has none. Default true. */
  readonly rangeBar?: boolean;
  /** Marked in the accent colour. */
  readonly boxes?: readonly MapBox[];
}

const known = [
  "values",
  "colors",
  "range",
  "unit",
  "numbers",
  "rangeBar",
  "boxes",
] as const satisfies readonly (keyof HeatMapOptions)[];

/** Least side of a cell with a number in it. */
const LEAST_CELL = 22;

/**
 * A map as crisp squares. Zero is the paper's colour; signed values are blue below zero and red above.
 *
 * @throws ArgumentError for options that cannot be drawn; ShapeError for other shapes
 *
 * @example
 * ```ts
 * import { heatMap } from "fovea/plot";
 * const sobel = heatMap({ title: "Vertical edges", width: 200, values: [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]] });
 * ```
 */
export function heatMap(options: HeatMapOptions): Scene {
  const frame = openFrame("heatMap", options, known, { title: "Heat map", width: 320 });
  const { unit = "", numbers = true, rangeBar = true, boxes = [] } = options;
  const values = readMap("heatMap", "values", options.values);
  const [rows, columns, channels] = values.shape as readonly [number, number, number];
  const name = readColors("heatMap", options.colors, values);
  const range = options.range === undefined ? defaultRange(values, name) : readRange("heatMap", "range", options.range);
  readText("heatMap", "unit", unit);
  const box = { x: margin, y: frame.top, width: frame.room, height: (frame.room * rows) / columns };
  if (box.height > 8192)
    throw new ArgumentError(
      `heatMap: ${rows}x${columns} values are ${Math.ceil(box.height)} pixels high at this width, at most 8192 are drawn. Give less width, or fewer rows.`,
    );
  const marks: Mark[] = [
    channels === 3
      ? { kind: "image", ...box, pixels: rgbPixels(values, range) }
      : mapMark(values, name, range, frame.theme, box),
    { kind: "rect", ...box, stroke: frame.theme.line },
  ];
  if (readFlag("heatMap", "numbers", numbers) && channels === 1)
    marks.push(...cellNumbers(values, name, range, frame.theme, box));
  for (const each of readList("heatMap", "boxes", boxes, (item, at) => readBox("heatMap", at, item)))
    marks.push(...boxMarks(each, frame.theme, box, columns));
  let bottom = box.y + box.height;
  if (readFlag("heatMap", "rangeBar", rangeBar) && channels === 1) {
    marks.push(...drawRangeBar(frame.theme, colorMap(name, frame.theme), range, unit, { ...box, y: bottom + 10 }));
    bottom += 10 + rangeBarHeight - 4;
  }
  return frame.finish(marks, bottom, mapWords(values, unit));
}

/** [height, width, 1 or 3]. */
export function readMap(owner: string, name: string, given: unknown): Values {
  const expected = "[height, width], or [height, width, 3] for colours";
  const isFlat = (shape: unknown) => Array.isArray(shape) && shape.length === 3;
  const rank = isFlat((given as { shape?: unknown } | undefined)?.shape) || isThreeDeep(given) ? 3 : 2;
  const { data, shape } = readGrid(owner, name, given, rank, expected);
  if (rank === 2) return { data, shape: [...shape, 1] };
  if (shape[2] !== 1 && shape[2] !== 3)
    throw new ArgumentError(
      `${owner}: ${name} has ${shape[2]} channels, expected 1, or 3 for colours. mapGrid draws maps of many channels.`,
    );
  return { data, shape };
}

const isThreeDeep = (given: unknown) =>
  Array.isArray(given) && Array.isArray(given[0]) && typeof given[0][0] === "object";

export function readColors(owner: string, given: unknown, { data }: Values): ColorMapName {
  if (given === undefined) return mapNameOf(data);
  return readChoice(owner, "colors", given, ["sequential", "diverging", "ink"]);
}

/** RGB is 0 … 1 or 0 … 255. */
export function defaultRange({ data, shape }: Values, name: ColorMapName): Range {
  if (shape[2] !== 3) return rangeOf(data, name);
  return [0, (extentOf(data)?.[1] ?? 1) > 1 ? 255 : 1];
}

export function readBox(owner: string, name: string, given: unknown): MapBox {
  checkKeys(`${owner} ${name}`, given as object, ["y", "x", "height", "width"]);
  const box = given as MapBox;
  for (const key of ["y", "x"] as const) readNumber(owner, `${name}.${key}`, box[key], -1e6, 1e6);
  for (const key of ["height", "width"] as const) readNumber(owner, `${name}.${key}`, box[key], 0, 1e6);
  return box;
}

/** The box in the accent colour, with paper around it; the part that lies on the map. */
export function boxMarks({ y, x, height, width }: MapBox, theme: Theme, box: Box, columns: number): Mark[] {
  const cell = box.width / columns;
  const within = (value: number, end: number) => Math.min(end, Math.max(0, value));
  const [left, right] = [within(x * cell, box.width), within((x + width) * cell, box.width)];
  const [top, bottom] = [within(y * cell, box.height), within((y + height) * cell, box.height)];
  const place = { kind: "rect", x: box.x + left, y: box.y + top, width: right - left, height: bottom - top } as const;
  return [
    { ...place, stroke: theme.paper, strokeWidth: 4 },
    { ...place, stroke: theme.accent, strokeWidth: 2 },
  ];
}

function cellNumbers({ data, shape }: Values, name: ColorMapName, range: Range, theme: Theme, box: Box): Mark[] {
  const [rows, columns] = shape as readonly [number, number];
  const side = box.width / columns;
  const texts = Array.from(data, formatShort);
  const widest = side < LEAST_CELL ? 0 : Math.max(...texts.map((text) => textLength(text, sizes.small)));
  if (side < Math.max(LEAST_CELL, widest + 4)) return [];
  const map = colorMap(name, theme);
  const size = side >= 44 ? sizes.text : sizes.small;
  return texts.map((text, i) => ({
    kind: "text",
    x: box.x + ((i % columns) + 0.5) * side,
    y: box.y + (Math.floor(i / columns) + 0.5) * (box.height / rows) + size * 0.36,
    text,
    size,
    fill: textOn(hexOf(map, colorIndex(data[i]!, range, name))),
    anchor: "middle",
  }));
}

export function mapWords({ data, shape }: Values, unit: string): string {
  const extent = extentOf(data);
  const size = `${shape[0]} rows of ${shape[1]} values`;
  if (extent === undefined) return `${size}, none finite.`;
  const at = Array.from(data).indexOf(extent[1]);
  const width = shape[1]! * shape[2]!;
  const zeros = Array.from(data).filter((value) => value === 0).length;
  return (
    `${size}${unit === "" ? "" : ` (${unit})`}, from ${formatShort(extent[0])} to ${formatShort(extent[1])}; ` +
    `the largest in row ${Math.floor(at / width) + 1}, column ${Math.floor((at % width) / shape[2]!) + 1}; ${Math.round((100 * zeros) / data.length)} % zeros.`
  );
}
