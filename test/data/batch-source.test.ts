import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ArgumentError, DatasetError, ShapeError } from "../../src/base/errors.ts";
import { keyOf } from "../../src/base/random.ts";
import { type Tensor, tensor } from "../../src/base/tensor.ts";
import {
  type BatchReader,
  type BatchSource,
  batchSourceOf,
  TensorBatches,
  unpackBatch,
} from "../../src/data/batch-source.ts";
import { epochOrder } from "../../src/data/batches.ts";
import { Dataset, isDatasetLike } from "../../src/data/dataset.ts";
import { PyDataset } from "../../src/data/py-dataset.ts";

const key = keyOf(5);
const pass = { epoch: 2, key, shuffle: true };
const x = tensor(
  Float32Array.from({ length: 14 }, (_, i) => i / 2),
  [7, 2],
);
const y = tensor(Uint8Array.from({ length: 7 }, (_, i) => i));

/** Values of all batches of a pass, copied before the next one comes. */
async function drain(reader: BatchReader): Promise<{ rows: number; x: number[]; y: number[] }[]> {
  const all = [];
  for (let batch = await reader.next(); batch !== undefined; batch = await reader.next())
    all.push({ rows: batch.rows, x: [...batch.feeds.x!.data], y: [...batch.feeds.y!.data] });
  await reader.close();
  return all;
}

describe("TensorBatches", () => {
  test("gathers the rows of each batch in the epoch's order, without promises and in one place", async () => {
    const source = new TensorBatches({ x, y }, { batchSize: 3 });
    expect([source.batches, source.rows]).toEqual([3, 7]);
    const order = [...epochOrder(7, key, 2, true, 3)!];
    const rows = [order.slice(0, 3), order.slice(3, 6), order.slice(6)];
    const expected = rows.map((own) => ({ rows: own.length, x: own.flatMap((i) => [i, i + 0.5]), y: own }));
    expect(await drain(source.begin(pass))).toEqual(expected);
    const reader = source.begin(pass);
    const [first, second] = [reader.next(), reader.next()];
    expect(second).toEqual({ rows: 3, feeds: first?.feeds });
    expect(reader.copyOf(0).y!.data).toEqual(Uint8Array.from(rows[0]!));
    expect(reader.copyOf(2).x!.shape).toEqual([1, 2]);
    reader.close();
    expect(reader.next()).toBeUndefined();
    expect(reader.waitingMs).toBe(0);
  });

  test("bytes of a Buffer or a Uint8ClampedArray are gathered like others", async () => {
    for (const bytes of [Buffer.from([0, 1, 2, 3, 4, 5, 6]), new Uint8ClampedArray([0, 1, 2, 3, 4, 5, 6])]) {
      const batches = await drain(new TensorBatches({ x: tensor(bytes), y }, { batchSize: 4 }).begin(pass));
      expect(batches.map((batch) => batch.x)).toEqual(batches.map((batch) => batch.y));
    }
  });

  test("rows in their own order are not copied", () => {
    const reader = new TensorBatches({ x, y }, { batchSize: 4, shuffle: false }).begin(pass);
    expect(reader.next()?.feeds.x?.data.buffer).toBe(x.data.buffer);
    expect(reader.next()?.feeds.y?.toArray()).toEqual([4, 5, 6]);
  });

  test('"batch" keeps rows in their batch; dropRemainder leaves out the last; a seed of its own', async () => {
    const within = await drain(new TensorBatches({ x, y }, { batchSize: 3, shuffle: "batch" }).begin(pass));
    expect(within.map((batch) => batch.y.toSorted())).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    const full = new TensorBatches({ x, y }, { batchSize: 3, dropRemainder: true });
    expect([full.batches, full.rows, (await drain(full.begin(pass))).length]).toEqual([2, 6, 2]);
    const seeded = await drain(new TensorBatches({ x, y }, { batchSize: 7, seed: 9 }).begin(pass));
    expect(seeded[0]!.y).toEqual([...epochOrder(7, keyOf(9), 2, true, 7)!]);
  });

  test("parts of different lengths are named", () => {
    expect(() => new TensorBatches({ x, y: tensor([1]) }, { batchSize: 1 })).toThrow(
      new ShapeError('"x" has 7 rows and "y" has shape (1,).'),
    );
    expect(() => new TensorBatches({}, { batchSize: 1 })).toThrow(ArgumentError);
    expect(() => new TensorBatches({ x }, { batchSize: 0 })).toThrow("batchSize is 0");
  });
});

describe("batchSourceOf", () => {
  const toFeeds = ([x, y]: readonly [Tensor, Tensor]) => ({ x, y });
  const kinds: [string, BatchSource, boolean][] = [
    ["rows of tensors", batchSourceOf(Dataset.from([x, y]).batch(3), toFeeds), true],
    ["mapped batches", batchSourceOf(Dataset.from([x, y]).batch(3).map((pair) => pair), toFeeds), false], // biome-ignore format: one row
  ];

  test.each(kinds)("%s: the same batches", async (_, source, atOnce) => {
    expect(source.batches).toBe(3);
    const next = source.begin(pass).next();
    expect(next instanceof Promise).toBe(!atOnce);
    await next;
    const batches = await drain(source.begin(pass));
    expect(batches.map(({ y }) => y)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(batches[2]).toEqual({ rows: 1, x: [6, 6.5], y: [6] });
  });

  test("shuffled rows: the same order as the dataset's own", async () => {
    const shuffled = Dataset.from([x, y]).shuffle(7, { seed: 1 }).batch(3);
    const own: number[] = [];
    for await (const [, labels] of shuffled) own.push(...labels.data);
    const batches = await drain(batchSourceOf(shuffled, toFeeds).begin({ ...pass, epoch: 0 }));
    expect(batches.flatMap((batch) => batch.y)).toEqual(own);
    expect(own).not.toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test("the time that the consumer waits is counted, and closing closes the source", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    let closed = false;
    const slow = Dataset.from(async function* () {
      try {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 20));
          yield [x, y] as const;
        }
      } finally {
        closed = true;
      }
    });
    const reader = batchSourceOf(slow, toFeeds).begin(pass);
    for (const waited of [20, 40]) {
      const batch = reader.next();
      await vi.advanceTimersByTimeAsync(20);
      await batch;
      expect(reader.waitingMs).toBe(waited);
    }
    await vi.advanceTimersByTimeAsync(15);
    expect(reader.waitingMs).toBe(40);
    await reader.close();
    expect(closed).toBe(true);
  });

  test("batches whose parts disagree are named", async () => {
    const first = (element: readonly [Tensor, Tensor]) =>
      batchSourceOf(
        Dataset.from(() => [element]),
        toFeeds,
      )
        .begin(pass)
        .next();
    await expect(first([x, tensor([1])])).rejects.toThrow(
      new DatasetError('Batch 0 of the dataset: "x" has 7 rows and "y" has shape (1,).'),
    );
    await expect(first([tensor(1), y])).rejects.toThrow("Batch 0 of the dataset has no rows");
  });
});

test("unpackBatch takes [x, y, sampleWeight] apart as Keras does", () => {
  expect(unpackBatch([x, y])).toEqual({ x, y, sampleWeight: undefined });
  expect(unpackBatch([x, y, 1])).toEqual({ x, y, sampleWeight: 1 });
  expect(unpackBatch([x])).toEqual({ x, y: undefined, sampleWeight: undefined });
  for (const alone of [x, { a: x }, [1, 2, 3]])
    expect(unpackBatch(alone)).toEqual({ x: alone, y: undefined, sampleWeight: undefined });
  expect(() => unpackBatch([x, x, x, x])).toThrow("A batch is x, [x, y] or [x, y, sampleWeight]; got a list of 4: ");
});

test("isDatasetLike tells what is iterated from what is a tensor", () => {
  class Own extends PyDataset {
    readonly length = 1;
    get = () => 1;
  }
  const datasets = [Dataset.from([1]), new Own(), new Set([1]), [1].values(), function* () {}, async function* () {}];
  for (const value of [...datasets, new ReadableStream()]) expect(isDatasetLike(value)).toBe(true);
  for (const value of [x, [1], [x, y], new Uint8Array(1), { a: x }, 1, null, undefined, "text"])
    expect(isDatasetLike(value)).toBe(false);
});
