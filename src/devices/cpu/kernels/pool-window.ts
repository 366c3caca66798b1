/** Iterates over the windows of a 2-D pooling, their cells and their channels. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { sizeOf } from "../../../base/shape.ts";
import type { Call } from "../../../ir/program.ts";
import type { Pool2dAttrs } from "../../../ops/max-pool2d.ts";
import { advanceBy, repeat } from "./kernel-function.ts";
import { type LineRange, pushNumber } from "./rows.ts";

/** Maximum cells of an unrolled window; larger windows use loops. */
const UNROLLED_CELLS = 16;

/** Visits one cell of a window: `cells` plus `offset` bytes point at it; `pushNumber` pushes its row-major number. */
export type CellVisitor = (cells: readonly Local[], offset: number, pushNumber: () => void) => void;

/** The cells of the current window that lie inside the image. */
export interface PoolWindow {
  /** `pointers` point at the window's first cell, which may lie outside the image. */
  forEachCell(pointers: readonly Local[], visit: CellVisitor): void;
  /** Pushes the number of the first cell inside, in all lanes. */
  pushFirstNumber(): void;
  /** Pushes 1 / (number of cells inside), in all lanes. */
  pushShare(): void;
}

/** Input and output images of a pooling call. */
export class PoolGeometry {
  readonly imageBytes: number;
  readonly outputBytes: number;
  /** Lines of windows, and bytes of their results. */
  readonly lines: number;
  readonly lineBytes: number;
  /** Every cell of the image lies in exactly one window. */
  readonly covers: boolean;
  readonly #attrs: Pool2dAttrs;
  readonly #height: number;
  readonly #width: number;
  readonly #channels: number;
  readonly #outputHeight: number;
  readonly #outputWidth: number;

  /** @param shapes of the images [n,h,w,c] and of the pooled ones [n,oh,ow,c] */
  constructor({ attrs }: Call, [input, output]: readonly [readonly number[], readonly number[]]) {
    const [, height, width, channels] = input;
    this.#attrs = attrs as Pool2dAttrs;
    [this.#height, this.#width, this.#channels] = [height!, width!, channels!];
    [this.#outputHeight, this.#outputWidth] = [output[1]!, output[2]!];
    this.imageBytes = 4 * height! * width! * channels!;
    this.outputBytes = 4 * sizeOf(output.slice(1));
    this.lines = output[1]!;
    this.lineBytes = this.outputBytes / this.lines;
    const { window, strides, pad } = this.#attrs;
    this.covers =
      window.every((size, axis) => size === strides[axis]) &&
      pad.flat().every((cells) => cells === 0) &&
      height === this.#outputHeight * window[0] &&
      width === this.#outputWidth * window[1];
  }

  /** All lines of windows. */
  get all(): LineRange {
    return { first: 0, end: this.lines };
  }

  /**
   * Runs `body` for each window of some lines in row-major order, with pointers at the window's first cell in each of the images. `body` must
   * advance the pointers by one cell (as `forEachChannels` does). It may be emitted twice.
   */
  forEachWindow(
    f: FunctionBuilder,
    images: readonly Local[],
    { first, end }: LineRange,
    body: (cells: readonly Local[], window: PoolWindow) => void,
  ): void {
    const { strides, pad } = this.#attrs;
    const cellBytes = 4 * this.#channels;
    const [line, top, left] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const cells = images.map(() => f.local("i32"));
    const firstColumn = -pad[1][0];
    pushNumber(f, first).set(line);
    f.forLoop(line, end, 1, () => {
      f.get(line).i32(strides[0]).op("i32.mul").i32(pad[0][0]).op("i32.sub").set(top);
      images.forEach((image, k) => {
        f.get(top).i32(this.#width).op("i32.mul").i32(firstColumn).op("i32.add").i32(cellBytes).op("i32.mul");
        f.get(image).op("i32.add").set(cells[k]!);
      });
      f.i32(firstColumn).set(left);
      f.forLoop(left, firstColumn + this.#outputWidth * strides[1], strides[1], () => {
        this.#window(f, top, left, (window) => body(cells, window));
        for (const cell of cells) advanceBy(f, cell, cellBytes * (strides[1] - 1));
      });
    });
  }

  /** Emits the body for windows inside the image, for windows across its edge, or for both. */
  #window(f: FunctionBuilder, top: Local, left: Local, body: (window: PoolWindow) => void): void {
    const { window, pad } = this.#attrs;
    const [lastRow, lastColumn] = [this.#height - window[0], this.#width - window[1]];
    const fits = lastRow >= 0 && lastColumn >= 0 && window[0] * window[1] <= UNROLLED_CELLS;
    const padded = pad.flat().some((cells) => cells > 0);
    if (!fits) body(this.#loopedWindow(f, top, left));
    else if (!padded) body(this.#unrolledWindow(f));
    else {
      // Unsigned comparison, so that positions before the first row or column count as beyond the last.
      f.get(top).i32(lastRow).op("i32.gt_u").get(left).i32(lastColumn).op("i32.gt_u").op("i32.or");
      f.if(
        () => body(this.#loopedWindow(f, top, left)),
        () => body(this.#unrolledWindow(f)),
      );
    }
  }

  #unrolledWindow(f: FunctionBuilder): PoolWindow {
    const [rows, columns] = this.#attrs.window;
    return {
      forEachCell: (pointers, visit) => {
        for (let a = 0; a < rows; a++)
          for (let b = 0; b < columns; b++)
            visit(pointers, 4 * this.#channels * (a * this.#width + b), () => f.i32x4(a * columns + b));
      },
      pushFirstNumber: () => f.i32x4(0),
      pushShare: () => f.f32x4(1 / (rows * columns)),
    };
  }

  #loopedWindow(f: FunctionBuilder, top: Local, left: Local): PoolWindow {
    const [rows, columns] = this.#attrs.window;
    const [row, column, number] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const [firstRow, rowEnd] = insideRange(f, top, rows, this.#height);
    const [firstColumn, columnEnd] = insideRange(f, left, columns, this.#width);
    const pushNumber = () => f.get(number).op("i32x4.splat");
    return {
      forEachCell: (pointers, visit) => {
        const cells = pointers.map(() => f.local("i32"));
        f.get(firstRow).set(row);
        f.forLoop(row, rowEnd, 1, () => {
          f.get(firstColumn).set(column);
          f.get(row).i32(columns).op("i32.mul").get(column).op("i32.add").set(number);
          pointers.forEach((pointer, k) => {
            f.get(row).i32(this.#width).op("i32.mul").get(column).op("i32.add");
            f.i32(4 * this.#channels).op("i32.mul");
            f.get(pointer).op("i32.add").set(cells[k]!);
          });
          f.forLoop(column, columnEnd, 1, () => {
            visit(cells, 0, pushNumber);
            for (const cell of cells) advanceBy(f, cell, 4 * this.#channels);
            advanceBy(f, number, 1);
          });
        });
      },
      pushFirstNumber: () => {
        f.get(firstRow).i32(columns).op("i32.mul").get(firstColumn).op("i32.add").op("i32x4.splat");
      },
      pushShare: () => {
        f.f32(1).get(rowEnd).get(firstRow).op("i32.sub").get(columnEnd).get(firstColumn).op("i32.sub").op("i32.mul");
        f.op("f32.convert_i32_s").op("f32.div").op("f32x4.splat");
      },
    };
  }

  /** Runs `visit` for each vector of channels (the last may have fewer lanes); the pointers advance to the next cell. */
  forEachChannels(f: FunctionBuilder, pointers: readonly Local[], visit: (lanes: number) => void): void {
    const step = (lanes: number) => {
      visit(lanes);
      for (const pointer of pointers) advanceBy(f, pointer, 4 * lanes);
    };
    repeat(f, Math.floor(this.#channels / 4), () => step(4));
    if (this.#channels % 4 > 0) step(this.#channels % 4);
  }
}

/** The steps of a window starting at `start` that lie in 0 … size-1: from max(0, -start) to min(window, size - start). */
function insideRange(f: FunctionBuilder, start: Local, window: number, size: number): readonly [Local, Local] {
  const [from, to] = [f.local("i32"), f.local("i32")];
  f.i32(0).i32(0).get(start).op("i32.sub").get(start).i32(0).op("i32.ge_s").op("select").set(from);
  f.i32(size).get(start).op("i32.sub").tee(to).i32(window).get(to).i32(window).op("i32.lt_s").op("select").set(to);
  return [from, to];
}
