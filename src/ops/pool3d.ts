/**
 * Pooling along further axes, by that of images: a window over several axes is one along each after the other, and images may have
 * any axes for rows, columns and channels. Values are [n, …space, c].
 */
import { type Pad, sizeOf } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import type { Pool2dAttrs } from "./max-pool2d.ts";
import { reshape } from "./reshape.ts";
import { concatenateAxis, sliceAxis } from "./slice.ts";

/** `maxPool2d` or `averagePool2d`. */
export type Pool2d = (image: Sym, attrs: Pool2dAttrs) => Sym;

type Three<T> = readonly [T, T, T];

export interface Pool3dAttrs {
  readonly window: Three<number>;
  readonly strides: Three<number>;
  readonly pad: Three<Pad>;
}

const none: Pad = [0, 0];

/**
 * x [n, d, h, w, c] → y [n, od, oh, ow, c]. Columns come first, so that of several largest values the first one in row-major order
 * gets the gradient. The cells inside of a window are those inside along each axis, so the mean of means is their mean.
 */
export function pool3d(x: Sym, { window, strides, pad }: Pool3dAttrs, pool: Pool2d): Sym {
  const [n, depth, height, width, channels] = x.spec.shape as [number, number, number, number, number];
  const columns = pool(reshape(x, [n, depth * height, width, channels]), {
    window: [1, window[2]],
    strides: [1, strides[2]],
    pad: [none, pad[2]],
  });
  const newWidth = columns.spec.shape[2]!;
  const y = pool(reshape(columns, [n, depth, height, newWidth * channels]), {
    window: [window[0], window[1]],
    strides: [strides[0], strides[1]],
    pad: [pad[0], pad[1]],
  });
  return reshape(y, [n, y.spec.shape[1]!, y.spec.shape[2]!, newWidth, channels]);
}

/** Windows of one size and distance, side by side. */
interface Run {
  readonly start: number;
  readonly window: number;
  readonly stride: number;
  readonly count: number;
}

/** The windows ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ of an axis of n that becomes one of m, as runs; PyTorch's rule, which Keras follows. */
function adaptiveRuns(from: number, to: number): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < to; i++) {
    const start = Math.floor((i * from) / to);
    const window = Math.ceil(((i + 1) * from) / to) - start;
    const last = runs.at(-1);
    const stride = last === undefined ? 1 : start - (last.start + (last.count - 1) * last.stride);
    const alike = last !== undefined && last.window === window && stride > 0;
    if (alike && (last.count === 1 || last.stride === stride))
      runs[runs.length - 1] = { ...last, stride, count: last.count + 1 };
    else runs.push({ start, window, stride: 1, count: 1 });
  }
  return runs;
}

/** x with each spatial axis pooled to so many cells. */
export function adaptivePool(x: Sym, sizes: readonly number[], pool: Pool2d): Sym {
  // From the last axis on, for the gradient of largest values: see above.
  return sizes.reduceRight((values, size, i) => poolAxis(values, i + 1, size, pool), x);
}

function poolAxis(x: Sym, axis: number, size: number, pool: Pool2d): Sym {
  const { shape } = x.spec;
  const from = shape[axis]!;
  if (from === size) return x;
  const image = reshape(x, [shape[0]!, sizeOf(shape.slice(1, axis)), from, sizeOf(shape.slice(axis + 1))]);
  const parts = adaptiveRuns(from, size).map(({ start, window, stride, count }) => {
    const part = sliceAxis(image, 2, start, start + (count - 1) * stride + window);
    return pool(part, { window: [1, window], strides: [1, stride], pad: [none, none] });
  });
  return reshape(concatenateAxis(parts, 2), shape.with(axis, size));
}
