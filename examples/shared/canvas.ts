/** A small canvas in memory, with soft edges. */
import type { Random } from "./random.ts";

/** Red, green and blue, 0 … 1. */
export type Color = readonly [number, number, number];
export type Spot = readonly [x: number, y: number];

/** Any light colour, or any dark one. */
export function drawColor(random: Random, low: number, high: number): Color {
  return [random.uniform(low, high), random.uniform(low, high), random.uniform(low, high)];
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));

/** Distance of a point to the line from a to b. */
function distanceToLine(x: number, y: number, [ax, ay]: Spot, [bx, by]: Spot): number {
  const [dx, dy] = [bx - ax, by - ay];
  const share = clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1));
  return Math.hypot(x - ax - share * dx, y - ay - share * dy);
}

export class Canvas {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3], 0 … 1. */
  readonly data: Float32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.data = new Float32Array(width * height * 3);
  }

  /** Paints where `cover(x, y)` is above 0, by so much; x and y are the middles of pixels, within the box. */
  paint(
    [left, top, right, bottom]: readonly [number, number, number, number],
    color: Color,
    cover: (x: number, y: number) => number,
  ): void {
    const [x0, x1] = [Math.max(0, Math.floor(left)), Math.min(this.width, Math.ceil(right))];
    const [y0, y1] = [Math.max(0, Math.floor(top)), Math.min(this.height, Math.ceil(bottom))];
    for (let y = y0; y < y1; y++)
      for (let x = x0; x < x1; x++) {
        const share = clamp(cover(x + 0.5, y + 0.5));
        if (share === 0) continue;
        const at = (y * this.width + x) * 3;
        for (let c = 0; c < 3; c++) this.data[at + c]! += share * (color[c]! - this.data[at + c]!);
      }
  }

  /** From one colour to another one, along an angle. */
  gradient(from: Color, to: Color, angle: number): void {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const length = Math.abs(this.width * cos) + Math.abs(this.height * sin);
    for (let y = 0; y < this.height; y++)
      for (let x = 0; x < this.width; x++) {
        const share = 0.5 + ((x - this.width / 2) * cos + (y - this.height / 2) * sin) / length;
        const at = (y * this.width + x) * 3;
        for (let c = 0; c < 3; c++) this.data[at + c] = from[c]! + share * (to[c]! - from[c]!);
      }
  }

  line(a: Spot, b: Spot, thickness: number, color: Color): void {
    const room = thickness / 2 + 1;
    const box = [
      Math.min(a[0], b[0]) - room,
      Math.min(a[1], b[1]) - room,
      Math.max(a[0], b[0]) + room,
      Math.max(a[1], b[1]) + room,
    ] as const;
    this.paint(box, color, (x, y) => thickness / 2 + 0.5 - distanceToLine(x, y, a, b));
  }

  ellipse([x, y]: Spot, radiusX: number, radiusY: number, color: Color): void {
    const box = [x - radiusX - 1, y - radiusY - 1, x + radiusX + 1, y + radiusY + 1] as const;
    const radius = Math.min(radiusX, radiusY);
    this.paint(box, color, (px, py) => 0.5 + radius * (1 - Math.hypot((px - x) / radiusX, (py - y) / radiusY)));
  }

  /** The area within the corners, with four samples a pixel. */
  polygon(corners: readonly Spot[], color: Color, opacity = 1): void {
    const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
    const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
    this.paint(box, color, (x, y) => {
      let inside = 0;
      for (const [dx, dy] of samples) if (holds(corners, x + dx, y + dy)) inside++;
      return (opacity * inside) / samples.length;
    });
  }

  /** A mask [size, size] of 0 … 1, stretched over a box, in one colour. */
  stamp(mask: ArrayLike<number>, size: number, box: readonly [number, number, number, number], color: Color): void {
    const [left, top, right, bottom] = box;
    const read = (x: number, y: number) => (x < 0 || y < 0 || x >= size || y >= size ? 0 : mask[y * size + x]!);
    this.paint(box, color, (x, y) => {
      const u = ((x - left) / (right - left)) * size - 0.5;
      const v = ((y - top) / (bottom - top)) * size - 0.5;
      const [i, j] = [Math.floor(u), Math.floor(v)];
      const [p, q] = [u - i, v - j];
      return (
        (1 - q) * ((1 - p) * read(i, j) + p * read(i + 1, j)) + q * ((1 - p) * read(i, j + 1) + p * read(i + 1, j + 1))
      );
    });
  }

  noise(deviation: number, random: Random): void {
    for (let i = 0; i < this.data.length; i++) this.data[i] = clamp(this.data[i]! + deviation * random.normal());
  }
}

const samples = [
  [-0.25, -0.25],
  [0.25, -0.25],
  [-0.25, 0.25],
  [0.25, 0.25],
] as const;

/** Whether a polygon holds a point, by counting the sides that a ray crosses. */
export function holds(corners: readonly Spot[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [ax, ay] = corners[i]!;
    const [bx, by] = corners[j]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
