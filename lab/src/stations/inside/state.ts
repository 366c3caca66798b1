/** Station 9 without its view: kernels as maps, what excites a unit, and what an edited kernel changes. */
import { classesOf } from "../../base/classes.ts";
import { type Maps, ownRanges, type Range, rangeOf } from "../../parts/maps.ts";
import type { PlacedUnit } from "../../state/selection.ts";

export const sortNames = ["activation", "channel"] as const;
export type SortName = (typeof sortNames)[number];

export const rangeNames = ["own", "layer", "network"] as const;
export type RangeName = (typeof rangeNames)[number];

/** A kernel of the first convolution with other numbers. */
export interface KernelEdit {
  readonly filter: number;
  /** Nine, row by row. */
  readonly values: readonly number[];
}

export const KERNEL_SIDE = 3;
const FLATTENED = 32;
const MAP_SIDE = 24;

/** A unit of a layer whose numbers this station explains: an entry of Flatten is a unit of the second convolution. */
export function explainedUnit(unit: PlacedUnit): PlacedUnit {
  if (unit.layer !== "flatten") return unit;
  const place = Math.floor(unit.channel / FLATTENED);
  return {
    layer: "conv2d_1",
    channel: unit.channel % FLATTENED,
    y: Math.floor(place / MAP_SIDE),
    x: place % MAP_SIDE,
  };
}

/** "map 28 of conv2d_1", "the digit 7". */
export const unitName = ({ layer, channel }: PlacedUnit): string =>
  layer === "dense" ? `the digit ${channel}` : `map ${channel} of ${layer}`;

export interface Weights {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Kernels [3, 3, inputs, filters] that share a filter or an input, as maps. */
export function kernelsOf(
  { shape, data }: Weights,
  part: { readonly filter: number } | { readonly input: number },
): Maps {
  const [height = 0, width = 0, inputs = 0, filters = 0] = shape;
  const channels = "filter" in part ? inputs : filters;
  const cells = Float32Array.from({ length: height * width * channels }, (_, i) => {
    const [place, channel] = [Math.floor(i / channels), i % channels];
    const [input, filter] = "filter" in part ? [channel, part.filter] : [part.input, channel];
    return data[(place * inputs + input) * filters + filter]!;
  });
  return { data: cells, height, width, channels };
}

/** The nine numbers of a filter that reads one map. */
export function kernelOf({ shape, data }: Weights, filter: number): number[] {
  const filters = shape.at(-1)!;
  return Array.from({ length: KERNEL_SIDE ** 2 }, (_, place) => data[place * filters + filter]!);
}

/** The kernel with one cell changed; undefined when it is the network's own again. */
export function editCell(
  own: readonly number[],
  now: KernelEdit,
  place: number,
  value: number,
): KernelEdit | undefined {
  const values = now.values.with(place, value);
  return values.every((each, i) => each === own[i]) ? undefined : { filter: now.filter, values };
}

/** The range that colours mean; of each map where every map has its own. */
export function coloursRange(name: RangeName, maps: Maps, all: readonly Maps[]): Range | readonly Range[] {
  if (name === "own") return ownRanges(maps);
  if (name === "layer") return rangeOf(maps);
  const ranges = all.map(rangeOf);
  return { low: Math.min(...ranges.map(({ low }) => low)), high: Math.max(...ranges.map(({ high }) => high)) };
}

/** Rows of [rows, channels] in which a channel is largest, the largest first. */
export function bestRows(values: ArrayLike<number>, channels: number, channel: number, count: number): number[] {
  const of = (row: number) => values[row * channels + channel]!;
  return Array.from({ length: values.length / channels }, (_, row) => row)
    .sort((a, b) => of(b) - of(a))
    .slice(0, count);
}

/** How many rows have the class of their label. */
export const rightOf = (probabilities: ArrayLike<number>, labels: ArrayLike<number>): number =>
  classesOf(probabilities).filter((each, row) => each === labels[row]).length;

/** What an edit did to the answers, in words. */
export function effectWords(before: number, after: number, digits: number): string {
  if (before === after) return `As many of the ${digits} digits are read right as before.`;
  const [change, how] = [Math.abs(after - before), after < before ? "fewer" : "more"];
  return `${change} ${how} of the ${digits} digits ${change === 1 ? "is" : "are"} read right.`;
}
