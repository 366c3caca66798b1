/**
 * Images of bytes in another size, as PIL's `Image.resize` makes them: kernels widen as the image becomes smaller, weights are
 * whole numbers of 2⁻²², and each of the two passes rounds to bytes. Pillow, `src/libImaging/Resample.c`; bicubic has a = −½.
 */
import { Tensor } from "../../base/tensor.ts";

/** How `loadImg` resizes. */
export type ImgInterpolation = "nearest" | "bilinear" | "bicubic" | "hamming" | "box" | "lanczos";

interface Filter {
  readonly support: number;
  weigh(x: number): number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

const filters: Readonly<Record<Exclude<ImgInterpolation, "nearest">, Filter>> = {
  box: { support: 0.5, weigh: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weigh: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weigh: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x))),
  },
  bicubic: {
    support: 2,
    weigh: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((x - 5) * x + 8) * x * -0.5 + 2 : 0;
    },
  },
  lanczos: { support: 3, weigh: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

export const imgInterpolations: readonly string[] = ["nearest", ...Object.keys(filters)];

const PRECISION = 22;

/** For each pixel of the result: its first source pixel, and the weights from there on. */
interface Taps {
  readonly first: readonly number[];
  readonly weights: readonly Int32Array[];
}

/** A stretch of an axis: `length` pixels from `start` of an axis of `size`. */
interface Stretch {
  readonly start: number;
  readonly length: number;
  readonly size: number;
}

function tapsOf({ start, length, size }: Stretch, to: number, { support, weigh }: Filter): Taps {
  const scale = length / to;
  const widening = Math.max(1, scale);
  const reach = support * widening;
  const taps: { first: number[]; weights: Int32Array[] } = { first: [], weights: [] };
  for (let o = 0; o < to; o++) {
    const center = start + (o + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(size, Math.trunc(center + reach + 0.5));
    const raw = Array.from({ length: end - first }, (_, i) => weigh((first + i - center + 0.5) / widening));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    const whole = raw.map((weight) => {
      const scaled = (total === 0 ? weight : weight / total) * 2 ** PRECISION;
      return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    });
    taps.first.push(first);
    taps.weights.push(Int32Array.from(whole));
  }
  return taps;
}

/** One axis: the pixels of each line lie `stride` bytes apart; lines begin at `starts`. */
function pass(
  source: Uint8Array,
  [outer, from, inner]: readonly [number, number, number],
  { first, weights }: Taps,
): Uint8Array {
  const to = first.length;
  const made = new Uint8ClampedArray(outer * to * inner);
  for (let line = 0, at = 0; line < outer; line++)
    for (let o = 0; o < to; o++) {
      const own = weights[o]!;
      const begin = (line * from + first[o]!) * inner;
      for (let i = 0; i < inner; i++, at++) {
        // A sum of bytes times weights of about 2²² is exact in a double; 2⁻²² of it, rounded, is the byte.
        let sum = 2 ** (PRECISION - 1);
        for (let tap = 0, place = begin + i; tap < own.length; tap++, place += inner) sum += source[place]! * own[tap]!;
        made[at] = Math.floor(sum / 2 ** PRECISION);
      }
    }
  return new Uint8Array(made.buffer);
}

/** PIL scales colours by alpha before it mixes them. */
function premultiplied(data: Uint8Array): Uint8Array {
  const made = data.slice();
  for (let i = 0; i < made.length; i++) {
    if (i % 4 === 3) continue;
    const product = data[i]! * data[i | 3]! + 128;
    made[i] = ((product >> 8) + product) >> 8;
  }
  return made;
}

function unmultiplied(data: Uint8Array): Uint8Array {
  const made = data.slice();
  for (let i = 0; i < made.length; i++) {
    const alpha = data[i | 3]!;
    if (i % 4 !== 3 && alpha !== 0 && alpha !== 255) made[i] = Math.min(255, Math.floor((255 * data[i]!) / alpha));
  }
  return made;
}

/** The rectangle of an image that is resized. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The nearest source pixels; places are summed up step by step, and rounded, as PIL does. */
function nearest(start: number, length: number, to: number): number[] {
  const step = length / to;
  let place = start + step / 2;
  return Array.from({ length: to }, () => {
    const pixel = Math.floor(place);
    place += step;
    return pixel;
  });
}

/** A rectangle of an image [h, w, c] of bytes, as [size[0], size[1], c]. */
export function resampleImage(
  image: Tensor,
  size: readonly [number, number],
  interpolation: ImgInterpolation,
  box: Box,
): Tensor {
  const [height, width, channels] = image.shape as [number, number, number];
  const [toHeight, toWidth] = size;
  const data = image.data as Uint8Array;
  if (interpolation === "nearest") {
    const made = new Uint8Array(toHeight * toWidth * channels);
    const [rows, columns] = [nearest(box.top, box.height, toHeight), nearest(box.left, box.width, toWidth)];
    let at = 0;
    for (const row of rows)
      for (const column of columns)
        for (let c = 0; c < channels; c++) made[at++] = data[(row * width + column) * channels + c]!;
    return new Tensor(made, [toHeight, toWidth, channels]);
  }
  const filter = filters[interpolation];
  const blends = channels === 4;
  let pixels = blends ? premultiplied(data) : data;
  if (toWidth !== width || box.left !== 0 || box.width !== width)
    pixels = pass(
      pixels,
      [height, width, channels],
      tapsOf({ start: box.left, length: box.width, size: width }, toWidth, filter),
    );
  if (toHeight !== height || box.top !== 0 || box.height !== height)
    pixels = pass(
      pixels,
      [1, height, toWidth * channels],
      tapsOf({ start: box.top, length: box.height, size: height }, toHeight, filter),
    );
  return new Tensor(blends ? unmultiplied(pixels) : pixels, [toHeight, toWidth, channels]);
}
