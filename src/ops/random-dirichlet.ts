/** Random shares that add up to 1. */
import { foldKey, type Key } from "../base/random.ts";
import type { Sym } from "../ir/graph.ts";
import { logicalAnd } from "./composed.ts";
import { add, div, less, log, maximum, mul, square, sub, where } from "./elementwise.ts";
import { randomNormalOf, randomUniformOf } from "./random-normal.ts";
import { reshape } from "./reshape.ts";
import { sliceAxis } from "./slice.ts";
import { softmax } from "./softmax.ts";

/** Draws of which the first good one counts; each is good with more than 95 %, so that none is once in 10¹⁰ times. */
const TRIES = 8;

const logarithm = (x: Sym) => log(maximum(x, 1e-30));

/**
 * Emits rows of shares of the symmetric Dirichlet distribution, [rows, count]: numbers of the Gamma distribution by their sum. Those
 * are drawn by Marsaglia and Tsang 2000 for alpha + 1, times u^(1/alpha) (their section 6), as logarithms, so that none vanishes.
 */
export function randomDirichlet(step: Sym, key: Key, alpha: number, [rows, count]: readonly [number, number]): Sym {
  const shape = [TRIES, rows, count];
  const normal = randomNormalOf(step, foldKey(key, 0), shape);
  const uniform = randomUniformOf(step, foldKey(key, 1), shape);
  const d = alpha + 2 / 3;
  const root = add(mul(normal, 1 / Math.sqrt(9 * d)), 1);
  const cube = mul(square(root), root);
  const bound = add(mul(square(normal), 0.5), mul(d, add(sub(1, cube), logarithm(cube))));
  const good = logicalAnd(less(0, cube), less(logarithm(uniform), bound));
  const at = (x: Sym, i: number) => sliceAxis(x, 0, i, i + 1);
  let drawn = at(cube, TRIES - 1);
  for (let i = TRIES - 2; i >= 0; i--) drawn = where(0, at(good, i), at(cube, i), drawn);
  const power = div(logarithm(randomUniformOf(step, foldKey(key, 2), [rows, count])), alpha);
  return softmax(add(reshape(logarithm(drawn), [rows, count]), power));
}
