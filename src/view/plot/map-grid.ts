/** All maps of a layer side by side: feature maps, or the kernels that make them. */
import { ArgumentError } from "../../base/errors.ts";
import type { Box } from "./axes.ts";
import {
  type Grid,
  readChoice,
  readGrid,
  readInteger,
  readList,
  readNames,
  readRange,
  readText,
  type Values,
} from "./check.ts";
import { type ColorMapName, colorMap, type Range } from "./color.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { readColors } from "./heat-map.ts";
import { atlasOf, drawRangeBar, type RangeMode, rangeBarHeight, rangeOf } from "./maps.ts";
import { extentOf, formatShort } from "./scale.ts";
import type { Mark, Point, Scene } from "./scene.ts";
import type { Theme } from "./theme.ts";

export interface MapGridOptions extends FigureOptions {
  /** Values [height, width, channels], what a layer makes of one image, or a kernel of one input channel. */
  readonly values: Grid;
  /** "shared" (default): a colour is the same number in all maps. "own": each map spans its own range. */
  readonly scaling?: RangeMode;
  /** Smallest and largest value of the colours, for "shared". Default: of all values, and zero. */
  readonly range?: Range;
  /** Default: "diverging" where a value is negative, else "sequential". */
  readonly colors?: ColorMapName;
  /** Channels in the order in which they are drawn; some may be left out. Default: all. */
  readonly order?: readonly number[];
  /** Maps in a row. Default: about as many as rows. */
  readonly columns?: number;
  /** Names of all channels, for pointers. Default: their numbers. */
  readonly names?: readonly string[];
  /** The channel in the accent colour. */
  readonly selected?: number;
  /** What the numbers are, beside the range: "activation". Default: none. */
  readonly unit?: string;
}

const known = [
  "values",
  "scaling",
  "range",
  "colors",
  "order",
  "columns",
  "names",
  "selected",
  "unit",
] as const satisfies readonly (keyof MapGridOptions)[];

/** What is drawn. */
export interface MapSet {
  readonly values: Values;
  readonly name: ColorMapName;
  readonly range: Range | "own";
  readonly order: readonly number[];
  readonly columns: number;
  readonly names: readonly string[];
  readonly selected: number | undefined;
  readonly unit: string;
}

/**
 * The maps of all channels in one picture of crisp squares, with one range for all, or each with its own. A map's `key` is the
 * number of its channel.
 *
 * @throws ArgumentError for options that cannot be drawn; ShapeError for other shapes
 *
 * @example
 * ```ts
 * import { mapGrid } from "fovea/plot";
 * const maps = { data: Float32Array.from({ length: 26 * 26 * 8 }, (_, i) => Math.max(0, Math.sin(i))), shape: [26, 26, 8] };
 * const scene = mapGrid({ title: "Conv2D, 8 maps of 26 x 26", values: maps, unit: "activation" });
 * ```
 */
export function mapGrid(options: MapGridOptions): Scene {
  const frame = openFrame("mapGrid", options, known, { title: "Maps of a layer", width: 420 });
  const set = readMaps("mapGrid", options);
  const box = { x: margin, y: frame.top, width: frame.room, height: heightOfMaps(set, frame.room) };
  if (box.height > 8192)
    throw new ArgumentError(
      `mapGrid: ${set.order.length} maps in ${set.columns} columns are ${Math.ceil(box.height)} pixels high, at most 8192 are drawn. Give more columns.`,
    );
  const marks = drawMaps(set, frame.theme, box);
  const bottom = box.y + box.height;
  if (set.range === "own") return frame.finish(marks, bottom, mapsWords(set));
  const bar = drawRangeBar(frame.theme, colorMap(set.name, frame.theme), set.range, set.unit, {
    ...box,
    y: bottom + 10,
  });
  return frame.finish([...marks, ...bar], bottom + 10 + rangeBarHeight - 4, mapsWords(set));
}

export function readMaps(owner: string, options: MapGridOptions): MapSet {
  const values = readGrid(owner, "values", options.values, 3, "[height, width, channels]");
  const [height, width, channels] = values.shape as readonly [number, number, number];
  const { scaling = "shared", unit = "", selected } = options;
  const readChannel = (name: string, item: unknown) => readInteger(owner, name, item, 0, channels - 1);
  const order =
    options.order === undefined
      ? Array.from({ length: channels }, (_, i) => i)
      : readList(owner, "order", options.order, (item, at) => readChannel(at, item));
  if (order.length === 0) throw new ArgumentError(`${owner}: order is empty; name at least one channel.`);
  if (order.length > channels)
    throw new ArgumentError(`${owner}: order names ${order.length} channels, there are ${channels}.`);
  const { columns = evenColumns(order.length, height / width) } = options;
  const name = readColors(owner, options.colors, values);
  const own = readChoice(owner, "scaling", scaling, ["shared", "own"]) === "own";
  const shared = options.range === undefined ? rangeOf(values.data, name) : readRange(owner, "range", options.range);
  return {
    values,
    name,
    range: own ? "own" : shared,
    order,
    columns: Math.min(order.length, readInteger(owner, "columns", columns, 1, 4096)),
    names: readNames(owner, "names", options.names, channels),
    selected: selected === undefined ? undefined : readChannel("selected", selected),
    unit: readText(owner, "unit", unit),
  };
}

/** About as many columns as make a square, preferably so that all rows are full. */
function evenColumns(count: number, ratio: number): number {
  const ideal = Math.sqrt(count * ratio);
  const full = Array.from({ length: count }, (_, i) => i + 1).filter((columns) => count % columns === 0);
  const distance = (columns: number) => Math.abs(Math.log(columns / ideal));
  const nearest = full.reduce((best, columns) => (distance(columns) <= distance(best) + 1e-9 ? columns : best));
  return distance(nearest) < 0.4 ? nearest : Math.min(count, Math.ceil(ideal));
}

/** Height of the maps for a width, in pixels. */
export const heightOfMaps = (set: MapSet, width: number): number => width * sidesOf(set).ratio;

/** Sizes of the atlas in pixels of maps, and its height for a width of 1. */
function sidesOf({ values, order, columns }: MapSet) {
  const [height, width] = values.shape as readonly [number, number];
  const rows = Math.ceil(order.length / columns);
  const gap = Math.max(1, Math.round(Math.max(height, width) / 10));
  const across = columns * (width + gap) - gap;
  const down = rows * (height + gap) - gap;
  return { rows, gap, across, ratio: down / across };
}

/** Where a place of a channel's map is drawn; undefined if the channel is not drawn. */
export function placeOnMap(set: MapSet, box: Box, channel: number, y: number, x: number): Point | undefined {
  const at = set.order.indexOf(channel);
  if (at < 0) return undefined;
  const [height, width] = set.values.shape as readonly [number, number];
  const { gap, across } = sidesOf(set);
  const scale = box.width / across;
  return [
    box.x + scale * ((at % set.columns) * (width + gap) + x),
    box.y + scale * (Math.floor(at / set.columns) * (height + gap) + y),
  ];
}

/** The atlas, a hairline around each map, a ring around the selected one, and what a pointer finds. */
export function drawMaps(set: MapSet, theme: Theme, box: Box): Mark[] {
  const { values, name, range, order, columns, names, selected } = set;
  const [height, width] = values.shape as readonly [number, number];
  const { rows, gap, across } = sidesOf(set);
  const { pixels, ranges } = atlasOf(values, order, { columns, rows, gap }, colorMap(name, theme), range);
  const scale = box.width / across;
  const frames = order.map((channel) => {
    const [x, y] = placeOnMap(set, box, channel, 0, 0)!;
    return { x, y, width: width * scale, height: height * scale };
  });
  const ring = selected === undefined ? undefined : frames[order.indexOf(selected)];
  return [
    { kind: "image", ...box, pixels },
    {
      kind: "path",
      lines: frames.map(({ x, y, width: w, height: h }): Point[] => [
        [x, y],
        [x + w, y],
        [x + w, y + h],
        [x, y + h],
      ]),
      closed: true,
      stroke: theme.line,
    },
    ...order.map((channel, i): Mark => {
      const extent = range === "own" ? ranges[i]! : undefined;
      const span = extent === undefined ? "" : `: ${formatShort(extent[0])} to ${formatShort(extent[1])}`;
      const label = `channel ${names[channel]}${span}`;
      return { kind: "rect", ...frames[i]!, fill: theme.paper, opacity: 0, key: String(channel), label };
    }),
    ...(ring === undefined ? [] : [{ kind: "rect", ...ring, stroke: theme.accent, strokeWidth: 2.5 } as const]),
  ];
}

export function mapsWords({ values, order, range, unit, names }: MapSet): string {
  const [height, width, channels] = values.shape as readonly [number, number, number];
  const extent = extentOf(values.data);
  const largest = extent === undefined ? -1 : Array.from(values.data).indexOf(extent[1]);
  const strongest = largest < 0 ? "" : ` The largest value is in channel ${names[largest % channels]}.`;
  const span =
    extent === undefined ? "no finite value" : `values from ${formatShort(extent[0])} to ${formatShort(extent[1])}`;
  return `${order.length} maps of ${height} x ${width}, ${span}${unit === "" ? "" : ` (${unit})`}${range === "own" ? ", each in its own range" : ""}.${strongest}`;
}
