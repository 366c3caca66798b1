/** Convolution and pooling of signals [batch, length, channels] and images [batch, height, width, channels]. K: `ops/nn.py`. */
import { ArgumentError, ShapeError, unknownName } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { dilatedExtent, type Pad, type Padding, windowOutput, windowPad } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { averagePool2d } from "../../ops/average-pool2d.ts";
import { conv2d } from "../../ops/conv2d.ts";
import { conv2dTranspose } from "../../ops/conv2d-transpose.ts";
import { depthwiseConv2d } from "../../ops/depthwise-conv2d.ts";
import { maxPool2d } from "../../ops/max-pool2d.ts";
import { reshape } from "../../ops/reshape.ts";
import { optionsOf, real, shapeText } from "./checks.ts";
import { operateOn } from "./operation.ts";
import type { Made, SameRank, Value } from "./value.ts";

/** A number for each spatial axis, or one for all. */
export type Sizes = number | readonly number[];

export interface ConvOptions {
  /** Default 1. */
  readonly strides?: Sizes;
  /** Default "valid". */
  readonly padding?: Padding;
  /** Default 1. */
  readonly dilationRate?: Sizes;
}

export interface ConvTransposeOptions extends ConvOptions {
  /** Entries added at the end of each axis, less than the stride. */
  readonly outputPadding?: Sizes | null;
}

type Two = readonly [number, number];

/** One or two numbers as those of height and width; signals have height 1. */
function twoOf(name: string, what: string, sizes: Sizes, rank: number, neutral = 1, min = 1): Two {
  const list = typeof sizes === "number" ? new Array<number>(rank).fill(sizes) : sizes;
  if (!Array.isArray(list) || list.length !== rank || !list.every((size) => Number.isInteger(size) && size >= min))
    throw new ArgumentError(
      `${name}: ${what} is ${formatValue(sizes)}, expected a whole number of ${min} or more, or ${rank} of them.`,
    );
  return rank === 1 ? [neutral, list[0]!] : [list[0]!, list[1]!];
}

function checkPadding(name: string, padding: string): void {
  if (padding !== "valid" && padding !== "same") throw unknownName(`padding of ${name}`, padding, ["valid", "same"]);
}

/** Images as they are, signals as images of height 1; `write`'s result goes the way back. */
function asImages(name: string, x: Sym, write: (image: Sym, rank: number) => Sym): Sym {
  const { shape } = x.spec;
  if (shape.length !== 3 && shape.length !== 4)
    throw new ShapeError(
      `${name} of ${shapeText(x)}: expected [batch, length, channels] or [batch, height, width, channels].`,
    );
  if (shape.length === 4) return write(real(x), 2);
  const made = write(reshape(real(x), shape.toSpliced(1, 0, 1)), 1);
  return reshape(made, made.spec.shape.toSpliced(1, 1));
}

/** The kernel of images; that of signals gets height 1. */
function kernelOf(name: string, x: Sym, kernel: Sym, rank: number, axes: string): Sym {
  const { shape, batched } = kernel.spec;
  if (batched || shape.length !== rank + 2)
    throw new ShapeError(
      `${name} of ${shapeText(x)}: the kernel is ${shapeText(kernel)}, expected ${rank + 2} axes ${axes} that do not follow the batch.`,
    );
  return rank === 1 ? reshape(kernel, [1, ...shape]) : kernel;
}

/** The padding of both axes, once the window is known to fit. */
function padsOf(name: string, image: Sym, window: Two, strides: Two, dilation: Two, padding: Padding): [Pad, Pad] {
  checkPadding(name, padding);
  const pads = ([0, 1] as const).map((axis): Pad => {
    const size = image.spec.shape[1 + axis]!;
    if (windowOutput(size, window[axis], strides[axis], dilation[axis], padding) < 1)
      throw new ShapeError(
        `${name} of ${shapeText(image)}: a window of ${dilatedExtent(window[axis], dilation[axis])} does not fit ${size} cells; use padding "same" or a smaller one.`,
      );
    return windowPad(size, window[axis], strides[axis], dilation[axis], padding);
  });
  return pads as [Pad, Pad];
}

/**
 * Convolution (cross-correlation, as Keras). Groups follow from the channels: channels / kernel's input channels.
 *
 * @param inputs [batch, length, channels] or [batch, height, width, channels]
 * @param kernel [length, channels / groups, filters] or [height, width, channels / groups, filters]
 * @example
 * ```ts
 * import { input, tensor } from "fovea";
 * import { conv } from "fovea/ops";
 * conv(input({ shape: [8, 8, 1] }), tensor(new Float32Array(18), [3, 3, 1, 2]), { padding: "same" }).shape; // [null, 8, 8, 2]
 * ```
 */
export function conv<X extends Value, K extends Value>(inputs: X, kernel: K, options: ConvOptions = {}): Made<X | K> {
  const { strides, padding, dilationRate } = optionsOf("conv", options, {
    strides: 1,
    padding: "valid",
    dilationRate: 1,
  });
  const write = (x?: Sym, w?: Sym) =>
    asImages("conv", x!, (image, rank) => {
      const own = kernelOf("conv", x!, w!, rank, "[…window, channels, filters]");
      const [channels, depth, filters] = [image.spec.shape[3]!, own.spec.shape[2]!, own.spec.shape[3]!];
      if (channels % depth !== 0 || filters % (channels / depth) !== 0)
        throw new ShapeError(
          `conv of ${shapeText(x!)}: ${channels} channels do not fit the kernel ${shapeText(w!)}, which reads ${depth}.`,
        );
      const [steps, dilation] = [
        twoOf("conv", "strides", strides, rank),
        twoOf("conv", "dilationRate", dilationRate, rank),
      ];
      const pad = padsOf("conv", image, own.spec.shape.slice(0, 2) as [number, number], steps, dilation, padding);
      return conv2d(image, own, { strides: steps, pad, dilation, groups: channels / depth });
    });
  return operateOn<X | K>("conv", "nn.Conv", [inputs, kernel], write, { strides, padding, dilationRate });
}

const depthwise = (name: string, x: Sym, image: Sym, rank: number, w: Sym, options: Required<ConvOptions>): Sym => {
  const own = kernelOf(name, x, w, rank, "[…window, channels, multiplier]");
  const channels = image.spec.shape[3]!;
  if (own.spec.shape[2] !== channels)
    throw new ShapeError(`${name} of ${shapeText(x)}: ${channels} channels do not fit the kernel ${shapeText(w)}.`);
  const steps = twoOf(name, "strides", options.strides, rank);
  const dilation = twoOf(name, "dilationRate", options.dilationRate, rank);
  const pad = padsOf(name, image, own.spec.shape.slice(0, 2) as [number, number], steps, dilation, options.padding);
  return depthwiseConv2d(image, own, { strides: steps, pad, dilation });
};

/** Convolution of each channel by kernels of its own. kernel […window, channels, multiplier] → channels · multiplier. */
export function depthwiseConv<X extends Value, K extends Value>(
  inputs: X,
  kernel: K,
  given: ConvOptions = {},
): Made<X | K> {
  const options = optionsOf("depthwiseConv", given, { strides: 1, padding: "valid", dilationRate: 1 });
  const write = (x?: Sym, w?: Sym) =>
    asImages("depthwiseConv", x!, (image, rank) => depthwise("depthwiseConv", x!, image, rank, w!, options));
  return operateOn<X | K>("depthwiseConv", "nn.DepthwiseConv", [inputs, kernel], write, options);
}

/** `depthwiseConv`, then a convolution by a window of one cell. pointwiseKernel [1…, channels · multiplier, filters]. */
export function separableConv<X extends Value, D extends Value, P extends Value>(
  inputs: X,
  depthwiseKernel: D,
  pointwiseKernel: P,
  given: ConvOptions = {},
): Made<X | D | P> {
  const options = optionsOf("separableConv", given, { strides: 1, padding: "valid", dilationRate: 1 });
  const write = (x?: Sym, d?: Sym, p?: Sym) =>
    conv(
      asImages("separableConv", x!, (image, rank) => depthwise("separableConv", x!, image, rank, d!, options)),
      p!,
    );
  return operateOn<X | D | P>(
    "separableConv",
    "nn.SeparableConv",
    [inputs, depthwiseKernel, pointwiseKernel],
    write,
    options,
  );
}

/** Transposed convolution: sizes grow by the strides. kernel […window, filters, channels]. */
export function convTranspose<X extends Value, K extends Value>(
  inputs: X,
  kernel: K,
  options: ConvTransposeOptions = {},
): Made<X | K> {
  const { strides, padding, outputPadding, dilationRate } = optionsOf("convTranspose", options, {
    strides: 1,
    padding: "valid",
    outputPadding: null,
    dilationRate: 1,
  });
  const name = "convTranspose";
  const write = (x?: Sym, w?: Sym) =>
    asImages(name, x!, (image, rank) => {
      const own = kernelOf(name, x!, w!, rank, "[…window, filters, channels]");
      if (own.spec.shape[3] !== image.spec.shape[3])
        throw new ShapeError(
          `${name} of ${shapeText(x!)}: ${image.spec.shape[3]} channels do not fit the kernel ${shapeText(w!)}, whose last axis reads them.`,
        );
      checkPadding(name, padding);
      const [steps, dilation] = [
        twoOf(name, "strides", strides, rank),
        twoOf(name, "dilationRate", dilationRate, rank),
      ];
      const options = { strides: steps, padding, dilation };
      if (outputPadding === null) return conv2dTranspose(image, own, options);
      return conv2dTranspose(image, own, {
        ...options,
        outputPadding: twoOf(name, "outputPadding", outputPadding, rank, 0, 0),
      });
    });
  return operateOn<X | K>(name, "nn.ConvTranspose", [inputs, kernel], write, {
    strides,
    padding,
    outputPadding,
    dilationRate,
  });
}

export interface PoolOptions {
  /** Default: the window's sizes. */
  readonly strides?: Sizes | null;
  /** Default "valid". */
  readonly padding?: Padding;
}

function pooling(name: string, keras: string, write: typeof maxPool2d) {
  return <A extends Value>(
    inputs: A,
    poolSize: Sizes,
    { strides = null, padding = "valid" }: PoolOptions,
  ): SameRank<A> => {
    const pool = (x?: Sym) =>
      asImages(name, x!, (image, rank) => {
        const window = twoOf(name, "poolSize", poolSize, rank);
        const steps = strides === null ? window : twoOf(name, "strides", strides, rank);
        return write(image, { window, strides: steps, pad: padsOf(name, image, window, steps, [1, 1], padding) });
      });
    return operateOn(name, keras, [inputs], pool, { poolSize, strides, padding }) as SameRank<A>;
  };
}

/**
 * The largest value of each window.
 *
 * @param inputs [batch, length, channels] or [batch, height, width, channels]
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { maxPool } from "fovea/ops";
 * maxPool(input({ shape: [8, 8, 3] }), 2).shape; // [null, 4, 4, 3]
 * ```
 */
export function maxPool<A extends Value>(inputs: A, poolSize: Sizes, options: PoolOptions = {}): SameRank<A> {
  return pooling("maxPool", "nn.MaxPool", maxPool2d)(inputs, poolSize, options);
}

/** The mean of what each window covers of the inputs; padding does not count. */
export function averagePool<A extends Value>(inputs: A, poolSize: Sizes, options: PoolOptions = {}): SameRank<A> {
  return pooling("averagePool", "nn.AveragePool", averagePool2d)(inputs, poolSize, options);
}
