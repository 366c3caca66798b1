import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatShort, formatTick, linearScale, logScale, niceStep } from "../../../src/view/plot/scale.ts";

const labelsOf = ({ ticks }: { ticks: readonly { label: string }[] }) => ticks.map(({ label }) => label);

test("steps are 1, 2 or 5 times a power of ten", () => {
  expect([niceStep(3, 4), niceStep(60, 6), niceStep(300, 6)]).toEqual([1, 10, 50]);
  expect(niceStep(0.7, 4)).toBeCloseTo(0.2, 12);
  expect(niceStep(0.9, 4)).toBeCloseTo(0.5, 12);
});

describe("a linear scale", () => {
  test("round ends, zero if it is near, places in between", () => {
    const scale = linearScale([0.2, 3.7], [100, 0], 4);
    expect(labelsOf(scale)).toEqual(["0", "1", "2", "3", "4"]);
    expect([0, 1, 4].map(scale.place)).toEqual([100, 75, 0]);
  });

  test("values far from zero have ends of their own", () => {
    expect(labelsOf(linearScale([0.942, 0.989], [0, 1], 4))).toEqual(["0.94", "0.96", "0.98", "1.00"]);
    expect(labelsOf(linearScale([-5, -1], [0, 1], 4))).toEqual(["−6", "−4", "−2", "0"]);
  });

  test("tight: the ends stay, ticks are those in between, not closer than asked", () => {
    const scale = linearScale([1, 3], [0, 100], 6, true, 1);
    expect(labelsOf(scale)).toEqual(["1", "2", "3"]);
    expect([1, 3].map(scale.place)).toEqual([0, 100]);
  });

  test("any finite range has places within it and ticks that are in order", () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });
    fc.assert(
      fc.property(value, value, fc.integer({ min: 1, max: 8 }), fc.boolean(), (a, b, count, tight) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { place, ticks } = linearScale([low, high], [0, 100], count, tight);
        for (const end of [low, high]) {
          expect(place(end)).toBeGreaterThanOrEqual(-1e-6);
          expect(place(end)).toBeLessThanOrEqual(100 + 1e-6);
        }
        expect(ticks.length).toBeLessThanOrEqual(count + 3);
        for (let i = 1; i < ticks.length; i++) expect(ticks[i]!.value).toBeGreaterThan(ticks[i - 1]!.value);
      }),
    );
  });
});

describe("a logarithmic scale", () => {
  test("whole powers of ten; zero and less are at its lower end", () => {
    const scale = logScale([3e-7, 1e-3], [100, 0], 4);
    expect(labelsOf(scale)).toEqual(["1e-7", "1e-6", "1e-5", "1e-4", "0.001"]);
    expect([1e-7, 1e-5, 1e-3, 0, -1].map(scale.place).map(Math.round)).toEqual([100, 50, 0, 100, 100]);
  });

  test("many powers: every second or third has a tick", () => {
    expect(labelsOf(logScale([1e-9, 1], [0, 1], 4))).toEqual(["1e-9", "1e-6", "0.001", "1"]);
  });
});

test("numbers are as long as they need to be", () => {
  expect([0, 0.5, -0.25, 1e5, 2e9, 1e-7].map((value) => formatTick(value, Math.abs(value) || 1))).toEqual([
    "0",
    "0.5",
    "−0.25",
    "100,000",
    "2e+9",
    "1e-7",
  ]);
  expect([0, 7, 0.0312, 1.256, 12.34, 4310.6, 1.2e-5, -0.5, 33_962_240].map(formatShort)).toEqual([
    "0",
    "7",
    "0.031",
    "1.26",
    "12.3",
    "4,311",
    "1.2e-5",
    "−0.500",
    "33,962,240",
  ]);
  expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(formatShort)).toEqual(["nan", "∞", "−∞"]);
});
