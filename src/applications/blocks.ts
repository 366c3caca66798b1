/** Small parts that several architectures are written in. */
import type { Pad } from "../base/shape.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import type { Layer } from "../nn/layers/layer.ts";

/** Applies layers one after the other. */
export function through(x: KerasTensor, ...layers: readonly Layer[]): KerasTensor {
  return layers.reduce((y, layer) => layer.apply(y), x);
}

/** Number of channels of a feature map. */
export const channelsOf = (x: KerasTensor): number => x.shape.at(-1)!;

/**
 * Padding before a convolution of stride 2 without padding of its own, so that its windows lie as those of "same" do for even
 * sizes in TensorFlow: one cell less before the image where its size is even. K: `imagenet_utils.py` (correct_pad).
 */
export function halvingPad(x: KerasTensor, kernelSize: number): readonly [Pad, Pad] {
  const half = Math.floor(kernelSize / 2);
  const [, height, width] = x.shape;
  const isKnown = height !== null;
  const sides = (cells: number | null | undefined): Pad => [half - (isKnown ? 1 - ((cells ?? 0) % 2) : 1), half];
  return [sides(height), sides(width)];
}

/** The multiple of `divisor` nearest to a number of channels, but no less than nine tenths of it. */
export function roundChannels(channels: number, divisor = 8): number {
  const rounded = Math.max(divisor, Math.floor(Math.trunc(channels + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * channels ? rounded + divisor : rounded;
}
