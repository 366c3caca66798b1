/** The input side of Winograd's transforms: x → V = Bᵀ x B with the windows that hold only zeros, and its adjoint D → dx. */
import type { FunctionBuilder, Local } from "../assembler/function.ts";
import type { EmitKernel } from "../kernel.ts";
import { emitClear } from "../kernels/image.ts";
import { advanceBy, storeLanes } from "../kernels/kernel-function.ts";
import { forEachRow, kernelParams, leadingRowBytes, namedParams } from "../kernels/rows.ts";
import { transposed, winogradMatrices } from "./matrices.ts";
import { type TileGrid, tileGrid, type WinogradAttrs, type WinogradChannels } from "./ops.ts";
import { imagePlaneBytes, pushAt, setPlaneStride } from "./planes.ts";
import { transformPass } from "./transform-pass.ts";

/** An image and the lines of its tiles, which may reach over its edges. */
interface Lines {
  readonly grid: TileGrid;
  readonly height: number;
  readonly top: number;
  /** Bytes of a row of the image, of a pixel, and of the columns that the tiles cover. */
  readonly rowBytes: number;
  readonly pixelBytes: number;
  readonly lineBytes: number;
  /** Bytes from a line's start to the image's first pixel. */
  readonly left: number;
  /** No tile reaches over the top or bottom edge. */
  readonly fitsDown: boolean;
  readonly fitsAcross: boolean;
}

function linesOf(attrs: WinogradAttrs, channels: number): Lines {
  const grid = tileGrid(attrs);
  const [[top], [left]] = attrs.pad;
  const [height, width] = attrs.size;
  const pixelBytes = 4 * channels;
  const covered = grid.tiles.map((tiles) => tiles * attrs.tile + 2) as [number, number];
  return {
    grid,
    height,
    top,
    rowBytes: width * pixelBytes,
    pixelBytes,
    lineBytes: covered[1] * pixelBytes,
    left: left * pixelBytes,
    fitsDown: top === 0 && covered[0] === height,
    fitsAcross: left === 0 && covered[1] === width,
  };
}

/** A line of the cache, so that lines do not meet in the same sets. */
const LINE_GAP = 64;

export const emitWinogradInput: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as WinogradAttrs;
  const { tile } = attrs;
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
      vectors: rowBytes / 16,
      sourceStep: rowBytes,
      targetStep: rowBytes,
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
    const [i, j, source, band, target] = Array.from({ length: 5 }, () => f.local("i32")) as Five;
    setPlaneStride(f, stride, params, grid, channels);
    f.get(scratch)
      .i32(side * bandPitch)
      .op("i32.add")
      .tee(window)
      .i32(windowBytes)
      .op("i32.add")
      .set(flagsAt);
    // What lies beyond the edges stays zero.
    emitClear(f, scratch, side * bandPitch);
    emitClear(f, flagsAt, flags.bytes);
    const moved = [
      { pointer: xp, bytes: leadingRowBytes(x) },
      { pointer: livep, bytes: leadingRowBytes(call.outputs[1]!.spec) },
    ];
    forEachRow(f, call, params, moved, () => {
      emitFlags(f, attrs, channels, flags, xp, flagsAt);
      emitLive(f, grid, flags, flagsAt, livep);
      f.i32(0).set(i);
      f.forLoop(i, tiles[0], 1, () => {
        emitSourceRows(f, lines, tile, xp, i, window, source);
        f.get(source).get(scratch).i32(lines.left).op("i32.add").i32(0).i32(0).i32(1).call(down);
        f.get(scratch).set(band);
        pushAt(f, vp, i, tiles[1] * pixelBytes);
        f.set(target);
        f.i32(0).set(j);
        f.forLoop(j, side, 1, () => {
          f.get(band).get(target).i32(0).get(stride).i32(tiles[1]).call(across);
          advanceBy(f, band, bandPitch);
          f.get(target).get(stride).i32(side).op("i32.mul").op("i32.add").set(target);
        });
      });
      advanceBy(f, vp, imagePlaneBytes(grid, channels));
    });
  });
  return { run, scratchBytes: side * bandPitch + windowBytes + flags.bytes, extent: x.shape[0]! };
};

type Five = [Local, Local, Local, Local, Local];

/** Sets `source` to the rows under the tiles of tile row i: in the image, or copied to `window` where some are beyond its edges. */
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

/** Flags of the padded image's pixels, one int32 each: whether a channel is not zero. */
interface FlagLayout {
  readonly pitch: number;
  readonly bytes: number;
}

function flagLayout(attrs: WinogradAttrs): FlagLayout {
  const [oh, ow] = tileGrid(attrs).outputs;
  // Four windows are looked at together, the last of them beyond the edge.
  const pitch = 4 * (ow + 2 + 4);
  return { pitch, bytes: pitch * (oh + 2) };
}

/** The bits of the float 1. */
const ONE = 0x3f80_0000;

function emitFlags(
  f: FunctionBuilder,
  { size, pad }: WinogradAttrs,
  channels: number,
  { pitch }: FlagLayout,
  x: Local,
  flags: Local,
): void {
  const [height, width] = size;
  const [row, column, from, next, to, left] = Array.from({ length: 6 }, () => f.local("i32")) as [...Five, Local];
  f.get(x).set(from);
  f.i32(0).set(row);
  f.forLoop(row, height, 1, () => {
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
              // The sign is shifted out: −0 is zero.
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

/** live[i][j] = whether a flag of the 3x3 pixels from (i, j) on is set. */
function emitLive(
  f: FunctionBuilder,
  { outputs: [height, width] }: TileGrid,
  { pitch }: FlagLayout,
  flags: Local,
  live: Local,
): void {
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
  f.get(live).set(to);
  f.i32(0).set(row);
  f.forLoop(row, height, 1, () => {
    pushAt(f, flags, row, pitch);
    f.set(from);
    f.i32(0).set(column);
    f.forLoop(column, width - (width % 4), 4, () => window(4));
    if (width % 4 > 0) window(width % 4);
  });
}

export const emitWinogradInputGrad: EmitKernel = (module, call, features) => {
  const attrs = call.attrs as WinogradChannels;
  const { tile, channels } = attrs;
  const dx = call.outputs[0]!.spec;
  const lines = linesOf(attrs, channels);
  const { grid, rowBytes, pixelBytes, lineBytes } = lines;
  const { side, tiles } = grid;
  const matrix = transposed(winogradMatrices(tile).input);
  const runBytes = tiles[1] * pixelBytes;
  const bandPitch = side * runBytes;
  // Tiles that cover the image exactly are added up where it lies, others on lines of their own.
  const direct = lines.fitsDown && lines.fitsAcross;
  const pitch = direct ? rowBytes : lineBytes;
  const down = transformPass(
    module,
    {
      matrix,
      sourceStride: "given",
      targetStride: bandPitch,
      vectors: runBytes / 16,
      sourceStep: runBytes,
      targetStep: runBytes,
    },
    features,
  );
  /** A tile's first two columns meet the last two of the tile before; the first two lines those of the tiles above. */
  const across = (first: boolean) =>
    transformPass(
      module,
      {
        matrix,
        sourceStride: runBytes,
        targetStride: pixelBytes,
        vectors: pixelBytes / 16,
        sourceStep: pixelBytes,
        targetStep: tile * pixelBytes,
        add: matrix.map((_, column) => first || column < 2),
      },
      features,
    );
  const run = module.addFunction(kernelParams(call), [], (f, locals) => {
    const params = namedParams(locals);
    const [dp, dxp] = params.pointers as [Local, Local];
    const [stride, canvas, i, j, source] = Array.from({ length: 5 }, () => f.local("i32")) as Five;
    const [band, line] = [f.local("i32"), f.local("i32")];
    setPlaneStride(f, stride, params, grid, channels);
    forEachRow(f, call, params, [{ pointer: dxp, bytes: leadingRowBytes(dx) }], () => {
      if (direct) f.get(dxp).set(canvas);
      else
        f.get(params.scratch)
          .i32(side * bandPitch)
          .op("i32.add")
          .set(canvas);
      emitClear(f, canvas, 2 * pitch);
      f.i32(0).set(i);
      f.forLoop(i, tiles[0], 1, () => {
        pushAt(f, dp, i, runBytes);
        f.set(source);
        f.get(params.scratch).set(band);
        f.i32(0).set(j);
        f.forLoop(j, side, 1, () => {
          f.get(source).get(band).get(stride).i32(side).op("i32.mul").i32(0).i32(1).call(down);
          f.get(source).get(stride).op("i32.add").set(source);
          advanceBy(f, band, runBytes);
        });
        f.get(params.scratch).set(band);
        f.get(canvas).set(line);
        f.i32(0).set(j);
        f.forLoop(j, side, 1, () => {
          const pass = (first: boolean) => f.get(band).get(line).i32(0).i32(0).i32(tiles[1]).call(across(first));
          f.get(j).i32(2).op("i32.lt_s");
          f.if(
            () => {
              pass(true);
            },
            () => {
              emitClear(f, line, 2 * pixelBytes);
              pass(false);
            },
          );
          advanceBy(f, band, bandPitch);
          advanceBy(f, line, pitch);
        });
        if (direct) advanceBy(f, canvas, tile * pitch);
        else emitFlushLines(f, lines, tile, i, canvas, dxp);
      });
      advanceBy(f, dp, imagePlaneBytes(grid, channels));
    });
  });
  const scratchBytes = side * bandPitch + (direct ? 0 : side * lineBytes);
  return { run, scratchBytes, extent: dx.shape[0]! };
};

/** Copies what is finished of the lines of tile row i to the image: all but the last two, which the next tiles add to. */
function emitFlushLines(
  f: FunctionBuilder,
  { grid: { side, tiles }, height, top, rowBytes, lineBytes, left }: Lines,
  tile: number,
  i: Local,
  canvas: Local,
  dx: Local,
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
    f.if(() => {
      pushAt(f, dx, row, rowBytes);
      f.get(line).i32(rowBytes).memoryCopy();
    });
    advanceBy(f, line, lineBytes);
  });
  f.get(canvas)
    .get(canvas)
    .i32(tile * lineBytes)
    .op("i32.add")
    .i32(2 * lineBytes)
    .memoryCopy();
}
