/**
 * Images of another size. Each axis is a product with a constant matrix of weights: pixel o of the result lies at
 * (o + ½) · in / out − ½ (half-pixel centres, as Keras), and its neighbours weigh what a kernel gives for their distances, normalised.
 * With `antialias` the kernel is as much wider as the image becomes smaller. NaN and infinities reach all pixels of their row and
 * column, but for whole multiples of "nearest". Source: `jax.image.scale_and_translate`; the cubic is Keys 1981 with a = −½.
 */
import type { Spec, Sym } from "../ir/graph.ts";
import { emitOne, type Op } from "../ir/op.ts";
import { literal } from "./literal.ts";
import { matMul, transpose } from "./mat-mul.ts";
import { padWith, repeatEach, slice } from "./slice.ts";

export type ResizeMethod = "nearest" | "bilinear" | "bicubic" | "lanczos3" | "lanczos5" | "area";

export const resizeMethods: readonly ResizeMethod[] = [
  "nearest",
  "bilinear",
  "bicubic",
  "lanczos3",
  "lanczos5",
  "area",
];

const lanczos = (radius: number) => (x: number) => {
  if (x > radius) return 0;
  if (x < 1e-3) return 1;
  const angle = Math.PI * x;
  return (radius * Math.sin(angle) * Math.sin(angle / radius)) / angle ** 2;
};

const cubic = (x: number) => {
  if (x >= 2) return 0;
  return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
};

/** What a neighbour weighs at a distance of x ≥ 0 pixels. */
const kernels: Readonly<Record<Exclude<ResizeMethod, "nearest" | "area">, (x: number) => number>> = {
  bilinear: (x) => Math.max(0, 1 - x),
  bicubic: cubic,
  lanczos3: /* @__PURE__ */ lanczos(3),
  lanczos5: /* @__PURE__ */ lanczos(5),
};

/** The weights [from, to], row after row. */
export function resizeWeights(from: number, to: number, method: ResizeMethod, antialias: boolean): number[] {
  const scale = from / to;
  const weights = new Array<number>(from * to).fill(0);
  for (let o = 0; o < to; o++) {
    if (method === "nearest") {
      weights[Math.min(from - 1, Math.floor((o + 0.5) * scale)) * to + o] = 1;
      continue;
    }
    if (method === "area") {
      // Each pixel of the result is the mean of the interval that it covers.
      for (let i = Math.floor(o * scale); i < Math.min(from, (o + 1) * scale); i++)
        weights[i * to + o] = (Math.min(i + 1, (o + 1) * scale) - Math.max(i, o * scale)) / scale;
      continue;
    }
    const [center, width] = [(o + 0.5) * scale - 0.5, antialias ? Math.max(1, scale) : 1];
    const own = Array.from({ length: from }, (_, i) => kernels[method](Math.abs(center - i) / width));
    const total = own.reduce((sum, weight) => sum + weight, 0);
    own.forEach((weight, i) => {
      weights[i * to + o] = weight / total;
    });
  }
  return weights;
}

type Size = readonly [height: number, width: number];

export interface ResizeAttrs {
  /** Height and width of the result. */
  readonly size: Size;
  readonly method: ResizeMethod;
  readonly antialias: boolean;
}

type Matrix = { readonly shape: readonly [from: number, to: number]; readonly values: readonly number[] };

/** The weights along height and width; undefined for an axis that stays as it is. */
function matricesOf({ shape }: Spec, { size, method, antialias }: ResizeAttrs): readonly (Matrix | undefined)[] {
  return size.map((to, axis) => {
    const from = shape[axis + 1]!;
    if (from === to) return undefined;
    return { shape: [from, to], values: resizeWeights(from, to, method, antialias) };
  });
}

const turned = ({ shape: [from, to], values }: Matrix): Matrix => ({
  shape: [to, from],
  values: Array.from({ length: from * to }, (_, i) => values[(i % from) * to + Math.floor(i / from)]!),
});

/** The product of numbers [outer, from, inner] with a matrix along their middle axis. */
function multiplyAxis(x: Float64Array, [outer, from, inner]: readonly [number, number, number], matrix?: Matrix) {
  if (matrix === undefined) return x;
  const [, to] = matrix.shape;
  const y = new Float64Array(outer * to * inner);
  for (let at = 0; at < y.length; at++) {
    const o = Math.floor(at / inner) % to;
    const first = Math.floor(at / inner / to) * from * inner + (at % inner);
    for (let i = 0; i < from; i++) y[at]! += matrix.values[i * to + o]! * x[first + i * inner]!;
  }
  return y;
}

/** The product of an image with a matrix along its width, then with one along its height. */
function multiplyAxes(x: Sym, [tall, wide]: readonly (Matrix | undefined)[]): Sym {
  const along = (value: Sym, { shape, values }: Matrix) => matMul(value, literal(x.builder, values, shape));
  const columns =
    wide === undefined ? transpose(x, [0, 2, 3, 1]) : transpose(along(transpose(x, [0, 1, 3, 2]), wide), [0, 3, 2, 1]);
  return transpose(tall === undefined ? columns : along(columns, tall), [0, 3, 1, 2]);
}

/** x [n, h, w, c] → [n, size[0], size[1], c]. An op of its own so that files can name it. */
export const resizeOp: Op<ResizeAttrs> = {
  name: "resize",
  infer: ([x], { size }) => [{ ...x!, shape: [x!.shape[0]!, ...size, x!.shape[3]!], dtype: "float32" }],
  reference: ([x], [y], { attrs, inputs }) => {
    const [n, height, width, channels] = inputs[0]!.shape as [number, number, number, number];
    const [tall, wide] = matricesOf(inputs[0]!, attrs);
    const columns = multiplyAxis(x!, [n * height, width, channels], wide);
    y!.set(multiplyAxis(columns, [n, height, attrs.size[1] * channels], tall));
  },
  decompose: ([x], attrs) => [multiplyAxes(x!, matricesOf(x!.spec, attrs))],
  gradient: ({ inputs: [x], attrs, gradients }) => {
    const matrices = matricesOf(x!.spec, attrs).map((matrix) => (matrix === undefined ? undefined : turned(matrix)));
    return [multiplyAxes(gradients[0]!, matrices)];
  },
};

/** x [n, h, w, c] → [n, size[0], size[1], c]. */
export function resizeImages(x: Sym, size: Size, method: ResizeMethod, antialias = false): Sym {
  const [, height, width] = x.spec.shape as [number, number, number, number];
  const [toHeight, toWidth] = size;
  if (method === "nearest" && toHeight % height === 0 && toWidth % width === 0)
    return repeatEach(x, [1, toHeight / height, toWidth / width, 1]);
  return emitOne(resizeOp, [x], { size, method, antialias });
}

/** The size of the given one that has the ratio of `target`, with one side as it is: the smaller one is within, the larger one around. */
function sizesOfRatio([height, width]: Size, [toHeight, toWidth]: Size): Size {
  return [Math.trunc((width * toHeight) / toWidth), Math.trunc((height * toWidth) / toHeight)];
}

/** A part of an image: its first row and column, and its size. */
export interface ImageWindow {
  readonly start: Size;
  readonly size: Size;
}

/** The largest part in the middle of an image of size `from` that has the ratio of `target`. */
function ratioWindow(from: Size, target: Size): ImageWindow {
  const [height, width] = from;
  const [tall, wide] = sizesOfRatio(from, target);
  const size = [Math.max(Math.min(height, tall), 1), Math.max(Math.min(width, wide), 1)] as const;
  return { start: [Math.trunc((height - size[0]) / 2), Math.trunc((width - size[1]) / 2)], size };
}

/** The middle of an image of size `from`; with too few rows or columns the largest part of the ratio of `target`. */
export function centerWindow(from: Size, target: Size): ImageWindow {
  const [height, width] = target;
  if (from[0] < height || from[1] < width) return ratioWindow(from, target);
  return { start: [Math.floor((from[0] - height) / 2), Math.floor((from[1] - width) / 2)], size: target };
}

/** A part of the images, resized where it has another size. */
export function cropAndResize(x: Sym, { start, size }: ImageWindow, target: Size, method: ResizeMethod): Sym {
  const [n, , , channels] = x.spec.shape as [number, number, number, number];
  const part = slice(x, [0, ...start, 0], [n, ...size, channels]);
  return size[0] === target[0] && size[1] === target[1] ? part : resizeImages(part, target, method);
}

/** The largest part in the middle that has the ratio of `target`. */
export function cropToRatio(x: Sym, target: Size): Sym {
  const [n, height, width, channels] = x.spec.shape as [number, number, number, number];
  const { start, size } = ratioWindow([height, width], target);
  return slice(x, [0, ...start, 0], [n, ...size, channels]);
}

/** The middle of the image; of one with too few rows or columns the largest part of the ratio of `size`, resized. */
export function centerCrop(x: Sym, size: Size, method: ResizeMethod = "bilinear"): Sym {
  const [, rows, columns] = x.spec.shape as [number, number, number, number];
  return cropAndResize(x, centerWindow([rows, columns], size), size, method);
}

/** The image with margins of `fill`, as many pixels on both sides, so that it has the ratio of `target`, to a pixel. */
export function padToRatio(x: Sym, target: Size, fill: number): Sym {
  const [, height, width] = x.spec.shape as [number, number, number, number];
  const [tall, wide] = sizesOfRatio([height, width], target);
  const margin = (size: number, wanted: number) => Math.trunc((Math.max(size, wanted) - size) / 2);
  const [rows, columns] = [margin(height, tall), margin(width, wide)];
  return padWith(
    x,
    [
      [0, 0],
      [rows, rows],
      [columns, columns],
      [0, 0],
    ],
    fill,
  );
}
