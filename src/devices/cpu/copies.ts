/**
 * What each worker computes for itself at the start of a step instead of sharing the work: values of variables alone, like kernels in
 * the frequency domain, that every slice of rows reads. A line that two cores read wanders between their caches; one's own copy comes
 * from the cache that is next.
 */
import type { Buffer, Phase } from "../../ir/program.ts";

/** All copies of a value, and of each value it is computed from, take this many bytes or less: else sharing the work costs less. */
const MOST_BYTES = 2 ** 20;

/** The buffers of which each worker has a copy. */
export function findCopies(phases: readonly Phase[], workers: number): ReadonlySet<Buffer> {
  const copies = new Set<Buffer>();
  if (workers === 1) return copies;
  const small = ({ bytes }: Buffer) => bytes * workers <= MOST_BYTES;
  const known = (buffer: Buffer) => buffer.kind === "variable" || buffer.kind === "constant" || copies.has(buffer);
  for (const { kind, calls } of phases) {
    if (kind === "rows") break;
    for (const { mode, inputs, outputs } of calls) {
      const sources = inputs.map(({ buffer }) => buffer);
      const targets = outputs.map(({ buffer }) => buffer);
      if (mode !== "whole" || !targets.every((buffer) => buffer.kind === "shared" && small(buffer))) continue;
      if (sources.every((buffer) => known(buffer) && small(buffer))) for (const buffer of targets) copies.add(buffer);
    }
  }
  return copies;
}
