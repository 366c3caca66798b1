/** Convolutions and batch normalisation: kernels [out, in / groups, …] become Keras's […, in / groups, out]. */
import { dilatedExtent } from "../../../base/shape.ts";
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { BatchNormalization } from "../../../nn/layers/batch-normalization.ts";
import { Conv1D } from "../../../nn/layers/conv1d.ts";
import { Conv2D } from "../../../nn/layers/conv2d.ts";
import { Conv2DTranspose } from "../../../nn/layers/conv2d-transpose.ts";
import { DepthwiseConv2D } from "../../../nn/layers/depthwise-conv2d.ts";
import { getItem, type Key } from "../../../nn/operations/parts.ts";
import { padBefore, transposedSize } from "../../../ops/conv2d-transpose.ts";
import { permuted } from "../order.ts";
import type { Constant } from "../tensors.ts";
import type { Converter } from "./converter.ts";
import { image, through } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";
import { padded, spatial, type Window, windowOf } from "./windows.ts";

/** Float32 numbers of a constant, with its axes in another order. */
export function weights({ shape, values }: Constant, permutation = shape.map((_, axis) => axis)): Float32Array {
  return permuted(values instanceof Float32Array ? values : Float32Array.from(values), shape, permutation);
}

/** A constant of a number for each of `count` channels. */
function perChannel(call: NodeCall, input: number, noun: string, count: number): Float32Array {
  const constant = call.constant(input, noun);
  call.require(
    constant.values.length === count,
    `its ${noun} has ${constant.values.length} numbers for ${count} channels`,
  );
  return weights(constant);
}

function channelsOf(call: NodeCall, x: KerasTensor): number {
  return x.shape.at(-1) ?? call.fail("the channels of its input are not known");
}

export const conv: Converter = (call) => {
  const x = image(call.flow(0, [3, 4]));
  const kernel = call.constant(1, "kernel");
  const rank = x.order.length - 2;
  call.require(kernel.shape.length === rank + 2, `its kernel has ${kernel.shape.length} axes, expected ${rank + 2}`);
  const [filters, depth] = kernel.shape as [number, number];
  const groups = call.int("group", 1);
  const channels = channelsOf(call, x.tensor);
  call.require(
    groups >= 1 && filters >= 1 && channels === depth * groups && filters % groups === 0,
    `its kernel [${kernel.shape}] in ${groups} groups does not fit ${channels} channels`,
  );
  const size = kernel.shape.slice(2);
  const window = windowOf(call, spatial(x.tensor), size);
  const bias = call.has(2) ? perChannel(call, 2, "bias", filters) : call.graph.takeBias(call.node, filters);
  const isDepthwise = rank === 2 && depth === 1 && groups > 1;
  const options = {
    strides: window.strides as [number, number],
    dilationRate: window.dilation as [number, number],
    kernelSize: size as [number, number],
    useBias: bias !== undefined,
    name: call.layerName(1),
  };
  const outwards = size.map((_, axis) => axis + 2);
  if (isDepthwise) {
    const [around, padding] = padded(x.tensor, window, "zeros");
    const layer = new DepthwiseConv2D({ ...options, padding, depthMultiplier: filters / groups });
    const tensor = through(layer, around);
    // [channels · multiplier, 1, …] → […, channels, multiplier]: the channels stay in their order.
    layer.kernel.value = weights(kernel, [...outwards, 0, 1]);
    if (bias !== undefined) layer.bias!.value = bias;
    return [{ ...x, tensor }];
  }
  const [around, padding] = padded(x.tensor, window, "zeros");
  const layer =
    rank === 1
      ? new Conv1D({ ...options, ...single(window), filters, groups, padding })
      : new Conv2D({ ...options, filters, groups, padding });
  const tensor = through(layer, around);
  layer.kernel.value = weights(kernel, [...outwards, 1, 0]);
  if (bias !== undefined) layer.bias!.value = bias;
  return [{ ...x, tensor }];
};

/** The options of a window of one axis. */
const single = ({ size, strides, dilation }: Window) => ({
  kernelSize: size[0]!,
  strides: strides[0]!,
  dilationRate: dilation[0]!,
});

/** ONNX states how many cells the result lacks at both ends; Keras has a rule for each of its paddings. */
export const convTranspose: Converter = (call: NodeCall) => {
  const x = image(call.flow(0, [4]));
  const kernel = call.constant(1, "kernel");
  call.require(kernel.shape.length === 4, `its kernel has ${kernel.shape.length} axes, expected 4`);
  call.only("group", 1);
  call.require(
    !call.hasAttribute("output_shape") && call.text("auto_pad", "NOTSET") === "NOTSET",
    'its attributes "output_shape" and "auto_pad" are not read, state "pads"',
  );
  const channels = channelsOf(call, x.tensor);
  const [depth, filters, ...size] = kernel.shape as [number, number, number, number];
  call.require(depth === channels && filters >= 1, `its kernel [${kernel.shape}] does not fit ${channels} channels`);
  const window = windowOf(call, spatial(x.tensor), size);
  const added = call.ints("output_padding", [0, 0], 2);
  const bias = call.has(2) ? perChannel(call, 2, "bias", filters) : call.graph.takeBias(call.node, filters);
  const fitting = transposedPadding(window, added);
  const layer = new Conv2DTranspose({
    filters,
    kernelSize: size as [number, number],
    strides: window.strides as [number, number],
    dilationRate: window.dilation as [number, number],
    useBias: bias !== undefined,
    name: call.layerName(1),
    ...(fitting ?? {
      padding: "valid",
      outputPadding: window.pads.map(([, after], axis) => Math.max(0, added[axis]! - after)) as [number, number],
    }),
  });
  const whole = through(layer, x.tensor);
  layer.kernel.value = weights(kernel, [2, 3, 1, 0]);
  if (bias !== undefined) layer.bias!.value = bias;
  if (fitting !== undefined) return [{ ...x, tensor: whole }];
  const kept = spatial(whole).map((cells, axis) => {
    if (cells === null) call.fail("the size of its input is not known; export with sizes of images");
    const [before, after] = window.pads[axis]!;
    return cells - before - Math.max(0, after - added[axis]!);
  });
  call.require(
    kept.every((cells) => cells >= 1),
    `its "pads" [${window.pads.flat()}] leave nothing`,
  );
  const middle = kept.map((cells, axis): Key => [window.pads[axis]![0], window.pads[axis]![0] + cells]);
  // Not Keras's Slice: on PyTorch it loses rows of the batch, whose size it takes as a place.
  return [{ ...x, tensor: getItem(whole, [":", ...middle, ":"]) as KerasTensor }];
};

/** The options of Keras's that make the same cells; undefined where none does. */
function transposedPadding({ size, strides, dilation, pads }: Window, added: readonly number[]) {
  const fits = (padding: "valid" | "same", axis: number) => {
    const extent = dilatedExtent(size[axis]!, dilation[axis]!);
    const [stride, [before, after]] = [strides[axis]!, pads[axis]!];
    // Both rules add the same for each cell, so one size says it for all.
    const wanted = 7 * stride + extent + added[axis]! - before - after;
    return (
      transposedSize(8, extent, stride, padding) === wanted && padBefore(extent, stride, padding, undefined) === before
    );
  };
  for (const padding of ["valid", "same"] as const) if ([0, 1].every((axis) => fits(padding, axis))) return { padding };
  return undefined;
}

export const batchNormalization: Converter = (call) => {
  const x = image(call.flow(0, [2, 3, 4]));
  const channels = channelsOf(call, x.tensor);
  call.only("training_mode", 0);
  call.only("spatial", 1);
  call.oneOutput();
  const numbers = (["scale", "bias", "mean", "variance"] as const).map((noun, i) =>
    perChannel(call, i + 1, noun, channels),
  );
  const layer = new BatchNormalization({
    epsilon: call.float("epsilon", 1e-5),
    momentum: Math.min(1, Math.max(0, call.float("momentum", 0.9))),
    name: call.layerName(1),
  });
  const tensor = through(layer, x.tensor);
  [layer.gamma!, layer.beta!, layer.movingMean, layer.movingVariance].forEach((variable, i) => {
    variable.value = numbers[i]!;
  });
  return [{ ...x, tensor }];
};
