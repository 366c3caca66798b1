/**
 * Receptive fields in closed form: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill
 * 2019. Going up by a window with kernel k, stride s, dilation d and p cells of padding before the input, where ke = (k-1)·d + 1:
 *
 *     size  += (ke - 1)·jump      start += ((ke - 1)/2 - p)·jump      jump *= s
 *
 * The closed forms ignore the border of the image and the gaps of dilation. `reach` respects them: it traces individual cells
 * back layer by layer. The axes are independent: the receptive field of a unit is its rows times its columns.
 */
import { ShapeError } from "../base/errors.ts";
import { dilatedExtent } from "../base/shape.ts";
import type { DataFormat } from "../nn/layers/arguments.ts";
import type { Pair, Reading, SlidingWindow } from "../nn/layers/reading.ts";

/** One spatial axis of one tensor. */
export interface AxisField {
  readonly size: number;
  readonly jump: number;
  readonly start: number;
  /** Number of cells of the tensor along this axis. */
  readonly extent: number;
  /** Maps cells of the tensor to the pixels that they read, in ascending order; cells of padding are not pixels. */
  reach(cells: readonly number[]): readonly number[];
}

/**
 * The fields of one tensor:
 * - `grid`: its entries are on rows and columns (and channels);
 * - `entry`: entries of a flattened grid, each with the field it had there;
 * - `all`: all entries have the same field.
 */
export interface FieldState {
  readonly kind: "grid" | "entry" | "all";
  readonly axes: readonly [AxisField, AxisField];
  /** Entries per position of the grid. */
  readonly channels: number;
  /** Where they are: behind rows and columns, or before them. */
  readonly format: DataFormat;
}

/** Every pixel of the image reads itself. */
export function imageField(shape: readonly [number, number, number], format: DataFormat): FieldState {
  const [height, width, channels] = format === "channels_first" ? [shape[1], shape[2], shape[0]] : shape;
  const axis = (extent: number): AxisField => ({ size: 1, jump: 1, start: 0, extent, reach: (cells) => cells });
  return { kind: "grid", axes: [axis(height), axis(width)], channels, format };
}

/**
 * The field after a layer; undefined where it takes the image's axes for others.
 *
 * @param shape of the layer's output, without the batch axis
 */
export function fieldAfter(
  layer: string,
  field: FieldState,
  reading: Reading,
  shape: readonly number[],
): FieldState | undefined {
  if (field.kind === "all" || reading.kind === "same") return field;
  if (reading.kind === "reorder")
    return { ...field, kind: "entry", ...(reading.movesChannelsLast === true ? { format: "channels_last" } : {}) };
  if (reading.kind === "all") return { ...field, kind: "all", axes: bothAxes((i) => readAll(field.axes[i])) };
  if (field.kind === "entry")
    throw new ShapeError(
      `receptiveField: layer "${layer}" reads its input by places, but a layer before it took the entries off the image's rows ` +
        "and columns, so what it sees is no box. Ask for a model that ends before that layer.",
    );
  const { format } = field;
  if (format !== (reading.kind === "channels" ? "channels_last" : (reading.format ?? "channels_last")))
    return undefined;
  const [before, channels] = format === "channels_first" ? [1, shape[0]] : [0, shape.at(-1)];
  if (reading.kind === "channels") return { ...field, channels: channels! };
  const axes = bothAxes((i) =>
    reading.kind === "repeat"
      ? repeatAxis(field.axes[i], reading.times[i], shape[before + i]!)
      : slideAxis(field.axes[i], reading.window, i, shape[before + i]!),
  );
  return { kind: "grid", axes, channels: channels ?? 1, format };
}

/**
 * The field where branches merge: an entry reads what it reads through any of them. Branches with different strides have no
 * common grid.
 *
 * @param shape of the layer's output, without the batch axis
 */
export function joinFields(layer: string, fields: readonly FieldState[], shape: readonly number[]): FieldState {
  const [first, ...others] = fields;
  if (others.some(({ kind }) => kind !== first!.kind) || (first!.kind === "entry" && others.length > 0))
    throw new ShapeError(
      `receptiveField: layer "${layer}" joins inputs of which some are on the image's rows and columns and some are not. ` +
        "Ask for a model that ends before that layer.",
    );
  const axes = bothAxes((i) =>
    others.reduce((joined, field) => joinAxes(layer, joined, field.axes[i]), first!.axes[i]),
  );
  const { kind, format } = first!;
  return { kind, axes, channels: (format === "channels_first" ? shape[0] : shape.at(-1))!, format };
}

function joinAxes(layer: string, a: AxisField, b: AxisField): AxisField {
  if (a.jump !== b.jump)
    throw new ShapeError(
      `receptiveField: layer "${layer}" joins inputs whose cells are ${a.jump} and ${b.jump} pixels apart. ` +
        "Ask for a model that ends before that layer.",
    );
  const first = Math.min(...[a, b].map(({ start, size }) => start - (size - 1) / 2));
  const last = Math.max(...[a, b].map(({ start, size }) => start + (size - 1) / 2));
  return {
    size: last - first + 1,
    jump: a.jump,
    start: (first + last) / 2,
    // Concatenation needs equal extents; with broadcasting, one repeated row stands for all.
    extent: Math.max(a.extent, b.extent),
    reach: (cells) => [...new Set([...a.reach(cells), ...b.reach(cells)])].sort((i, j) => i - j),
  };
}

function bothAxes(make: (axis: 0 | 1) => AxisField): readonly [AxisField, AxisField] {
  return [make(0), make(1)];
}

function slideAxis(below: AxisField, window: SlidingWindow, axis: 0 | 1, extent: number): AxisField {
  const [kernel, stride, dilation, pad] = [window.kernel, window.strides, window.dilation, window.padBefore].map(
    (pair: Pair) => pair[axis],
  ) as [number, number, number, number];
  const span = dilatedExtent(kernel, dilation);
  return {
    size: below.size + (span - 1) * below.jump,
    jump: below.jump * stride,
    start: below.start + ((span - 1) / 2 - pad) * below.jump,
    extent,
    reach(cells) {
      const read = new Set<number>();
      for (const cell of cells) {
        for (let tap = 0; tap < kernel; tap++) {
          const place = cell * stride - pad + tap * dilation;
          if (place >= 0 && place < below.extent) read.add(place);
        }
      }
      return below.reach([...read].sort((a, b) => a - b));
    },
  };
}

/** Cell i reads cell ⌊i / times⌋; the jump is the mean of 0 and the one below. */
function repeatAxis(below: AxisField, times: number, extent: number): AxisField {
  const reach = (cells: readonly number[]) => below.reach([...new Set(cells.map((cell) => Math.floor(cell / times)))]);
  return { ...below, jump: below.jump / times, extent, reach };
}

/** One cell that reads all cells. */
function readAll(below: AxisField): AxisField {
  const pixels = below.reach(Array.from({ length: below.extent }, (_, cell) => cell));
  const [first, last] = [pixels[0]!, pixels.at(-1)!];
  return { size: last - first + 1, jump: 0, start: (first + last) / 2, extent: 1, reach: () => pixels };
}

/** Rows and columns of the image that the entry at this position reads. */
export function pixelsAt(
  layer: string,
  field: FieldState,
  position: readonly number[],
): { rows: readonly number[]; columns: readonly number[] } {
  const [rows, columns] = field.axes;
  const { takes, limits } = {
    grid: { takes: "(row, column)", limits: [rows.extent, columns.extent] },
    entry: { takes: "(index)", limits: [rows.extent * columns.extent * field.channels] },
    all: { takes: "()", limits: [] },
  }[field.kind];
  const fits = (value: number, i: number) => Number.isInteger(value) && value >= 0 && value < limits[i]!;
  if (position.length !== limits.length || !position.every(fits))
    throw new ShapeError(
      `receptiveField: position (${position.join(", ")}) in layer "${layer}", expected ${takes}` +
        `${limits.length === 0 ? "" : ` with ${limits.map((limit) => `0 … ${limit - 1}`).join(" and ")}`}.`,
    );
  const [index] = position as [number];
  const place =
    field.format === "channels_first" ? index % (rows.extent * columns.extent) : Math.floor(index / field.channels);
  const [row, column] = {
    grid: position,
    entry: [Math.floor(place / columns.extent), place % columns.extent],
    all: [0, 0],
  }[field.kind] as [number, number];
  return { rows: rows.reach([row]), columns: columns.reach([column]) };
}
