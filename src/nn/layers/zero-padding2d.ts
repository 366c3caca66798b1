import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Pad } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { pad } from "../../ops/pad.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, type OptionsOf, value } from "../option-kinds.ts";
import { axisNames, dataFormat } from "./arguments.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

type Cells = number | readonly [number | Pad, number | Pad];

const isCount = (cells: unknown): cells is number => Number.isInteger(cells) && (cells as number) >= 0;

function readCells(given: unknown, owner: string, name: string): readonly [Pad, Pad] {
  const sides = (axis: unknown): Pad | undefined => {
    const [before, after, ...rest]: unknown[] = Array.isArray(axis) ? axis : [axis, axis];
    return isCount(before) && isCount(after) && rest.length === 0 ? [before, after] : undefined;
  };
  const pair: readonly unknown[] = Array.isArray(given) ? given : [given, given];
  const [rows, columns] = [sides(pair[0]), sides(pair[1])];
  if (pair.length !== 2 || rows === undefined || columns === undefined)
    throw new ArgumentError(
      `${owner}: ${name} is ${formatValue(given)}, expected a whole number of 0 or more, [rows, columns] or [[top, bottom], [left, right]].`,
    );
  return [rows, columns];
}

const options = {
  /** Cells on every side; or [rows, columns] on both of their sides; or [[top, bottom], [left, right]]. Default 1. */
  padding: /* @__PURE__ */ value<readonly [Pad, Pad], never, Cells>(readCells, { default: 1 as never }),
  /** Only "channels_last". */
  dataFormat: /* @__PURE__ */ dataFormat(),
};

export type ZeroPadding2DOptions = GivenOptions<typeof options>;

/**
 * Zeros around images. K: `layers/reshaping/zero_padding2d.py`.
 *
 * [batch, height, width, channels] → [batch, top + height + bottom, left + width + right, channels].
 *
 * @example
 * ```ts
 * import { ZeroPadding2D } from "fovea/layers";
 * new ZeroPadding2D({ padding: [[1, 2], [0, 3]] }).computeOutputShape([null, 3, 4, 2]); // [null, 6, 7, 2]
 * ```
 */
export class ZeroPadding2D extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "ZeroPadding2D";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 4; readonly out: 4 };

  constructor(given: ZeroPadding2DOptions & LayerOptions = {}) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, 4, axisNames[2]);
    const [[top, bottom], [left, right]] = this.options.padding;
    const [batch, height, width, channels] = inputShape;
    const wider = (size: number | null, cells: number) => (size === null ? null : size + cells);
    return [batch!, wider(height!, top + bottom), wider(width!, left + right), channels!];
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return pad(x, [[0, 0], ...this.options.padding, [0, 0]]);
  }

  /** Each cell reads the one that it was before, if it was one. */
  override reading(): Reading {
    const [[top], [left]] = this.options.padding;
    return { kind: "window", window: { kernel: [1, 1], strides: [1, 1], dilation: [1, 1], padBefore: [top, left] } };
  }
}
