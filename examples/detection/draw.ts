/** Scenes that the program draws: one to five digits of 14 to 44 pixels among strokes, dots and cut-off digits. */
import { digits } from "fovea/datasets";
import { type Box, boxIoU, type TrueBox } from "fovea/insight";
import { Canvas, drawColor } from "../shared/canvas.ts";
import type { DrawOptions } from "../shared/example.ts";
import { Random } from "../shared/random.ts";
import { type BoxData, type BoxSplit, boxSplit, SIZE } from "./boxes.ts";

const classNames = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** A digit's ink, and the part of its 28x28 pixels that has some. */
interface Ink {
  readonly mask: Float32Array;
  readonly label: number;
  readonly inked: Box;
}

export async function drawBoxData({ seed, train, test }: DrawOptions): Promise<BoxData> {
  const drawn = await digits.load({ train: Math.min(4000, 2 * train + 20), test: Math.min(1000, 2 * test + 20), seed });
  const inks = [drawn.train, drawn.test].map(({ images, labels }) =>
    Array.from(labels.data, (label, i) => inkOf(images.data.slice(i * 784, (i + 1) * 784) as Float32Array, label)),
  );
  return {
    train: drawScenes(train, inks[0]!, new Random(seed, 1)),
    test: drawScenes(test, inks[1]!, new Random(seed, 2)),
    classNames,
    source: `scenes drawn by the program with seed ${seed}`,
  };
}

function inkOf(mask: Float32Array, label: number): Ink {
  const [columns, rows] = [new Set<number>(), new Set<number>()];
  mask.forEach((value, i) => {
    if (value < 0.3) return;
    columns.add(i % 28);
    rows.add(Math.floor(i / 28));
  });
  return {
    mask,
    label,
    inked: [Math.min(...columns), Math.min(...rows), Math.max(...columns) + 1, Math.max(...rows) + 1],
  };
}

function drawScenes(count: number, inks: readonly Ink[], random: Random): BoxSplit {
  const pixels = new Float32Array(count * SIZE * SIZE * 3);
  const boxes = Array.from({ length: count }, (_, row) => {
    const { canvas, boxes } = drawScene(inks, random);
    pixels.set(canvas.data, row * canvas.data.length);
    return boxes;
  });
  return boxSplit(pixels, boxes, classNames.length);
}

function drawScene(inks: readonly Ink[], random: Random): { canvas: Canvas; boxes: TrueBox[] } {
  const canvas = new Canvas(SIZE, SIZE);
  const isDark = random.chance(0.5);
  const ground = () => (isDark ? drawColor(random, 0, 0.4) : drawColor(random, 0.6, 1));
  const paint = () => (isDark ? drawColor(random, 0.6, 1) : drawColor(random, 0, 0.4));
  canvas.gradient(ground(), ground(), random.uniform(0, 2 * Math.PI));
  const spot = () => [random.uniform(0, SIZE), random.uniform(0, SIZE)] as const;
  const boxes: TrueBox[] = [];
  for (let tries = random.integer(1, 5); tries > 0; tries--) {
    const ink = random.pick(inks);
    const [inkLeft, inkTop, inkRight, inkBottom] = ink.inked;
    const height = random.uniform(14, 44);
    const width = ((height * (inkRight - inkLeft)) / (inkBottom - inkTop)) * random.uniform(0.8, 1.25);
    const [left, top] = [random.uniform(1, SIZE - 1 - width), random.uniform(1, SIZE - 1 - height)];
    const box: Box = [left, top, left + width, top + height];
    if (width > SIZE - 2 || boxes.some((each) => boxIoU(each.box, box) > 0.05)) continue;
    // The whole 28x28 mask, so that its ink fills the box.
    const [scaleX, scaleY] = [width / (inkRight - inkLeft), height / (inkBottom - inkTop)];
    const [x, y] = [left - inkLeft * scaleX, top - inkTop * scaleY];
    canvas.stamp(ink.mask, 28, [x, y, x + 28 * scaleX, y + 28 * scaleY], paint());
    boxes.push({ box, label: ink.label });
  }
  // What is no object, and must not be taken for one.
  for (let i = random.integer(2, 6); i > 0; i--) {
    const [from, to] = [spot(), spot()];
    const near = [from[0] + (to[0] - from[0]) / 3, from[1] + (to[1] - from[1]) / 3] as const;
    canvas.line(from, near, random.uniform(0.7, 2), random.chance(0.5) ? paint() : ground());
  }
  for (let i = random.integer(3, 12); i > 0; i--)
    canvas.ellipse(spot(), random.uniform(0.7, 2), random.uniform(0.7, 2), paint());
  canvas.noise(0.04, random);
  return { canvas, boxes };
}
