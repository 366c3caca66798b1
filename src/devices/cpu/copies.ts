/**
 * What each worker computes for itself at the start of a step instead of sharing the work: values of variables alone, like kernels in
 * the frequency domain, that every slice of rows reads. A line that two cores read wanders between their caches; one's own copy comes
 * from the cache that is next.
 */
import type { Buffer, Phase } from "../../ir/program.ts";

/** All copies of a value, and of each value it is computed from, take this many bytes or less: else sharing the work costs less. */
const MOST_BYTES = 2 ** 20;

/**
 * The buffers of which each worker has a copy. They are made before anything else and without a barrier, so no variable counts that
 * changes before the first rows: a reader may want its new value, and another worker may already write it.
 */
export function findCopies(phases: readonly Phase[], workers: number): ReadonlySet<Buffer> {
  const copies = new Set<Buffer>();
  if (workers === 1) return copies;
  const rows = phases.findIndex(({ kind }) => kind === "rows");
  const calls = phases.slice(0, rows < 0 ? phases.length : rows).flatMap((phase) => phase.calls);
  const written = new Set(calls.flatMap(({ outputs }) => outputs.map(({ buffer }) => buffer)));
  const small = ({ bytes }: Buffer) => bytes * workers <= MOST_BYTES;
  const known = (buffer: Buffer) =>
    buffer.kind === "constant" || copies.has(buffer) || (buffer.kind === "variable" && !written.has(buffer));
  for (const { mode, inputs, outputs } of calls) {
    const sources = inputs.map(({ buffer }) => buffer);
    const targets = outputs.map(({ buffer }) => buffer);
    if (mode !== "whole" || !targets.every((buffer) => buffer.kind === "shared" && small(buffer))) continue;
    if (sources.every((buffer) => known(buffer) && small(buffer))) for (const buffer of targets) copies.add(buffer);
  }
  return copies;
}
