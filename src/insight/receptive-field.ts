/** Computes the part of the image that each layer's units read. */

import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import type { DataFormat } from "../nn/layers/arguments.ts";
import type { Layer } from "../nn/layers/layer.ts";
import type { Pair } from "../nn/layers/reading.ts";
import type { AnyModel } from "../train/model.ts";
import { plainTable } from "../view/plain-table.ts";
import { checkModel } from "./check-model.ts";
import { type FieldState, fieldAfter, imageField, joinFields, pixelsAt } from "./field.ts";
import { rowShape } from "./layer-shapes.ts";

/** A box of pixels; all four numbers are inclusive and counted from 0. */
export interface PixelBox {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** The receptive field of one layer's units; all sizes in pixels of the model's input, [height, width]; NaN where it is not known. */
export interface ReceptiveField {
  /** Name of the layer. */
  readonly layer: string;
  readonly className: string;
  /**
   * - `"grid"`: units are on rows and columns, each with its own box;
   * - `"entry"`: units of a flattened grid (after Flatten), each with the box it had there;
   * - `"all"`: all units have the same box (Dense after Flatten, global pooling);
   * - `"unknown"`: the layer, or one before it, does not state what it reads (`Layer.reading`).
   */
  readonly kind: "grid" | "entry" | "all" | "unknown";
  /** Extent of the box, without clipping to the image; behind `UpSampling2D`, where boxes differ, their mean. */
  readonly size: Pair;
  /** Distance between the boxes of neighbouring units, on average behind `UpSampling2D`; 0 for `"all"`. */
  readonly jump: Pair;
  /** Centre of the first unit's box; 0 is the centre of the image's first pixel. */
  readonly start: Pair;
  /**
   * The pixels that one unit reads: all combinations of `rows` and `columns`. The image's border is respected, and so are the
   * gaps of dilation and of strides larger than the kernel. A unit that reads only padding has none.
   *
   * @param position (row, column) of a `"grid"`, (index) of an `"entry"`, nothing for `"all"`
   * @throws ShapeError when the position does not fit; ArgumentError when the field is not known
   */
  pixels(...position: readonly number[]): { readonly rows: readonly number[]; readonly columns: readonly number[] };
  /** The smallest box around `pixels(…position)`; undefined if there are none. */
  box(...position: readonly number[]): PixelBox | undefined;
}

/**
 * The receptive field of every layer.
 *
 * Closed forms of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019:
 * `size += (ke - 1) · jump`, `start += ((ke - 1) / 2 - padBefore) · jump`, `jump *= stride`, with the dilated kernel
 * `ke = (k - 1) · dilation + 1`.
 *
 * @param model a built model whose input is an image [height, width, channels]; or [channels, height, width], if the first layer that
 *   reads windows has `dataFormat: "channels_first"`
 * @returns one entry per layer, in the order of `model.layers`; InputLayers are left out
 * @throws StateError when the model is not built; ShapeError when its input is no image
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { receptiveField } from "fovea/insight";
 * import { Conv2D } from "fovea/layers";
 * const model = new Sequential([
 *   new Conv2D({ filters: 8, kernelSize: 3, inputShape: [28, 28, 1] }),
 *   new Conv2D({ filters: 8, kernelSize: 3 }),
 * ]);
 * const [, second] = receptiveField(model);
 * second?.size;       // [5, 5]
 * second?.box(0, 10); // { top: 0, left: 10, bottom: 4, right: 14 }
 * ```
 */
export function receptiveField(model: AnyModel): ReceptiveField[] {
  checkModel("receptiveField", model);
  const { graph } = model;
  const fields = new Map<KerasTensor, FieldState | undefined>(
    graph.inputs.map((input) => [input, startField(model.name, input, formatOf(graph.calls))]),
  );
  const byLayer = new Map<Layer, FieldState | undefined>();
  for (const { layer, node } of graph.calls) {
    const { inputs, outputs } = node;
    const [input] = inputs;
    const output = outputs[0]!;
    if (input === undefined) continue;
    const shape = rowShape(layer.name, output);
    const below = inputs.map((each) => fields.get(each));
    const reading = layer.reading(rowShape(layer.name, input));
    const known = below.filter((field) => field !== undefined);
    const readable = reading !== undefined && known.length === below.length;
    const joined =
      layer.takesSeveral || known.length > 1 ? joinFields : (_: string, [only]: readonly FieldState[]) => only!;
    const field = readable ? fieldAfter(layer.name, joined(layer.name, known, shape), reading, shape) : undefined;
    fields.set(output, field);
    // The first call of a layer that is called several times is shown.
    if (!byLayer.has(layer)) byLayer.set(layer, field);
  }
  return [...byLayer].map(([layer, field]) => describeField(layer, field));
}

/** Where the images have their channels, by the first layer that reads windows of them. */
function formatOf(calls: AnyModel["graph"]["calls"]): DataFormat {
  for (const { layer, node } of calls) {
    const [input] = node.inputs;
    const reading = input === undefined ? undefined : layer.reading(rowShape(layer.name, input));
    if (reading?.kind === "window" || reading?.kind === "repeat") return reading.format ?? "channels_last";
  }
  return "channels_last";
}

function startField(model: string, { shape }: KerasTensor, format: DataFormat): FieldState {
  const axes = shape.slice(1);
  if (axes.length !== 3 || axes.some((axis) => axis === null))
    throw new ShapeError(
      `receptiveField: the input of model "${model}" has shape ${formatShape(shape)}, expected images (None, height, width, channels) or (None, channels, height, width).`,
    );
  return imageField(axes as [number, number, number], format);
}

function describeField(layer: Layer, field: FieldState | undefined): ReceptiveField {
  if (field === undefined) return unknownField(layer);
  const [rows, columns] = field.axes;
  return {
    layer: layer.name,
    className: layer.className,
    kind: field.kind,
    size: [rows.size, columns.size],
    jump: [rows.jump, columns.jump],
    start: [rows.start, columns.start],
    pixels: (...position) => pixelsAt(layer.name, field, position),
    box(...position) {
      const { rows, columns } = pixelsAt(layer.name, field, position);
      if (rows.length === 0 || columns.length === 0) return undefined;
      return { top: rows[0]!, left: columns[0]!, bottom: rows.at(-1)!, right: columns.at(-1)! };
    },
  };
}

function unknownField({ name, className }: Layer): ReceptiveField {
  const nothing: Pair = [Number.NaN, Number.NaN];
  const refuse = () => {
    throw new ArgumentError(
      `receptiveField: what layer "${name}" sees is not known, since it, or a layer before it, does not state what it reads; give its class a method reading(inputShape).`,
    );
  };
  return {
    layer: name,
    className,
    kind: "unknown",
    size: nothing,
    jump: nothing,
    start: nothing,
    pixels: refuse,
    box: refuse,
  };
}

const kindText = { grid: "each unit", entry: "each entry", all: "all units alike", unknown: "not known" } as const;

/**
 * `receptiveField` as an aligned text table; ends with "\n".
 *
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { receptiveFieldText } from "fovea/insight";
 * import { Conv2D } from "fovea/layers";
 * receptiveFieldText(new Sequential([new Conv2D({ filters: 8, kernelSize: 3, inputShape: [28, 28, 1] })]));
 * ```
 */
export function receptiveFieldText(model: AnyModel): string {
  const pair = ([height, width]: Pair) => `${height}x${width}`;
  const rows = receptiveField(model).map(({ layer, className, kind, size, jump, start }) => [
    `${layer} (${className})`,
    kind === "unknown" ? "–" : pair(size),
    kind === "all" || kind === "unknown" ? "–" : pair(jump),
    kind === "unknown" ? "–" : `${start[0]}, ${start[1]}`,
    kindText[kind],
  ]);
  const columns = [
    { heading: "layer" },
    { heading: "receptive field" },
    { heading: "jump" },
    { heading: "first centre" },
    { heading: "seen by" },
  ];
  return plainTable(columns, rows);
}
