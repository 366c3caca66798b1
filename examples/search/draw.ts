/**
 * Pictures that the program draws: signs of a few strokes, as letters of an unknown alphabet. Pictures of a sign differ in place, size,
 * angle, pen, colours and ground. The signs to search in are others than those to train on.
 */
import { Tensor } from "fovea";
import { Canvas, drawColor, type Spot } from "../shared/canvas.ts";
import type { DrawOptions } from "../shared/example.ts";
import { Random } from "../shared/random.ts";
import { GROUP, type SearchData, SIZE } from "./gallery.ts";

/** Signs to train on. */
const SIGNS = 1000;
/** Pictures of each sign to search in. */
const COPIES = 8;

/** Strokes: points in -1 … 1, joined by a curve. */
type Sign = readonly (readonly Spot[])[];

/** @param options `train` counts groups, `test` signs to search in */
export function drawSearchData({ seed, train, test }: DrawOptions): SearchData {
  const [random, others] = [new Random(seed, 1), new Random(seed, 2)];
  const signs = Array.from({ length: SIGNS }, () => drawSign(random));
  const size = SIZE * SIZE * 3;
  const groups = new Float32Array(train * 2 * GROUP * size);
  for (let row = 0; row < train; row++) {
    const own = random.shuffle(signs).slice(0, GROUP);
    [...own, ...own].forEach((sign, i) => {
      groups.set(drawPicture(sign, random), (row * 2 * GROUP + i) * size);
    });
  }
  const count = test * COPIES;
  const pictures = new Float32Array(count * size);
  const labels = new Int32Array(count);
  for (let kind = 0; kind < test; kind++) {
    const sign = drawSign(others);
    for (let copy = 0; copy < COPIES; copy++) {
      pictures.set(drawPicture(sign, others), (kind * COPIES + copy) * size);
      labels[kind * COPIES + copy] = kind;
    }
  }
  return {
    groups: new Tensor(groups, [train, 2 * GROUP, SIZE, SIZE, 3]),
    gallery: {
      pictures: new Tensor(pictures, [count, SIZE, SIZE, 3]),
      labels: new Tensor(labels, [count]),
      names: Array.from(labels, (kind) => `sign ${kind + 1}`),
    },
    source: `signs drawn by the program with seed ${seed}`,
  };
}

/** Three or four strokes between points of a grid. */
function drawSign(random: Random): Sign {
  const spot = (): Spot => [
    random.integer(-1, 1) + random.uniform(-0.2, 0.2),
    random.integer(-1, 1) + random.uniform(-0.2, 0.2),
  ];
  return Array.from({ length: random.integer(3, 4) }, () => {
    const from = spot();
    let to = spot();
    while (Math.hypot(to[0] - from[0], to[1] - from[1]) < 0.8) to = spot();
    return random.chance(0.5) ? [from, to] : [from, spot(), to];
  });
}

function drawPicture(sign: Sign, random: Random): Float32Array {
  const canvas = new Canvas(SIZE, SIZE);
  const isDark = random.chance(0.5);
  const tint = (light: boolean) => drawColor(random, light ? 0.6 : 0, light ? 1 : 0.4);
  canvas.gradient(tint(!isDark), tint(!isDark), random.uniform(0, 2 * Math.PI));
  const angle = random.uniform(-0.3, 0.3);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [scaleX, scaleY] = [random.uniform(7, 11), random.uniform(7, 11)];
  const [middleX, middleY] = [SIZE / 2 + random.uniform(-3, 3), SIZE / 2 + random.uniform(-3, 3)];
  const [pen, ink] = [random.uniform(1.2, 2.6), tint(isDark)];
  for (const stroke of sign) {
    const points = stroke.map(([x, y]): Spot => {
      const [u, v] = [scaleX * (x + random.uniform(-0.1, 0.1)), scaleY * (y + random.uniform(-0.1, 0.1))];
      return [middleX + cos * u - sin * v, middleY + sin * u + cos * v];
    });
    const path = points.length === 2 ? points : curve(points as [Spot, Spot, Spot]);
    for (let i = 1; i < path.length; i++) canvas.line(path[i - 1]!, path[i]!, pen, ink);
  }
  canvas.noise(0.05, random);
  return canvas.data;
}

/** A quadratic Bézier curve in eight pieces. */
function curve([a, b, c]: readonly [Spot, Spot, Spot]): Spot[] {
  return Array.from({ length: 9 }, (_, i) => {
    const t = i / 8;
    const at = (axis: 0 | 1) => (1 - t) ** 2 * a[axis] + 2 * t * (1 - t) * b[axis] + t ** 2 * c[axis];
    return [at(0), at(1)];
  });
}
