/** How strokes of a pen become what the network sees. */

/** The drawing pad's side in its own pixels. */
export const PAD = 280;
const SIDE = 28;
/** Radius of the pen. */
const PEN = 10;
/** MNIST's digits were fitted into a box of 20 x 20 (LeCun et al. 1998). */
const BOX = 20;

export interface Point {
  readonly x: number;
  readonly y: number;
}
export type Stroke = readonly Point[];

/** Ink 0 … 1 of the pad, [280, 280]: round pens along the strokes, with edges one pixel soft. */
export function inkOf(strokes: readonly Stroke[]): Float32Array {
  const ink = new Float32Array(PAD * PAD);
  for (const stroke of strokes)
    stroke.forEach((to, index) => {
      const from = stroke[index - 1] ?? to;
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      const length2 = dx * dx + dy * dy;
      const reach = PEN + 1;
      const edge = (at: number) => Math.min(PAD - 1, Math.max(0, Math.floor(at)));
      for (let y = edge(Math.min(from.y, to.y) - reach); y <= edge(Math.max(from.y, to.y) + reach); y++)
        for (let x = edge(Math.min(from.x, to.x) - reach); x <= edge(Math.max(from.x, to.x) + reach); x++) {
          const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
          const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
          const value = Math.min(1, Math.max(0, PEN + 0.5 - Math.hypot(px - along * dx, py - along * dy)));
          if (value > ink[y * PAD + x]!) ink[y * PAD + x] = value;
        }
    });
  return ink;
}

export interface Steps {
  /** Whether the drawing's box is fitted into 20 x 20 pixels. */
  readonly fits: boolean;
  /** Whether its centre of mass comes into the middle. */
  readonly centres: boolean;
}

/** What the network sees, [28, 28]; undefined for an empty pad. */
export function toInput(ink: Float32Array, { fits, centres }: Steps): Float32Array | undefined {
  let [left, right, top, bottom, mass, massX, massY] = [PAD, -1, PAD, -1, 0, 0, 0];
  for (let y = 0; y < PAD; y++)
    for (let x = 0; x < PAD; x++) {
      const value = ink[y * PAD + x]!;
      if (value === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      mass += value;
      massX += value * (x + 0.5);
      massY += value * (y + 0.5);
    }
  if (mass === 0) return undefined;
  const scale = fits ? Math.max(right - left + 1, bottom - top + 1) / BOX : PAD / SIDE;
  const middle = centres
    ? { x: massX / mass, y: massY / mass }
    : fits
      ? { x: (left + right + 1) / 2, y: (top + bottom + 1) / 2 }
      : { x: PAD / 2, y: PAD / 2 };
  return resample(ink, { x: middle.x - (SIDE / 2) * scale, y: middle.y - (SIDE / 2) * scale }, scale);
}

/** Means over squares of `scale` pixels from a corner on, [28, 28]; outside of the pad is no ink. */
function resample(ink: Float32Array, corner: Point, scale: number): Float32Array {
  const image = new Float32Array(SIDE * SIDE);
  // Along an axis: the pixels under each cell and how much of each it covers.
  const cover = (start: number) =>
    Array.from({ length: SIDE }, (_, cell) => {
      const [from, to] = [start + cell * scale, start + (cell + 1) * scale];
      const parts: (readonly [pixel: number, share: number])[] = [];
      for (let pixel = Math.max(0, Math.floor(from)); pixel < Math.min(PAD, to); pixel++)
        parts.push([pixel, (Math.min(to, pixel + 1) - Math.max(from, pixel)) / scale]);
      return parts;
    });
  const [columns, rows] = [cover(corner.x), cover(corner.y)];
  rows.forEach((down, i) => {
    columns.forEach((across, j) => {
      let sum = 0;
      for (const [y, high] of down) for (const [x, wide] of across) sum += ink[y * PAD + x]! * high * wide;
      image[i * SIDE + j] = Math.min(1, sum);
    });
  });
  return image;
}

/** Cells of the keyboard's pen. */
export const CELL = PAD / SIDE;

export const cellCentre = ({ x, y }: Point): Point => ({ x: (x + 0.5) * CELL, y: (y + 0.5) * CELL });

/** Adds a point to the last stroke. */
export const extend = (strokes: readonly Stroke[], point: Point): readonly Stroke[] => [
  ...strokes.slice(0, -1),
  [...(strokes.at(-1) ?? []), point],
];
