/**
 * Convolution of 3x3 kernels in the frequency domain of Winograd's F(m x m, 3x3), as ops of the CPU device. `lower.ts` writes
 * them in place of convolutions:
 *
 *   forward   V = Bᵀ x B,  U = G w Gᵀ,  M = V · U per frequency,  y = Aᵀ M A
 *   backward  Z = A dy Aᵀ, D = Z · Uᵀ,  dx = B D Bᵀ (overlapping tiles added),  dU = Σ Vᵀ · Z,  dw = Gᵀ dU G
 *
 * The backward pass is the adjoint of the forward pass: it needs the same number of tiles, and reuses V and Z.
 *
 * Values in the frequency domain hold one plane per frequency. A kernel writes the rows begin … end−1 of the batch as one block
 * [frequency][row, tile][channel], so that a GEMM covers the tiles of all images of the slice; only the kernels here read it. In
 * the plain meaning below, each row of the batch has separate planes.
 */
import { type Pad, sizeOf } from "../../../base/shape.ts";
import type { Spec } from "../../../ir/graph.ts";
import type { Op } from "../../../ir/op.ts";
import { STRIP_COLUMNS } from "../kernels/gemm.ts";
import { frequencies, type Matrix, type Tile, transposed, winogradMatrices } from "./matrices.ts";

/** Attributes that all steps of one convolution share. */
export interface WinogradAttrs {
  readonly tile: Tile;
  readonly pad: readonly [Pad, Pad];
  /** Height and width of x. */
  readonly size: readonly [number, number];
}

export interface WinogradChannels extends WinogradAttrs {
  readonly channels: number;
}

/** How an image is cut into tiles. */
export interface TileGrid {
  /** Height and width of y. */
  readonly outputs: readonly [number, number];
  /** Tiles down and across. */
  readonly tiles: readonly [number, number];
  readonly count: number;
  /** Frequencies along one axis, and their square: the number of planes. */
  readonly side: number;
  readonly planes: number;
}

export function tileGrid({ tile, pad, size }: WinogradAttrs): TileGrid {
  const outputs = ([0, 1] as const).map((axis) => size[axis] + pad[axis][0] + pad[axis][1] - 2) as [number, number];
  const tiles = outputs.map((length) => Math.ceil(length / tile)) as [number, number];
  const side = frequencies(tile);
  return { outputs, tiles, count: tiles[0] * tiles[1], side, planes: side * side };
}

/** Values between planes: one cache line, so that planes a power of two apart do not map to the same sets. */
export const PLANE_GAP = 16;

const planesSpec = (batch: Spec, attrs: WinogradAttrs, channels: number): Spec => {
  const { planes, count } = tileGrid(attrs);
  return { shape: [batch.shape[0]!, planes, count * channels + PLANE_GAP], dtype: "float32", batched: true };
};

/** Calls `visit` for each cell of each tile that lies inside the image (a: row of the tile, b: column), channels innermost. */
function walkTiles(
  [height, width]: readonly [number, number],
  {
    tile,
    tiles,
    side,
    top,
    left,
  }: { tile: number; tiles: readonly [number, number]; side: number; top: number; left: number },
  visit: (pixel: number, tileIndex: number, cell: number) => void,
): void {
  for (let i = 0; i < tiles[0]; i++)
    for (let j = 0; j < tiles[1]; j++)
      for (let a = 0; a < side; a++)
        for (let b = 0; b < side; b++) {
          const [y, x] = [i * tile + a - top, j * tile + b - left];
          if (y >= 0 && y < height && x >= 0 && x < width) visit(y * width + x, i * tiles[1] + j, a * side + b);
        }
}

/** Cells of a tile's input, or outputs of a tile, as planes: [cells][tiles · channels]. */
type Planes = readonly Float64Array[];

const emptyPlanes = (cells: number, length: number): Planes =>
  Array.from({ length: cells }, () => new Float64Array(length));

/** L · X · Lᵀ at each position of the planes; the first axis holds the cells in row-major order. */
function sandwich(left: Matrix, planes: Planes): Planes {
  const [rows, side] = [left.length, left[0]!.length];
  const made = emptyPlanes(rows * rows, planes[0]!.length);
  left.forEach((down, i) => {
    left.forEach((across, j) => {
      const target = made[i * rows + j]!;
      for (let a = 0; a < side; a++)
        for (let b = 0; b < side; b++) {
          const factor = down[a]! * across[b]!;
          const source = planes[a * side + b]!;
          for (let k = 0; k < target.length; k++) target[k]! += factor * source[k]!;
        }
    });
  });
  return made;
}

/** One image's planes inside a value of the frequency domain. */
function planesOf(values: Float64Array, row: number, attrs: WinogradAttrs, channels: number): Planes {
  const { planes, count } = tileGrid(attrs);
  const pitch = count * channels + PLANE_GAP;
  return Array.from({ length: planes }, (_, f) => {
    const at = (row * planes + f) * pitch;
    return values.subarray(at, at + count * channels);
  });
}

const copyPlanes = (from: Planes, to: Planes): void => {
  from.forEach((plane, f) => {
    to[f]!.set(plane);
  });
};

/** Cell geometry of the tiles' inputs and outputs. */
const inputCells = (attrs: WinogradAttrs) => {
  const { tiles, side } = tileGrid(attrs);
  return { tile: attrs.tile, tiles, side, top: attrs.pad[0][0], left: attrs.pad[1][0] };
};
const outputCells = (attrs: WinogradAttrs) => {
  const { tiles } = tileGrid(attrs);
  return { tile: attrs.tile, tiles, side: attrs.tile, top: 0, left: 0 };
};

/** Copies between one image and the cells of its tiles; `gather` reads the image, otherwise the cells are added to it. */
function exchange(
  image: Float64Array,
  size: readonly [number, number],
  cells: ReturnType<typeof inputCells>,
  planes: Planes,
  channels: number,
  gather: boolean,
): void {
  walkTiles(size, cells, (pixel, tileIndex, cell) => {
    for (let c = 0; c < channels; c++) {
      if (gather) planes[cell]![tileIndex * channels + c] = image[pixel * channels + c]!;
      else image[pixel * channels + c]! += planes[cell]![tileIndex * channels + c]!;
    }
  });
}

const image = (values: Float64Array, row: number, size: number) => values.subarray(row * size, (row + 1) * size);

/**
 * x [n,h,w,c] → V, and live [n,oh,ow]: 0 where the window of an output holds only zeros, else 1. Direct convolution gives exactly
 * 0 there. Winograd's sums give rounding noise, half of it positive: a following ReLU would pass gradients of black image areas.
 * The output step writes the zeros back.
 */
export const winogradInputOp: Op<WinogradAttrs> = {
  name: "winogradInput",
  recompute: true,
  infer: ([x], attrs) => [
    planesSpec(x!, attrs, x!.shape[3]!),
    { shape: [x!.shape[0]!, ...tileGrid(attrs).outputs], dtype: "float32", batched: true },
  ],
  reference: ([x], [v, live], { attrs, inputs }) => {
    const [n, h, w, channels] = inputs[0]!.shape as [number, number, number, number];
    const { outputs, planes, count } = tileGrid(attrs);
    const matrix = winogradMatrices(attrs.tile).input;
    const [[top], [left]] = attrs.pad;
    for (let row = 0; row < n; row++) {
      const source = image(x!, row, h * w * channels);
      const cells = emptyPlanes(planes, count * channels);
      exchange(source, attrs.size, inputCells(attrs), cells, channels, true);
      copyPlanes(sandwich(matrix, cells), planesOf(v!, row, attrs, channels));
      const flags = image(live!, row, outputs[0] * outputs[1]);
      for (let y = 0; y < h; y++)
        for (let at = 0; at < w * channels; at++) {
          if (source[y * w * channels + at] === 0) continue;
          const column = Math.floor(at / channels) + left;
          for (let i = Math.max(0, y + top - 2); i <= Math.min(outputs[0] - 1, y + top); i++)
            for (let j = Math.max(0, column - 2); j <= Math.min(outputs[1] - 1, column); j++)
              flags[i * outputs[1] + j] = 1;
        }
    }
  },
  flops: ({ attrs, outputs }) => transformFlops(attrs, outputs[0]!),
};

/** D → dx [n,h,w,c], the adjoint of winogradInput. */
export const winogradInputGradOp: Op<WinogradChannels> = {
  name: "winogradInputGrad",
  infer: ([d], { size, channels }) => [{ shape: [d!.shape[0]!, ...size, channels], dtype: "float32", batched: true }],
  reference: ([d], [dx], { attrs, inputs }) => {
    const { channels, size } = attrs;
    const matrix = transposed(winogradMatrices(attrs.tile).input);
    for (let row = 0; row < inputs[0]!.shape[0]!; row++) {
      const cells = sandwich(matrix, planesOf(d!, row, attrs, channels));
      exchange(image(dx!, row, size[0] * size[1] * channels), size, inputCells(attrs), cells, channels, false);
    }
  },
  flops: ({ attrs, inputs }) => transformFlops(attrs, inputs[0]!),
};

/** M, live → y [n,oh,ow,c]. */
export const winogradOutputOp: Op<WinogradChannels> = {
  name: "winogradOutput",
  infer: ([m], attrs) => [
    { shape: [m!.shape[0]!, ...tileGrid(attrs).outputs, attrs.channels], dtype: "float32", batched: true },
  ],
  reference: ([m, live], [y], { attrs, inputs }) => {
    const { channels } = attrs;
    const { outputs } = tileGrid(attrs);
    const matrix = winogradMatrices(attrs.tile).output;
    for (let row = 0; row < inputs[0]!.shape[0]!; row++) {
      const cells = sandwich(matrix, planesOf(m!, row, attrs, channels));
      const target = image(y!, row, outputs[0] * outputs[1] * channels);
      exchange(target, outputs, outputCells(attrs), cells, channels, false);
      image(live!, row, outputs[0] * outputs[1]).forEach((flag, pixel) => {
        if (flag === 0) target.fill(0, pixel * channels, (pixel + 1) * channels);
      });
    }
  },
  flops: ({ attrs, inputs }) => transformFlops(attrs, inputs[0]!),
};

/** dy [n,oh,ow,c] → Z, the adjoint of winogradOutput. */
export const winogradOutputGradOp: Op<WinogradAttrs> = {
  name: "winogradOutputGrad",
  infer: ([dy], attrs) => [planesSpec(dy!, attrs, dy!.shape[3]!)],
  reference: ([dy], [z], { attrs, inputs }) => {
    const channels = inputs[0]!.shape[3]!;
    const { outputs, count } = tileGrid(attrs);
    const matrix = transposed(winogradMatrices(attrs.tile).output);
    for (let row = 0; row < inputs[0]!.shape[0]!; row++) {
      const cells = emptyPlanes(attrs.tile * attrs.tile, count * channels);
      const source = image(dy!, row, outputs[0] * outputs[1] * channels);
      exchange(source, outputs, outputCells(attrs), cells, channels, true);
      copyPlanes(sandwich(matrix, cells), planesOf(z!, row, attrs, channels));
    }
  },
  flops: ({ attrs, outputs }) => transformFlops(attrs, outputs[0]!),
};

/** Two passes of side · side multiply-adds over each tile's cells. */
function transformFlops({ tile }: WinogradAttrs, planes: Spec): number {
  return 4 * frequencies(tile) * sizeOf(planes.shape);
}

export interface WinogradKernelAttrs {
  readonly tile: Tile;
}

const stripsOf = (filters: number) => Math.ceil(filters / STRIP_COLUMNS);

/** w [3,3,cin,cout] → U, planes [cout / 16][cin][16]: column strips, the layout in which a GEMM reads its right side. */
export const winogradKernelOp: Op<WinogradKernelAttrs> = {
  name: "winogradKernel",
  infer: ([w], { tile }) => {
    const [, , cin, cout] = w!.shape as [number, number, number, number];
    return [
      {
        shape: [frequencies(tile) ** 2, stripsOf(cout) * cin * STRIP_COLUMNS + PLANE_GAP],
        dtype: "float32",
        batched: false,
      },
    ];
  },
  reference: ([w], [u], { attrs, inputs, outputs }) => {
    const [, , cin, cout] = inputs[0]!.shape as [number, number, number, number];
    const pitch = outputs[0]!.shape[1]!;
    const taps = Array.from({ length: 9 }, (_, tap) => w!.subarray(tap * cin * cout, (tap + 1) * cin * cout));
    sandwich(winogradMatrices(attrs.tile).kernel, taps).forEach((plane, f) => {
      for (let c = 0; c < cin; c++)
        for (let k = 0; k < cout; k++)
          u![f * pitch + (Math.floor(k / STRIP_COLUMNS) * cin + c) * STRIP_COLUMNS + (k % STRIP_COLUMNS)] =
            plane[c * cout + k]!;
    });
  },
  flops: ({ outputs }) => 6 * sizeOf(outputs[0]!.shape),
};

export interface WinogradKernelGradAttrs extends WinogradKernelAttrs {
  readonly depth: number;
  readonly filters: number;
}

/** dU, planes [cin][cout] → dw [3,3,cin,cout], the adjoint of winogradKernel. */
export const winogradKernelGradOp: Op<WinogradKernelGradAttrs> = {
  name: "winogradKernelGrad",
  infer: (_inputs, { depth, filters }) => [{ shape: [3, 3, depth, filters], dtype: "float32", batched: false }],
  reference: ([du], [dw], { attrs, inputs }) => {
    const [planes, pitch] = inputs[0]!.shape as [number, number];
    const length = attrs.depth * attrs.filters;
    const cells = Array.from({ length: planes }, (_, f) => du!.subarray(f * pitch, f * pitch + length));
    sandwich(transposed(winogradMatrices(attrs.tile).kernel), cells).forEach((plane, tap) => {
      dw!.set(plane, tap * length);
    });
  },
  flops: ({ inputs }) => 6 * sizeOf(inputs[0]!.shape),
};

export interface WinogradProductAttrs extends WinogradAttrs {
  /** Channels of the left side, and of the result. */
  readonly depth: number;
  readonly filters: number;
}

/** V, U → M: one matrix product per frequency. Also Z, Uᵀ → D. */
export const winogradProductOp: Op<WinogradProductAttrs> = {
  name: "winogradProduct",
  infer: ([v], attrs) => [planesSpec(v!, attrs, attrs.filters)],
  reference: ([v, u], [m], { attrs, inputs }) => {
    const { depth, filters } = attrs;
    const { count } = tileGrid(attrs);
    const pitch = inputs[1]!.shape[1]!;
    for (let row = 0; row < inputs[0]!.shape[0]!; row++) {
      const [from, to] = [planesOf(v!, row, attrs, depth), planesOf(m!, row, attrs, filters)];
      from.forEach((plane, f) => {
        for (let t = 0; t < count; t++)
          for (let k = 0; k < filters; k++) {
            let sum = 0;
            for (let c = 0; c < depth; c++)
              sum +=
                plane[t * depth + c]! *
                u![f * pitch + (Math.floor(k / STRIP_COLUMNS) * depth + c) * STRIP_COLUMNS + (k % STRIP_COLUMNS)]!;
            to[f]![t * filters + k] = sum;
          }
      });
    }
  },
  flops: ({ attrs, inputs }) => productFlops(attrs, inputs[0]!),
};

/** V, Z → dU, planes [cin][cout], summed over tiles and rows. */
export const winogradProductGradOp: Op<WinogradProductAttrs> = {
  name: "winogradProductGrad",
  infer: (_inputs, attrs) => [
    {
      shape: [tileGrid(attrs).planes, attrs.depth * attrs.filters + PLANE_GAP],
      dtype: "float32",
      batched: false,
    },
  ],
  reference: ([v, z], [du], { attrs, inputs, outputs }) => {
    const { depth, filters } = attrs;
    const { count } = tileGrid(attrs);
    const pitch = outputs[0]!.shape[1]!;
    for (let row = 0; row < inputs[0]!.shape[0]!; row++) {
      const gradients = planesOf(z!, row, attrs, filters);
      planesOf(v!, row, attrs, depth).forEach((plane, f) => {
        for (let t = 0; t < count; t++)
          for (let c = 0; c < depth; c++)
            for (let k = 0; k < filters; k++)
              du![f * pitch + c * filters + k]! += plane[t * depth + c]! * gradients[f]![t * filters + k]!;
      });
    }
  },
  flops: ({ attrs, inputs }) => productFlops(attrs, inputs[0]!),
};

const productFlops = (attrs: WinogradProductAttrs, { shape }: Spec) =>
  2 * shape[0]! * tileGrid(attrs).planes * tileGrid(attrs).count * attrs.depth * attrs.filters;

export const winogradOps = {
  winogradInput: winogradInputOp,
  winogradInputGrad: winogradInputGradOp,
  winogradOutput: winogradOutputOp,
  winogradOutputGrad: winogradOutputGradOp,
  winogradKernel: winogradKernelOp,
  winogradKernelGrad: winogradKernelGradOp,
  winogradProduct: winogradProductOp,
  winogradProductGrad: winogradProductGradOp,
} as const;

export type WinogradOpName = keyof typeof winogradOps;
