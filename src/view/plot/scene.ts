/** A figure as plain data: what every picture of fovea is before it becomes SVG, pixels of a canvas or PNG. */

import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Pixels } from "../../base/png.ts";

export type { Pixels };

/** [x, y] in the units of the scene, which are CSS pixels; y grows downwards. */
export type Point = readonly [x: number, y: number];

interface MarkBase {
  /** What the mark stands for, for code that reacts to it: a cell's "4,9". SVG has it as `data-key`. */
  readonly key?: string;
  /** What the mark says when somebody points at it. SVG has it as the mark's `<title>`. */
  readonly label?: string;
  /** From 0 (invisible) to 1. Default 1. */
  readonly opacity?: number;
}

/** How areas and lines are painted; CSS colours of the form #rrggbb. */
export interface Paint {
  /** Default: not filled. */
  readonly fill?: string;
  /** Default: no line. */
  readonly stroke?: string;
  /** Default 1. */
  readonly strokeWidth?: number;
}

/** Lines through points, or the areas that they bound. */
export interface PathMark extends MarkBase, Paint {
  readonly kind: "path";
  readonly lines: readonly (readonly Point[])[];
  /** Whether each line returns to its first point. Default false. */
  readonly closed?: boolean;
  /** Lengths of dashes and of the gaps between them. Default: a solid line. */
  readonly dash?: readonly number[];
}

export interface RectMark extends MarkBase, Paint {
  readonly kind: "rect";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Of the corners. Default 0. */
  readonly radius?: number;
}

export interface CircleMark extends MarkBase, Paint {
  readonly kind: "circle";
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** One line of text; `y` is its baseline. */
export interface TextMark extends MarkBase {
  readonly kind: "text";
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly fill: string;
  /** Which part of the text is at `x`. Default "start". */
  readonly anchor?: "start" | "middle" | "end";
  /** Default 400. */
  readonly weight?: 400 | 600;
  /** Default: the proportional font. */
  readonly mono?: boolean;
  /** Colour of an outline that separates the text from what is behind it. */
  readonly halo?: string;
}

/** Pixels drawn as crisp rectangles (nearest neighbour). */
export interface ImageMark extends MarkBase {
  readonly kind: "image";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: Pixels;
}

export type Mark = PathMark | RectMark | CircleMark | TextMark | ImageMark;

/** A picture: marks in the order in which they are painted. It can be stored as JSON, but for the bytes of its images. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  /** What it is, in a few words; read aloud first. */
  readonly title: string;
  /** What it shows, in sentences, for those who do not see it. */
  readonly description: string;
  readonly background: string;
  /** Lists of font families as CSS has them. */
  readonly fonts: { readonly sans: string; readonly mono: string };
  readonly marks: readonly Mark[];
}

/** Throws unless it is a scene: what a caller's own code made may not be one. */
export function checkScene(owner: string, scene: unknown): asserts scene is Scene {
  const { width, height, marks, title, description, background, fonts } = (scene ?? {}) as Partial<Scene>;
  const isScene =
    [width, height].every((size) => typeof size === "number" && size > 0 && Number.isFinite(size)) &&
    [title, description, background, fonts?.sans, fonts?.mono].every((text) => typeof text === "string") &&
    Array.isArray(marks) &&
    marks.every((mark) => typeof mark === "object" && mark !== null && kinds.includes(mark.kind));
  if (!isScene)
    throw new ArgumentError(`${owner}: got ${formatValue(scene)}, expected a scene, such as lineChart() makes.`);
}

const kinds: readonly Mark["kind"][] = ["path", "rect", "circle", "text", "image"];

/**
 * The topmost mark with a `key` at a place: what a pointer over a canvas is at. Paths count with the box around them.
 *
 * @param x in the units of the scene
 * @returns undefined where no such mark is
 *
 * @example
 * ```ts
 * import { confusionChart, markAt } from "fovea/plot";
 * const scene = confusionChart({ matrix: [[8, 2], [0, 10]], names: ["cat", "dog"] });
 * const cell = scene.marks.find((mark) => mark.key === "0,1");
 * if (cell?.kind === "rect") markAt(scene, cell.x + 1, cell.y + 1)?.label; // "cat read as dog: 2 times"
 * ```
 */
export function markAt(scene: Scene, x: number, y: number): Mark | undefined {
  checkScene("markAt", scene);
  return scene.marks.findLast((mark) => mark.key !== undefined && holds(mark, x, y));
}

function holds(mark: Mark, x: number, y: number): boolean {
  if (mark.kind === "circle") return Math.hypot(mark.x - x, mark.y - y) <= mark.radius;
  if (mark.kind === "text") return false;
  if (mark.kind !== "path") return x >= mark.x && x < mark.x + mark.width && y >= mark.y && y < mark.y + mark.height;
  const [low, high] = [
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ] as [number[], number[]];
  for (const line of mark.lines)
    for (const point of line)
      for (const axis of [0, 1] as const) {
        low[axis] = Math.min(low[axis]!, point[axis]);
        high[axis] = Math.max(high[axis]!, point[axis]);
      }
  return x >= low[0]! && x <= high[0]! && y >= low[1]! && y <= high[1]!;
}
