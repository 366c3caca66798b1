/** Chunks of rows cover a batch once, and become smaller. */

import { describe, expect, test } from "vitest";
import { ModuleBuilder } from "../../../src/assembler/module.ts";
import { Chunks } from "../../../src/devices/cpu/chunks.ts";
import { fc } from "../../properties.ts";

/** The rows of each chunk, as the emitted code says. */
function sizesOf(workers: number, capacity: number, rows: number): number[] {
  const chunks = new Chunks(workers, capacity);
  const module = new ModuleBuilder({ maximumPages: 1, shared: false });
  const start = module.addFunction(["i32", "i32"], ["i32"], (f, [chunk, live]) => chunks.pushStart(f, chunk!, live!));
  module.exportFunction("start", start);
  const compiled = new WebAssembly.Module(module.finish() as Uint8Array<ArrayBuffer>);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const instance = new WebAssembly.Instance(compiled, { host: { memory } });
  const startOf = instance.exports.start as (chunk: number, rows: number) => number;
  expect(startOf(0, rows)).toBe(0);
  expect(startOf(chunks.count, rows)).toBe(rows);
  return Array.from({ length: chunks.count }, (_, chunk) => startOf(chunk + 1, rows) - startOf(chunk, rows));
}

describe("chunks", () => {
  test.each([
    { workers: 1, rows: 32, sizes: [32] },
    { workers: 2, rows: 32, sizes: [12, 12, 2, 2, 2, 2] },
    { workers: 2, rows: 128, sizes: [48, 48, 12, 12, 2, 2, 2, 2] },
    { workers: 2, rows: 1024, sizes: [384, 384, 96, 96, 16, 16, 16, 16] },
    { workers: 3, rows: 24, sizes: [6, 6, 6, 2, 2, 2] },
    { workers: 3, rows: 30, sizes: [7, 8, 7, 3, 2, 3] },
    { workers: 4, rows: 4, sizes: [1, 1, 1, 1] },
    { workers: 4, rows: 3, sizes: [0, 1, 1, 1] },
  ])("of $rows rows for $workers workers", ({ workers, rows, sizes }) => {
    expect(sizesOf(workers, rows, rows)).toEqual(sizes);
  });

  test("cover short batches too, no row twice; a worker's first chunk is at most three quarters of its share, if it has several", () => {
    const cases = fc.record({
      workers: fc.integer({ min: 1, max: 17 }),
      capacity: fc.integer({ min: 1, max: 5000 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ workers, capacity, part }) => {
        const rows = Math.max(1, Math.round(part * capacity));
        const sizes = sizesOf(workers, capacity, rows);
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0);
        expect(sizes.reduce((sum, size) => sum + size)).toBe(rows);
        if (sizes.length > workers) expect(sizes[0]).toBeLessThanOrEqual(Math.ceil((3 / 4) * (rows / workers)));
        if (rows === capacity && capacity >= workers) expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
