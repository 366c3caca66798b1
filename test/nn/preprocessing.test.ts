/** What layers learn of data before they are used, and what they refuse. */
import { Dataset, tensor } from "fovea";
import { CenterCrop, Normalization, Rescaling, Resizing } from "fovea/layers";
import { describe, expect, test } from "vitest";
import { relativeError } from "../ir/closeness.ts";

const device = "reference";

describe("Normalization", () => {
  const rows = [
    [1, 10],
    [3, 30],
    [5, 80],
  ];

  test("learns of a tensor, of batches and of rows, with labels or without", async () => {
    const labels = tensor([0, 1, 0]);
    const sources = [
      rows,
      tensor(rows),
      Dataset.from([tensor(rows), labels]).batch(2),
      Dataset.from(tensor(rows)),
      [tensor(rows).slice(0, 1), tensor(rows).slice(1)].values(),
    ];
    for (const data of sources) {
      const layer = new Normalization();
      await layer.adapt(data);
      expect([...layer.mean!.value]).toEqual([3, 40]);
      expect(relativeError(layer.variance!.value, [8 / 3, 2600 / 3])).toBeLessThan(1e-6);
      const [first] = (await layer.run(rows, { device })).toArray() as number[][];
      expect(relativeError(first!, [-2 / Math.sqrt(8 / 3), -30 / Math.sqrt(2600 / 3)])).toBeLessThan(1e-6);
    }
  });

  test("learns anew, one mean for all, and of so many steps", async () => {
    const layer = new Normalization({ axis: null });
    await layer.adapt(rows);
    expect(layer.mean!.value[0]).toBeCloseTo(21.5, 5);
    await layer.adapt(Dataset.from(tensor(rows)).batch(1), { steps: 1 });
    expect([layer.mean!.value[0], layer.variance!.value[0]]).toEqual([5.5, 20.25]);
  });

  test("turns numbers back", async () => {
    const layer = new Normalization({ invert: true });
    await layer.adapt(rows);
    const [first] = (await layer.run([[0, 1]], { device })).toArray() as number[][];
    expect(relativeError(first!, [3, 40 + Math.sqrt(2600 / 3)])).toBeLessThan(1e-6);
  });

  test("refuses what makes no sense", async () => {
    expect(() => new Normalization({ mean: 1 })).toThrow(/give both mean and variance/);
    expect(() => new Normalization({ mean: [1, 2], variance: 1 })).toThrow(
      /shapes \(2,\) and \(\), expected equal ones/,
    );
    expect(() => new Normalization({ axis: null, mean: [1], variance: [1] })).toThrow(/of at most 0 axes/);
    expect(() => new Normalization({ mean: [1, 2], variance: [1, 2] }).build([null, 3])).toThrow(
      /2 means for the 3 entries/,
    );
    expect(() => new Normalization().build([null, null])).toThrow(/must know axis 1/);
    await expect(new Normalization({ mean: 1, variance: 1 }).adapt(rows)).rejects.toThrow(/are stated/);
    await expect(new Normalization().adapt(rows, { step: 1 } as never)).rejects.toThrow(/unknown option "step"/);
    await expect(new Normalization().adapt(Dataset.from([{ a: 1 }]))).rejects.toThrow(/expected numbers, or \[x, y\]/);
    await expect(new Normalization().adapt([].values())).rejects.toThrow(/the data has no elements/);
    const layer = new Normalization();
    await layer.adapt(rows);
    await expect(layer.adapt([[1, 2, 3]])).rejects.toThrow(/has means of the shape \(2,\) and cannot take \(None, 3\)/);
  });
});

test("Rescaling refuses lists that do not fit", () => {
  expect(() => new Rescaling({ scale: [1, 2] }).build([null, 3])).toThrow(
    /scale has the shape \(2,\), which does not fit/,
  );
  expect(() => new Rescaling({ scale: 1, offset: "a" as never })).toThrow(/offset is "a", expected a number or a list/);
});

describe("images", () => {
  test("area takes the mean of what a pixel covers", async () => {
    const image = tensor([0, 1, 2, 3, 4, 5], [1, 2, 3, 1]);
    const layer = new Resizing({ height: 1, width: 2, interpolation: "area" });
    expect([...(await layer.run(image, { device })).data].map((value) => Math.fround(value * 3))).toEqual([
      Math.fround(5.5),
      Math.fround(9.5),
    ]);
  });

  test("of another rank are refused, and both ratios at a time", () => {
    expect(() => new CenterCrop({ height: 2, width: 2 }).build([null, 4, 4])).toThrow(/takes inputs of 4 axes/);
    const both = { height: 2, width: 2, cropToAspectRatio: true, padToAspectRatio: true };
    expect(() => new Resizing(both)).toThrow(/not both/);
    expect(() => new Resizing({ height: 2, width: 2, fillMode: "reflect" as never })).toThrow(/only "constant"/);
  });
});
