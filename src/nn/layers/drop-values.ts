import type { Key } from "../../base/random.ts";
import type { Shape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { div, where } from "../../ops/elementwise.ts";
import { randomUniform } from "../../ops/random-uniform.ts";
import { currentTrace } from "../trace.ts";
import type { Layer } from "./layer.ts";

/** The values of x, but 0 where a number of the mask is below the rate; the others are divided by 1 − rate. */
export function dropValues(
  { title, randomKey }: Pick<Layer, "title" | "randomKey">,
  x: Sym,
  rate: number,
  mask: Shape,
): Sym {
  // No number is below itself; x · 0 would let NaN and infinity through.
  if (rate === 1) return where(x, x, x, 0);
  const noise = randomUniform(currentTrace(title).step, x, randomKey as Key, mask);
  return where(noise, rate, 0, div(x, 1 - rate));
}
