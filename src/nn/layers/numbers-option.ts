/** Options that are numbers as they stand in configs. */
import { refuseOption } from "../../base/options.ts";
import type { NestedArray } from "../../base/tensor.ts";
import { type Kind, value } from "../option-kinds.ts";

/** A number, or nested lists of numbers. */
export function numbersOption<D extends NestedArray | null | undefined = undefined>(
  fallback?: D,
): Kind<NestedArray, D> {
  const fits = (each: unknown): boolean =>
    typeof each === "number" ? Number.isFinite(each) : Array.isArray(each) && each.length > 0 && each.every(fits);
  const read = (given: unknown, owner: string, name: string): NestedArray =>
    fits(given) ? (given as NestedArray) : refuseOption(owner, name, given, "a number or a list of numbers");
  return value<NestedArray, D>(read, fallback === undefined ? {} : { default: fallback });
}
