/** What is shown to the retina: a bar of light, or two that meet. */

/** Rows and columns of the retina: those of the network's image, so that both see the same bar. */
export const RETINA = 28;

export const shapes = ["bar", "corner", "cross"] as const;
export type Shape = (typeof shapes)[number];

export interface Stimulus {
  readonly shape: Shape;
  /** Row and column of its middle; of a corner, where the arms meet. */
  readonly y: number;
  readonly x: number;
  /** Direction in degrees: 0 lies along a row, 90 along a column, counter-clockwise as seen. */
  readonly angle: number;
  /** From end to end, in pixels; a corner's arms have half of it. */
  readonly length: number;
  /** At half of the brightness, in pixels. */
  readonly width: number;
}

/** Degrees after which a shape looks the same. */
export const periods: Readonly<Record<Shape, number>> = { bar: 180, corner: 360, cross: 90 };

/** Distances of a pixel from a point, in pixels: along a direction, and across it. */
export function turned(
  down: number,
  right: number,
  degrees: number,
): { readonly along: number; readonly across: number } {
  const angle = (degrees * Math.PI) / 180;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  return { along: right * cosine - down * sine, across: right * sine + down * cosine };
}

/** Brightness of a bar that reaches from `from` to `to`, whose ends fade over a pixel. */
function bar(along: number, across: number, width: number, from: number, to: number): number {
  const ends = Math.min(1, Math.max(0, along - from + 0.5), Math.max(0, to + 0.5 - along));
  return ends * Math.exp(-4 * Math.LN2 * (across / width) ** 2);
}

/** Brightness of a pixel, 0 … 1. */
function brightness({ shape, y, x, angle, length, width }: Stimulus, row: number, column: number): number {
  const half = length / 2;
  const first = turned(row - y, column - x, angle);
  const start = shape === "corner" ? 0 : -half;
  const light = bar(first.along, first.across, width, start, half);
  if (shape === "bar") return light;
  const second = turned(row - y, column - x, angle + 90);
  return Math.max(light, bar(second.along, second.across, width, start, half));
}

/** The light on the retina, row by row. */
export function light(stimulus: Stimulus): Float32Array {
  return Float32Array.from({ length: RETINA * RETINA }, (_, i) =>
    brightness(stimulus, Math.floor(i / RETINA), i % RETINA),
  );
}

/** An angle in 0 … period - 1. */
export const wrapAngle = (degrees: number, period: number): number => ((degrees % period) + period) % period;

/** Moves a stimulus, whose middle stays on the retina. */
export function moved(stimulus: Stimulus, down: number, right: number): Stimulus {
  const keep = (place: number) => Math.min(RETINA - 1, Math.max(0, place));
  return { ...stimulus, y: keep(stimulus.y + down), x: keep(stimulus.x + right) };
}

export function turnedBy(stimulus: Stimulus, degrees: number): Stimulus {
  return { ...stimulus, angle: wrapAngle(stimulus.angle + degrees, periods[stimulus.shape]) };
}
