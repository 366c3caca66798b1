/** Options and checks that several layers share. Messages name the layer and the argument. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { dilatedExtent, type Pad, type Padding, windowOutput, windowPad } from "../../base/shape.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { choice, type Kind, value } from "../option-kinds.ts";

/** Throws unless every axis is a whole number of 1 or more, or null. */
export function checkShape(owner: string, name: string, shape: BatchShape): void {
  const fits = (axis: number | null) => axis === null || (Number.isInteger(axis) && axis > 0);
  if (!Array.isArray(shape) || !shape.every(fits))
    throw new ArgumentError(
      `${owner}: ${name} is ${formatValue(shape)}, expected a list of whole numbers of 1 or more, or null for an axis of any size.`,
    );
}

/** Number of spatial axes. */
export type SpatialRank = 1 | 2 | 3;

export type DataFormat = "channels_last" | "channels_first";

const spatialNames = { 1: "length", 2: "height, width", 3: "depth, height, width" } as const;

/** Axes of inputs with so many spatial axes, as messages name them. */
export function axisNames(rank: SpatialRank, format: DataFormat): string {
  const names = spatialNames[rank];
  return format === "channels_last" ? `[batch, ${names}, channels]` : `[batch, channels, ${names}]`;
}

/** Where the channels are, in any case; null, which Keras allows, is "channels_last". */
export function dataFormat(): Kind<DataFormat, "channels_last", DataFormat | null> {
  const formats = choice(["channels_last", "channels_first"], { anyCase: true });
  const read = (given: unknown, owner: string, name: string) => formats.read(given ?? "channels_last", owner, name);
  return value<DataFormat, "channels_last", DataFormat | null>(read, { default: "channels_last" });
}

/** "valid" or "same", in any case. */
export function padding(): Kind<Padding, "valid"> {
  return choice(["valid", "same"], { default: "valid", anyCase: true });
}

/** One window over the spatial axes, an entry for each. */
export interface WindowOptions {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: Padding | "causal";
}

/** Output cells of each spatial axis; null where the input's size is not known. */
export function windowSizes(sizes: BatchShape, { size, strides, dilation, padding }: WindowOptions): BatchShape {
  const rule = padding === "causal" ? "same" : padding;
  return sizes.map((cells, axis) =>
    cells === null ? null : windowOutput(cells, size[axis]!, strides[axis]!, dilation[axis]!, rule),
  );
}

/** The same, and throws where the window does not fit. `noun` and `option` name the window: kernel, kernelSize. */
export function fittingSizes(
  owner: string,
  noun: string,
  option: string,
  sizes: BatchShape,
  window: WindowOptions,
): BatchShape {
  const output = windowSizes(sizes, window);
  if (output.some((cells) => cells !== null && cells < 1)) {
    const extent = window.size.map((cells, axis) => dilatedExtent(cells, window.dilation[axis]!));
    const dilated = Math.max(...window.dilation) > 1 ? `, dilated to ${extent.join("x")},` : "";
    const smallest = Math.min(...sizes.filter((cells) => cells !== null));
    throw new ShapeError(
      `${owner}: ${noun} ${window.size.join("x")}${dilated} does not fit input ${sizes.map((cells) => cells ?? "any").join("x")} ` +
        `(padding "${window.padding}"). Use padding "same" or ${option} <= ${smallest}.`,
    );
  }
  return output;
}

/** Cells of padding on both sides of each spatial axis. "causal": all (k − 1) · d before. */
export function windowPads(sizes: readonly number[], { size, strides, dilation, padding }: WindowOptions): Pad[] {
  return sizes.map((cells, axis): Pad => {
    const [window, rate] = [size[axis]!, dilation[axis]!];
    if (padding === "causal") return [(window - 1) * rate, 0];
    return windowPad(cells, window, strides[axis]!, rate, padding);
  });
}

/** A list of one or two entries as a pair [rows, columns]; signals are images of height 1. */
export function asPair<T>(list: readonly T[], single: T): readonly [T, T] {
  return list.length === 1 ? [single, list[0]!] : [list[0]!, list[1]!];
}
