/** Values on another scale. */
import type { Sym } from "../ir/graph.ts";
import { add, div, mul, sub } from "./elementwise.ts";

type Range = readonly [low: number, high: number];

/** Values of one range, moved and scaled to another one. */
export function rescale(x: Sym, [low, high]: Range, [toLow, toHigh]: Range): Sym {
  if (low === toLow && high === toHigh) return x;
  return add(mul(div(sub(x, low), high - low), toHigh - toLow), toLow);
}
