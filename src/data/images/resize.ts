/**
 * Images of bytes in another size, as float32: TensorFlow's `tf.image.resize` with half-pixel centres and without
 * antialiasing, which is what Keras's `image_dataset_from_directory` does. Each axis is a short weighted sum.
 */
import type { Pixels } from "./colors.ts";

const { fround, floor, trunc, max, min } = Math;

/** How the images of a folder are resized. */
export type ImageInterpolation =
  | "bilinear"
  | "nearest"
  | "bicubic"
  | "area"
  | "lanczos3"
  | "lanczos5"
  | "gaussian"
  | "mitchellcubic";

/** What is done where the image's proportions are not those of the size: stretch it, cut its middle out, or add black. */
export type Fit = "stretch" | "crop" | "pad";

/** What the images of a folder become. */
export interface ResizeOptions {
  readonly size: readonly [height: number, width: number];
  readonly interpolation: ImageInterpolation;
  readonly fit: Fit;
}

interface Kernel {
  readonly radius: number;
  weigh(x: number): number;
}

const lanczos = (radius: number): Kernel => ({
  radius,
  weigh: (x) => {
    if (x > radius) return 0;
    if (x <= 1e-3) return 1;
    const angle = Math.PI * x;
    return (radius * Math.sin(angle) * Math.sin(angle / radius)) / angle ** 2;
  },
});

const kernels: Readonly<Record<Exclude<ImageInterpolation, "nearest" | "area">, Kernel>> = {
  bilinear: { radius: 1, weigh: (x) => Math.max(0, 1 - x) },
  bicubic: {
    radius: 2,
    weigh: (x) => {
      if (x >= 2) return 0;
      return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
    },
  },
  lanczos3: /* @__PURE__ */ lanczos(3),
  lanczos5: /* @__PURE__ */ lanczos(5),
  // A standard deviation of ½, cut off at three of them.
  gaussian: { radius: 1.5, weigh: (x) => (x >= 1.5 ? 0 : Math.exp(-(x ** 2) / (2 * 0.5 ** 2))) },
  // Mitchell and Netravali 1988, B = C = 1/3.
  mitchellcubic: {
    radius: 2,
    weigh: (x) => {
      if (x >= 2) return 0;
      return x >= 1 ? (((-7 / 18) * x + 2) * x - 10 / 3) * x + 16 / 9 : ((7 / 6) * x - 2) * x * x + 8 / 9;
    },
  },
};

export const imageInterpolations: readonly string[] = [
  "bilinear",
  "nearest",
  "bicubic",
  "area",
  "lanczos3",
  "lanczos5",
  "gaussian",
  "mitchellcubic",
];

/** For each pixel of the result `count` source pixels, and what they weigh: neighbours in their order, then some of weight 0. */
export interface Taps {
  readonly count: number;
  readonly from: Int32Array;
  readonly weights: Float32Array;
}

function tapsOf(from: number, to: number, method: ImageInterpolation): Taps {
  const scale = from / to;
  const most = mostSources(scale, method);
  const places = new Int32Array(to * most);
  const raw = new Float64Array(to * most);
  const lengths = new Int32Array(to);
  let count = 1;
  for (let o = 0; o < to; o++) {
    let length = 0;
    addSources(o, from, scale, method, (at, weight) => {
      places[o * most + length] = at;
      raw[o * most + length++] = weight;
    });
    lengths[o] = length;
    count = Math.max(count, length);
  }
  const taps = { count, from: new Int32Array(to * count), weights: new Float32Array(to * count) };
  for (let o = 0; o < to; o++) {
    const [begin, length] = [o * most, lengths[o]!];
    let total = 0;
    for (let i = 0; i < length; i++) total += raw[begin + i]!;
    for (let i = 0; i < length; i++) {
      taps.from[o * count + i] = places[begin + i]!;
      taps.weights[o * count + i] = raw[begin + i]! / total;
    }
  }
  return taps;
}

/** The most source pixels that a pixel can have. */
function mostSources(scale: number, method: ImageInterpolation): number {
  if (method === "nearest") return 1;
  return method === "area" ? Math.ceil(scale) + 2 : Math.floor(2 * kernels[method].radius) + 1;
}

/** Adds the source pixels of pixel o, and their weights before they are normalised. */
function addSources(
  o: number,
  from: number,
  scale: number,
  method: ImageInterpolation,
  add: (at: number, weight: number) => void,
): void {
  if (method === "nearest") {
    add(Math.min(from - 1, Math.floor((o + 0.5) * scale)), 1);
    return;
  }
  if (method === "area") {
    const [begin, end] = [o * scale, (o + 1) * scale];
    const first = Math.floor(begin + 1e-9);
    const last = Math.max(first + 1, Math.min(from, Math.ceil(end - 1e-9)));
    for (let at = first; at < last; at++) add(at, Math.min(at + 1, end) - Math.max(at, begin));
    return;
  }
  const { radius, weigh } = kernels[method];
  const center = (o + 0.5) * scale - 0.5;
  const last = Math.min(from - 1, Math.floor(center + radius));
  let none = true;
  for (let at = Math.max(0, Math.ceil(center - radius)); at <= last; at++) {
    const weight = weigh(Math.abs(at - center));
    if (weight === 0) continue;
    add(at, weight);
    none = false;
  }
  // Pixels at the border stand in for what lies outside of the image in bilinear interpolation.
  if (none) add(Math.min(from - 1, Math.max(0, Math.round(center))), 1);
}

/** Taps of lengths that occurred last, some kilobytes each: photographs of a folder have few, others some hundred. */
const MOST_KEPT = 512;

/** Rows of an image that have the result's width, and are kept while rows of the result are mixed of them. */
interface Lines {
  /** Number of the image's row in each place; -1: none. */
  readonly rows: Int32Array;
  readonly pixels: readonly Float32Array[];
}

/** How images of one size are resized. */
export interface ResizePlan {
  /** The part of the image that is resized. */
  readonly from: Rectangle;
  /** The part of the result that it fills. */
  readonly to: Rectangle;
  /** Width of the whole result. */
  readonly columns: number;
  /** Whether the rest of the result is black. */
  readonly isPadded: boolean;
  readonly down: Taps;
  readonly along: Taps;
}

/** Resizes images of one size and method. All numbers are rounded to float32, as TensorFlow's are. */
export class ImageResizer {
  readonly #size: readonly [number, number];
  readonly #method: ImageInterpolation;
  readonly #fit: Fit;
  readonly #taps = new Map<string, Taps>();
  /** Of the image before, used again where it has the same measures. */
  #lines: Lines = { rows: new Int32Array(0), pixels: [] };

  constructor({ size, interpolation, fit }: ResizeOptions) {
    this.#size = size;
    this.#method = interpolation;
    this.#fit = fit;
  }

  /**
   * Resizes an image.
   *
   * @param into the result, [size[0], size[1], channels]; black where the image is padded
   */
  resize({ width, height, channels, data }: Pixels, into: Float32Array): void {
    const { from, to, columns, isPadded, down, along } = this.planOf(height, width);
    const length = to.width * channels;
    if (isPadded) into.fill(0);
    // Each row of the image is shortened once, as TensorFlow does. The sources of a row follow each other, so row % count is a
    // place of its own for each.
    const { rows, pixels } = this.#linesOf(down.count, length);
    const lineOf = (row: number): Float32Array => {
      const place = row % down.count;
      const line = pixels[place]!;
      if (rows[place] !== row) {
        shorten(data, ((from.top + row) * width + from.left) * channels, along, channels, line);
        rows[place] = row;
      }
      return line;
    };
    for (let y = 0; y < to.height; y++)
      mix(down, y, lineOf, into, ((to.top + y) * columns + to.left) * channels, length);
  }

  /** How an image of this size is resized. */
  planOf(height: number, width: number): ResizePlan {
    const { from, to } = fitted(height, width, this.#size, this.#fit);
    const [down, along] = [this.#tapsOf(from.height, to.height), this.#tapsOf(from.width, to.width)];
    return { from, to, columns: this.#size[1], isPadded: this.#fit === "pad", down, along };
  }

  #linesOf(count: number, length: number): Lines {
    const { pixels } = this.#lines;
    if (pixels.length === count && pixels[0]!.length === length) this.#lines.rows.fill(-1);
    else
      this.#lines = {
        rows: new Int32Array(count).fill(-1),
        pixels: Array.from({ length: count }, () => new Float32Array(length)),
      };
    return this.#lines;
  }

  #tapsOf(from: number, to: number): Taps {
    const key = `${from} ${to}`;
    const known = this.#taps.get(key);
    if (known !== undefined) return known;
    if (this.#taps.size >= MOST_KEPT) this.#taps.delete(this.#taps.keys().next().value!);
    const taps = tapsOf(from, to, this.#method);
    this.#taps.set(key, taps);
    return taps;
  }
}

/** Row y of the result, `length` values from `start`: the weighted sum of rows of the image. */
function mix(
  { count, from, weights }: Taps,
  y: number,
  lineOf: (row: number) => Float32Array,
  into: Float32Array,
  start: number,
  length: number,
): void {
  const first = y * count;
  const line = lineOf(from[first]!);
  const weight = weights[first]!;
  if (count === 2) {
    const share = weights[first + 1]!;
    blend(line, weight, share === 0 ? line : lineOf(from[first + 1]!), share, into, start, length);
    return;
  }
  for (let i = 0; i < length; i++) into[start + i] = weight * line[i]!;
  for (let tap = first + 1; tap < first + count; tap++) {
    const share = weights[tap]!;
    if (share !== 0) blend(lineOf(from[tap]!), share, into.subarray(start, start + length), 1, into, start, length);
  }
}

/** Values from `start`: weight · line + share · next. A function of its own, because V8 optimizes it once and for all calls. */
function blend(
  line: Float32Array,
  weight: number,
  next: Float32Array,
  share: number,
  into: Float32Array,
  start: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) into[start + i] = fround(weight * line[i]!) + fround(share * next[i]!);
}

/** A row of the image that begins at `start`, with the pixels of the result's width. */
function shorten(
  data: Uint8Array,
  start: number,
  { count, from, weights }: Taps,
  channels: number,
  into: Float32Array,
): void {
  // The usual case: two neighbours (bilinear) of three colours. Pairs would be garbage here until the loop is optimized.
  if (count === 2 && channels === 3) {
    for (let tap = 0, at = 0; tap < from.length; tap += 2, at += 3) {
      const a = start + 3 * from[tap]!;
      const b = start + 3 * from[tap + 1]!;
      const u = weights[tap]!;
      const v = weights[tap + 1]!;
      into[at] = fround(u * data[a]!) + fround(v * data[b]!);
      into[at + 1] = fround(u * data[a + 1]!) + fround(v * data[b + 1]!);
      into[at + 2] = fround(u * data[a + 2]!) + fround(v * data[b + 2]!);
    }
    return;
  }
  for (let tap = 0, at = 0; tap < from.length; tap += count)
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = tap; i < tap + count; i++)
        sum = fround(sum + fround(weights[i]! * data[start + from[i]! * channels + c]!));
      into[at++] = sum;
    }
}

export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The part of the image that is resized, and the part of the result that it fills; the rest is black. Rounded as in Keras and
 * TensorFlow (`smart_resize`, `resize_with_pad`), which compute in float32.
 */
function fitted(
  height: number,
  width: number,
  [toHeight, toWidth]: readonly [number, number],
  fit: Fit,
): { readonly from: Rectangle; readonly to: Rectangle } {
  const whole = { top: 0, left: 0, height, width };
  const target = { top: 0, left: 0, height: toHeight, width: toWidth };
  if (fit === "crop") {
    const rows = max(1, min(height, trunc(fround((width * toHeight) / toWidth))));
    const columns = max(1, min(width, trunc(fround((height * toWidth) / toHeight))));
    const from = { top: trunc((height - rows) / 2), left: trunc((width - columns) / 2), height: rows, width: columns };
    return { from, to: target };
  }
  if (fit === "stretch") return { from: whole, to: target };
  const ratio = max(fround(width / toWidth), fround(height / toHeight));
  const [rows, columns] = [fround(height / ratio), fround(width / ratio)];
  const to = {
    top: max(0, floor((toHeight - rows) / 2)),
    left: max(0, floor((toWidth - columns) / 2)),
    height: max(1, floor(rows)),
    width: max(1, floor(columns)),
  };
  return { from: whole, to };
}
