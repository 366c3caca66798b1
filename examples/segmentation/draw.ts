/**
 * Scenes that the program draws: discs, squares and triangles over each other, in front of stripes. All have colours of the same
 * range, so a pixel alone does not know what it belongs to.
 */
import { Tensor } from "fovea";
import { Canvas, type Color, drawColor, holds, type Spot } from "../shared/canvas.ts";
import type { DrawOptions } from "../shared/example.ts";
import { Random } from "../shared/random.ts";
import { type MaskData, type MaskSplit, SIZE } from "./masks.ts";

export function drawMaskData({ seed, train, test }: DrawOptions): MaskData {
  return {
    train: drawSplit(train, new Random(seed, 1)),
    test: drawSplit(test, new Random(seed, 2)),
    classNames: ["ground", "disc", "square", "triangle"],
    source: `scenes drawn by the program with seed ${seed}`,
  };
}

function drawSplit(count: number, random: Random): MaskSplit {
  const pixels = new Float32Array(count * SIZE * SIZE * 3);
  const masks = new Int32Array(count * SIZE * SIZE);
  for (let row = 0; row < count; row++) {
    const { canvas, mask } = drawScene(random);
    pixels.set(canvas.data, row * canvas.data.length);
    masks.set(mask, row * mask.length);
  }
  return {
    images: new Tensor(pixels, [count, SIZE, SIZE, 3]),
    masks: new Tensor(masks, [count, SIZE, SIZE]),
  };
}

function drawScene(random: Random): { canvas: Canvas; mask: Int32Array } {
  const canvas = new Canvas(SIZE, SIZE);
  const mask = new Int32Array(SIZE * SIZE);
  const ground = () => drawColor(random, 0, 0.6);
  const color = () => drawColor(random, 0.3, 1);
  canvas.gradient(ground(), ground(), random.uniform(0, 2 * Math.PI));
  stripes(canvas, random, color());
  const placed: { middle: Spot; radius: number }[] = [];
  for (let i = random.integer(2, 4); i > 0; i--) {
    const kind = random.below(3);
    const radius = random.uniform(9, 15);
    const middle: Spot = [random.uniform(10, SIZE - 10), random.uniform(10, SIZE - 10)];
    // Some overlap, but none is hidden.
    const [x, y] = middle;
    if (placed.some((other) => Math.hypot(x - other.middle[0], y - other.middle[1]) < radius + other.radius)) continue;
    placed.push({ middle, radius });
    const corners = cornersOf(kind, middle, radius, random);
    fill(canvas, corners, color(), color(), random);
    for (let at = 0; at < mask.length; at++)
      if (holds(corners, (at % SIZE) + 0.5, Math.floor(at / SIZE) + 0.5)) mask[at] = kind + 1;
  }
  canvas.noise(0.05, random);
  return { canvas, mask };
}

/** Disc, square or triangle, turned by any angle. */
function cornersOf(kind: number, [x, y]: Spot, radius: number, random: Random): Spot[] {
  const count = [24, 4, 3][kind]!;
  // About equal areas.
  const reach = radius * [1, 1.2, 1.45][kind]!;
  const turn = random.uniform(0, 2 * Math.PI);
  return Array.from({ length: count }, (_, i) => {
    const angle = turn + (2 * Math.PI * i) / count;
    return [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
  });
}

/** A colour, often with spots of another one. */
function fill(canvas: Canvas, corners: readonly Spot[], color: Color, other: Color, random: Random): void {
  canvas.polygon(corners, color);
  if (random.chance(0.5)) return;
  const [period, angle] = [random.uniform(4, 9), random.uniform(0, Math.PI)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  canvas.paint([0, 0, SIZE, SIZE], other, (x, y) =>
    holds(corners, x, y) && (x * cos + y * sin) % period > period / 2 ? 0.7 : 0,
  );
}

function stripes(canvas: Canvas, random: Random, color: Color): void {
  for (let i = random.integer(2, 7); i > 0; i--) {
    const spot = (): Spot => [random.uniform(-10, SIZE + 10), random.uniform(-10, SIZE + 10)];
    canvas.line(spot(), spot(), random.uniform(1, 5), color);
  }
}
