/**
 * Order along the last axis, counted and not sorted: n² comparisons, in plain elementwise work and sums. Good for some hundred
 * entries. NaN has no place in an order; where it comes is not said.
 */
import type { Sym } from "../ir/graph.ts";
import { equal, less, where } from "./elementwise.ts";
import { literal } from "./literal.ts";
import { broadcastTo, reduceSum } from "./reduce.ts";
import { argMax } from "./reduce-max.ts";
import { reshape } from "./reshape.ts";
import { stack } from "./slice.ts";

const iota = (like: Sym, length: number) => literal(like.builder, [...Array(length).keys()], [length]);

const asColumn = (x: Sym) => reshape(x, [...x.spec.shape, 1]);
const asRow = (x: Sym) => reshape(x, x.spec.shape.toSpliced(-1, 0, 1));

/** x [..., n] and places [..., k] → y [..., k] with y[..., i] = x[..., places[..., i]]; 0 where there is no such place. */
export function takeAlongLast(x: Sym, places: Sym): Sym {
  const hits = equal(asColumn(places), iota(x, x.spec.shape.at(-1)!));
  return reduceSum(where(0, hits, asRow(x), 0), [-1]);
}

/** How many entries come before each one: those that are smaller, and those that are equal and stand before it. x [..., n] → [..., n]. */
function ranks(x: Sym): Sym {
  const length = x.spec.shape.at(-1)!;
  const [own, other] = [asColumn(x), asRow(x)];
  const places = iota(x, length);
  const earlier = less(places, reshape(places, [length, 1]));
  const before = where(other, own, 1, where(0, equal(own, other), earlier, 0));
  return reduceSum(before, [-1]);
}

/** At each place of the order the entry of `values` that belongs there. */
function arrange(values: Sym, order: Sym): Sym {
  const length = order.spec.shape.at(-1)!;
  const hits = equal(asRow(order), reshape(iota(order, length), [length, 1]));
  return reduceSum(where(0, hits, asRow(values), 0), [-1]);
}

/** The entries of the last axis in ascending order. x [..., n] → [..., n]. */
export function sort(x: Sym): Sym {
  return arrange(x, ranks(x));
}

/** The places of the entries of the last axis in ascending order, as float32; equal ones stay in their order. x [..., n] → [..., n]. */
export function argSort(x: Sym): Sym {
  const places = broadcastTo(iota(x, x.spec.shape.at(-1)!), { ...x.spec, dtype: "float32" });
  return arrange(places, ranks(x));
}

/** The k largest entries of the last axis, in descending order, and their places, by k searches; the first of equals comes first. */
export function topK(x: Sym, k: number): { readonly values: Sym; readonly indices: Sym } {
  const places = iota(x, x.spec.shape.at(-1)!);
  const found: Sym[] = [];
  let left = x;
  for (let i = 0; i < k; i++) {
    const place = argMax(left);
    found.push(place);
    left = where(0, equal(asColumn(place), places), Number.NEGATIVE_INFINITY, left);
  }
  const indices = stack(found, found[0]!.spec.shape.length);
  return { values: takeAlongLast(x, indices), indices };
}
