/** Masks of dropout, drawn once and applied to one value or several. */
import { foldKey, type Key } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { div, where } from "../../ops/elementwise.ts";
import { randomUniform } from "../../ops/random-uniform.ts";
import { reshape } from "../../ops/reshape.ts";
import { currentTrace } from "../trace.ts";

/** Sets a share of the values to 0 and divides the others by what is left. */
export type DropoutMask = (x: Sym) => Sym;

interface Draw {
  /** Its rows have a mask each. */
  readonly like: Sym;
  readonly key: Key;
  /** Tells the draws of a layer apart that has several. */
  readonly which?: number;
  /** Shape of a row's mask: that of a row of each value, or 1 where the mask repeats. An axis of time may come on top of it. */
  readonly row: readonly number[];
}

/** A mask for values [batch, …row] and sequences of them [batch, time, …row], the same one in all time steps. */
export function dropoutMask(title: string, rate: number, { like, key, which, row }: Draw): DropoutMask {
  if (rate === 0) return (x) => x;
  // No number is below itself; x · 0 would let NaN and infinity through.
  if (rate === 1) return (x) => where(x, x, x, 0);
  const noise = randomUniform(currentTrace(title).step, like, which === undefined ? key : foldKey(key, which), row);
  return (x) => {
    const isSequence = x.spec.shape.length > row.length + 1;
    const aligned = isSequence ? reshape(noise, [x.spec.shape[0]!, 1, ...row]) : noise;
    return where(aligned, rate, 0, div(x, 1 - rate));
  };
}
