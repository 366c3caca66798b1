/** Windows over images and sequences as ONNX states them, and the layers that put cells around an input. */
import { type Pad, windowPad } from "../../../base/shape.ts";
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { MaxPooling2D } from "../../../nn/layers/max-pooling2d.ts";
import { ReLU } from "../../../nn/layers/relu.ts";
import { ZeroPadding2D } from "../../../nn/layers/zero-padding2d.ts";
import { pad } from "../../../nn/operations/parts.ts";
import { through } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";

/** Stands for −∞ around a maximum: the lowest float32, since an infinite one would spoil sums. */
export const LOWEST = -3.4028234663852886e38;

/** One or two spatial axes, an entry for each. */
export interface Window {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly pads: readonly Pad[];
}

/** The window of a node, over images of these sizes. @param size of the kernel; default: the node's `kernel_shape` */
export function windowOf(call: NodeCall, sizes: readonly (number | null)[], kernel?: readonly number[]): Window {
  const rank = sizes.length;
  const ones = new Array<number>(rank).fill(1);
  const size = kernel ?? call.ints("kernel_shape", [], rank);
  const strides = call.ints("strides", ones, rank);
  const dilation = call.ints("dilations", ones, rank);
  for (const [name, list] of Object.entries({ kernel_shape: size, strides, dilations: dilation }))
    call.require(
      list.every((each) => Number.isInteger(each) && each >= 1 && each < 2 ** 20),
      `its "${name}" is [${list.join(", ")}], expected whole numbers of 1 or more`,
    );
  const stated = call.ints("kernel_shape", size, rank);
  call.require(stated.join() === size.join(), `its "kernel_shape" is [${stated}], and its weights are [${size}]`);
  const window = { size, strides, dilation };
  const auto = call.text("auto_pad", "NOTSET");
  if (auto === "NOTSET") {
    const pads = call.ints("pads", new Array<number>(2 * rank).fill(0), 2 * rank);
    call.require(
      pads.every((each) => each >= 0 && each < 2 ** 20),
      `its "pads" are [${pads.join(", ")}], expected numbers of 0 or more`,
    );
    const both = ones.map((_, axis): Pad => [pads[axis]!, pads[axis + rank]!]);
    if (call.int("ceil_mode", 0) !== 1) return { ...window, pads: both };
    const extent = (axis: number) => (size[axis]! - 1) * dilation[axis]! + 1;
    return {
      ...window,
      pads: both.map((each, axis) => ceiled(call, sizes[axis]!, each, strides[axis]!, extent(axis))),
    };
  }
  call.require(["VALID", "SAME_UPPER", "SAME_LOWER"].includes(auto), `its "auto_pad" is "${auto}"`);
  return {
    ...window,
    pads: sizes.map((cells, axis): Pad => {
      if (auto === "VALID") return [0, 0];
      const extent = (size[axis]! - 1) * dilation[axis]!;
      // With stride 1 the padding does not depend on the size.
      if (cells === null && strides[axis] !== 1)
        call.fail(`its "auto_pad" is "${auto}", and the size of its input is not known; export with sizes of images`);
      const [before, after] =
        cells === null
          ? [Math.floor(extent / 2), Math.ceil(extent / 2)]
          : windowPad(cells, size[axis]!, strides[axis]!, dilation[axis]!, "same");
      return auto === "SAME_UPPER" ? [before, after] : [after, before];
    }),
  };
}

/** Cells at the end so that the last window, which may begin inside, is whole: `ceil_mode`. */
function ceiled(call: NodeCall, cells: number | null, [before, after]: Pad, stride: number, extent: number): Pad {
  if (cells === null)
    call.fail('its "ceil_mode" is 1, and the size of its input is not known; export with sizes of images');
  const windows = Math.ceil((cells + before + after - extent) / stride) + 1;
  // A window that would begin in the padding at the end does not count.
  const counted = (windows - 1) * stride >= cells + before ? windows - 1 : windows;
  return [before, Math.max(after, (counted - 1) * stride + extent - cells - before)];
}

/** Whether Keras's padding "same" puts the same cells around. */
export function isSame({ size, strides, dilation, pads }: Window, sizes: readonly (number | null)[]): boolean {
  return pads.every(([before, after], axis) => {
    const cells = sizes[axis];
    const extent = (size[axis]! - 1) * dilation[axis]!;
    if (typeof cells !== "number")
      return strides[axis] === 1 && before === Math.floor(extent / 2) && after === Math.ceil(extent / 2);
    const [top, bottom] = windowPad(cells, size[axis]!, strides[axis]!, dilation[axis]!, "same");
    return before === top && after === bottom;
  });
}

export const isUnpadded = ({ pads }: Pick<Window, "pads">): boolean => pads.every(([a, b]) => a === 0 && b === 0);

/** Spatial axes of [batch, …, channels]. */
export const spatial = ({ shape }: KerasTensor): readonly (number | null)[] => shape.slice(1, -1);

/** What stands around an input. */
type Around = "zeros" | "lowest";

/** The input with the window's cells around it, and Keras's word for the padding that is left to the layer. */
export function padded(x: KerasTensor, window: Window, around: Around): [KerasTensor, "valid" | "same"] {
  if (isUnpadded(window)) return [x, "valid"];
  if (isSame(window, spatial(x))) return [x, "same"];
  return [surrounded(x, window.pads, around), "valid"];
}

/** Cells around the spatial axes: a layer where zeros do, which files can hold. */
export function surrounded(x: KerasTensor, pads: readonly Pad[], around: Around): KerasTensor {
  if (pads.length === 2 && (around === "zeros" || isNeverNegative(x)))
    return through(new ZeroPadding2D({ padding: pads as [Pad, Pad] }), x);
  const all: Pad[] = [[0, 0], ...pads, [0, 0]];
  return pad(x, all, "constant", { constantValues: around === "zeros" ? 0 : LOWEST });
}

/** Whether a maximum over zeros is one over nothing. */
function isNeverNegative(x: KerasTensor): boolean {
  let { layer } = x;
  while (layer instanceof MaxPooling2D) layer = layer.inboundNodes[0]!.inputs[0]!.layer;
  return layer instanceof ReLU && layer.options.negativeSlope === 0;
}
