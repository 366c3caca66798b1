/** How kernels find their way in a block of the frequency domain; see ops.ts. */
import type { FunctionBuilder, Local } from "../assembler/function.ts";
import { PLANE_GAP, type TileGrid } from "./ops.ts";

/** Bytes of all tiles of one image in one plane. */
export const imagePlaneBytes = ({ count }: TileGrid, channels: number): number => 4 * count * channels;

/** Sets `stride` to the bytes between the planes of the block of the rows begin … end−1. */
export function setPlaneStride(
  f: FunctionBuilder,
  stride: Local,
  { begin, end }: { readonly begin: Local; readonly end: Local },
  grid: TileGrid,
  channels: number,
): void {
  f.get(end).get(begin).op("i32.sub").i32(imagePlaneBytes(grid, channels)).op("i32.mul");
  f.i32(4 * PLANE_GAP)
    .op("i32.add")
    .set(stride);
}

/** Pushes base + index · unit + offset. */
export function pushAt(f: FunctionBuilder, base: Local, index: Local, unit: number, offset = 0): void {
  f.get(index).i32(unit).op("i32.mul").get(base).op("i32.add");
  if (offset !== 0) f.i32(offset).op("i32.add");
}
