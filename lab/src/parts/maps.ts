/** Maps of numbers side by side: where each lies, what it holds, and how it is painted. Nothing here knows of the page. */
import { type Colours, paletteOf, type ThemeName } from "./colours.ts";

/** Maps [height, width, channels] of one image, channels last as in Keras. */
export interface Maps {
  readonly data: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** A place on a map. */
export interface Cell {
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

export function valueAt({ data, width, channels }: Maps, { channel, y, x }: Cell): number {
  return data[(y * width + x) * channels + channel] ?? Number.NaN;
}

/** Whether the maps have such a place; an address may name others. */
export const hasCell = ({ height, width, channels }: Maps, { channel, y, x }: Cell): boolean =>
  channel < channels && y < height && x < width;

/** What a map is like, in numbers. */
export interface MapSummary {
  readonly highest: number;
  /** Where the highest value is. */
  readonly y: number;
  readonly x: number;
  readonly lowest: number;
  readonly mean: number;
  /** Share of exact zeros. */
  readonly zeros: number;
}

export function summarise(maps: Maps, channel: number): MapSummary {
  let [highest, lowest, sum, zeros, at] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0, 0];
  const size = maps.height * maps.width;
  for (let i = 0; i < size; i++) {
    const value = maps.data[i * maps.channels + channel]!;
    if (value > highest) [highest, at] = [value, i];
    if (value < lowest) lowest = value;
    if (value === 0) zeros++;
    sum += value;
  }
  return { highest, lowest, y: Math.floor(at / maps.width), x: at % maps.width, mean: sum / size, zeros: zeros / size };
}

/** The range of all maps, with zero in it. */
export function rangeOf({ data }: Pick<Maps, "data">): Range {
  let [low, high] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** The range of each map, with zero in it. */
export const ownRanges = (maps: Maps): readonly Range[] =>
  Array.from({ length: maps.channels }, (_, channel) => {
    const { lowest, highest } = summarise(maps, channel);
    return { low: Math.min(0, lowest), high: Math.max(0, highest) };
  });

/** Channels, those with the largest mean first. */
export function strongestFirst(maps: Maps): number[] {
  const means = Array.from({ length: maps.channels }, (_, channel) => summarise(maps, channel).mean);
  return [...means.keys()].sort((a, b) => means[b]! - means[a]!);
}

/** How maps lie in one picture; everything in cells. */
export interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly gap: number;
  readonly width: number;
  readonly height: number;
  /** The channel at each place, in reading order. */
  readonly order: readonly number[];
}

export function layOut(maps: Maps, columns: number, gap: number, order?: readonly number[]): Layout {
  const places = order ?? Array.from({ length: maps.channels }, (_, channel) => channel);
  const across = Math.max(1, Math.min(columns, places.length));
  const rows = Math.ceil(places.length / across);
  return {
    columns: across,
    rows,
    gap,
    order: places,
    width: across * (maps.width + gap) - gap,
    height: rows * (maps.height + gap) - gap,
  };
}

/** The upper left corner of the map at a place. */
export function cornerOf(
  maps: Maps,
  { columns, gap }: Layout,
  place: number,
): { readonly y: number; readonly x: number } {
  return { y: Math.floor(place / columns) * (maps.height + gap), x: (place % columns) * (maps.width + gap) };
}

/** The cell under a point of the picture, in cells; undefined between maps and behind the last one. */
export function cellUnder(
  maps: Maps,
  layout: Layout,
  point: { readonly y: number; readonly x: number },
): Cell | undefined {
  const [down, across] = [maps.height + layout.gap, maps.width + layout.gap];
  const [row, column] = [Math.floor(point.y / down), Math.floor(point.x / across)];
  const [y, x] = [Math.floor(point.y - row * down), Math.floor(point.x - column * across)];
  const isInside = y >= 0 && x >= 0 && y < maps.height && x < maps.width && column >= 0 && column < layout.columns;
  const channel = isInside ? layout.order[row * layout.columns + column] : undefined;
  return channel === undefined ? undefined : { channel, y, x };
}

export interface Paint {
  /** Of all maps, or of each channel. */
  readonly range: Range | readonly Range[];
  readonly theme: ThemeName;
  /** Default "sequential". Ranges with negative values have two colours in any case. */
  readonly colours?: Colours | undefined;
}

/** Paints the maps, a pixel for each cell: RGBA of the whole picture. */
export function paint(
  maps: Maps,
  layout: Layout,
  { range, theme, colours = "sequential" }: Paint,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(layout.width * layout.height * 4);
  layout.order.forEach((channel, place) => {
    const { low, high } = "low" in range ? range : range[channel]!;
    const isSigned = low < 0;
    const largest = isSigned ? Math.max(-low, high) : high;
    const palette = paletteOf(isSigned ? "diverging" : colours, theme);
    const scale = largest > 0 ? 1 / largest : 0;
    const corner = cornerOf(maps, layout, place);
    for (let y = 0; y < maps.height; y++)
      for (let x = 0; x < maps.width; x++) {
        const share = (maps.data[(y * maps.width + x) * maps.channels + channel] ?? 0) * scale || 0;
        const level = Math.min(255, Math.max(0, Math.round(isSigned ? 128 + 127 * share : 255 * share)));
        const at = ((corner.y + y) * layout.width + corner.x + x) * 4;
        pixels[at] = palette[3 * level]!;
        pixels[at + 1] = palette[3 * level + 1]!;
        pixels[at + 2] = palette[3 * level + 2]!;
        pixels[at + 3] = 255;
      }
  });
  return pixels;
}
