/** Normal random numbers, and random numbers that follow no batch, from the counters of `randomUniform`. */
import { foldKey, type Key } from "../base/random.ts";
import type { Shape } from "../base/shape.ts";
import { type Expr, e } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { map } from "./map.ts";
import { randomUniform } from "./random-uniform.ts";
import { reshape } from "./reshape.ts";

/** Powers of the sine's series: ± 1 / (2i + 1)!, up to a¹³. On ±π/2 what is left out is below 7e-10. */
const sineTerms = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39916800, 1 / 6227020800];

/** cos 2πu for u in [0, 1), as sin 2π(|u − ½| − ¼), whose argument stays within ±π/2. */
export function cosineOfTurns(u: Expr): Expr {
  const angle = e.mul(2 * Math.PI, e.sub(e.abs(e.sub(u, 0.5)), 0.25));
  const square = e.mul(angle, angle);
  const series = sineTerms.reduceRight<Expr>((sum, term) => e.add(e.mul(sum, square), term), e.lift(0));
  return e.mul(angle, series);
}

/** √(−2 ln(1 − u)) · cos 2πv, standard normal for uniform u and v (Box and Muller 1958). */
const normalOf = (u: Sym, v: Sym): Sym =>
  map([u, v], e.mul(e.sqrt(e.mul(-2, e.log(e.sub(1, e.input(0))))), cosineOfTurns(e.input(1))));

/** Emits standard normal numbers for each row of `like`: [n, …rowShape]. */
export function randomNormal(step: Sym, like: Sym, key: Key, rowShape: Shape): Sym {
  return normalOf(
    randomUniform(step, like, foldKey(key, 0), rowShape),
    randomUniform(step, like, foldKey(key, 1), rowShape),
  );
}

/** Emits numbers in [0, 1) that follow no batch: a function of (step, key, place). */
export function randomUniformOf(step: Sym, key: Key, shape: Shape): Sym {
  return reshape(randomUniform(step, reshape(step, [1]), key, shape), shape);
}

/** Emits standard normal numbers that follow no batch. */
export function randomNormalOf(step: Sym, key: Key, shape: Shape): Sym {
  return reshape(randomNormal(step, reshape(step, [1]), key, shape), shape);
}
