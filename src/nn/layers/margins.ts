/** Cells on both sides of each spatial axis, as ZeroPadding adds and Cropping removes them. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Pad } from "../../base/shape.ts";
import { type Kind, value } from "../option-kinds.ts";
import type { SpatialRank } from "./arguments.ts";

/** For one axis [before, after], for several such a pair each. */
export type Margins<Rank extends SpatialRank> = Rank extends 1
  ? Pad
  : Rank extends 2
    ? readonly [Pad, Pad]
    : readonly [Pad, Pad, Pad];

type PerAxis<Rank extends SpatialRank> = Rank extends 1
  ? Pad
  : Rank extends 2
    ? readonly [number | Pad, number | Pad]
    : readonly [number | Pad, number | Pad, number | Pad];

/** One number for every side; or for several axes one for both sides of each. */
export type GivenMargins<Rank extends SpatialRank> = number | PerAxis<Rank>;

const expected = {
  1: "[before, after]",
  2: "[rows, columns] or [[top, bottom], [left, right]]",
  3: "[depth, rows, columns] or [[front, back], [top, bottom], [left, right]]",
} as const;

const isCount = (cells: unknown): cells is number => Number.isInteger(cells) && (cells as number) >= 0;

function sidesOf(axis: unknown): Pad | undefined {
  const [before, after, ...rest]: unknown[] = Array.isArray(axis) ? axis : [axis, axis];
  return isCount(before) && isCount(after) && rest.length === 0 ? [before, after] : undefined;
}

/** Whole numbers of 0 or more for the sides of each axis. */
export function margins<const Rank extends SpatialRank>(
  rank: Rank,
  fallback: number,
): Kind<Margins<Rank>, number, GivenMargins<Rank>> {
  const read = (given: unknown, owner: string, name: string): Margins<Rank> => {
    const alike: unknown[] = Array.from({ length: rank }, () => given);
    const axes = rank === 1 || !Array.isArray(given) ? alike : given;
    const sides = axes.map(sidesOf);
    if (sides.length !== rank || sides.includes(undefined))
      throw new ArgumentError(
        `${owner}: ${name} is ${formatValue(given)}, expected a whole number of 0 or more, ${rank === 1 ? "or " : ""}${expected[rank]}.`,
      );
    return (rank === 1 ? sides[0] : sides) as unknown as Margins<Rank>;
  };
  return value<Margins<Rank>, never, GivenMargins<Rank>>(read, { default: fallback as never }) as unknown as Kind<
    Margins<Rank>,
    number,
    GivenMargins<Rank>
  >;
}

/** A pair for each axis. */
export function marginPairs(margins: Margins<SpatialRank>): readonly Pad[] {
  return typeof margins[0] === "number" ? [margins as Pad] : (margins as readonly Pad[]);
}
