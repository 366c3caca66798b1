/** Powers of a fixed base. */
import type { Sym } from "../ir/graph.ts";
import { exp, mul } from "../ops/elementwise.ts";

/** base^exponent for a fixed base, which Keras holds in float32: 1 - 0.999¹ is 0.00099998713 there, not 0.001. */
export function powerOf(base: number, exponent: Sym): Sym {
  return base === 0 ? mul(exponent, 0) : exp(mul(exponent, Math.log(Math.fround(base))));
}
