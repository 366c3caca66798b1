/** A whole network as one picture: image, maps of every layer, probabilities. */
import { ArgumentError } from "../../base/errors.ts";
import { checkKeys } from "../../base/options.ts";
import type { Box } from "./axes.ts";
import { barWords, drawBars, readBars } from "./bar-chart.ts";
import { type Grid, readInteger, readList, readNumber, readText, type Values } from "./check.ts";
import { colorMap, type Range } from "./color.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { boxMarks, defaultRange, type MapBox, readBox, readMap } from "./heat-map.ts";
import { drawMaps, heightOfMaps, type MapSet, mapsWords, placeOnMap, readMaps } from "./map-grid.ts";
import { drawRangeBar, mapMark, rangeBarHeight, rgbPixels } from "./maps.ts";
import type { Mark, Point, Scene } from "./scene.ts";
import { cutText, textLength } from "./text.ts";
import { sizes, type Theme } from "./theme.ts";

/** What a layer makes of the image. */
export interface StripLayer {
  readonly name: string;
  /** [height, width, channels]. */
  readonly values: Grid;
  /** Channels in the order in which they are drawn. Default: all. */
  readonly order?: readonly number[];
}

/** A unit and what it sees. */
export interface StripTrace {
  /** Number of the layer in `layers`. */
  readonly layer: number;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
  /** Its receptive field on the image. */
  readonly box: MapBox;
}

export interface NetworkStripOptions extends FigureOptions {
  /** [height, width], or [height, width, 3]. */
  readonly image: Grid;
  readonly layers: readonly StripLayer[];
  /** Of the classes. */
  readonly probabilities: ArrayLike<number>;
  /** Of the classes. Default: "0", "1", … */
  readonly names?: readonly string[];
  /** A box on the image with lines to one unit. */
  readonly trace?: StripTrace;
}

const known = [
  "image",
  "layers",
  "probabilities",
  "names",
  "trace",
] as const satisfies readonly (keyof NetworkStripOptions)[];

interface Block {
  readonly title: string;
  /** Share of the width. */
  readonly weight: number;
  draw(box: Box): Mark[];
}

/**
 * Image, maps and bars in one row, or two in a row where there is little room.
 *
 * @throws ArgumentError for options that cannot be drawn; ShapeError for other shapes
 *
 * @example
 * ```ts
 * import { networkStrip } from "fovea/plot";
 * const maps = { data: new Float32Array(26 * 26 * 4).fill(0.5), shape: [26, 26, 4] };
 * const scene = networkStrip({
 *   title: "What the network makes of a 7",
 *   image: { data: new Float32Array(28 * 28), shape: [28, 28] },
 *   layers: [{ name: "Conv2D, 4 maps", values: maps }],
 *   probabilities: [0.1, 0.9],
 *   names: ["other", "7"],
 *   trace: { layer: 0, channel: 2, y: 5, x: 5, box: { y: 5, x: 5, height: 3, width: 3 } },
 * });
 * ```
 */
export function networkStrip(options: NetworkStripOptions): Scene {
  const owner = "networkStrip";
  const frame = openFrame(owner, options, known, { title: "A network, layer by layer", width: 960 });
  const { theme } = frame;
  const image = readMap(owner, "image", options.image);
  const layers = readList(owner, "layers", options.layers, (item, at) => readLayer(owner, at, item));
  const { probabilities, names } = options;
  const bars = readBars(owner, { values: probabilities, ...(names === undefined ? {} : { names }) });
  const trace = options.trace === undefined ? undefined : readTrace(owner, options.trace, layers);
  /** Where image and maps came to lie. */
  const places: Box[] = [];
  const blocks: Block[] = [
    {
      title: `Image, ${image.shape[0]} x ${image.shape[1]}`,
      weight: 1,
      draw: (box) => drawInput(image, theme, box, places),
    },
    ...layers.map(
      ({ name, set }): Block => ({ title: name, weight: 1.45, draw: (box) => drawLayer(set, theme, box, places) }),
    ),
    {
      title: "Probabilities",
      weight: 1.25,
      draw: (box) => drawBars(bars, theme, { ...box, height: Math.max(box.width, 15 * bars.values.length) }),
    },
  ];
  const perRow = frame.width < 560 ? 2 : blocks.length;
  const marks: Mark[] = [];
  let top = frame.top;
  for (let first = 0; first < blocks.length; first += perRow) {
    const row = blocks.slice(first, first + perRow);
    const bottom = drawRow(row, theme, { x: margin, y: top, width: frame.room, height: 0 }, marks);
    top = bottom + 20;
  }
  if (trace !== undefined) marks.push(...drawTrace(trace, image, layers[trace.layer]!.set, theme, places));
  const words = [
    `Image of ${image.shape[0]} x ${image.shape[1]}.`,
    ...layers.map(({ name, set }) => `${name}: ${mapsWords(set)}`),
    `Probabilities: ${barWords(bars)}`,
  ];
  return frame.finish(marks, top - 20, words.join(" "));
}

interface Layer {
  readonly name: string;
  readonly set: MapSet;
}

function readLayer(owner: string, at: string, given: unknown): Layer {
  checkKeys(`${owner} ${at}`, given as object, ["name", "values", "order"]);
  const { name, values, order } = given as StripLayer;
  return {
    name: readText(owner, `${at}.name`, name),
    set: readMaps(`${owner} ${at}`, { values, ...(order === undefined ? {} : { order }) }),
  };
}

function readTrace(owner: string, given: unknown, layers: readonly Layer[]): StripTrace {
  checkKeys(`${owner} trace`, given as object, ["layer", "channel", "y", "x", "box"]);
  const trace = given as StripTrace;
  if (layers.length === 0) throw new ArgumentError(`${owner}: trace names a layer, and layers is empty.`);
  const layer = readInteger(owner, "trace.layer", trace.layer, 0, layers.length - 1);
  const [height, width, channels] = layers[layer]!.set.values.shape as readonly [number, number, number];
  readInteger(owner, "trace.channel", trace.channel, 0, channels - 1);
  readNumber(owner, "trace.y", trace.y, 0, height - 1);
  readNumber(owner, "trace.x", trace.x, 0, width - 1);
  readBox(owner, "trace.box", trace.box);
  return trace;
}

/** @returns the lower edge */
function drawRow(row: readonly Block[], theme: Theme, box: Box, marks: Mark[]): number {
  const gap = 28;
  const weights = row.reduce((sum, { weight }) => sum + weight, 0);
  const room = box.width - gap * (row.length - 1);
  let { x } = box;
  let bottom = box.y;
  for (const { title, weight, draw } of row) {
    const width = (room * weight) / weights;
    const size = textLength(title, sizes.text) > width + gap - 8 ? sizes.small : sizes.text;
    const text = cutText(title, size, width + gap - 8);
    marks.push({ kind: "text", x, y: box.y + 12, text, size, fill: theme.soft });
    const drawn = draw({ x, y: box.y + 22, width, height: width });
    marks.push(...drawn);
    bottom = Math.max(bottom, ...drawn.map(bottomOf));
    x += width + gap;
  }
  return bottom;
}

function bottomOf(mark: Mark): number {
  if (mark.kind === "image" || mark.kind === "rect") return mark.y + mark.height;
  return mark.kind === "text" ? mark.y + 3 : 0;
}

function drawInput(image: Values, theme: Theme, box: Box, places: Box[]): Mark[] {
  const [rows, columns, channels] = image.shape as readonly [number, number, number];
  const place = { ...box, height: (box.width * rows) / columns };
  places.push(place);
  const range: Range = defaultRange(image, "ink");
  return [
    channels === 3
      ? { kind: "image", ...place, pixels: rgbPixels(image, range) }
      : mapMark(image, "ink", range, theme, place),
    { kind: "rect", ...place, stroke: theme.line },
  ];
}

function drawLayer(set: MapSet, theme: Theme, box: Box, places: Box[]): Mark[] {
  const place = { ...box, height: heightOfMaps(set, box.width) };
  places.push(place);
  const bar = { ...place, y: place.y + place.height + 10, height: rangeBarHeight };
  return [
    ...drawMaps(set, theme, place),
    ...(set.range === "own" ? [] : drawRangeBar(theme, colorMap(set.name, theme), set.range, set.unit, bar)),
  ];
}

/** The box on the image, and lines from two of its corners to the unit. */
function drawTrace(
  { layer, channel, y, x, box }: StripTrace,
  image: Values,
  set: MapSet,
  theme: Theme,
  places: readonly Box[],
): Mark[] {
  const [inside, map] = [places[0]!, places[layer + 1]!];
  const unit = placeOnMap(set, map, channel, y + 0.5, x + 0.5);
  const marks = boxMarks(box, theme, inside, image.shape[1]!);
  if (unit === undefined) return marks;
  const cell = inside.width / image.shape[1]!;
  const [left, right] = [inside.x + box.x * cell, inside.x + (box.x + box.width) * cell];
  const [top, bottom] = [inside.y + box.y * cell, inside.y + (box.y + box.height) * cell];
  // In two rows the unit may lie below the image: then the lines leave the box downwards.
  const corners: Point[] =
    unit[0] > right
      ? [
          [right, top],
          [right, bottom],
        ]
      : [
          [left, bottom],
          [right, bottom],
        ];
  return [
    { kind: "path", lines: corners.map((corner) => [corner, unit]), stroke: theme.accent },
    ...marks,
    { kind: "circle", x: unit[0], y: unit[1], radius: 3, fill: theme.accent, stroke: theme.paper },
  ];
}
