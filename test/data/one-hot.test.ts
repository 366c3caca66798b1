import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { tensor } from "../../src/base/tensor.ts";
import { toCategorical } from "../../src/data/one-hot.ts";
import { fc } from "../properties.ts";

describe("toCategorical", () => {
  test("puts a 1 at each label", () => {
    const vectors = toCategorical(Int32Array.of(2, 0, 1), 4);
    expect(vectors.dtype).toBe("float32");
    expect(vectors.toArray()).toEqual([
      [0, 0, 1, 0],
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ]);
  });

  test("argMax gives the labels back", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1 }), (labels) => {
        const vectors = toCategorical(labels, 10);
        expect(vectors.shape).toEqual([labels.length, 10]);
        expect(vectors.argMax().toArray()).toEqual(labels);
        expect(Array.from(vectors.data).filter((value) => value !== 0)).toEqual(labels.map(() => 1));
      }),
    );
  });

  test("takes a column, further axes, bytes, and counts the classes itself", () => {
    expect(toCategorical([[1], [0]]).toArray()).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(toCategorical(tensor(new Uint8Array([0, 1, 2, 1]), [1, 2, 2])).shape).toEqual([1, 2, 2, 3]);
    expect(toCategorical([4]).shape).toEqual([1, 5]);
    expect(toCategorical([], 3).shape).toEqual([0, 3]);
  });

  test("names the label, its row and what is allowed", () => {
    const refused = (labels: Parameters<typeof toCategorical>[0], classes?: number) => () =>
      toCategorical(labels, classes);
    expect(refused([0, 10], 10)).toThrow(ArgumentError);
    expect(refused([0, 10], 10)).toThrow(
      "toCategorical: label 10 in row 1 is no class number; expected whole numbers, 0 … 9 (numClasses is 10).",
    );
    expect(refused([[0], [1], [-1]], 3)).toThrow("label -1 in row 2 is no class number");
    expect(
      refused([
        [[0], [0]],
        [[0.5], [0]],
      ]),
    ).toThrow("label 0.5 in row 1 is no class number; expected whole numbers, 0 or more.");
    expect(refused([Number.NaN])).toThrow("label NaN in row 0");
    expect(refused([Number.POSITIVE_INFINITY])).toThrow("label Infinity in row 0");
  });

  test("refuses what leaves the number of classes unclear or absurd", () => {
    expect(() => toCategorical([])).toThrow("labels is empty, so the number of classes is unknown; pass numClasses.");
    expect(() => toCategorical(3, 4)).toThrow(ShapeError);
    for (const classes of [0, -2, 2.5, Number.NaN])
      expect(() => toCategorical([0], classes)).toThrow(
        `numClasses is ${classes}; expected a whole number of 1 or more.`,
      );
    expect(() => toCategorical(Int32Array.of(0, 2_000_000_000))).toThrow(
      "2 labels of 2000000001 classes would take 4000000002 values; are these class numbers?",
    );
  });
});
