/**
 * Images of another size. Each axis is a product with a constant matrix of weights: pixel o of the result lies at
 * (o + ½) · in / out − ½ (half-pixel centres, as Keras), and its neighbours weigh what a kernel gives for their distances, normalised.
 * With `antialias` the kernel is as much wider as the image becomes smaller. NaN and infinities reach all pixels of their row and
 * column, but for whole multiples of "nearest". Source: `jax.image.scale_and_translate`; the cubic is Keys 1981 with a = −½.
 */
import type { Sym } from "../ir/graph.ts";
import { literal } from "./literal.ts";
import { matMul, transpose } from "./mat-mul.ts";
import { padWith, repeat, slice } from "./slice.ts";

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

/** x [n, h, w, c] → [n, size[0], size[1], c]. */
export function resizeImages(x: Sym, size: Size, method: ResizeMethod, antialias = false): Sym {
  const [, height, width] = x.spec.shape as [number, number, number, number];
  const [toHeight, toWidth] = size;
  const along = (value: Sym, from: number, to: number) =>
    matMul(value, literal(x.builder, resizeWeights(from, to, method, antialias), [from, to]));
  if (method === "nearest" && toHeight % height === 0 && toWidth % width === 0)
    return repeat(repeat(x, toHeight / height, 1), toWidth / width, 2);
  const wide =
    width === toWidth
      ? transpose(x, [0, 2, 3, 1])
      : transpose(along(transpose(x, [0, 1, 3, 2]), width, toWidth), [0, 3, 2, 1]);
  const tall = height === toHeight ? wide : along(wide, height, toHeight);
  return transpose(tall, [0, 3, 1, 2]);
}

/** The size of the given one that has the ratio of `target`, with one side as it is: the smaller one is within, the larger one around. */
function sizesOfRatio([height, width]: Size, [toHeight, toWidth]: Size): Size {
  return [Math.trunc((width * toHeight) / toWidth), Math.trunc((height * toWidth) / toHeight)];
}

/** The largest part in the middle that has the ratio of `target`. */
export function cropToRatio(x: Sym, target: Size): Sym {
  const [n, height, width, channels] = x.spec.shape as [number, number, number, number];
  const [tall, wide] = sizesOfRatio([height, width], target);
  const size = [Math.max(Math.min(height, tall), 1), Math.max(Math.min(width, wide), 1)] as const;
  const start = [Math.trunc((height - size[0]) / 2), Math.trunc((width - size[1]) / 2)] as const;
  return slice(x, [0, ...start, 0], [n, ...size, channels]);
}

/** The middle of the image; of one with too few rows or columns the largest part of the ratio of `size`, resized. */
export function centerCrop(x: Sym, size: Size): Sym {
  const [n, rows, columns, channels] = x.spec.shape as [number, number, number, number];
  const [height, width] = size;
  if (rows < height || columns < width) return resizeImages(cropToRatio(x, size), size, "bilinear");
  const start = [0, Math.floor((rows - height) / 2), Math.floor((columns - width) / 2), 0];
  return slice(x, start, [n, height, width, channels]);
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
