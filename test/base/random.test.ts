import { describe, expect, test } from "vitest";
import { foldKey, type Key, keyOf, RandomStream, threefry, unitInterval } from "../../src/base/random.ts";

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, "0")).join(" ");

// Random123, examples/kat_vectors, "threefry2x32 20".
test.each([
  [[0, 0], [0, 0], "6b200159 99ba4efe"],
  [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], "1cb996fc bb002be7"],
  [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], "c4923a9c 483df7a0"],
] as [Key, Key, string][])("threefry2x32-20 known answers, key %j counter %j", (key, counter, words) => {
  expect(hex(threefry(key, counter[0], counter[1]))).toBe(words);
});

test("signed and unsigned words are the same word", () => {
  expect(threefry([-1, -1], -1, -1)).toEqual(threefry([0xffffffff, 0xffffffff], 0xffffffff, 0xffffffff));
});

test("keys: a seed's low and high word; folding separates streams", () => {
  expect(keyOf(42)).toEqual([42, 0]);
  expect(keyOf(2 ** 32 + 7)).toEqual([7, 1]);
  expect(keyOf(-1)).not.toEqual(keyOf(0xffffffff));
  const keys = new Set(Array.from({ length: 1000 }, (_, i) => hex(foldKey(keyOf(1), i))));
  expect(keys.size).toBe(1000);
  expect(foldKey(keyOf(1), 5)).toEqual(foldKey(keyOf(1), 5));
  expect(foldKey(keyOf(1), 5)).not.toEqual(foldKey(keyOf(2), 5));
});

test("unitInterval lies in [0, 1) and is exact in float32", () => {
  expect(unitInterval(0)).toBe(0);
  expect(unitInterval(0xffffffff)).toBe(1 - 2 ** -24);
  expect(unitInterval(-1)).toBe(1 - 2 ** -24);
  for (const bits of [1, 255, 256, 0x12345678, 0xfffffeff])
    expect(Math.fround(unitInterval(bits))).toBe(unitInterval(bits));
});

describe("RandomStream", () => {
  test("is a function of its key: counter 0, 1, 2, …", () => {
    const stream = new RandomStream([3, 4]);
    expect([stream.bits(), stream.bits(), stream.bits()]).toEqual([0, 1, 2].map((i) => threefry([3, 4], i, 0)[0]));
    // Over the borders of the blocks that it draws ahead.
    const long = new RandomStream([5, 6]);
    for (let i = 0; i < 5000; i++) expect(long.bits()).toBe(threefry([5, 6], i, 0)[0]);
    const [a, b] = [new RandomStream(keyOf(9)), new RandomStream(keyOf(9))];
    expect(Array.from({ length: 20 }, () => a.uniform())).toEqual(Array.from({ length: 20 }, () => b.uniform()));
  });

  test("uniform: mean 1/2, variance 1/12, within five standard errors", () => {
    const stream = new RandomStream(keyOf(1));
    const draws = Array.from({ length: 20000 }, () => stream.uniform());
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / draws.length));
    // The variance of a squared deviation of U[0,1) is 1/180.
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / draws.length));
  });

  test("normal: mean 0, variance 1, 68.27 % within one, always finite", () => {
    const stream = new RandomStream(keyOf(2));
    const draws = Array.from({ length: 20000 }, () => stream.normal());
    expect(draws.every(Number.isFinite)).toBe(true);
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + x * x, 0) / draws.length;
    const within = draws.filter((x) => Math.abs(x) < 1).length / draws.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(draws.length));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / draws.length));
    expect(Math.abs(within - 0.6827)).toBeLessThan(5 * Math.sqrt((0.6827 * 0.3173) / draws.length));
  });

  test("below: every value equally often, also where 2^32 is no multiple of the limit", () => {
    const stream = new RandomStream(keyOf(3));
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 14000; i++) counts[stream.below(7)]! += 1;
    // Chi-square with 6 degrees of freedom exceeds 22.46 once in a thousand; the seed is fixed.
    expect(counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0)).toBeLessThan(22.46);
    expect(new RandomStream(keyOf(3)).below(1)).toBe(0);
    const huge = 3 * 2 ** 30;
    for (let i = 0; i < 100; i++) expect(stream.below(huge)).toBeLessThan(huge);
  });

  test("permutation holds each number once, differs by key, and is fair", () => {
    const order = new RandomStream(keyOf(4)).permutation(1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(order).not.toEqual(new RandomStream(keyOf(5)).permutation(1000));
    expect(order).toEqual(new RandomStream(keyOf(4)).permutation(1000));
    expect(new RandomStream(keyOf(4)).permutation(0)).toEqual(new Int32Array(0));
    const stream = new RandomStream(keyOf(6));
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const name = stream.permutation(3).join("");
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    // Five degrees of freedom: 20.52 once in a thousand.
    expect(counts.size).toBe(6);
    expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(20.52);
  });
});
