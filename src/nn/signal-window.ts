/** Windows by which the samples of a frame are weighted. */
import { ShapeError } from "../base/errors.ts";
import { refuseOption } from "../base/options.ts";
import { value } from "./option-kinds.ts";

/** A window by name, or a number for each sample. */
export type SignalWindow = "hann" | "hamming" | readonly number[];

/** Raised cosines a − (1 − a) cos: a of each. */
const cosines: Readonly<Record<string, number>> = { hann: 0.5, hamming: 0.54 };

/** An option that is a window, or null for none. Default "hann". */
export const signalWindow = () =>
  value<SignalWindow | null, "hann">(
    (given, owner, name) => {
      const isList = Array.isArray(given) && given.length > 0 && given.every(Number.isFinite);
      if (given === null || isList || (typeof given === "string" && Object.hasOwn(cosines, given)))
        return given as SignalWindow | null;
      return refuseOption(owner, name, given, '"hann", "hamming", a list of numbers or null');
    },
    { default: "hann" },
  );

/**
 * The weights of `length` samples. A periodic window is one sample short of a symmetric one.
 *
 * @throws ShapeError where a list has another length
 */
export function windowWeights(owner: string, window: SignalWindow | null, length: number, periodic: boolean): number[] {
  if (window === null) return new Array<number>(length).fill(1);
  if (typeof window !== "string") {
    if (window.length !== length)
      throw new ShapeError(
        `${owner}: window has ${window.length} numbers, expected one for each of ${length} samples.`,
      );
    return [...window];
  }
  const mean = cosines[window]!;
  const period = Math.max(periodic ? length : length - 1, 1);
  return Array.from({ length }, (_, i) =>
    length === 1 ? 1 : mean - (1 - mean) * Math.cos((2 * Math.PI * i) / period),
  );
}
