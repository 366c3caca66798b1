/** Compares the numbers of devices that ran the same steps. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";

/** Loss of every step on one device. */
export interface LossCurve {
  readonly device: string;
  readonly losses: readonly number[];
}

/** The gaps between the devices' losses, step by step. */
export interface Parity {
  /** The device that the others are compared with: the first one. */
  readonly base: string;
  /** Largest gap of each step over the other devices, |a - b| / max(|a|, |b|); infinite where only one of two is a number. */
  readonly gaps: readonly number[];
  readonly largestGap: number;
  /** 1-based step of the largest gap. */
  readonly largestAt: number;
  /** The device with the largest gap. */
  readonly largestOn: string;
  /** Gaps up to this size count as equal. */
  readonly tolerance: number;
  /** First 1-based step whose gap exceeds the tolerance; undefined: the numbers are the same. */
  readonly partsAt: number | undefined;
}

/**
 * Compares the losses of the steps that all devices finished, each with the first device's.
 *
 * @param curves losses by device, in the order of the steps
 * @param tolerance relative gap up to which two losses count as the same number
 * @returns undefined for fewer than two devices, and where one of them has finished no step
 * @throws ArgumentError for a tolerance that is negative or no number
 * @example
 * ```ts
 * import { compareLosses } from "fovea/insight";
 * const parity = compareLosses([{ device: "cpu", losses: [2, 1] }, { device: "gpu", losses: [2, 1.25] }], 1e-3);
 * parity?.largestGap; // 0.2, a part of the larger loss
 * parity?.partsAt;    // 2
 * ```
 */
export function compareLosses(curves: readonly LossCurve[], tolerance: number): Parity | undefined {
  if (typeof tolerance !== "number" || !(tolerance >= 0))
    throw new ArgumentError(
      `compareLosses: tolerance is ${formatValue(tolerance)}, expected a number from 0, such as 1e-3.`,
    );
  const [base, ...others] = curves;
  const steps = Math.min(...curves.map(({ losses }) => losses.length));
  if (base === undefined || others.length === 0 || steps === 0) return undefined;
  const gaps: number[] = [];
  let [largestGap, largestAt, largestOn] = [-1, 1, others[0]!.device];
  for (let step = 0; step < steps; step++) {
    let widest = 0;
    for (const { device, losses } of others) {
      const gap = relativeGap(base.losses[step]!, losses[step]!);
      widest = Math.max(widest, gap);
      if (gap > largestGap) [largestGap, largestAt, largestOn] = [gap, step + 1, device];
    }
    gaps.push(widest);
  }
  const parts = gaps.findIndex((gap) => gap > tolerance);
  const partsAt = parts === -1 ? undefined : parts + 1;
  return { base: base.device, gaps, largestGap, largestAt, largestOn, tolerance, partsAt };
}

function relativeGap(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const gap = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  return Number.isNaN(gap) ? (a === b ? 0 : Number.POSITIVE_INFINITY) : gap;
}
