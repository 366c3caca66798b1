/** The adjoint of Winograd's input transform: D → dx = B D Bᵀ; overlapping tiles are added. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { productSpec } from "../../epilogue.ts";
import { epiloguePointers, epilogueRun, pointerKinds, vectorEpilogue } from "../epilogue.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitClear } from "../kernels/image.ts";
import { advanceBy, repeat } from "../kernels/kernel-function.ts";
import { forEachRow, kernelParams, leadingRowBytes, namedParams } from "../kernels/rows.ts";
import { transposed, winogradMatrices } from "./matrices.ts";
import type { WinogradChannels } from "./ops.ts";
import { forTiles, imagePlaneBytes, type Lines, linesOf, pushAt, setPlaneStride, tilesAtOnce } from "./planes.ts";
import { transformPass } from "./transform-pass.ts";

export const emitWinogradInputGrad: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as WinogradChannels;
  const { tile, channels } = attrs;
  const dx = productSpec(call);
  const epilogue = vectorEpilogue(call);
  const lines = linesOf(attrs, channels);
  const { grid, rowBytes, pixelBytes, lineBytes } = lines;
  const { side, tiles } = grid;
  const matrix = transposed(winogradMatrices(tile).input);
  const runBytes = tilesAtOnce(grid, channels) * pixelBytes;
  const bandPitch = side * runBytes;
  // Tiles that cover the image exactly are added in place, others in a line buffer. Tiles with an epilogue also use the line
  // buffer, because its operands may lie where its result is written.
  const direct = lines.fitsDown && lines.fitsAcross && epilogue === undefined;
  const pitch = direct ? rowBytes : lineBytes;
  const down = transformPass(
    module,
    {
      matrix,
      sourceStride: "given",
      targetStride: bandPitch,
      vectors: pixelBytes / 16,
      sourceStep: pixelBytes,
      targetStep: pixelBytes,
    },
    features,
  );
  /** The first two columns of a tile overlap the last two of the previous tile; its first two lines overlap the tiles above. */
  const across = (top: boolean) =>
    transformPass(
      module,
      {
        matrix,
        sourceStride: runBytes,
        targetStride: pixelBytes,
        vectors: pixelBytes / 16,
        sourceStep: pixelBytes,
        targetStep: tile * pixelBytes,
        add: matrix.map((_, column) => top || column < 2),
      },
      features,
    );
  const kinds = pointerKinds(epilogue);
  const finish = epilogue && epilogueRun(module, epilogue, rowBytes / 16, features);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const dp = params.pointers[0]!;
    const dxp = params.pointers[call.inputs.length]!;
    const operands = epiloguePointers(call, params.pointers);
    const [stride, i, j] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const [canvas, source, band, line] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    setPlaneStride(f, stride, params, grid, channels);
    const full = operands.filter((_, k) => kinds[k] === "full");
    const moved = [dxp, ...full].map((pointer) => ({ pointer, bytes: leadingRowBytes(dx) }));
    forEachRow(f, call, params, moved, () => {
      if (direct) f.get(dxp).set(canvas);
      else
        f.get(params.scratch)
          .i32(side * bandPitch)
          .op("i32.add")
          .set(canvas);
      emitClear(f, canvas, 2 * pitch);
      f.i32(0).set(i);
      f.forLoop(i, tiles[0], 1, () => {
        // The first two lines are added to the results of the tiles above.
        f.get(canvas)
          .i32(2 * pitch)
          .op("i32.add")
          .set(line);
        repeat(f, side - 2, () => {
          emitClear(f, line, 2 * pixelBytes);
          advanceBy(f, line, pitch);
        });
        forTiles(f, grid, channels, (first, count) => {
          f.get(i).i32(tiles[1]).op("i32.mul").get(first).op("i32.add").set(j);
          pushAt(f, dp, j, pixelBytes);
          f.set(source);
          f.get(params.scratch).set(band);
          f.i32(0).set(j);
          f.forLoop(j, side, 1, () => {
            f.get(source).get(band).get(stride).i32(side).op("i32.mul").i32(0).get(count).call(down);
            f.get(source).get(stride).op("i32.add").set(source);
            advanceBy(f, band, runBytes);
          });
          f.get(params.scratch).set(band);
          pushAt(f, canvas, first, tile * pixelBytes);
          f.set(line);
          f.i32(0).set(j);
          f.forLoop(j, side, 1, () => {
            const pass = (top: boolean) => f.get(band).get(line).i32(0).i32(0).get(count).call(across(top));
            f.get(j).i32(2).op("i32.lt_s");
            f.if(
              () => {
                pass(true);
              },
              () => {
                pass(false);
              },
            );
            advanceBy(f, band, bandPitch);
            advanceBy(f, line, pitch);
          });
        });
        if (direct) advanceBy(f, canvas, tile * pitch);
        else
          emitFlushLines(f, lines, tile, i, canvas, (line, row) => {
            pushAt(f, dxp, row, rowBytes);
            f.get(line);
            if (finish === undefined) f.i32(rowBytes).memoryCopy();
            else {
              for (const [k, operand] of operands.entries())
                if (kinds[k] === "full") pushAt(f, operand, row, rowBytes);
                else f.get(operand);
              f.call(finish);
            }
          });
      });
      advanceBy(f, dp, imagePlaneBytes(grid, channels));
    });
  });
  const scratchBytes = side * bandPitch + (direct ? 0 : side * lineBytes);
  return { run, scratchBytes, extent: dx.shape[0]! };
};

/** Calls `flush` for the finished lines of tile row i: all but the last two, which the next tiles add to. */
function emitFlushLines(
  f: FunctionBuilder,
  { grid: { side, tiles }, height, top, lineBytes, left }: Lines,
  tile: number,
  i: Local,
  canvas: Local,
  flush: (line: Local, row: Local) => void,
): void {
  const [k, row, line, end] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
  f.i32(side)
    .i32(tile)
    .get(i)
    .i32(tiles[0] - 1)
    .op("i32.eq")
    .op("select")
    .set(end);
  f.get(canvas).i32(left).op("i32.add").set(line);
  f.i32(0).set(k);
  f.forLoop(k, end, 1, () => {
    f.get(i).i32(tile).op("i32.mul").get(k).op("i32.add").i32(top).op("i32.sub").tee(row).i32(height).op("i32.lt_u");
    f.if(() => flush(line, row));
    advanceBy(f, line, lineBytes);
  });
  f.get(canvas)
    .get(canvas)
    .i32(tile * lineBytes)
    .op("i32.add")
    .i32(2 * lineBytes)
    .memoryCopy();
}
