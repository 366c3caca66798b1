/** Pooling of windows and of whole images. */
import { sizeOf } from "../../../base/shape.ts";
import { tensor as tensorOf } from "../../../base/tensor.ts";
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { AveragePooling1D } from "../../../nn/layers/average-pooling1d.ts";
import { AveragePooling2D } from "../../../nn/layers/average-pooling2d.ts";
import { GlobalAveragePooling1D } from "../../../nn/layers/global-average-pooling1d.ts";
import { GlobalAveragePooling2D } from "../../../nn/layers/global-average-pooling2d.ts";
import { GlobalMaxPooling1D } from "../../../nn/layers/global-max-pooling1d.ts";
import { GlobalMaxPooling2D } from "../../../nn/layers/global-max-pooling2d.ts";
import type { Layer } from "../../../nn/layers/layer.ts";
import { MaxPooling1D } from "../../../nn/layers/max-pooling1d.ts";
import { MaxPooling2D } from "../../../nn/layers/max-pooling2d.ts";
import { multiply } from "../../../nn/operations/arithmetic.ts";
import type { Converter } from "./converter.ts";
import { type Flow, image, rankOf, through } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";
import { isSame, isUnpadded, padded, spatial, surrounded, type Window, windowOf } from "./windows.ts";

type Padding = "valid" | "same";

function start(call: NodeCall): { readonly x: Flow; readonly window: Window } {
  const x = image(call.flow(0, [3, 4]));
  const window = windowOf(call, spatial(x.tensor));
  call.oneOutput();
  call.require(
    window.dilation.every((rate) => rate === 1),
    `its "dilations" are [${window.dilation}], read only as 1`,
  );
  call.require(
    window.pads.every((pad, axis) => pad.every((cells) => cells < window.size[axis]!)),
    `its "pads" [${window.pads.flat()}] are not smaller than its window [${window.size}]`,
  );
  return { x, window };
}

const options = (call: NodeCall, { size, strides }: Window, padding: Padding) => ({
  poolSize: size as [number, number],
  strides: strides as [number, number],
  padding,
  name: call.layerName(),
});

const optionsOfOne = (call: NodeCall, { size, strides }: Window, padding: Padding) => ({
  poolSize: size[0]!,
  strides: strides[0]!,
  padding,
  name: call.layerName(),
});

export const maxPool: Converter = (call) => {
  const { x, window } = start(call);
  const [around, padding] = padded(x.tensor, window, "lowest");
  const layer =
    window.size.length === 1
      ? new MaxPooling1D(optionsOfOne(call, window, padding))
      : new MaxPooling2D(options(call, window, padding));
  return [{ ...x, tensor: through(layer, around) }];
};

export const averagePool: Converter = (call) => {
  const { x, window } = start(call);
  const average = (input: KerasTensor, padding: Padding) =>
    through(
      window.size.length === 1
        ? new AveragePooling1D(optionsOfOne(call, window, padding))
        : new AveragePooling2D(options(call, window, padding)),
      input,
    );
  if (isUnpadded(window)) return [{ ...x, tensor: average(x.tensor, "valid") }];
  // Zeros that count are cells of the image; what `ceil_mode` adds at the end never counts.
  const counted = call.int("count_include_pad", 0) === 1;
  if (counted && call.int("ceil_mode", 0) === 0)
    return [{ ...x, tensor: average(surrounded(x.tensor, window.pads, "zeros"), "valid") }];
  if (!counted && isSame(window, spatial(x.tensor))) return [{ ...x, tensor: average(x.tensor, "same") }];
  const sizes = spatial(x.tensor).map(
    (cells) => cells ?? call.fail("the size of its input is not known; export with sizes of images"),
  );
  const stated = call.ints("pads", new Array<number>(2 * sizes.length).fill(0));
  const around = counted ? sizes.map((_, axis) => [stated[axis]!, stated[axis + sizes.length]!] as const) : undefined;
  const shares = sizes.map((cells, axis) => shareOf(cells, window, axis, around?.[axis] ?? [0, 0]));
  const made = average(surrounded(x.tensor, window.pads, "zeros"), "valid");
  const grid = spatial(made).map(Number);
  call.graph.spend(sizeOf(grid));
  const factors = Float32Array.from({ length: sizeOf(grid) }, (_, i) =>
    grid.length === 1 ? shares[0]![i]! : shares[0]![Math.floor(i / grid[1]!)]! * shares[1]![i % grid[1]!]!,
  );
  return [{ ...x, tensor: multiply(made, tensorOf(factors, [1, ...grid, 1])) as KerasTensor }];
};

/** Cells of each window of an axis, and those of them that count. */
function shareOf(
  cells: number,
  { size, strides, pads }: Window,
  axis: number,
  [before, after]: readonly [number, number],
): number[] {
  const [length, stride, [top, bottom]] = [size[axis]!, strides[axis]!, pads[axis]!];
  const count = Math.floor((cells + top + bottom - length) / stride) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => {
    const first = i * stride - top;
    return length / (Math.min(first + length, cells + after) - Math.max(first, -before));
  });
}

/** The whole image or sequence, kept as one cell. */
const globalPool =
  (make: (rank: number, options: { readonly keepdims: true; readonly name: string }) => Layer): Converter =>
  (call) => {
    const x = image(call.flow(0, [3, 4]));
    return [{ ...x, tensor: through(make(rankOf(x), { keepdims: true, name: call.layerName() }), x.tensor) }];
  };

export const globalAveragePool: Converter = globalPool((rank, options) =>
  rank === 3 ? new GlobalAveragePooling1D(options) : new GlobalAveragePooling2D(options),
);

export const globalMaxPool: Converter = globalPool((rank, options) =>
  rank === 3 ? new GlobalMaxPooling1D(options) : new GlobalMaxPooling2D(options),
);
