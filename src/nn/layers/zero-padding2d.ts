import { ArgumentError } from "../../base/errors.ts";
import type { Pad } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { pad } from "../../ops/pad.ts";
import { formatValue } from "../options.ts";
import { checkDataFormat } from "./arguments.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface ZeroPadding2DOptions {
  /** Cells on every side; or [rows, columns] on both of their sides; or [[top, bottom], [left, right]]. Default 1. */
  readonly padding?:
    | number
    | readonly [number, number]
    | readonly [readonly [number, number], readonly [number, number]];
  readonly dataFormat?: "channels_last" | null;
}

/**
 * Zeros around images. Keras `layers/reshaping/zero_padding2d.py`.
 *
 * [batch, height, width, channels] → [batch, top + height + bottom, left + width + right, channels].
 *
 * @example
 * ```ts
 * import { ZeroPadding2D } from "fovea/layers";
 * new ZeroPadding2D({ padding: [[1, 2], [0, 3]] }).computeOutputShape([null, 3, 4, 2]); // [null, 6, 7, 2]
 * ```
 */
export class ZeroPadding2D extends Layer<ZeroPadding2DOptions> {
  readonly padding: readonly [Pad, Pad];

  constructor(options: ZeroPadding2DOptions & LayerOptions = {}) {
    super("ZeroPadding2D", options, { padding: 1, dataFormat: "channels_last" });
    this.padding = checkCells(this.title, this.options.padding);
    checkDataFormat(this.title, this.options.dataFormat);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, 4, "[batch, height, width, channels]");
    const [[top, bottom], [left, right]] = this.padding;
    const [batch, height, width, channels] = inputShape;
    const wider = (size: number | null, cells: number) => (size === null ? null : size + cells);
    return [batch!, wider(height!, top + bottom), wider(width!, left + right), channels!];
  }

  override call(inputs: readonly Sym[]): Sym {
    return pad(onlyInput(inputs), [[0, 0], ...this.padding, [0, 0]]);
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), padding: this.padding, dataFormat: "channels_last" };
  }
}

const isCount = (cells: unknown): cells is number => Number.isInteger(cells) && (cells as number) >= 0;

function checkCells(owner: string, value: Required<ZeroPadding2DOptions>["padding"]): readonly [Pad, Pad] {
  const sides = (axis: unknown): Pad | undefined => {
    const [before, after, ...rest]: unknown[] = Array.isArray(axis) ? axis : [axis, axis];
    return isCount(before) && isCount(after) && rest.length === 0 ? [before, after] : undefined;
  };
  const pair: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const [rows, columns] = [sides(pair[0]), sides(pair[1])];
  if (pair.length !== 2 || rows === undefined || columns === undefined)
    throw new ArgumentError(
      `${owner}: padding is ${formatValue(value)}, expected a whole number of 0 or more, [rows, columns] or [[top, bottom], [left, right]].`,
    );
  return [rows, columns];
}
