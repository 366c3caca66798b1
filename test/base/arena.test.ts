import { expect, test } from "vitest";
import { Arena } from "../../src/base/arena.ts";
import { fc } from "../properties.ts";

test("a block that would cross the end of a page begins at the next one, and what is left before it stays usable", () => {
  const arena = new Arena(16, 0, 64);
  expect(arena.allocate(48)).toBe(0);
  expect(arena.allocate(32)).toBe(64);
  expect(arena.allocate(16)).toBe(48);
  expect(arena.bytes).toBe(96);
});

test("live blocks never overlap, and none that fits into a page lies across two", () => {
  const step = fc.record({ bytes: fc.integer({ min: 1, max: 80 }), drop: fc.option(fc.nat(20)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom(64, 96, Number.POSITIVE_INFINITY), (steps, page) => {
      const arena = new Arena(16, 0, page);
      const live: { offset: number; bytes: number }[] = [];
      for (const { bytes, drop } of steps) {
        if (drop !== null && drop < live.length) {
          const [gone] = live.splice(drop, 1);
          arena.free(gone!.offset, gone!.bytes);
        }
        const offset = arena.allocate(bytes);
        const end = offset + bytes;
        expect(offset % 16).toBe(0);
        expect(end).toBeLessThanOrEqual(arena.bytes);
        if (bytes <= page) expect(Math.floor(offset / page)).toBe(Math.floor((end - 1) / page));
        for (const other of live) expect(other.offset >= end || other.offset + other.bytes <= offset).toBe(true);
        live.push({ offset, bytes });
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});
