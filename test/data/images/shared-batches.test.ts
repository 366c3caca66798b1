/** Memory of batches: it comes back by hand and by the garbage collector, and not while somebody has it. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { SharedBatches } from "../../../src/data/images/shared-batches.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects, and lets the news of it arrive. */
async function collected(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe("SharedBatches", () => {
  test("gives out again what came back, and nothing twice", () => {
    const batches = new SharedBatches();
    const first = batches.allocate(100).fill(7);
    const second = batches.allocate(100);
    expect(second.every((value) => value === 0)).toBe(true);
    batches.recycle(first);
    batches.recycle(first);
    batches.recycle(new Float32Array(new SharedArrayBuffer(800)));
    batches.recycle(new Float32Array(200));
    // A smaller batch takes the memory of a larger one.
    const third = batches.allocate(50);
    expect(third.buffer).toBe(first.buffer);
    expect(batches.allocate(100).buffer).not.toBe(first.buffer);
    batches.recycle(third);
    batches.clear();
    expect(batches.allocate(50).buffer).not.toBe(first.buffer);
  });

  test("gives out again what nobody has any more, also not a part of it", async () => {
    const batches = new SharedBatches();
    // In functions of their own, so that no local keeps them.
    (() => void batches.allocate(1000).fill(7))();
    const part = (() => batches.allocate(1000).fill(8).subarray(2, 4))();
    await collected();
    expect(batches.allocate(1000)[5]).toBe(7);
    expect(batches.allocate(1000)[5]).toBe(0);
    expect(Array.from(part)).toEqual([8, 8]);
  });

  test("keeps nothing when it has been cleared, and only a few batches", async () => {
    const batches = new SharedBatches();
    (() => {
      for (let i = 0; i < 20; i++) batches.allocate(1000).fill(7);
    })();
    await collected();
    const again = Array.from({ length: 20 }, () => batches.allocate(1000));
    expect(again.filter((batch) => batch[0] === 7)).toHaveLength(16);
    (() => void batches.allocate(2000).fill(7))();
    batches.clear();
    await collected();
    expect(batches.allocate(2000)[0]).toBe(0);
  });

  test("says what is too large", () => {
    expect(() => new SharedBatches().allocate(2 ** 45)).toThrow("make batchSize or imageSize smaller");
  });
});
