/** How many rows a worker carries through a phase at a time. */
import type { Phase, Program } from "../../ir/program.ts";

/** Target size of a slice's buffers: about the size of a core's own cache. */
export const CACHED_BYTES = 1.5 * 2 ** 20;

/**
 * Rows of a slice in a phase: the planned number, halved until the buffers fit the cache; but not where the plan has chosen more rows
 * than in the phase before, because its weights are larger than its buffers.
 */
export function sliceRowsOf(phase: Phase, { phases }: Program): number {
  const sliceRows = phase.sliceRows!;
  if (isWeighty(phase, phases)) return sliceRows;
  const buffers = phase.calls.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(({ buffer }) => buffer));
  const ends = buffers.filter(({ kind }) => kind === "slice").map(({ offset, bytes }) => offset + bytes);
  const rowBytes = Math.max(0, ...ends) / sliceRows;
  let rows = sliceRows;
  while (rows > 1 && rows * rowBytes > CACHED_BYTES) rows = Math.ceil(rows / 2);
  return rows;
}

/** Whether a rows phase has larger slices than one before it. */
export function isWeighty({ sliceRows }: Phase, phases: readonly Phase[]): boolean {
  return phases.some((other) => other.kind === "rows" && other.sliceRows! < sliceRows!);
}
