/**
 * Images read at computed places: [n, h, w, c] → [n, h, w, c], where pixel (column x, row y) of the result is read at
 * ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with k = c0 x + c1 y + c2. Pixels have their centres at whole numbers.
 */
import { type Expr, e } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { add, div, mul, type Operand, sub } from "./elementwise.ts";
import { gatherRows } from "./gather-rows.ts";
import { literal } from "./literal.ts";
import { map } from "./map.ts";
import { broadcastTo } from "./reduce.ts";
import { reshape } from "./reshape.ts";

/** What lies outside of an image: abcd|dcba, the image again, its border, or one value. */
export const fillModes = ["reflect", "wrap", "constant", "nearest"] as const;
export type FillMode = (typeof fillModes)[number];

export const interpolations = ["nearest", "bilinear"] as const;
export type Interpolation = (typeof interpolations)[number];

export interface Sampling {
  readonly fillMode: FillMode;
  readonly fillValue: number;
  readonly interpolation: Interpolation;
}

type Three = readonly [Operand, Operand, Operand];

/** Coefficients: numbers, or values [n, 1] of one for each image. */
export interface Projection {
  readonly a: Three;
  readonly b: Three;
  /** Default: k = 1. */
  readonly c?: Three;
}

/** The pixel that stands for number i along an axis; −1: none. */
function pixelAt(i: Expr, size: number, fillMode: FillMode): Expr {
  // Half a pixel more, so that a division that is a little off does not change the whole part.
  const rest = (length: number) => e.sub(i, e.mul(length, e.floor(e.div(e.add(i, 0.5), length))));
  switch (fillMode) {
    case "nearest":
      return e.min(e.max(i, 0), size - 1);
    case "wrap":
      return rest(size);
    case "reflect":
      return e.min(rest(2 * size), e.sub(2 * size - 1, rest(2 * size)));
    case "constant":
      return e.select("le", 0, i, e.select("lt", i, size, i, -1), -1);
  }
}

/** Pixels in the order of their rows. */
function flatPlace(x: Expr, y: Expr, [height, width]: readonly [number, number], fillMode: FillMode): Expr {
  const [column, row] = [pixelAt(x, width, fillMode), pixelAt(y, height, fillMode)];
  const place = e.add(e.mul(row, width), column);
  return fillMode === "constant" ? e.select("lt", e.min(row, column), 0, -1, place) : place;
}

/** images [n, h, w, c] at the columns x and rows y, [n, k] each → [n, k, c]. */
function sampleAt(images: Sym, x: Sym, y: Sym, { fillMode, fillValue, interpolation }: Sampling): Sym {
  const [n, height, width, channels] = images.spec.shape as [number, number, number, number];
  const pixels = reshape(images, [n, height * width, channels]);
  const [column, row] = [e.input(0), e.input(1)];
  const read = (placeX: Expr, placeY: Expr) =>
    gatherRows(pixels, map([x, y], flatPlace(placeX, placeY, [height, width], fillMode)), fillValue);
  if (interpolation === "nearest") return read(e.round(column), e.round(row));
  const [left, top] = [e.floor(column), e.floor(row)];
  const [right, bottom] = [e.add(left, 1), e.add(top, 1)];
  const share = (along: Expr, across: Expr) => reshape(map([x, y], e.mul(along, across)), [...x.spec.shape, 1]);
  const [fromLeft, fromTop] = [e.sub(column, left), e.sub(row, top)];
  const [toRight, toBottom] = [e.sub(1, fromLeft), e.sub(1, fromTop)];
  const upper = add(mul(read(left, top), share(toRight, toBottom)), mul(read(right, top), share(fromLeft, toBottom)));
  const lower = add(
    mul(read(left, bottom), share(toRight, fromTop)),
    mul(read(right, bottom), share(fromLeft, fromTop)),
  );
  return add(upper, lower);
}

/** Columns and rows of all pixels, [1, h · w] each. */
function grid({ builder }: Sym, height: number, width: number) {
  const places = Array.from({ length: height * width }, (_, i) => i);
  const at = (values: number[]) => literal(builder, values, [1, height * width]);
  return { x: at(places.map((i) => i % width)), y: at(places.map((i) => Math.floor(i / width))) };
}

/** images [n, h, w, c], each read as its projection says → [n, h, w, c]. */
export function projectImages(images: Sym, { a, b, c }: Projection, sampling: Sampling): Sym {
  const { shape, batched } = images.spec;
  const [n, height, width] = shape as [number, number, number, number];
  const { x, y } = grid(images, height, width);
  const linear = ([byX, byY, shift]: Three) => add(add(mul(x, byX), mul(y, byY)), shift);
  const scale = c === undefined ? 1 : linear(c);
  const place = (coefficients: Three) => {
    const moved = c === undefined ? linear(coefficients) : div(linear(coefficients), scale);
    return broadcastTo(moved, { shape: [n, height * width], dtype: "float32", batched });
  };
  return reshape(sampleAt(images, place(a), place(b), sampling), shape);
}

/** The part [height, width] of each image that begins at row `top` and column `left`: numbers, or values [] or [n, 1]. */
export function cropImagesAt(images: Sym, top: Operand, left: Operand, size: readonly [number, number]): Sym {
  const { shape, batched } = images.spec;
  const [n, rows, columns, channels] = shape as [number, number, number, number];
  const [height, width] = size;
  const { x, y } = grid(images, height, width);
  const places = add(mul(add(y, top), columns), add(x, left));
  const spec = { shape: [n, height * width], dtype: "float32", batched } as const;
  const taken = gatherRows(reshape(images, [n, rows * columns, channels]), broadcastTo(places, spec));
  return reshape(taken, [n, height, width, channels]);
}

type Point = readonly [x: Sym, y: Sym];

/**
 * The projection that reads an image of `size` into a quadrangle: its corners, in the order top left, top right, bottom left, bottom
 * right, come to the given points. The inverse of the map of the unit square to the quadrangle, Heckbert 1989, 2.2.3.
 */
export function quadrangleProjection(
  points: readonly [Point, Point, Point, Point],
  size: readonly [number, number],
): Projection {
  const [[x0, y0], [x1, y1], [x3, y3], [x2, y2]] = points;
  const [dx1, dy1, dx2, dy2] = [sub(x1, x2), sub(y1, y2), sub(x3, x2), sub(y3, y2)];
  const [sx, sy] = [add(sub(x0, x1), sub(x2, x3)), add(sub(y0, y1), sub(y2, y3))];
  const cross = (p: Operand, q: Operand, r: Operand, s: Operand) => sub(mul(p, s), mul(q, r));
  const area = cross(dx1, dx2, dy1, dy2);
  const g = div(cross(sx, dx2, sy, dy2), area);
  const h = div(cross(dx1, sx, dy1, sy), area);
  const [a, b] = [add(sub(x1, x0), mul(g, x1)), add(sub(x3, x0), mul(h, x3))];
  const [d, f] = [add(sub(y1, y0), mul(g, y1)), add(sub(y3, y0), mul(h, y3))];
  const [across, down] = [size[1] - 1, size[0] - 1];
  const scaled = (factor: number, three: Three): Three => [
    mul(three[0], factor),
    mul(three[1], factor),
    mul(three[2], factor),
  ];
  return {
    a: scaled(across, [sub(f, mul(y0, h)), sub(mul(x0, h), b), cross(b, x0, f, y0)]),
    b: scaled(down, [sub(mul(y0, g), d), sub(a, mul(x0, g)), cross(x0, a, y0, d)]),
    c: [cross(d, f, g, h), cross(b, a, h, g), cross(a, b, d, f)],
  };
}
