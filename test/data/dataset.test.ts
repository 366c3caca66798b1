import { describe, expect, expectTypeOf, onTestFinished, test, vi } from "vitest";
import { ArgumentError, DatasetError, ShapeError, StateError } from "../../src/base/errors.ts";
import { keyOf } from "../../src/base/random.ts";
import { type Tensor, tensor } from "../../src/base/tensor.ts";
import { epochOrder } from "../../src/data/batches.ts";
import { Dataset } from "../../src/data/dataset.ts";
import { fc } from "../properties.ts";
import { turns } from "../turns.ts";

async function listOf<T>(dataset: AsyncIterable<T>): Promise<T[]> {
  const elements: T[] = [];
  for await (const element of dataset) elements.push(element);
  return elements;
}

const count = (n: number) => Array.from({ length: n }, (_, i) => i);
/** A dataset of 0 … n-1 that tells what happens to its source. */
function watched(n: number) {
  const log = { made: 0, opened: 0, closed: 0 };
  const dataset = Dataset.from(async function* () {
    log.opened++;
    try {
      for (let i = 0; i < n; i++) {
        log.made++;
        yield i;
      }
    } finally {
      log.closed++;
    }
  });
  return { dataset, log };
}
const later = (ms = 1) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("from", () => {
  test("tensors: rows in the same structure", async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect((await listOf(Dataset.from(x))).map((row) => row.toArray())).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const pairs = Dataset.from([x, new Uint8Array([7, 8])]);
    expectTypeOf(pairs).toEqualTypeOf<Dataset<[Tensor, Tensor]>>();
    expect(pairs.length).toBe(2);
    const [, [second, label]] = (await listOf(pairs)) as [unknown, [Tensor, Tensor]];
    expect([second.toArray(), label.item(), label.dtype]).toEqual([[3, 4], 8, "uint8"]);
    const named = Dataset.from([{ image: x, meta: new Float64Array([5, 6]) }, x]);
    const [[inputs]] = (await listOf(named)) as [[{ image: Tensor; meta: Tensor }, Tensor]];
    expect([inputs.image.toArray(), inputs.meta.item()]).toEqual([[1, 2], 5]);
    const record = Dataset.from({ x, y: [[1], [0]] });
    expectTypeOf(record).toEqualTypeOf<Dataset<{ x: Tensor; y: Tensor }>>();
    expect((await listOf(record))[1]!.y.toArray()).toEqual([0]);
  });

  test("lists, sets, generators, async generators and their functions: elements", async () => {
    const numbers = [5, 6, 7];
    expect(await listOf(Dataset.from(numbers))).toEqual(numbers);
    expect(await listOf(Dataset.from(new Set(numbers)))).toEqual(numbers);
    expect(await listOf(Dataset.from(numbers.map((n) => Promise.resolve(n))))).toEqual(numbers);
    const generators = Dataset.from(function* () {
      yield* numbers;
    });
    const asynchronous = Dataset.from(async function* () {
      yield* numbers;
    });
    for (const dataset of [generators, asynchronous, Dataset.from(() => numbers)])
      expect([await listOf(dataset), await listOf(dataset)]).toEqual([numbers, numbers]);
    expect([Dataset.from(numbers).length, Dataset.from(new Set(numbers)).length, generators.length]).toEqual([
      3,
      3,
      undefined,
    ]);
    const rows = Dataset.from([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expectTypeOf(rows).toEqualTypeOf<Dataset<number[]>>();
    expect(rows.length).toBe(3);
    expect(Dataset.from(rows)).toBe(rows);
  });

  test("an iterator is read once; a second pass says so instead of being empty", async () => {
    const dataset = Dataset.from(
      (function* () {
        yield* [1, 2];
      })(),
    );
    expect(await listOf(dataset)).toEqual([1, 2]);
    await expect(listOf(dataset)).rejects.toThrow(StateError);
    await expect(listOf(dataset)).rejects.toThrow("the source gave 2 elements before and none now");
    const stream = Dataset.from(new Blob(["a", "b"]).stream() as AsyncIterable<Uint8Array>);
    expect(Buffer.concat(await listOf(stream)).toString()).toBe("ab");
    await expect(listOf(stream)).rejects.toThrow();
  });

  test("a stream that is left early is cancelled", async () => {
    let reason: unknown = "open";
    const stream = new ReadableStream<number>({
      pull: (controller) => controller.enqueue(1),
      cancel: (why) => {
        reason = why;
      },
    });
    for await (const _ of Dataset.from(stream as AsyncIterable<number>).prefetch(2)) break;
    expect(reason).toBeUndefined();
    expect(stream.locked).toBe(false);
  });

  test("mistakes are named", async () => {
    const from = (value: unknown) => () => Dataset.from(value as Iterable<unknown>);
    for (const value of [1, "abc", null, undefined, new Date(0)]) expect(from(value)).toThrow(ArgumentError);
    expect(from("abc")).toThrow('Dataset.from: got "abc"; expected tensors, something to iterate over');
    expect(from([tensor([1, 2]), tensor([1])])).toThrow(
      new ShapeError(
        "Dataset.from: [0] has shape (2,) and [1] (1,); all need the same number of rows. To iterate over the entries of a list of up to three arrays, pass () => list.",
      ),
    );
    expect(from(tensor(1))).toThrow("Dataset.from: the tensor is a scalar, it has no rows.");
    expect(from({})).toThrow("Dataset.from: there is no tensor in what came.");
    expect(from({ x: "abc" })).toThrow('Dataset.from: an element holds "abc"; expected numbers');
    await expect(listOf(Dataset.from(() => 7 as unknown as number[]))).rejects.toThrow(
      "Dataset.from: the source failed after 0 elements: the function returned 7, which cannot be iterated; use function* or async function*",
    );
  });
});

test("map, filter, take, skip, repeat and their lengths", async () => {
  const ten = Dataset.from(count(10));
  const cases: [Dataset<number>, number[], number | undefined][] = [
    [ten.map((n) => n * n), [0, 1, 4, 9, 16, 25, 36, 49, 64, 81], 10],
    [ten.map(async (n, i) => n - i), new Array(10).fill(0), 10],
    [ten.filter((n) => n % 3 === 0), [0, 3, 6, 9], undefined],
    [ten.filter(async (n) => n > 7), [8, 9], undefined],
    [ten.take(3), [0, 1, 2], 3],
    [ten.take(0), [], 0],
    [ten.take(30), count(10), 10],
    [ten.skip(7), [7, 8, 9], 3],
    [ten.skip(11), [], 0],
    [ten.take(2).repeat(3), [0, 1, 0, 1, 0, 1], 6],
    [ten.repeat(0), [], 0],
    [ten.repeat().skip(9).take(3), [9, 0, 1], 3],
    [watched(4).dataset.skip(1), [1, 2, 3], undefined],
    [watched(4).dataset.repeat().take(6), [0, 1, 2, 3, 0, 1], undefined],
  ];
  for (const [dataset, expected, length] of cases) {
    expect(await listOf(dataset)).toEqual(expected);
    expect(dataset.length).toBe(length);
  }
  expect(ten.repeat().length).toBe(Infinity);
  await expect(listOf(Dataset.from([]).repeat())).rejects.toThrow("the dataset is empty");
});

describe("shuffle", () => {
  test("a buffer of n: every element once, none more than n - 1 places early; the seed decides", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(40), fc.integer({ min: 1, max: 45 }), fc.nat(), async (n, size, seed) => {
        const draw = () => watched(n).dataset.shuffle(size, { seed });
        const order = await listOf(draw());
        expect(order.toSorted((a, b) => a - b)).toEqual(count(n));
        for (const [at, element] of order.entries()) expect(element - at).toBeLessThan(size);
        expect(await listOf(draw())).toEqual(order);
        if (size === 1) expect(order).toEqual(count(n));
      }),
      { numRuns: 60 },
    );
  });

  test("each pass has another order, the same in every run; repeat goes through passes", async () => {
    for (const start of [Dataset.from(count(20)), Dataset.from(Int32Array.from(count(20))).map((row) => row.item())]) {
      const dataset = () => start.map((n) => n).shuffle(20, { seed: 7 });
      const shuffled = dataset();
      const [first, second] = [await listOf(shuffled), await listOf(shuffled)];
      expect(second).not.toEqual(first);
      const twice = dataset().repeat(2);
      expect(await listOf(twice)).toEqual([...first, ...second]);
      expect(await listOf(twice)).toEqual([...(await listOf(shuffled)), ...(await listOf(shuffled))]);
    }
    expect(await listOf(Dataset.from(count(20)).shuffle(20))).not.toEqual(
      await listOf(Dataset.from(count(20)).shuffle(20)),
    );
  });

  test("all orders of three are equally likely, with a full buffer and for rows of tensors", async () => {
    for (const start of [Dataset.from(() => count(3)), Dataset.from(tensor(count(3))).map((row) => row.item())]) {
      const seen = new Map<string, number>();
      const shuffled = start.shuffle(3, { seed: 11 }).repeat(1200).batch(3);
      for await (const batch of shuffled) seen.set(String(batch.data), (seen.get(String(batch.data)) ?? 0) + 1);
      expect(seen.size).toBe(6);
      // Chi-squared with 5 degrees of freedom: 20.5 is exceeded once in a thousand seeds.
      const chi = [...seen.values()].reduce((sum, n) => sum + (n - 200) ** 2 / 200, 0);
      expect(chi).toBeLessThan(20.5);
    }
  });

  test("a buffer of two gives its first or its second element, one as likely as the other", async () => {
    const pairs = Dataset.from(() => count(5))
      .shuffle(2, { seed: 13 })
      .take(1);
    const firsts = await Promise.all(count(400).map(async () => (await listOf(pairs))[0]));
    // Binomial with a standard deviation of 10.
    expect(Math.abs(firsts.filter((first) => first === 0).length - 200)).toBeLessThan(40);
    expect(new Set(firsts)).toEqual(new Set([0, 1]));
  });

  test("rows of tensors come in the order that fit draws for the seed and the epoch", async () => {
    const rows = Dataset.from(Int32Array.from(count(30)));
    for (const seed of [1, 2 ** 40 + 1]) {
      const shuffled = rows.shuffle(30, { seed });
      for (const epoch of [0, 1])
        expect((await listOf(shuffled)).map((row) => row.item())).toEqual([
          ...epochOrder(30, keyOf(seed), epoch, true, 1)!,
        ]);
    }
  });

  test("two unseeded shuffles in a row do not draw the same numbers", async () => {
    const pass = { epoch: 0, key: [1, 2], shuffle: false } as const;
    const drawn = (dataset: Dataset<number>) => listOf(dataset.source.open(pass));
    const once = await drawn(watched(12).dataset.shuffle(12));
    const twice = await drawn(watched(12).dataset.shuffle(12).shuffle(12));
    expect(twice).not.toEqual(once.map((at) => once[at]));
    expect(await drawn(watched(12).dataset.shuffle(12).shuffle(12))).toEqual(twice);
  });
});

describe("batch", () => {
  test("numbers, lists, tensors, pairs and records are stacked", async () => {
    const scalars = await listOf(Dataset.from(count(5)).batch(2));
    expect(scalars.map((batch) => batch.toArray())).toEqual([[0, 1], [2, 3], [4]]);
    expect((await listOf(Dataset.from(count(5)).batch(2, { dropRemainder: true }))).length).toBe(2);
    const pairs = Dataset.from(function* () {
      for (const i of count(3))
        yield [
          [i, 10 * i],
          [1 - i, i],
        ] as [number[], number[]];
    }).batch(2);
    expectTypeOf(pairs).toEqualTypeOf<Dataset<[Tensor, Tensor]>>();
    const [[x, y]] = (await listOf(pairs)) as [[Tensor, Tensor]];
    expect([x.toArray(), y.toArray()]).toEqual([
      [
        [0, 0],
        [1, 10],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ]);
    const nested = Dataset.from(() => [
      { a: new Uint8Array([1, 2]), b: [tensor(1), 2] as const },
      { a: new Uint8Array([3, 4]), b: [tensor(5), 6] as const },
    ]).batch(2);
    const [batch] = await listOf(nested);
    expect([batch!.a.dtype, batch!.a.toArray()]).toEqual(["uint8", [[1, 2], [3, 4]]]); // biome-ignore format: one value
    expect(batch!.b.map((part) => part.toArray())).toEqual([
      [1, 5],
      [2, 6],
    ]);
    const vectors = Dataset.from([
      [1, 2, 3],
      [4, 5, 6],
    ]).batch(8);
    expect((await listOf(vectors))[0]!.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  test("rows of tensors give the same batches as the same rows one by one", async () => {
    const parts = [tensor(Float32Array.from(count(66)), [11, 2, 3]), Int32Array.from(count(11))] as const;
    const draw = (dataset: Dataset<[Tensor, Tensor]>, size: number, dropRemainder: boolean) =>
      listOf(dataset.batch(size, { dropRemainder }));
    for (const size of [1, 4, 11, 20])
      for (const drop of [false, true]) {
        const fast = Dataset.from(parts);
        const slow = Dataset.from(parts).map((row) => row as [Tensor, Tensor]);
        expect(await draw(fast, size, drop)).toEqual(await draw(slow, size, drop));
        expect(fast.batch(size, { dropRemainder: drop }).length).toBe(slow.batch(size, { dropRemainder: drop }).length);
        // Shuffled rows: the labels say where each row came from.
        const shuffled = fast.shuffle(11, { seed: 3 });
        const batches = await draw(shuffled, size, drop);
        const labels = batches.flatMap(([, y]) => [...y.data]);
        expect(new Set(labels).size).toBe(drop ? Math.floor(11 / size) * size : 11);
        for (const [x, y] of batches)
          for (const [i, label] of y.data.entries()) expect(x.at(i).data[0]).toBe(label * 6);
        expect(await draw(Dataset.from(parts).shuffle(11, { seed: 3 }), size, drop)).toEqual(batches);
        expect((await listOf(Dataset.from(parts).shuffle(11, { seed: 3 }))).map(([, y]) => y.item())).toEqual(
          (await draw(Dataset.from(parts).shuffle(11, { seed: 3 }), 1, false)).map(([, y]) => y.data[0]),
        );
      }
  });

  test("elements that differ are named", async () => {
    const fails = (elements: readonly unknown[], text: string) =>
      expect(listOf(Dataset.from(() => elements).batch(2))).rejects.toThrow(new DatasetError(text));
    const ends = "; the elements of a batch must be alike. Make them so by map(), or use batch(1)";
    await fails(
      [1, 1, [1], [1, 2]],
      `Dataset.batch: cannot stack: element 3 is a tensor of shape (2,), element 2 a tensor of shape (1,)${ends}`,
    );
    await fails(
      [{ a: 1 }, { b: 1 }],
      `Dataset.batch: cannot stack: element 1 is a record of b, element 0 a record of a${ends}`,
    );
    await fails(
      [
        [[1], 0],
        [[1, 2], 0],
      ],
      `Dataset.batch: cannot stack: element 1 has at [0] a tensor of shape (2,), element 0 a tensor of shape (1,)${ends}`,
    );
    await fails(
      [1, [[1], "cat"]],
      'Dataset.batch: element 1: an element holds "cat"; expected numbers, typed arrays, tensors, or lists and records of them',
    );
  });
});

describe("cache", () => {
  test("the source is read once; a pass that was left early does not count", async () => {
    const { dataset, log } = watched(3);
    const cached = dataset.map((n) => 10 * n).cache();
    for await (const _ of cached) break;
    expect([await listOf(cached), await listOf(cached), log.opened, log.made]).toEqual([
      [0, 10, 20],
      [0, 10, 20],
      2,
      4,
    ]);
    expect([dataset.length, cached.length]).toEqual([undefined, 3]);
  });
});

describe("ahead of the consumer", () => {
  test("map with parallel keeps the order, with so many calls in flight and no more", async () => {
    let [running, most] = [0, 0];
    const { dataset } = watched(17);
    const slow = dataset.map(
      async (n) => {
        most = Math.max(most, ++running);
        await later(n % 4);
        running--;
        return 2 * n;
      },
      { parallel: 4 },
    );
    expect(await listOf(slow)).toEqual(count(17).map((n) => 2 * n));
    expect([most, running]).toEqual([4, 0]);
  });

  test("prefetch makes the next elements while the consumer works, and no more than asked", async () => {
    const { dataset, log } = watched(10);
    const elements = dataset.prefetch(3)[Symbol.asyncIterator]();
    expect(log.made).toBe(0);
    await elements.next();
    await turns();
    expect(log.made).toBe(4);
    await elements.next();
    await turns();
    expect(log.made).toBe(5);
    await elements.return?.();
    await turns();
    expect([log.made, log.closed]).toEqual([5, 1]);
  });

  test("others have their turn while elements are made that take long", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { dataset, log } = watched(40);
    const elements = dataset
      .map(() => vi.advanceTimersByTime(8).getTimerCount())
      .prefetch(20)
      [Symbol.asyncIterator]();
    await elements.next();
    const seen = new Set<number>();
    while (log.made < 21) {
      seen.add(log.made);
      await new Promise(setImmediate);
    }
    expect(seen.size).toBeGreaterThan(15);
    await elements.return?.();
  });
});

describe("ends and errors", () => {
  type Stage = (dataset: Dataset<number>) => Dataset<unknown>;
  const stages: Record<string, Stage> = {
    map: (d) => d.map((n) => n),
    "map with parallel": (d) => d.map(async (n) => n, { parallel: 3 }),
    filter: (d) => d.filter(() => true),
    shuffle: (d) => d.shuffle(2, { seed: 1 }),
    batch: (d) => d.batch(1),
    repeat: (d) => d.repeat(),
    take: (d) => d.take(5),
    skip: (d) => d.skip(1),
    cache: (d) => d.cache(),
    prefetch: (d) => d.prefetch(2),
  };

  test.each(Object.entries(stages))("%s: leaving early closes the source, running to the end too", async (_, stage) => {
    const { dataset, log } = watched(9);
    for await (const _ of stage(dataset)) break;
    expect([log.opened, log.closed]).toEqual([1, 1]);
    const { dataset: another, log: second } = watched(9);
    for await (const _ of stage(another).take(9));
    expect(second.closed).toBe(second.opened);
  });

  test.each(Object.entries(stages))("%s: an error of the source comes through, named once", async (_, stage) => {
    const broken = Dataset.from(async function* () {
      yield* [1, 2, 3];
      throw new RangeError("disk");
    });
    const error = await listOf(stage(broken)).catch((reason: unknown) => reason);
    expect(error).toEqual(new DatasetError("Dataset.from: the source failed after 3 elements: disk"));
    expect((error as Error).cause).toEqual(new RangeError("disk"));
  });

  test.each([1, 3])(
    "an error of map's function (parallel %d) comes in its turn and closes the source",
    async (parallel) => {
      const { dataset, log } = watched(9);
      const seen: unknown[] = [];
      const failing = dataset
        .map(
          async (n) => {
            if (n === 2) throw new TypeError("no pixels");
            await later(n === 1 ? 5 : 0);
            return n;
          },
          { parallel },
        )
        .prefetch(2);
      const run = (async () => {
        for await (const element of failing) seen.push(element);
      })();
      await expect(run).rejects.toThrow(new DatasetError("Dataset.map: the function failed at element 2: no pixels"));
      expect(seen).toEqual([0, 1]);
      expect(log.closed).toBe(1);
      await expect(
        listOf(
          Dataset.from([1]).filter(() => {
            throw "text";
          }),
        ),
      ).rejects.toThrow('Dataset.filter: the function failed at element 0: "text"');
    },
  );

  test("wrong arguments are named", () => {
    const dataset = Dataset.from([1]);
    expect(() => dataset.batch(0)).toThrow(
      new ArgumentError("Dataset.batch: batchSize is 0, expected a whole number of 1 or more."),
    );
    expect(() => dataset.shuffle(Number.NaN)).toThrow("Dataset.shuffle: bufferSize is NaN");
    expect(() => dataset.shuffle(1, { seed: 0.5 })).toThrow("Dataset.shuffle: seed is 0.5");
    expect(() => dataset.shuffle(1, { sed: 1 } as object)).toThrow('unknown option "sed". It takes: seed.');
    expect(() => dataset.map((n) => n, { parallel: 0 })).toThrow("Dataset.map: parallel is 0");
    expect(() => dataset.map(1 as never)).toThrow("Dataset.map takes a function, got 1.");
    expect(() => dataset.take(-1)).toThrow("Dataset.take: count is -1");
    expect(() => dataset.prefetch(0)).toThrow("Dataset.prefetch: count is 0");
  });
});

test("types: elements through map and batch", () => {
  const pairs = Dataset.from([tensor([1]), tensor([2])]).map(([x, y]) => [x.at(0), { out: y }]);
  expectTypeOf(pairs).toEqualTypeOf<Dataset<readonly [Tensor, { readonly out: Tensor }]>>();
  expectTypeOf(pairs.batch(2)).toEqualTypeOf<Dataset<[Tensor, { out: Tensor }]>>();
  expectTypeOf(Dataset.from([1, 2]).batch(2)).toEqualTypeOf<Dataset<Tensor>>();
  const rows = Dataset.from(function* () {
    for (let i = 0; i < 5; i++) yield [[i, i + 0.5], i % 2];
  });
  expectTypeOf(rows.batch(2)).toEqualTypeOf<Dataset<[Tensor, Tensor]>>();
  const streamed = Dataset.from(async function* () {
    for (let i = 0; i < 5; i++) yield [new Float32Array(2), i % 2, 1] as const;
  });
  expectTypeOf(streamed.batch(2)).toEqualTypeOf<Dataset<[Tensor, Tensor, Tensor]>>();
  expectTypeOf(Dataset.from([[[1]]]).batch(2)).toEqualTypeOf<Dataset<Tensor | Tensor[]>>();
  expectTypeOf(Dataset.from(new Uint8Array(2))).toEqualTypeOf<Dataset<Tensor>>();
});
