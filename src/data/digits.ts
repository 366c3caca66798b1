/**
 * Digits that the program draws: a data set for machines without network. The same seed gives the same images. A pixel can differ
 * by one grey level between JavaScript engines, because the last bit of Math.sin is implementation-defined.
 */
import { ArgumentError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { foldKey, type Key, keyOf, RandomStream } from "../base/random.ts";
import { Tensor } from "../base/tensor.ts";
import { digitWays, type Points } from "./digit-strokes.ts";
import { greyLevels } from "./grey-levels.ts";
import { digitNames, type ImageDataset, type ImageDType, type ImageSplit } from "./image-dataset.ts";
import { drawStrokes } from "./rasterizer.ts";

/** Options of `digits.load`. */
export interface DigitsOptions {
  /** Number of training images; default 4000. */
  train?: number;
  /** Number of test images; default 1000. */
  test?: number;
  /** Any integer; another seed draws other images. Default 0. */
  seed?: number;
  /** Type of the images: "float32" (default, 0 … 1) or "uint8" (0 … 255). */
  dtype?: ImageDType;
}

const SIZE = 28;
/** Order of the classes, starting as MNIST's test labels do. */
const TURN = [7, 2, 1, 0, 4, 9, 5, 6, 8, 3] as const;
/** Test rows that keep this order at the start. */
const FIRST = 4;

type Ways = ReturnType<typeof digitWays>;

/** Pen-stroke digits drawn by the program. They are not handwriting, and do not replace MNIST in published results. */
export const digits = {
  /**
   * Draws 28x28 grey digits as polylines and curves with a soft pen. Slant, rotation, width, height, position, wobble, pen and
   * variant of every image are drawn from (seed, split, row). It needs no files and no network.
   *
   * Classes are balanced (their counts differ by at most one) and in seeded random order, except that the first four test digits
   * are 7, 2, 1, 0, as in MNIST.
   *
   * @returns images [n, 28, 28, 1] float32 in 0 … 1 (or uint8 in 0 … 255), labels [n] int32 in 0 … 9
   * @throws ArgumentError when a count is no whole number of 1 or more, or the seed no whole number
   * @example
   * ```ts
   * import { digits } from "fovea/datasets";
   * const { train, test } = await digits.load({ train: 200, test: 50, seed: 1 });
   * train.images.shape;           // [200, 28, 28, 1]
   * test.labels.slice(0, 4).data; // Int32Array [7, 2, 1, 0]
   * ```
   */
  async load(options: DigitsOptions = {}): Promise<ImageDataset> {
    checkKeys("digits.load", options, ["train", "test", "seed", "dtype"]);
    const { train = 4000, test = 1000, seed = 0, dtype = "float32" } = options;
    for (const [name, count] of Object.entries({ train, test })) {
      if (!(Number.isSafeInteger(count) && count > 0))
        throw new ArgumentError(
          `digits.load: ${name} is ${formatValue(count)}; expected a whole number of images, 1 or more.`,
        );
    }
    if (!Number.isSafeInteger(seed))
      throw new ArgumentError(`digits.load: seed is ${formatValue(seed)}; expected a whole number.`);
    if (dtype !== "float32" && dtype !== "uint8") throw unknownName("dtype", dtype, ["float32", "uint8"]);
    const ways = digitWays();
    const key = keyOf(seed);
    return {
      name: "digits",
      source: `pen strokes drawn by fovea (seed ${seed}), not handwriting`,
      train: drawSplit(train, 0, foldKey(key, 1), ways, dtype),
      test: drawSplit(test, FIRST, foldKey(key, 2), ways, dtype),
      classNames: digitNames,
    };
  },
} as const;

/** Draws `count` digits; the first `kept` classes keep the order of `TURN`, the others are shuffled. */
function drawSplit(count: number, kept: number, key: Key, ways: Ways, dtype: ImageDType): ImageSplit {
  const labels = Int32Array.from({ length: count }, (_, row) => TURN[row % TURN.length]!);
  const rest = labels.slice(kept);
  const order = new RandomStream(foldKey(key, 0)).permutation(rest.length);
  for (let i = 0; i < rest.length; i++) labels[kept + i] = rest[order[i]!]!;
  const pixels = new Uint8Array(count * SIZE * SIZE);
  for (let row = 0; row < count; row++) {
    const image = pixels.subarray(row * SIZE * SIZE, (row + 1) * SIZE * SIZE);
    const variants = ways[labels[row]!]!;
    const random = new RandomStream(foldKey(key, row + 1));
    // Those that keep their place are what a first run shows: plain ones.
    if (row < kept) drawDigit(variants.slice(0, 1), random, image, PLAIN);
    else drawDigit(variants, random, image, 1);
  }
  const images = dtype === "uint8" ? pixels : greyLevels(pixels);
  return { images: new Tensor(images, [count, SIZE, SIZE, 1]), labels: new Tensor(labels, [count]) };
}

/** How much plain digits are bent, as a share of what others are. */
const PLAIN = 0.25;

/**
 * Draws one digit: wobble → slant and rotation → scale to a box → position → ink. Angles in radians, lengths in pixels.
 *
 * @param bend how far its shape may be from the variant's own, 0 … 1
 */
function drawDigit(ways: readonly (readonly Points[])[], random: RandomStream, image: Uint8Array, bend: number): void {
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const strokes = ways[random.below(ways.length)]!;
  const wobble = wobbleField(random, 0.06 * bend);
  const slant = bend * between(-0.15, 0.45);
  const turn = bend * between(-0.2, 0.2);
  const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
  const stretch = 1 + bend * between(-0.25, 0.15);
  const warped = strokes.map((points) => {
    const line = new Float64Array(points.length);
    for (let i = 0; i < points.length; i += 2) {
      const [wx, wy] = wobble(points[i]!, points[i + 1]!);
      const x = wx * stretch - wy * slant;
      line[i] = cos * x - sin * wy;
      line[i + 1] = sin * x + cos * wy;
    }
    return line;
  });
  // With the widest pen and the largest offset, 9.5 + 1.5 + 1.7 + 0.75 < 13.5: no ink reaches the outermost pixels.
  frame(warped, between(15, 19), 19, SIZE / 2 + between(-1.5, 1.5), SIZE / 2 + between(-1.5, 1.5));
  const pen = { radius: between(0.8, 1.7), softness: between(0.9, 1.5), ink: between(190, 255) };
  drawStrokes(warped, pen, image, SIZE);
}

/**
 * A smooth displacement of the plane: two sine waves per axis. Neighbouring points move together, so strokes that touch stay
 * connected. After Simard, Steinkraus and Platt, "Best practices for convolutional neural networks" (2003), elastic distortions.
 */
function wobbleField(random: RandomStream, amplitude: number): (x: number, y: number) => [number, number] {
  const waves = Array.from({ length: 4 }, () => ({
    size: amplitude * random.normal(),
    fx: 2 * Math.PI * (random.uniform() - 0.5),
    fy: 2 * Math.PI * (random.uniform() - 0.5),
    phase: 2 * Math.PI * random.uniform(),
  }));
  return (x, y) => {
    const moved: [number, number] = [x, y];
    waves.forEach((wave, i) => {
      moved[i % 2 === 0 ? 0 : 1] += wave.size * Math.sin(wave.fx * x + wave.fy * y + wave.phase);
    });
    return moved;
  };
}

/** Scales lines to a height (or to `maxWidth`, if they would be wider) and centres their bounding box. */
function frame(
  lines: readonly Float64Array[],
  height: number,
  maxWidth: number,
  centreX: number,
  centreY: number,
): void {
  const box = [0, 1].map((axis) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const line of lines) {
      for (let i = axis; i < line.length; i += 2) {
        low = Math.min(low, line[i]!);
        high = Math.max(high, line[i]!);
      }
    }
    return { middle: (low + high) / 2, extent: high - low };
  });
  const [x, y] = box as [(typeof box)[number], (typeof box)[number]];
  const scale = Math.min(height / y.extent, maxWidth / x.extent);
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      line[i] = centreX + (line[i]! - x.middle) * scale;
      line[i + 1] = centreY + (line[i + 1]! - y.middle) * scale;
    }
  }
}
