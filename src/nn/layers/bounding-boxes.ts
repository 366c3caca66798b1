/** Boxes [batch, count, 4] as their sides in pixels, in each of Keras's forms. K: `image_preprocessing/bounding_boxes/bounding_box.py`. */

import type { Sym } from "../../ir/graph.ts";
import { add, div, maximum, minimum, mul, type Operand, sub } from "../../ops/elementwise.ts";
import type { Projection } from "../../ops/sample-images.ts";
import { stack, unstack } from "../../ops/slice.ts";

export const boundingBoxFormats = [
  "xyxy",
  "yxyx",
  "xywh",
  "center_xywh",
  "center_yxhw",
  "rel_xyxy",
  "rel_yxyx",
  "rel_xywh",
  "rel_center_xywh",
] as const;

/**
 * What the four numbers of a box are: left, top, right and bottom in pixels ("xyxy") or in another order ("yxyx"), the left top corner
 * and the size ("xywh"), the middle and the size ("center_xywh", "center_yxhw"); with "rel_" as shares of the image's width and height.
 */
export type BoundingBoxFormat = (typeof boundingBoxFormats)[number];

/** The sides of boxes in pixels, [batch, count] each. */
export interface Corners {
  readonly left: Sym;
  readonly top: Sym;
  readonly right: Sym;
  readonly bottom: Sym;
}

type Size = readonly [height: number, width: number];
type Four = readonly [Sym, Sym, Sym, Sym];

/** "rel_center_xywh" → whether sides are shares, and what each of the four numbers is. */
function partsOf(format: BoundingBoxFormat) {
  const words = format.split("_");
  const letters = words.at(-1)!;
  return {
    relative: words[0] === "rel",
    centered: words.includes("center"),
    sized: letters.includes("w"),
    /** Rows come before columns. */
    turned: letters.startsWith("y"),
  };
}

const exchanged = ([a, b, c, d]: Four): Four => [b, a, d, c];

/** boxes [batch, count, 4] in images of this size → their sides. */
export function readBoxes(boxes: Sym, format: BoundingBoxFormat, [height, width]: Size): Corners {
  const { relative, centered, sized, turned } = partsOf(format);
  const four = unstack(boxes, 2) as unknown as Four;
  const [x, y, u, v] = turned ? exchanged(four) : four;
  const [left, top] = centered ? [sub(x, div(u, 2)), sub(y, div(v, 2))] : [x, y];
  const [right, bottom] = sized ? [add(left, u), add(top, v)] : [u, v];
  const pixels = (side: Sym, size: number) => (relative ? mul(side, size) : side);
  return {
    left: pixels(left, width),
    top: pixels(top, height),
    right: pixels(right, width),
    bottom: pixels(bottom, height),
  };
}

/** The sides of boxes in images of this size → [batch, count, 4]. */
export function writeBoxes(corners: Corners, format: BoundingBoxFormat, [height, width]: Size): Sym {
  const { relative, centered, sized, turned } = partsOf(format);
  const share = (side: Sym, size: number) => (relative ? div(side, size) : side);
  const [left, top] = [share(corners.left, width), share(corners.top, height)];
  const [right, bottom] = [share(corners.right, width), share(corners.bottom, height)];
  const [wide, tall] = [sub(right, left), sub(bottom, top)];
  const [x, y] = centered ? [add(left, div(wide, 2)), add(top, div(tall, 2))] : [left, top];
  const four: Four = sized ? [x, y, wide, tall] : [x, y, right, bottom];
  return stack(turned ? exchanged(four) : four, 2);
}

/** Each side by what changes columns, or rows. */
export function mapSides(
  { left, top, right, bottom }: Corners,
  columns: (x: Sym) => Sym,
  rows: (y: Sym) => Sym,
): Corners {
  return { left: columns(left), top: rows(top), right: columns(right), bottom: rows(bottom) };
}

/** The parts of boxes within an image. */
export function clipBoxes(corners: Corners, [height, width]: Size): Corners {
  const within = (size: number) => (side: Sym) => minimum(maximum(side, 0), size);
  return mapSides(corners, within(width), within(height));
}

/** [batch, count] */
export const areasOf = ({ left, top, right, bottom }: Corners): Sym => mul(sub(right, left), sub(bottom, top));

/** Boxes of other boxes' sides where `chosen` (broadcast to [batch, count]) is not 0. */
export function chooseBoxes(choose: (yes: Sym, no: Sym) => Sym, yes: Corners, no: Corners): Corners {
  return {
    left: choose(yes.left, no.left),
    top: choose(yes.top, no.top),
    right: choose(yes.right, no.right),
    bottom: choose(yes.bottom, no.bottom),
  };
}

const areNumbers = (a: Operand, b: Operand): a is number => typeof a === "number" && typeof b === "number";
const product = (a: Operand, b: Operand): Operand => (areNumbers(a, b) ? a * (b as number) : mul(a, b));
const difference = (a: Operand, b: Operand): Operand => (areNumbers(a, b) ? a - (b as number) : sub(a, b));

/**
 * The smallest upright boxes around boxes that move with their images. A projection says where pixels of the result are read, so
 * corners move by its inverse.
 */
export function projectBoxes({ left, top, right, bottom }: Corners, { a, b, c = [0, 0, 1] }: Projection): Corners {
  type Three = Projection["a"];
  const minor = (p: Three, q: Three, i: number, j: number) => difference(product(p[i]!, q[j]!), product(p[j]!, q[i]!));
  // The adjugate: the inverse but for a factor, which the division by the last row takes out.
  const inverse = [
    [1, 2],
    [2, 0],
    [0, 1],
  ].map(([i, j]) => [minor(b, c, i!, j!), minor(c, a, i!, j!), minor(a, b, i!, j!)] as const);
  const at = (x: Sym, y: Sym) => {
    const [across, down, scale] = inverse.map(([byX, byY, shift]) => add(add(mul(x, byX), mul(y, byY)), shift)) as [
      Sym,
      Sym,
      Sym,
    ];
    return [div(across, scale), div(down, scale)] as const;
  };
  const points = [at(left, top), at(right, top), at(right, bottom), at(left, bottom)];
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const least = (values: readonly Sym[]) => values.reduce((a, b) => minimum(a, b));
  const most = (values: readonly Sym[]) => values.reduce((a, b) => maximum(a, b));
  return { left: least(xs), top: least(ys), right: most(xs), bottom: most(ys) };
}
