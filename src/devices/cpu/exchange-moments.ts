/** When an exchange between processes is begun and ended: the third argument of the host function `allSum`. */
import type { Call } from "../../ir/program.ts";
import { beginSumOp, endSumOp } from "../../ops/all-sum.ts";

/** Exchanges of a phase are in this order: what others wait for comes first. */
export const exchangeMoments = { atOnce: 0, begin: 1, end: 2, poll: 3 };

/** Of a call of mode "exchange". */
export function momentOf({ op }: Call): number {
  if (op === beginSumOp) return exchangeMoments.begin;
  return op === endSumOp ? exchangeMoments.end : exchangeMoments.atOnce;
}
