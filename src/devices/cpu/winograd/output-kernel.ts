/** The output side of Winograd's transforms: M → y = Aᵀ M A, and its adjoint dy → Z. */

import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { productSpec } from "../../epilogue.ts";
import { EpiloguePrinter, epiloguePointers, pushOperands, type VectorEpilogue, vectorEpilogue } from "../epilogue.ts";
import type { EmitKernel, Features } from "../kernel.ts";
import { emitClear } from "../kernels/image.ts";
import { advanceBy } from "../kernels/kernel-function.ts";
import {
  forEachImage,
  forEachRow,
  imageExtent,
  kernelParams,
  leadingRowBytes,
  linesUnder,
  namedParams,
  pushLine,
  pushNumber,
  sharesLines,
} from "../kernels/rows.ts";
import { type Matrix, transposed, winogradMatrices } from "./matrices.ts";
import { tileGrid, type WinogradAttrs, type WinogradChannels } from "./ops.ts";
import { imagePlaneBytes, pushAt, setPlaneStride } from "./planes.ts";
import { transformPass } from "./transform-pass.ts";

/** Bytes of the buffer between the two passes: [row of the tile][frequency across][tile across · channels]. */
function bandOf(attrs: WinogradAttrs, channels: number) {
  const grid = tileGrid(attrs);
  const pixelBytes = 4 * channels;
  const runBytes = grid.tiles[1] * pixelBytes;
  return { grid, pixelBytes, runBytes, pitch: grid.side * runBytes, bytes: attrs.tile * grid.side * runBytes };
}

export const emitWinogradOutput: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as WinogradChannels;
  const { tile, channels } = attrs;
  const y = productSpec(call);
  const epilogue = vectorEpilogue(call);
  const { grid, pixelBytes, runBytes, pitch, bytes } = bandOf(attrs, channels);
  const { side, tiles } = grid;
  const [oh, ow] = grid.outputs;
  const matrix = winogradMatrices(tile).output;
  const down = transformPass(
    module,
    {
      matrix,
      sourceStride: "given",
      targetStride: pitch,
      vectors: runBytes / 16,
      sourceStep: runBytes,
      targetStep: runBytes,
    },
    features,
  );
  /** The pass for tiles with `columns` columns inside the image. */
  const across = (columns: number) =>
    transformPass(
      module,
      {
        matrix: matrix.slice(0, columns),
        sourceStride: runBytes,
        targetStride: pixelBytes,
        vectors: pixelBytes / 16,
        sourceStep: pixelBytes,
        targetStep: tile * pixelBytes,
        epilogue,
      },
      features,
    );
  const full = Math.floor(ow / tile);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const [mp, livep] = params.pointers as [Local, Local];
    const yp = params.pointers[call.inputs.length]!;
    const operands = epiloguePointers(call, params.pointers);
    const dead = f.local("i32");
    const [stride, i, j, end] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    const [source, band, target] = [f.local("i32"), f.local("i32"), f.local("i32")];
    setPlaneStride(f, stride, sharesLines(call) ? undefined : params, grid, channels);
    f.get(params.scratch).i32(bytes).op("i32.add").set(dead);
    emitDeadPixel(f, epilogue, operands, features, channels, dead);
    const moved = [
      { pointer: livep, bytes: leadingRowBytes(call.inputs[1]!.spec) },
      { pointer: yp, bytes: leadingRowBytes(y) },
    ];
    forEachImage(f, call, params, tiles[0], moved, (range) => {
      pushNumber(f, range.first).set(i);
      f.forLoop(i, range.end, 1, () => {
        pushAt(f, mp, i, runBytes);
        f.set(source);
        f.get(params.scratch).set(band);
        f.i32(0).set(j);
        f.forLoop(j, side, 1, () => {
          f.get(source).get(band).get(stride).i32(side).op("i32.mul").i32(0).i32(1).call(down);
          f.get(source).get(stride).op("i32.add").set(source);
          advanceBy(f, band, runBytes);
        });
        setTileRows(f, end, i, tile, oh);
        pushAt(f, yp, i, tile * ow * pixelBytes);
        f.set(target);
        f.get(params.scratch).set(band);
        f.i32(0).set(j);
        f.forLoop(j, end, 1, () => {
          if (full > 0) {
            f.get(band).get(target).i32(0).i32(0).i32(full);
            pushOperands(f, epilogue, operands);
            f.call(across(tile));
          }
          if (ow % tile > 0) {
            f.get(band)
              .i32(full * pixelBytes)
              .op("i32.add");
            f.get(target)
              .i32(full * tile * pixelBytes)
              .op("i32.add");
            f.i32(0).i32(0).i32(1);
            pushOperands(f, epilogue, operands);
            f.call(across(ow % tile));
          }
          advanceBy(f, band, pitch);
          advanceBy(f, target, ow * pixelBytes);
        });
      });
      // Windows that hold only zeros give exactly zero.
      const lines = linesUnder(f, range, oh, { step: tile, before: 0, extent: tile });
      pushLine(f, yp, lines.first, ow * pixelBytes);
      f.set(target);
      pushLine(f, livep, lines.first, 4 * ow);
      f.set(source);
      pushLine(f, livep, lines.end, 4 * ow);
      f.set(end);
      f.get(source).set(j);
      f.forLoop(j, end, 4, () => {
        f.get(source).mem("i32.load").op("i32.eqz");
        f.if(() => {
          f.get(target).get(dead).i32(pixelBytes).memoryCopy();
        });
        advanceBy(f, source, 4);
        advanceBy(f, target, pixelBytes);
      });
      advanceBy(f, mp, imagePlaneBytes(grid, channels));
    });
  });
  return { run, scratchBytes: bytes + pixelBytes, extent: imageExtent(call, tiles[0]) };
};

/** Sets `pixel` to the result of a window that holds only zeros. */
function emitDeadPixel(
  f: FunctionBuilder,
  epilogue: VectorEpilogue | undefined,
  operands: readonly Local[],
  features: Features,
  channels: number,
  pixel: Local,
): void {
  if (epilogue === undefined) {
    emitClear(f, pixel, 4 * channels);
    return;
  }
  const printer = new EpiloguePrinter(f, epilogue, operands, features);
  const zero = f.local("v128");
  f.f32x4(0).set(zero);
  for (let column = 0; column < 4 * channels; column += 16)
    f.get(pixel).get(printer.apply(zero, column)).mem("v128.store", column);
}

/** Sets `end` to the number of rows of tile row i inside the image. */
function setTileRows(f: FunctionBuilder, end: Local, i: Local, tile: number, height: number): void {
  f.i32(height).get(i).i32(tile).op("i32.mul").op("i32.sub").tee(end);
  f.i32(tile).get(end).i32(tile).op("i32.lt_s").op("select").set(end);
}

export const emitWinogradOutputGrad: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as WinogradAttrs;
  const { tile } = attrs;
  const dy = call.inputs[0]!.spec;
  const channels = dy.shape[3]!;
  const { grid, pixelBytes, runBytes, pitch, bytes } = bandOf(attrs, channels);
  const { side, tiles } = grid;
  const [oh, ow] = grid.outputs;
  const matrix = transposed(winogradMatrices(tile).output);
  /** Outputs beyond the edge have no gradient: their columns are dropped. */
  const cut = (count: number): Matrix => matrix.map((row) => row.slice(0, count));
  const across = (columns: number) =>
    transformPass(
      module,
      {
        matrix: cut(columns),
        sourceStride: pixelBytes,
        targetStride: runBytes,
        vectors: pixelBytes / 16,
        sourceStep: tile * pixelBytes,
        targetStep: pixelBytes,
      },
      features,
    );
  const down = (rows: number) =>
    transformPass(
      module,
      {
        matrix: cut(rows),
        sourceStride: pitch,
        targetStride: "given",
        vectors: runBytes / 16,
        sourceStep: runBytes,
        targetStep: runBytes,
      },
      features,
    );
  const full = Math.floor(ow / tile);
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const [dyp, zp] = params.pointers as [Local, Local];
    const [stride, i, j, end] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
    const [source, band, target] = [f.local("i32"), f.local("i32"), f.local("i32")];
    setPlaneStride(f, stride, params, grid, channels);
    forEachRow(f, call, params, [{ pointer: dyp, bytes: leadingRowBytes(dy) }], () => {
      f.i32(0).set(i);
      f.forLoop(i, tiles[0], 1, () => {
        setTileRows(f, end, i, tile, oh);
        pushAt(f, dyp, i, tile * ow * pixelBytes);
        f.set(source);
        f.get(params.scratch).set(band);
        f.i32(0).set(j);
        f.forLoop(j, end, 1, () => {
          if (full > 0) f.get(source).get(band).i32(0).i32(0).i32(full).call(across(tile));
          if (ow % tile > 0) {
            f.get(source)
              .i32(full * tile * pixelBytes)
              .op("i32.add");
            f.get(band)
              .i32(full * pixelBytes)
              .op("i32.add");
            f.i32(0)
              .i32(0)
              .i32(1)
              .call(across(ow % tile));
          }
          advanceBy(f, source, ow * pixelBytes);
          advanceBy(f, band, pitch);
        });
        pushAt(f, zp, i, runBytes);
        f.set(target);
        f.get(params.scratch).set(band);
        f.i32(0).set(j);
        f.forLoop(j, side, 1, () => {
          const pass = (rows: number) =>
            f.get(band).get(target).i32(0).get(stride).i32(side).op("i32.mul").i32(1).call(down(rows));
          if (oh % tile === 0) pass(tile);
          else
            f.get(end)
              .i32(tile)
              .op("i32.eq")
              .if(
                () => {
                  pass(tile);
                },
                () => {
                  pass(oh % tile);
                },
              );
          advanceBy(f, band, runBytes);
          f.get(target).get(stride).op("i32.add").set(target);
        });
      });
      advanceBy(f, zp, imagePlaneBytes(grid, channels));
    });
  });
  return { run, scratchBytes: bytes, extent: dy.shape[0]! };
};
