/** Axes over which a layer works row by row: all but the batch, which is axis 0. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { refuseOption } from "../../base/options.ts";
import { formatShape } from "../../base/shape.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type Kind, value } from "../option-kinds.ts";
import { lastAxis, type Reading } from "./reading.ts";

export type RowAxes = number | readonly number[];

export function readRowAxes(given: unknown, owner: string, name: string): RowAxes {
  const axes: unknown[] = Array.isArray(given) ? given : [given];
  if (axes.length === 0 || !axes.every(Number.isInteger))
    refuseOption(owner, name, given, "a whole number or a list of them; negative ones count from the end");
  return given as RowAxes;
}

/** One axis or several; negative ones count from the end. `write` gives their form in a config. */
export function rowAxes<D extends number>(
  fallback: D,
  write: (axes: RowAxes) => unknown = (axes) => axes,
): Kind<RowAxes, D> {
  return value<RowAxes, D>(readRowAxes, { default: fallback, write });
}

/** The list that Keras's layers make of one axis when they are built. */
export const asSortedList = (axes: RowAxes): number[] =>
  (typeof axes === "number" ? [axes] : [...axes]).sort((a, b) => a - b);

/** The axes counted from the front, in their order. @throws ArgumentError for one that the input lacks, twice the same, or the batch */
export function resolveRowAxes(owner: string, shape: BatchShape, axes: RowAxes, name = "axis"): number[] {
  const rank = shape.length;
  const found = asSortedList(axes).map((axis) => (axis < 0 ? axis + rank : axis));
  const wrong = found.find((axis, i) => axis < 1 || axis >= rank || found.indexOf(axis) !== i);
  if (wrong !== undefined)
    throw new ArgumentError(
      `${owner}: ${name} ${formatValue(axes)} of an input ${formatShape(shape)}, expected ${1 - rank} … -1 or 1 … ${rank - 1}${Array.isArray(axes) ? ", each once" : ""}; the batch axis is not part of a row.`,
    );
  return found.sort((a, b) => a - b);
}

/** What an entry reads where the entries along `axes` (batch counted) are mixed. */
export function axesReading(inputShape: readonly number[], axes: readonly number[]): Reading | undefined {
  const rank = inputShape.length + 1;
  if (axes.length === 1 && axes[0] === rank - 1) return lastAxis(inputShape);
  const places = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  return places.every((axis) => axes.includes(axis)) ? { kind: "all" } : undefined;
}
