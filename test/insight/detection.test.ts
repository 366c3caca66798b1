import { readFileSync } from "node:fs";
import { averagePrecision, boxIoU, type FoundBox, nonMaxSuppression, type TrueBox } from "fovea/insight";
import { describe, expect, test } from "vitest";

interface Golden {
  readonly truth: TrueBox[][];
  readonly found: FoundBox[][];
  readonly maxBoxes: number;
  readonly expected: { mean: number; byThreshold: number[]; byClass: (number | null)[]; recall: number };
}

const golden = JSON.parse(
  readFileSync(new URL("../golden/average-precision.json", import.meta.url), "utf8"),
) as Golden[];

const at = (left: number, score: number, label = 0): FoundBox => ({ box: [left, 0, left + 10, 10], label, score });

describe("averagePrecision", () => {
  test.each(golden.map((each, i) => [i, each] as const))(
    "is that of pycocotools, case %i",
    (_, { truth, found, maxBoxes, expected }) => {
      const { mean, byThreshold, byClass, recall } = averagePrecision(truth, found, { maxBoxes });
      expect(mean).toBeCloseTo(expected.mean, 12);
      byThreshold.forEach((value, i) => {
        expect(value).toBeCloseTo(expected.byThreshold[i]!, 12);
      });
      expected.byClass.forEach((value, c) => {
        expect(byClass[c] ?? Number.NaN).toBeCloseTo(value ?? Number.NaN, 12);
      });
      expect(recall).toBeCloseTo(expected.recall, 12);
    },
  );

  test("a case by hand: right, wrong, right of two boxes", () => {
    const truth = [[{ box: [0, 0, 10, 10], label: 0 } as const, { box: [50, 0, 60, 10], label: 0 } as const]];
    const found = [[at(0, 0.9), at(30, 0.8), at(50, 0.7)]];
    // Precision 1 up to recall 0.5 (51 points), then 2/3 (50 points).
    const { mean, byThreshold } = averagePrecision(truth, found, { iouThresholds: [0.5] });
    expect(mean).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 12);
    expect(byThreshold).toEqual([mean]);
  });

  test("without boxes of the truth there is no number", () => {
    expect(averagePrecision([[]], [[at(0, 0.5)]]).mean).toBeNaN();
    expect(averagePrecision([[{ box: [0, 0, 1, 1], label: 2 }]], [[]])).toMatchObject({ mean: 0, recall: 0 });
  });

  test("mistakes are named", () => {
    expect(() => averagePrecision([[]], [])).toThrow(
      "averagePrecision: truth has boxes of 1 images and found of 0; both must be of the same images.",
    );
    expect(() => averagePrecision([[{ box: [1, 0, 0, 1], label: 0 }]], [[]])).toThrow(
      /truth\[0\]\[0\]\.box is .* left <= right/,
    );
    expect(() => averagePrecision([[]], [[{ ...at(0, Number.NaN) }]])).toThrow(/found\[0\]\[0\]\.score is NaN/);
    expect(() => averagePrecision([[]], [[]], { iouThresholds: [] })).toThrow(/iouThresholds/);
  });
});

describe("boxIoU and nonMaxSuppression", () => {
  test("the overlap of two boxes", () => {
    expect(boxIoU([0, 0, 10, 10], [5, 0, 15, 10])).toBeCloseTo(1 / 3, 12);
    expect(boxIoU([0, 0, 10, 10], [10, 0, 20, 10])).toBe(0);
    expect(boxIoU([0, 0, 4, 4], [1, 1, 3, 3])).toBe(0.25);
    expect(() => boxIoU([0, 0, 4, 4], [0, 0, 4] as never)).toThrow(/boxIoU: b is/);
  });

  test("the best of boxes that overlap stays, in each class", () => {
    const found = [at(1, 0.6), at(0, 0.9), at(0, 0.5, 1), at(40, 0.2), at(4, 0.8)];
    expect(nonMaxSuppression(found)).toEqual([at(0, 0.9), at(4, 0.8), at(0, 0.5, 1), at(40, 0.2)]);
    expect(nonMaxSuppression(found, { iouThreshold: 0.4, acrossClasses: true })).toEqual([at(0, 0.9), at(40, 0.2)]);
    expect(nonMaxSuppression(found, { scoreThreshold: 0.55, maxBoxes: 1 })).toEqual([at(0, 0.9)]);
    expect(() => nonMaxSuppression(found, { iouThreshold: 2 })).toThrow(/iouThreshold is 2/);
  });
});
