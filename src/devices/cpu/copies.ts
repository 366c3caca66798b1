/**
 * Values that each worker computes for itself at the start of a step: values that depend on variables only, like kernels in the
 * frequency domain, and that every slice of rows reads. A cache line that two cores read moves between their caches; a private
 * copy is read from the local cache.
 */
import type { Buffer, Phase } from "../../ir/program.ts";

/** Maximum bytes of all copies of a value, and of each value that it is computed from. Above it, sharing the work is cheaper. */
const MOST_BYTES = 2 ** 20;

/**
 * The buffers that each worker computes for itself. They are computed first and without a barrier. Variables that change before
 * the first rows phase are therefore excluded: a reader may need the new value, and another worker may already be writing it.
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
