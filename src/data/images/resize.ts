/**
 * Images of bytes in another size, as float32: TensorFlow's `tf.image.resize` with half-pixel centres and without
 * antialiasing, which is what Keras's `image_dataset_from_directory` does. Each axis is a short weighted sum.
 */
import { sizeOf } from "../../base/shape.ts";
import { Tensor } from "../../base/tensor.ts";

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

/** For each pixel of the result `count` source pixels, and what they weigh. */
interface Taps {
  readonly count: number;
  readonly from: Int32Array;
  readonly weights: Float32Array;
}

function tapsOf(from: number, to: number, method: ImageInterpolation): Taps {
  const scale = from / to;
  const rows = Array.from({ length: to }, (_, o) => sourcesOf(o, from, scale, method));
  const count = rows.reduce((most, { length }) => Math.max(most, length), 1);
  const taps = { count, from: new Int32Array(to * count), weights: new Float32Array(to * count) };
  rows.forEach((row, o) => {
    const total = row.reduce((sum, [, weight]) => sum + weight, 0);
    row.forEach(([at, weight], i) => {
      taps.from[o * count + i] = at;
      taps.weights[o * count + i] = weight / total;
    });
  });
  return taps;
}

/** Source pixels of pixel o, and their weights before they are normalised. */
function sourcesOf(o: number, from: number, scale: number, method: ImageInterpolation): (readonly [number, number])[] {
  if (method === "nearest") return [[Math.min(from - 1, Math.floor((o + 0.5) * scale)), 1]];
  if (method === "area") {
    const [begin, end] = [o * scale, (o + 1) * scale];
    const last = Math.min(from, Math.ceil(end - 1e-9));
    const first = Math.floor(begin + 1e-9);
    return Array.from({ length: Math.max(1, last - first) }, (_, i) => {
      const at = first + i;
      return [at, Math.min(at + 1, end) - Math.max(at, begin)] as const;
    });
  }
  const { radius, weigh } = kernels[method];
  const center = (o + 0.5) * scale - 0.5;
  const [first, last] = [Math.ceil(center - radius), Math.floor(center + radius)];
  const near = Array.from(
    { length: last - first + 1 },
    (_, i) => [first + i, weigh(Math.abs(first + i - center))] as const,
  );
  const inside = near.filter(([at, weight]) => at >= 0 && at < from && weight !== 0);
  // Pixels at the border stand in for what lies outside of the image in bilinear interpolation.
  return inside.length > 0 ? inside : [[Math.min(from - 1, Math.max(0, Math.round(center))), 1]];
}

/** Taps of sizes that occurred last: the images of a folder often have few sizes. */
const MOST_KEPT = 64;

/** Resizes images of one size and method. */
export class ImageResizer {
  readonly #size: readonly [number, number];
  readonly #method: ImageInterpolation;
  readonly #fit: Fit;
  readonly #taps = new Map<string, Taps>();

  constructor(size: readonly [number, number], method: ImageInterpolation, fit: Fit) {
    this.#size = size;
    this.#method = method;
    this.#fit = fit;
  }

  /** An image [h, w, c] of bytes → float32 [size[0], size[1], c]. */
  resize(image: Tensor): Tensor {
    const [height, width, channels] = image.shape as [number, number, number];
    const { from, to } = fitted(height, width, this.#size, this.#fit);
    const [down, along] = [this.#tapsOf(from.height, to.height), this.#tapsOf(from.width, to.width)];
    const data = image.data as Uint8Array;
    const shape = [...this.#size, channels];
    const made = new Float32Array(sizeOf(shape));
    // A row of the result is first mixed of whole rows of the image, then shortened.
    const mixed = new Float32Array(from.width * channels);
    for (let y = 0; y < to.height; y++) {
      mixed.fill(0);
      for (let tap = y * down.count; tap < (y + 1) * down.count; tap++) {
        const weight = down.weights[tap]!;
        const start = ((from.top + down.from[tap]!) * width + from.left) * channels;
        if (weight !== 0) for (let i = 0; i < mixed.length; i++) mixed[i]! += weight * data[start + i]!;
      }
      shorten(mixed, along, channels, made, ((to.top + y) * this.#size[1] + to.left) * channels);
    }
    return new Tensor(made, shape);
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

function shorten(
  row: Float32Array,
  { count, from, weights }: Taps,
  channels: number,
  into: Float32Array,
  start: number,
): void {
  let at = start;
  for (let tap = 0; tap < from.length; tap += count)
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = tap; i < tap + count; i++) sum += weights[i]! * row[from[i]! * channels + c]!;
      into[at++] = sum;
    }
}

interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

const { fround, floor, trunc, max, min } = Math;

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
