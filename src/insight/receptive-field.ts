/** What part of the image a unit of each layer sees. */
import { ShapeError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import type { Layer } from "../nn/layers/layer.ts";
import type { Model } from "../train/model.ts";
import { plainTable } from "../view/plain-table.ts";
import { type FieldState, fieldAfter, imageField, joinFields, pixelsAt } from "./field.ts";
import { readingOf, rowShape } from "./layer-table.ts";
import type { Pair } from "./reading.ts";

/** Pixels of the image, all four numbers inclusive and counted from 0. */
export interface PixelBox {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** The receptive field of one layer's units; all sizes in pixels of the model's input, [height, width]. */
export interface ReceptiveField {
  /** Name of the layer. */
  readonly layer: string;
  readonly className: string;
  /**
   * - `"grid"`: units stand on rows and columns, each sees its own box;
   * - `"entry"`: the same units in a line (behind Flatten), each with the box it had;
   * - `"all"`: all units see the same box (Dense behind Flatten, global pooling).
   */
  readonly kind: "grid" | "entry" | "all";
  /** Extent of the box, uncut by the image's border. */
  readonly size: Pair;
  /** Distance between the boxes of neighbouring units; 0 for `"all"`. */
  readonly jump: Pair;
  /** Centre of the first unit's box; 0 is the centre of the image's first pixel. */
  readonly start: Pair;
  /**
   * The pixels that one unit sees: every one of `rows` with every one of `columns`. The image's border is respected, and so are
   * the gaps of dilation and of strides larger than the kernel. A unit that sees padding only has none.
   *
   * @param position (row, column) of a `"grid"`, (index) of an `"entry"`, nothing for `"all"`
   * @throws ShapeError when the position does not fit
   */
  pixels(...position: readonly number[]): { readonly rows: readonly number[]; readonly columns: readonly number[] };
  /** The smallest box around `pixels(…position)`; undefined when there are none. */
  box(...position: readonly number[]): PixelBox | undefined;
}

/**
 * The receptive field of every layer.
 *
 * Closed forms of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019:
 * `size += (ke - 1) · jump`, `start += ((ke - 1) / 2 - padBefore) · jump`, `jump *= stride`, with the dilated kernel
 * `ke = (k - 1) · dilation + 1`.
 *
 * @param model a built model whose input is an image [height, width, channels]
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
export function receptiveField(model: Model): ReceptiveField[] {
  const { graph } = model;
  const fields = new Map<KerasTensor, FieldState>(graph.inputs.map((input) => [input, startField(model.name, input)]));
  const byLayer = new Map<Layer, FieldState>();
  for (const { layer, inputs, outputs } of graph.calls) {
    const [input] = inputs;
    const output = outputs[0]!;
    if (input === undefined) continue;
    const shape = rowShape(layer.name, output);
    const below = inputs.map((each) => fields.get(each)!);
    const joined = layer.takesSeveral ? joinFields(layer.name, below, shape) : below[0]!;
    const field = fieldAfter(layer.name, joined, readingOf(layer, rowShape(layer.name, input)), shape);
    fields.set(output, field);
    // Of a layer that is called several times, the first call is shown.
    if (!byLayer.has(layer)) byLayer.set(layer, field);
  }
  return [...byLayer].map(([layer, field]) => describeField(layer, field));
}

function startField(model: string, { shape }: KerasTensor): FieldState {
  const [height, width, channels] = shape.slice(1);
  if (shape.length !== 4 || height == null || width == null || channels == null)
    throw new ShapeError(
      `receptiveField: the input of model "${model}" has shape ${formatShape(shape)}, expected images (None, height, width, channels).`,
    );
  return imageField(height, width, channels);
}

function describeField(layer: Layer, field: FieldState): ReceptiveField {
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

const kindText = { grid: "each unit", entry: "each entry", all: "all units alike" } as const;

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
export function receptiveFieldText(model: Model): string {
  const pair = ([height, width]: Pair) => `${height}x${width}`;
  const rows = receptiveField(model).map(({ layer, className, kind, size, jump, start }) => [
    `${layer} (${className})`,
    pair(size),
    kind === "all" ? "–" : pair(jump),
    `${start[0]}, ${start[1]}`,
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
