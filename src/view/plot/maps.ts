/** Maps of numbers as pixels: colours of values, atlases of many maps, the bar that says which colour is which number. */
import type { Box } from "./axes.ts";
import type { Values } from "./check.ts";
import { type ColorMap, type ColorMapName, colorIndex, colorMap, type Range } from "./color.ts";
import { extentOf, formatShort } from "./scale.ts";
import type { ImageMark, Mark, Pixels } from "./scene.ts";
import { sizes, type Theme } from "./theme.ts";

/** Which values the ends of a colour map are for: the same for all maps, or each map's own. */
export type RangeMode = "shared" | "own";

/** "diverging" where values have both signs, else "sequential". */
export function mapNameOf(data: ArrayLike<number>): ColorMapName {
  const [low] = extentOf(data) ?? [0, 0];
  return low < 0 ? "diverging" : "sequential";
}

/** The ends of a colour map for these values: zero is one end, or lies in the middle. */
export function rangeOf(data: ArrayLike<number>, name: ColorMapName): Range {
  const [low, high] = extentOf(data) ?? [0, 0];
  if (name !== "diverging") return [Math.min(0, low), Math.max(0, high)];
  const bound = Math.max(-low, high);
  return [-bound, bound];
}

/** Values of one channel of [height, width, channels]. */
export function channelOf({ data, shape }: Values, channel: number): Float32Array {
  const [height, width, channels] = shape as readonly [number, number, number];
  return Float32Array.from({ length: height * width }, (_, i) => data[i * channels + channel]!);
}

export interface Atlas {
  readonly pixels: Pixels;
  /** The ends of the colours of each map that is shown. */
  readonly ranges: readonly Range[];
}

/** How maps lie in an atlas. */
export interface AtlasPlan {
  readonly columns: number;
  readonly rows: number;
  /** Pixels between maps. */
  readonly gap: number;
}

/** The channels in their order, row by row, in one image; what is between them is paper. */
export function atlasOf(
  values: Values,
  order: readonly number[],
  { columns, rows, gap }: AtlasPlan,
  { name, palette }: ColorMap,
  range: Range | "own",
): Atlas {
  const [height, width] = values.shape as readonly [number, number, number];
  const across = columns * (width + gap) - gap;
  const data = new Uint8Array(across * (rows * (height + gap) - gap)).fill(name === "diverging" ? 128 : 0);
  const ranges = order.map((channel, i) => {
    const map = channelOf(values, channel);
    const ends = range === "own" ? rangeOf(map, name) : range;
    const top = Math.floor(i / columns) * (height + gap);
    const left = (i % columns) * (width + gap);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) data[(top + y) * across + left + x] = colorIndex(map[y * width + x]!, ends, name);
    return ends;
  });
  return { pixels: { columns: across, rows: rows * (height + gap) - gap, data, palette }, ranges };
}

/** [height, width, 3] in the given range as red, green and blue. */
export function rgbPixels({ data, shape }: Values, [low, high]: Range): Pixels {
  const [rows, columns] = shape as readonly [number, number, number];
  const bytes = Uint8ClampedArray.from(data, (value) => (255 * (value - low)) / (high - low || 1));
  return { columns, rows, data: new Uint8Array(bytes.buffer) };
}

/** A map as an image in a box. */
export function mapMark(values: Values, name: ColorMapName, range: Range, theme: Theme, box: Box): ImageMark {
  const plan = { columns: 1, rows: 1, gap: 0 };
  return { kind: "image", ...box, pixels: atlasOf(values, [0], plan, colorMap(name, theme), range).pixels };
}

/** Room that a range bar takes. */
export const rangeBarHeight = 26;

/** The colours from the lowest to the largest value, with both numbers below, and zero where it is in the middle. */
export function drawRangeBar(theme: Theme, map: ColorMap, [low, high]: Range, unit: string, box: Box): Mark[] {
  const { x, width } = box;
  const at = { kind: "text", y: box.y + 20, size: sizes.small, fill: theme.soft } as const;
  const data = Uint8Array.from({ length: 256 }, (_, i) => i);
  const units = unit === "" ? "" : ` ${unit}`;
  const middle = map.name === "diverging" && width > 110 ? "0" : undefined;
  return [
    { kind: "image", x, y: box.y, width, height: 6, pixels: { columns: 256, rows: 1, data, palette: map.palette } },
    { kind: "rect", x, y: box.y, width, height: 6, stroke: theme.line },
    { ...at, x, text: formatShort(low) },
    ...(middle === undefined ? [] : [{ ...at, x: x + width / 2, text: middle, anchor: "middle" } as const]),
    { ...at, x: x + width, text: `${formatShort(high)}${units}`, anchor: "end" },
  ];
}
