/** normalize, splitDataset and timeseriesDatasetFromArray by Keras's numbers (bench/golden/dataset_utils.py), and their errors. */
import { type Tensor, tensor } from "fovea";
import { Dataset } from "fovea/datasets";
import {
  normalize,
  type SplitOptions,
  splitDataset,
  type TimeseriesOptions,
  timeseriesDatasetFromArray,
} from "fovea/utils";
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import golden from "../golden/dataset-utils.json" with { type: "json" };

async function listOf<T>(dataset: Dataset<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const each of dataset) list.push(each);
  return list;
}
const count = (length: number) => Int32Array.from({ length }, (_, i) => i);

describe("normalize", () => {
  test.each(golden.normalize.rows)("axis $axis, order $order", ({ axis, order, y }) => {
    const found = normalize(golden.normalize.x, { axis, order: Number(order) });
    const expected = tensor(y).data;
    expect(found.shape).toEqual([2, 3, 4]);
    found.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
  });

  test("its options are checked", () => {
    expect(() => normalize([1, 2], { axis: 1 })).toThrow("Axis 1 is outside a tensor of rank 1");
    expect(() => normalize([1, 2], { order: 0 })).toThrow("normalize: order is 0, expected a number above 0.");
  });
});

describe("splitDataset", () => {
  test.each(golden.splits)("$length elements, $options", async ({ length, options, left, right }) => {
    const given = toCamelCaseKeys(options) as SplitOptions;
    const found = await splitDataset(count(length), given);
    const numbers = await Promise.all(found.map(async (each) => (await listOf(each)).map((row) => row.item())));
    expect(numbers).toEqual([left, right]);
    // The elements of any other dataset are split alike.
    const others = await splitDataset(
      Dataset.from(() => Array.from(count(length))),
      given,
    );
    expect(await Promise.all(others.map(listOf))).toEqual([left, right]);
  });

  test("rows of batches are split, and are in batches again", async () => {
    const batches = Dataset.from([count(10), count(10)]).batch(3);
    const [left, right] = await splitDataset(batches, { leftSize: 0.5 });
    expect((await listOf(left)).map(([x]) => x.toArray())).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect((await listOf(right)).map(([, y]) => y.toArray())).toEqual([
      [5, 6, 7],
      [8, 9],
    ]);
  });

  test.each<[SplitOptions, string]>([
    [{}, "neither leftSize nor rightSize is given"],
    [{ leftSize: 0 }, "leftSize is 0, expected a share between 0 and 1 or a whole number below 4"],
    [{ rightSize: 4 }, "rightSize is 4, expected"],
    [{ leftSize: 0.8, rightSize: 0.5 }, "3 and 2 elements cannot be had of 4"],
    [{ leftSize: 0.01 }, "0 and 4 elements cannot be had of 4"],
  ])("%o is refused", async (options, message) => {
    await expect(splitDataset(count(4), options)).rejects.toThrow(message);
  });

  test("a dataset without end is refused", async () => {
    await expect(splitDataset(Dataset.from(count(4)).repeat(), { leftSize: 1 })).rejects.toThrow("has no end");
  });
});

describe("timeseriesDatasetFromArray", () => {
  test.each(golden.windows)("$length steps, $options", async ({ length, targets, options, elements }) => {
    const data = Float32Array.from(count(length));
    const aims = targets === null ? null : Float32Array.from(count(targets), (i) => 100 + i);
    const given = toCamelCaseKeys(options) as unknown as TimeseriesOptions;
    const found = (await listOf(timeseriesDatasetFromArray(data, aims as Float32Array, given))) as unknown as (
      | Tensor
      | Tensor[]
    )[];
    const parts = found.map((each) => (Array.isArray(each) ? each : [each]).map((part) => part.toArray()));
    expect(parts).toEqual(elements);
  });

  test("shuffled windows are the same windows, in another order in each pass, the same with the same seed", async () => {
    const make = () => timeseriesDatasetFromArray(count(40), null, { sequenceLength: 3, shuffle: true, seed: 5 });
    const order = async (dataset: Dataset<Tensor>) =>
      (await listOf(dataset)).flatMap((batch) => (batch.toArray() as number[][]).map(([first]) => first!));
    const windows = make();
    const [first, second] = [await order(windows), await order(windows)];
    expect(first).not.toEqual(second);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from(count(38)));
    expect(await order(make())).toEqual(first);
  });

  test("series with features keep them", async () => {
    const series = tensor(count(24), [8, 3]);
    const [batch] = await listOf(timeseriesDatasetFromArray(series, null, { sequenceLength: 2, batchSize: 2 }));
    expect(batch!.toArray()).toEqual([
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      [
        [3, 4, 5],
        [6, 7, 8],
      ],
    ]);
  });

  test.each<[Partial<TimeseriesOptions>, string]>([
    [{ sequenceLength: 0 }, "sequenceLength is 0, expected a whole number of 1 or more"],
    [{ samplingRate: 9 }, "samplingRate is 9, expected less than 9: the data has so many time steps."],
    [{ startIndex: 9 }, "startIndex is 9, expected less than 9"],
    [{ startIndex: 4, endIndex: 4 }, "endIndex is 4, expected a whole number of 5 or more"],
    [{ endIndex: 10 }, "endIndex is 10, expected 9 at most"],
    [{ sequenceLength: 10 }, "9 time steps hold no window of 10 with samplingRate 1"],
  ])("%o is refused", (options, message) => {
    expect(() => timeseriesDatasetFromArray(count(9), null, { sequenceLength: 2, ...options })).toThrow(message);
  });
});
