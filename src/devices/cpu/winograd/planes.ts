/** Address computations in images and in blocks of the frequency domain; see ops.ts. */
import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import { setRemaining } from "../kernels/kernel-function.ts";
import { PLANE_GAP, type TileGrid, tileGrid, type WinogradAttrs } from "./ops.ts";

/** Bytes of all tiles of one image in one plane. */
export const imagePlaneBytes = ({ count }: TileGrid, channels: number): number => 4 * count * channels;

/** Sets `stride` to the bytes between the planes of the block of the images begin … end−1, or of one image. */
export function setPlaneStride(
  f: FunctionBuilder,
  stride: Local,
  images: { readonly begin: Local; readonly end: Local } | undefined,
  grid: TileGrid,
  channels: number,
): void {
  const bytes = imagePlaneBytes(grid, channels);
  if (images === undefined) f.i32(bytes);
  else f.get(images.end).get(images.begin).op("i32.sub").i32(bytes).op("i32.mul");
  f.i32(4 * PLANE_GAP)
    .op("i32.add")
    .set(stride);
}

/** Target bytes of the values between two passes: half of a small first-level cache. */
const BAND_BYTES = 16 * 1024;

/** Tiles of a row that are transformed together: the values between the passes down and across stay in the first-level cache. */
export function tilesAtOnce({ side, tiles }: TileGrid, channels: number): number {
  return Math.max(1, Math.min(tiles[1], Math.floor(BAND_BYTES / (4 * side * side * channels))));
}

/** Runs the body for the tiles of a row, a few at a time, given by `first` and `count`. */
export function forTiles(
  f: FunctionBuilder,
  grid: TileGrid,
  channels: number,
  body: (first: Local, count: Local) => void,
): void {
  const across = grid.tiles[1];
  const most = tilesAtOnce(grid, channels);
  const [first, count] = [f.local("i32"), f.local("i32")];
  f.i32(0).set(first);
  f.forLoop(first, across, most, () => {
    if (across % most === 0) f.i32(most).set(count);
    else setRemaining(f, count, first, across, most);
    body(first, count);
  });
}

/** Pushes base + index · unit + offset. */
export function pushAt(f: FunctionBuilder, base: Local, index: Local, unit: number, offset = 0): void {
  f.get(index).i32(unit).op("i32.mul").get(base).op("i32.add");
  if (offset !== 0) f.i32(offset).op("i32.add");
}

/** An image and the lines of its tiles, which may extend over its edges. */
export interface Lines {
  readonly grid: TileGrid;
  readonly height: number;
  readonly top: number;
  /** Bytes of a row of the image, of a pixel, and of the columns that the tiles cover. */
  readonly rowBytes: number;
  readonly pixelBytes: number;
  readonly lineBytes: number;
  /** Bytes from a line's start to the image's first pixel. */
  readonly left: number;
  /** No tile extends over the top or bottom edge. */
  readonly fitsDown: boolean;
  readonly fitsAcross: boolean;
}

export function linesOf(attrs: WinogradAttrs, channels: number): Lines {
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
