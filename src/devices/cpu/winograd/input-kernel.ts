/** The input side of Winograd's transforms: x → V = Bᵀ x B, with the windows that hold only zeros. */
import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitClear } from "../kernels/image.ts";
import { advanceBy } from "../kernels/kernel-function.ts";
import {
  forEachImage,
  imageExtent,
  kernelParams,
  leadingRowBytes,
  namedParams,
  pushNumber,
  sharesLines,
} from "../kernels/rows.ts";
import { emitFlags, emitLive, flagLayout } from "./live-windows.ts";
import { winogradMatrices } from "./matrices.ts";
import type { WinogradAttrs } from "./ops.ts";
import { forTiles, imagePlaneBytes, type Lines, linesOf, pushAt, setPlaneStride } from "./planes.ts";
import { transformPass } from "./transform-pass.ts";

/** One cache line, so that lines do not map to the same sets. */
const LINE_GAP = 64;

export const emitWinogradInput: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as WinogradAttrs;
  const {
    tile,
    size: [, width],
  } = attrs;
  const x = call.inputs[0]!.spec;
  const channels = x.shape[3]!;
  const lines = linesOf(attrs, channels);
  const { grid, rowBytes, pixelBytes, lineBytes } = lines;
  const { side, tiles } = grid;
  const matrix = winogradMatrices(tile).input;
  const bandPitch = lineBytes + LINE_GAP;
  const down = transformPass(
    module,
    {
      matrix,
      sourceStride: rowBytes,
      targetStride: bandPitch,
      vectors: pixelBytes / 16,
      sourceStep: pixelBytes,
      targetStep: pixelBytes,
    },
    features,
  );
  const across = transformPass(
    module,
    {
      matrix,
      sourceStride: pixelBytes,
      targetStride: "given",
      vectors: pixelBytes / 16,
      sourceStep: tile * pixelBytes,
      targetStep: pixelBytes,
    },
    features,
  );
  const windowBytes = lines.fitsDown ? 0 : side * rowBytes;
  const flags = flagLayout(attrs);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const { scratch } = params;
    const [xp, vp, livep] = params.pointers as [Local, Local, Local];
    const [stride, window, flagsAt] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const [i, j] = [f.local("i32"), f.local("i32")];
    const [source, band, target] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const [done, wanted] = [f.local("i32"), f.local("i32")];
    setPlaneStride(f, stride, sharesLines(call) ? undefined : params, grid, channels);
    f.get(scratch)
      .i32(side * bandPitch)
      .op("i32.add")
      .tee(window)
      .i32(windowBytes)
      .op("i32.add")
      .set(flagsAt);
    // Cells beyond the edges stay zero.
    emitClear(f, scratch, side * bandPitch);
    emitClear(f, flagsAt, flags.bytes);
    const moved = [
      { pointer: xp, bytes: leadingRowBytes(x) },
      { pointer: livep, bytes: leadingRowBytes(call.outputs[1]!.spec) },
    ];
    forEachImage(f, call, params, tiles[0], moved, (range) => {
      emitFlags(f, attrs, channels, flags, xp, flagsAt, range);
      emitLive(f, attrs, flags, flagsAt, livep, range);
      pushNumber(f, range.first).set(i);
      f.forLoop(i, range.end, 1, () => {
        emitSourceRows(f, lines, tile, xp, i, window, source);
        f.i32(0).set(done);
        forTiles(f, grid, channels, (first, count) => {
          // Image columns under these tiles, minus those that the down pass has already transformed.
          f.get(first).get(count).op("i32.add").i32(tile).op("i32.mul");
          f.i32(2 - attrs.pad[1][0])
            .op("i32.add")
            .tee(wanted);
          f.i32(width).get(wanted).i32(width).op("i32.lt_s").op("select").set(wanted);
          f.get(wanted)
            .get(done)
            .op("i32.gt_s")
            .if(() => {
              pushAt(f, source, done, pixelBytes);
              pushAt(f, scratch, done, pixelBytes, lines.left);
              f.i32(0).i32(0).get(wanted).get(done).op("i32.sub").call(down);
              f.get(wanted).set(done);
            });
          pushAt(f, scratch, first, tile * pixelBytes);
          f.set(band);
          f.get(i).i32(tiles[1]).op("i32.mul").get(first).op("i32.add").set(j);
          pushAt(f, vp, j, pixelBytes);
          f.set(target);
          f.i32(0).set(j);
          f.forLoop(j, side, 1, () => {
            f.get(band).get(target).i32(0).get(stride).get(count).call(across);
            advanceBy(f, band, bandPitch);
            f.get(target).get(stride).i32(side).op("i32.mul").op("i32.add").set(target);
          });
        });
      });
      advanceBy(f, vp, imagePlaneBytes(grid, channels));
    });
  });
  return { run, scratchBytes: side * bandPitch + windowBytes + flags.bytes, extent: imageExtent(call, tiles[0]) };
};

/** Sets `source` to the rows under the tiles of tile row i: in the image, or copied to `window` if some lie beyond its edges. */
function emitSourceRows(
  f: FunctionBuilder,
  { height, top, rowBytes, fitsDown, grid: { side } }: Lines,
  tile: number,
  x: Local,
  i: Local,
  window: Local,
  source: Local,
): void {
  if (fitsDown) {
    pushAt(f, x, i, tile * rowBytes);
    f.set(source);
    return;
  }
  const [first, k, row, to] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
  f.get(i).i32(tile).op("i32.mul").i32(top).op("i32.sub").set(first);
  f.get(first).i32(0).op("i32.ge_s");
  f.get(first)
    .i32(height - side)
    .op("i32.le_s")
    .op("i32.and");
  f.if(
    () => {
      pushAt(f, x, first, rowBytes);
      f.set(source);
    },
    () => {
      f.get(window).tee(source).set(to);
      f.i32(0).set(k);
      f.forLoop(k, side, 1, () => {
        f.get(first).get(k).op("i32.add").tee(row).i32(height).op("i32.lt_u");
        f.if(
          () => {
            f.get(to);
            pushAt(f, x, row, rowBytes);
            f.i32(rowBytes).memoryCopy();
          },
          () => emitClear(f, to, rowBytes),
        );
        advanceBy(f, to, rowBytes);
      });
    },
  );
}
