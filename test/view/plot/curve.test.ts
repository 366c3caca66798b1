import fc from "fast-check";
import { smooth } from "fovea/plot";
import { describe, expect, test } from "vitest";
import { decimate } from "../../../src/view/plot/curve.ts";
import type { Point } from "../../../src/view/plot/scene.ts";

describe("decimation", () => {
  const at = (points: readonly Point[]) => decimate(points.length, (i) => points[i]!);

  test("smallest and largest of each column of pixels, in their order", () => {
    const points: Point[] = [
      [0.1, 5],
      [0.2, 9],
      [0.3, 1],
      [0.9, 4],
      [1.1, 2],
      [1.5, 2],
      [2.5, 7],
      [2.6, 8],
    ];
    expect(at(points)).toEqual([
      [
        [0.2, 9],
        [0.3, 1],
        [1.1, 2],
        [2.5, 7],
        [2.6, 8],
      ],
    ]);
  });

  test("a gap where a value is not finite; a lone value is a line of one point", () => {
    const points: Point[] = [
      [0, Number.NaN],
      [1, 1],
      [2, Number.POSITIVE_INFINITY],
      [3, 3],
      [4, 4],
    ];
    expect(at(points)).toEqual([
      [[1, 1]],
      [
        [3, 3],
        [4, 4],
      ],
    ]);
    expect(at([])).toEqual([]);
  });

  test("a hundred thousand points become two for each pixel, and no peak is lost", () => {
    const width = 300;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 99_999 }), { minLength: 1, maxLength: 20 }), (peaks) => {
        const values = Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i));
        for (const [i, peak] of peaks.entries()) values[peak] = (i % 2 === 0 ? 1 : -1) * (10 + i);
        const lines = decimate(values.length, (i) => [(width * i) / values.length, values[i]!]);
        const drawn = lines.flat();
        expect(drawn.length).toBeLessThanOrEqual(2 * width);
        const ys = drawn.map(([, y]) => y);
        expect(Math.max(...ys)).toBe(values.reduce((a, b) => Math.max(a, b)));
        expect(Math.min(...ys)).toBe(values.reduce((a, b) => Math.min(a, b)));
        for (let i = 1; i < drawn.length; i++) expect(drawn[i]![0]).toBeGreaterThan(drawn[i - 1]![0]);
      }),
      { numRuns: 10 },
    );
  });
});

describe("smoothing", () => {
  test("a weighted mean of the past: weights 1, w, w², …, which add up to one", () => {
    const values = [3, -1, 4, 1, -5];
    const weight = 0.7;
    const expected = values.map((_, n) => {
      const weights = values.slice(0, n + 1).map((_, i) => weight ** (n - i));
      const total = weights.reduce((sum, each) => sum + each, 0);
      return weights.reduce((sum, each, i) => sum + each * values[i]!, 0) / total;
    });
    for (const [i, value] of smooth(values, weight).entries()) expect(value).toBeCloseTo(expected[i]!, 12);
  });

  test("zero changes nothing; what is not finite is passed over", () => {
    expect(smooth([1, 5, 2], 0)).toEqual([1, 5, 2]);
    const smoothed = smooth(new Float32Array([2, Number.NaN, 2, Number.POSITIVE_INFINITY, 2]), 0.9);
    expect(smoothed[1]).toBeNaN();
    expect(smoothed[3]).toBe(Number.POSITIVE_INFINITY);
    expect(smoothed[4]).toBeCloseTo(2, 12);
  });

  test("a weight of one would never move", () => {
    expect(() => smooth([1], 1)).toThrow("smooth: weight is 1, expected a number from 0 to 0.9999.");
  });
});
