/** Finds the windows of an image that hold only zeros: their outputs are exactly zero, but Winograd's sums are not. */
import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { advanceBy, storeLanes } from "../kernels/kernel-function.ts";
import { type LineRange, linesUnder, pushLine, pushNumber } from "../kernels/rows.ts";
import { tileGrid, type WinogradAttrs } from "./ops.ts";
import { pushAt } from "./planes.ts";

/** One int32 flag per pixel of the padded image: whether any channel is not zero. */
export interface FlagLayout {
  readonly pitch: number;
  readonly bytes: number;
}

export function flagLayout(attrs: WinogradAttrs): FlagLayout {
  const [oh, ow] = tileGrid(attrs).outputs;
  // Four windows are tested together; the last ones may lie beyond the edge.
  const pitch = 4 * (ow + 2 + 4);
  return { pitch, bytes: pitch * (oh + 2) };
}

/** The bits of the float 1. */
const ONE = 0x3f80_0000;

/** Sets the flags of what some lines of tiles read of one image. The caller clears the padding's flags once. */
export function emitFlags(
  f: FunctionBuilder,
  { tile, size, pad }: WinogradAttrs,
  channels: number,
  { pitch }: FlagLayout,
  x: Local,
  flags: Local,
  range: LineRange,
): void {
  const [height, width] = size;
  const [row, column, left] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const [from, next, to] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const rows = linesUnder(f, range, height, { step: tile, before: pad[0][0], extent: tile + 2 });
  pushLine(f, x, rows.first, 4 * width * channels);
  f.set(from);
  pushNumber(f, rows.first).set(row);
  f.forLoop(row, rows.end, 1, () => {
    pushAt(f, flags, row, pitch, pad[0][0] * pitch + 4 * pad[1][0]);
    f.set(to);
    f.i32(0).set(column);
    f.forLoop(column, width, 1, () => {
      f.get(from)
        .tee(next)
        .i32(4 * channels)
        .op("i32.add")
        .set(from);
      f.i32(channels / 4).set(left);
      f.block((found) => {
        f.block((zero) => {
          f.loop((again) => {
            f.block((empty) => {
              // The shift drops the sign bit: −0 counts as zero.
              f.get(next).mem("v128.load").i32(1).op("i32x4.shl").op("v128.any_true").op("i32.eqz").brIf(empty);
              f.get(to).i32(ONE).mem("i32.store").br(found);
            });
            advanceBy(f, next, 16);
            f.get(left).i32(1).op("i32.sub").tee(left).brIf(again);
          });
          f.br(zero);
        });
        f.get(to).i32(0).mem("i32.store");
      });
      advanceBy(f, to, 4);
    });
  });
}

/** For some lines of tiles: live[i][j] = whether any flag of the 3x3 pixels that start at (i, j) is set. */
export function emitLive(
  f: FunctionBuilder,
  attrs: WinogradAttrs,
  { pitch }: FlagLayout,
  flags: Local,
  live: Local,
  range: LineRange,
): void {
  const [height, width] = tileGrid(attrs).outputs;
  const rows = linesUnder(f, range, height, { step: attrs.tile, before: 0, extent: attrs.tile });
  const [row, column, from, to, value] = [
    f.local("i32"),
    f.local("i32"),
    f.local("i32"),
    f.local("i32"),
    f.local("v128"),
  ];
  const window = (lanes: number) => {
    for (let tap = 0; tap < 9; tap++) {
      f.get(from).mem("v128.load", Math.floor(tap / 3) * pitch + 4 * (tap % 3));
      if (tap > 0) f.op("v128.or");
    }
    f.set(value);
    storeLanes(f, to, 0, value, lanes);
    advanceBy(f, to, 4 * lanes);
    advanceBy(f, from, 16);
  };
  pushLine(f, live, rows.first, 4 * width);
  f.set(to);
  pushNumber(f, rows.first).set(row);
  f.forLoop(row, rows.end, 1, () => {
    pushAt(f, flags, row, pitch);
    f.set(from);
    f.i32(0).set(column);
    f.forLoop(column, width - (width % 4), 4, () => window(4));
    if (width % 4 > 0) window(width % 4);
  });
}
