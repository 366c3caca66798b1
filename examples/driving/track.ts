/** A closed road in the plane, in metres, and what a camera in a car sees of it. Driven against the clock's turn, on the right. */
import type { TrueBox } from "fovea/insight";
import { Canvas, type Color, drawColor } from "../shared/canvas.ts";
import type { Random } from "../shared/random.ts";

/** Columns and rows of a picture, in pixels. */
export const [WIDTH, HEIGHT] = [96, 48] as const;
/** Of one of two lanes. */
export const LANE = 3.5;

export interface Pose {
  readonly x: number;
  readonly y: number;
  /** Direction of driving, in radians from the x axis. */
  readonly heading: number;
}

/** Light, fog and rain. */
export interface Weather {
  readonly light: number;
  /** Metres after which two thirds are fog. */
  readonly sight: number;
  readonly noise: number;
  readonly grass: Color;
  readonly sky: Color;
}

export function drawWeather(random: Random): Weather {
  const light = random.uniform(0.45, 1);
  const grey = random.uniform(0.5, 0.9);
  return {
    light,
    sight: random.chance(0.3) ? random.uniform(12, 40) : 200,
    noise: random.uniform(0.02, 0.07),
    grass: [random.uniform(0.15, 0.5), random.uniform(0.4, 0.65), random.uniform(0.1, 0.3)],
    sky: [grey * random.uniform(0.7, 1), grey * random.uniform(0.8, 1), grey],
  };
}

/** A car or a sign beside the road: where it is along the road (an angle) and across it (metres to the right of the middle line). */
export interface Thing {
  readonly label: 0 | 1;
  readonly angle: number;
  readonly offset: number;
  readonly color: Color;
}

/** The middle line is at a distance from the centre that is a sum of waves of the angle. */
export class Track {
  readonly #radius: number;
  readonly #waves: readonly { readonly count: number; readonly size: number; readonly phase: number }[];

  constructor(random: Random) {
    this.#radius = random.uniform(38, 46);
    this.#waves = [2, 3, 5].map((count) => ({
      count,
      size: random.uniform(0.3, 1) * (9 / count),
      phase: random.uniform(0, 2 * Math.PI),
    }));
  }

  radiusAt(angle: number): number {
    return this.#waves.reduce(
      (sum, { count, size, phase }) => sum + size * Math.cos(count * angle + phase),
      this.#radius,
    );
  }

  /** Of the radius by the angle. */
  #slopeAt(angle: number): number {
    return this.#waves.reduce((sum, { count, size, phase }) => sum - count * size * Math.sin(count * angle + phase), 0);
  }

  /** Metres to the right of the middle line, close to it. */
  offsetOf(x: number, y: number): number {
    const angle = Math.atan2(y, x);
    const radius = this.radiusAt(angle);
    return (Math.hypot(x, y) - radius) / Math.hypot(1, this.#slopeAt(angle) / radius);
  }

  /** Where one stands at an angle, so far to the right of the middle line, and the road's direction there. */
  poseAt(angle: number, offset: number): Pose {
    const [radius, slope] = [this.radiusAt(angle), this.#slopeAt(angle)];
    const heading = Math.atan2(
      slope * Math.sin(angle) + radius * Math.cos(angle),
      slope * Math.cos(angle) - radius * Math.sin(angle),
    );
    const [x, y] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    return { x: x + offset * Math.sin(heading), y: y - offset * Math.cos(heading), heading };
  }

  /** How the wheel is to be turned: the curve, in radians a metre, that leads to the middle of the own lane ahead. */
  steeringFrom({ x, y, heading }: Pose, ahead = 7): number {
    const angle = Math.atan2(y, x);
    const target = this.poseAt(angle + ahead / this.radiusAt(angle), LANE / 2);
    const [dx, dy] = [target.x - x, target.y - y];
    const side = -dx * Math.sin(heading) + dy * Math.cos(heading);
    return (2 * side) / (dx * dx + dy * dy);
  }
}

/** Cars and signs along a track. */
export function drawThings(random: Random): Thing[] {
  return Array.from({ length: 24 }, (): Thing => {
    const angle = random.uniform(0, 2 * Math.PI);
    if (random.chance(0.5))
      return { label: 0, angle, offset: -LANE / 2 + random.uniform(-0.3, 0.3), color: drawColor(random, 0, 0.9) };
    return {
      label: 1,
      angle,
      offset: random.pick([-1, 1]) * random.uniform(LANE + 1, LANE + 2),
      color: [0.8, 0.1, 0.1],
    };
  });
}

const [CAMERA, FOCAL, HORIZON] = [1.4, 60, 16] as const;

export interface View {
  readonly canvas: Canvas;
  /** 0 ground, 1 own lane, 2 other lane; [24, 48], of every other pixel. */
  readonly lanes: Int32Array;
  /** Cars (0) and signs (1). */
  readonly boxes: readonly TrueBox[];
}

/** What the camera sees. */
export function look(track: Track, pose: Pose, things: readonly Thing[], weather: Weather, random: Random): View {
  const canvas = new Canvas(WIDTH, HEIGHT);
  const lanes = new Int32Array((WIDTH / 2) * (HEIGHT / 2));
  const { light, sight, grass, sky } = weather;
  const [cos, sin] = [Math.cos(pose.heading), Math.sin(pose.heading)];
  for (let row = 0; row < HEIGHT; row++) {
    const depth = row + 0.5 > HORIZON ? (CAMERA * FOCAL) / (row + 0.5 - HORIZON) : Infinity;
    const fog = 1 - Math.exp(-depth / sight);
    for (let column = 0; column < WIDTH; column++) {
      let color = sky;
      if (depth < 120) {
        const side = ((column + 0.5 - WIDTH / 2) * depth) / FOCAL;
        const [x, y] = [pose.x + depth * cos + side * sin, pose.y + depth * sin - side * cos];
        const offset = track.offsetOf(x, y);
        color = surface(offset, Math.atan2(y, x), grass);
        if (row % 2 === 1 && column % 2 === 1)
          lanes[((row - 1) / 2) * (WIDTH / 2) + (column - 1) / 2] = Math.abs(offset) > LANE ? 0 : offset > 0 ? 1 : 2;
      }
      const at = (row * WIDTH + column) * 3;
      for (let c = 0; c < 3; c++) canvas.data[at + c] = light * (color[c]! + fog * (sky[c]! - color[c]!));
    }
  }
  const boxes = drawOver(canvas, track, pose, things, weather);
  canvas.noise(weather.noise, random);
  return { canvas, lanes, boxes };
}

/** Grass, asphalt and lines; the middle line is dashed. */
function surface(offset: number, angle: number, grass: Color): Color {
  const away = Math.abs(offset);
  if (away > LANE + 0.25) return grass;
  const isLine = away > LANE - 0.15 || (away < 0.12 && Math.sin(angle * 60) > 0);
  return isLine ? [0.9, 0.9, 0.85] : [0.35, 0.35, 0.37];
}

/** Farthest first. @returns boxes of those that are at least five pixels wide and mostly in the picture */
function drawOver(
  canvas: Canvas,
  track: Track,
  pose: Pose,
  things: readonly Thing[],
  { light, sight, sky }: Weather,
): TrueBox[] {
  const [cos, sin] = [Math.cos(pose.heading), Math.sin(pose.heading)];
  const seen = things.map((thing) => {
    const { x, y } = track.poseAt(thing.angle, thing.offset);
    const [dx, dy] = [x - pose.x, y - pose.y];
    return { thing, depth: dx * cos + dy * sin, side: dx * sin - dy * cos };
  });
  return seen
    .filter(({ depth }) => depth > 4 && depth < 28)
    .sort((a, b) => b.depth - a.depth)
    .flatMap(({ thing: { label, color }, depth, side }): TrueBox[] => {
      const scale = FOCAL / depth;
      const [middle, ground] = [WIDTH / 2 + side * scale, HORIZON + CAMERA * scale];
      const fog = 1 - Math.exp(-depth / sight);
      const tint = (own: Color) => own.map((value, c) => light * (value + fog * (sky[c]! - value))) as unknown as Color;
      const [width, height, foot] = label === 0 ? [1.8, 1.4, 0] : [1.2, 1.2, 1.4];
      const [left, right] = [middle - (width * scale) / 2, middle + (width * scale) / 2];
      const [top, bottom] = [ground - (foot + height) * scale, ground - foot * scale];
      const box = (l: number, t: number, r: number, b: number, own: Color) =>
        canvas.polygon(
          [
            [l, t],
            [r, t],
            [r, b],
            [l, b],
          ],
          tint(own),
        );
      if (label === 0) {
        box(left, top + 0.45 * (bottom - top), right, bottom - 0.1 * (bottom - top), color);
        box(
          left + 0.12 * width * scale,
          top,
          right - 0.12 * width * scale,
          top + 0.5 * (bottom - top),
          [0.15, 0.18, 0.22],
        );
        box(left, bottom - 0.18 * (bottom - top), right, bottom, [0.05, 0.05, 0.05]);
      } else {
        box(middle - 0.06 * scale, bottom, middle + 0.06 * scale, ground, [0.5, 0.5, 0.5]);
        canvas.ellipse([middle, (top + bottom) / 2], (width * scale) / 2, (height * scale) / 2, tint(color));
        canvas.ellipse(
          [middle, (top + bottom) / 2],
          0.3 * width * scale,
          0.3 * height * scale,
          tint([0.95, 0.95, 0.95]),
        );
      }
      const cut = [Math.max(0, left), Math.max(0, top), Math.min(WIDTH, right), Math.min(HEIGHT, bottom)] as const;
      const share = (Math.max(0, cut[2] - cut[0]) * Math.max(0, cut[3] - cut[1])) / ((right - left) * (bottom - top));
      return width * scale >= 5 && share > 0.6 ? [{ box: cut, label }] : [];
    });
}
