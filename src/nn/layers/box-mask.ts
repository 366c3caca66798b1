/** Rectangles in images, as masks. */
import type { Sym } from "../../ir/graph.ts";
import { logicalAnd } from "../../ops/composed.ts";
import { add, less, lessEqual, mul, sub } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";

/** Values [batch, 1, 1, 1], shares of the image's size; x and y say where the rectangle lies in the room that it leaves. */
interface Box {
  readonly width: Sym;
  readonly height: Sym;
  readonly x: Sym;
  readonly y: Sym;
}

/** The mask [batch, height, width, 1], 1 within the rectangle, and the share of the image that the rectangle covers. */
export function boxMask([rows, columns]: readonly [number, number], { width, height, x, y }: Box) {
  const along = (size: number, part: Sym, at: Sym, shape: readonly number[]) => {
    const length = mul(part, size);
    const start = mul(at, sub(size, length));
    const places = literal(part.builder, [...Array(size).keys()], shape);
    return logicalAnd(lessEqual(start, places), less(places, add(start, length)));
  };
  const mask = logicalAnd(along(rows, height, y, [1, rows, 1, 1]), along(columns, width, x, [1, 1, columns, 1]));
  return { mask, share: mul(width, height) };
}
