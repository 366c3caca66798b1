/** Functions of images [batch, height, width, channels], or of one image [height, width, channels]. K: `ops/image.py`. */
import { ArgumentError, ShapeError, unknownName } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Padding } from "../../base/shape.ts";
import { windowPad } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { conv2d } from "../../ops/conv2d.ts";
import { literal } from "../../ops/literal.ts";
import { matMul } from "../../ops/mat-mul.ts";
import { reshape } from "../../ops/reshape.ts";
import { type ResizeMethod, resizeImages, resizeMethods } from "../../ops/resize.ts";
import { padWith, slice } from "../../ops/slice.ts";
import { checkCount, optionsOf, real, shapeText, valuesOf } from "./checks.ts";
import { operateOn } from "./operation.ts";
import type { SameRank, Value } from "./value.ts";

/** Writes for a batch of images; one image is a batch of one. */
function onImages<A extends Value>(
  name: string,
  keras: string,
  images: A,
  config: object,
  write: (x: Sym) => Sym,
): SameRank<A> {
  const lift = (x?: Sym) => {
    const { shape, batched } = x!.spec;
    if (shape.length !== 4 && (shape.length !== 3 || batched))
      throw new ShapeError(
        `image.${name} of ${shapeText(x!)}: expected images [batch, height, width, channels], or one [height, width, channels].`,
      );
    if (shape.length === 4) return write(real(x!));
    const made = write(reshape(real(x!), [1, ...shape]));
    return reshape(made, made.spec.shape.slice(1));
  };
  return operateOn(`image.${name}`, `image.${keras}`, [images], lift, { ...config }) as SameRank<A>;
}

function pairOf(name: string, what: string, size: number | readonly [number, number]): readonly [number, number] {
  const pair = typeof size === "number" ? ([size, size] as const) : size;
  if (!Array.isArray(pair) || pair.length !== 2)
    throw new ArgumentError(`image.${name}: ${what} is ${formatValue(size)}, expected [height, width].`);
  for (const each of pair) checkCount(`image.${name}`, what, each);
  return pair as readonly [number, number];
}

export interface ResizeOptions {
  /** Default "bilinear". */
  readonly interpolation?: ResizeMethod;
  /** Blur first where images become smaller. Default false. */
  readonly antialias?: boolean;
}

/**
 * Images of another size; pixel centres lie at halves.
 *
 * @param size [height, width]
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { image } from "fovea/ops";
 * image.resize(input({ shape: [28, 28, 1] }), [14, 14]).shape; // [null, 14, 14, 1]
 * ```
 */
export function resize<A extends Value>(
  images: A,
  size: number | readonly [number, number],
  options: ResizeOptions = {},
): SameRank<A> {
  const { interpolation, antialias } = optionsOf("image.resize", options, {
    interpolation: "bilinear",
    antialias: false,
  });
  const target = pairOf("resize", "size", size);
  if (!resizeMethods.includes(interpolation))
    throw unknownName("interpolation of image.resize", interpolation, resizeMethods);
  return onImages("resize", "Resize", images, { size, interpolation, antialias }, (x) =>
    resizeImages(x, target, interpolation, antialias),
  );
}

/** 0.2989 R + 0.587 G + 0.114 B: [..., 3] → [..., 1]. */
export function rgbToGrayscale<A extends Value>(images: A): SameRank<A> {
  return onImages("rgbToGrayscale", "RGBToGrayscale", images, {}, (x) => {
    if (x.spec.shape[3] !== 3) throw new ShapeError(`image.rgbToGrayscale of ${shapeText(x)}: expected 3 channels.`);
    return matMul(x, literal(x.builder, [0.2989, 0.587, 0.114], [3, 1]));
  });
}

export interface PatchOptions {
  /** Default: the size. */
  readonly strides?: number | readonly [number, number];
  /** Default "valid". */
  readonly padding?: Padding;
}

/**
 * Parts of images as vectors: [batch, rows, columns, height · width · channels of a patch].
 *
 * @param size [height, width] of a patch
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { image } from "fovea/ops";
 * image.extractPatches(input({ shape: [32, 32, 3] }), 8).shape; // [null, 4, 4, 192]
 * ```
 */
export function extractPatches<A extends Value>(
  images: A,
  size: number | readonly [number, number],
  options: PatchOptions = {},
): SameRank<A> {
  const { strides, padding } = optionsOf("image.extractPatches", options, { strides: size, padding: "valid" });
  const [window, steps] = [pairOf("extractPatches", "size", size), pairOf("extractPatches", "strides", strides)];
  return onImages("extractPatches", "ExtractPatches", images, { size, strides, padding }, (x) => {
    const [, height, width, channels] = x.spec.shape as [number, number, number, number];
    if (padding === "valid" && (height < window[0] || width < window[1]))
      throw new ShapeError(`image.extractPatches of ${shapeText(x)}: patches of ${window.join("x")} do not fit.`);
    const cells = window[0] * window[1] * channels;
    const identity = valuesOf("image.extractPatches", cells * cells, (i) => (i % (cells + 1) === 0 ? 1 : 0));
    const pad = [
      windowPad(height, window[0], steps[0], 1, padding),
      windowPad(width, window[1], steps[1], 1, padding),
    ] as const;
    const kernel = literal(x.builder, identity, [...window, channels, cells]);
    return conv2d(x, kernel, { strides: steps, pad, dilation: [1, 1], groups: 1 });
  });
}

export interface Margins {
  readonly top?: number;
  readonly left?: number;
  readonly bottom?: number;
  readonly right?: number;
}

function marginsOf(name: string, given: Margins): [number, number, number, number] {
  const { top, left, bottom, right } = optionsOf(`image.${name}`, given, { top: 0, left: 0, bottom: 0, right: 0 });
  for (const [what, cells] of Object.entries({ top, left, bottom, right })) checkCount(`image.${name}`, what, cells, 0);
  return [top, left, bottom, right];
}

/** Images with zeros at their margins; each default 0 pixels. */
export function padImages<A extends Value>(images: A, margins: Margins): SameRank<A> {
  const [top, left, bottom, right] = marginsOf("padImages", margins);
  return onImages("padImages", "PadImages", images, margins, (x) =>
    padWith(
      x,
      [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ],
      0,
    ),
  );
}

/** Images without their margins; each default 0 pixels. */
export function cropImages<A extends Value>(images: A, margins: Margins): SameRank<A> {
  const [top, left, bottom, right] = marginsOf("cropImages", margins);
  return onImages("cropImages", "CropImages", images, margins, (x) => {
    const [n, height, width, channels] = x.spec.shape as [number, number, number, number];
    const size = [n, height - top - bottom, width - left - right, channels];
    if (Math.min(size[1]!, size[2]!) < 1) throw new ShapeError(`image.cropImages of ${shapeText(x)}: nothing is left.`);
    return slice(x, [0, top, left, 0], size);
  });
}
