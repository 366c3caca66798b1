/** Random numbers of symmetric beta distributions. */
import { foldKey, type Key } from "../base/random.ts";
import type { Shape } from "../base/shape.ts";
import { e } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { add, div, expm1, log, maximum, minimum, mul, neg, type Operand, sqrt, square, sub } from "./elementwise.ts";
import { map } from "./map.ts";
import { cosineOfTurns } from "./random-normal.ts";
import { randomUniform } from "./random-uniform.ts";

/** Larger powers of e could leave float32's range. */
const LARGEST_POWER = 80;

/**
 * Emits numbers of the distribution Beta(alpha, alpha) for each row of `like`: [n, …rowShape]. With uniform u and v, t of Bailey 1994
 * (√(2α(u^(−1/α) − 1)) · cos 2πv) has Student's distribution of 2α degrees, and ½ + ½ t / √(2α + t²) this one: without rejections.
 */
export function randomSymmetricBeta(step: Sym, like: Sym, key: Key, alpha: Operand, rowShape: Shape): Sym {
  const [u, v] = [0, 1].map((which) => randomUniform(step, like, foldKey(key, which), rowShape)) as [Sym, Sym];
  const power = minimum(div(neg(log(sub(1, u))), alpha), LARGEST_POWER);
  const cosine = map([v], cosineOfTurns(e.input(0)));
  const spread = div(1, maximum(expm1(power), 1e-30));
  return add(0.5, mul(0.5, div(cosine, sqrt(add(spread, square(cosine))))));
}
