import { describe, expect, test } from "vitest";
import { allocate } from "../../src/base/dtype.ts";
import { ArgumentError, InternalError } from "../../src/base/errors.ts";
import { keyOf } from "../../src/base/random.ts";
import { tensor } from "../../src/base/tensor.ts";
import { batchCount, epochOrder, gatherRows, splitTail } from "../../src/data/batches.ts";
import { fc } from "../properties.ts";

describe("splitTail", () => {
  test("takes the tail, rounding the training part down as Keras does", () => {
    expect(splitTail(60000, 0.2)).toBe(48000);
    expect(splitTail(10, 0.25)).toBe(7);
    expect(splitTail(3, 0.5)).toBe(1);
    expect(splitTail(10, 0.1)).toBe(9);
    // 1 - 0.9 is 0.09999999999999998 in floating point: Keras trains on 0 of these, and so refuses.
    expect(() => splitTail(10, 0.9)).toThrow(
      "validationSplit 0.9 of 10 rows leaves 0 to train on and 10 to validate on",
    );
  });

  test("refuses fractions outside 0 … 1 and empty parts", () => {
    for (const fraction of [0, 1, -0.1, 1.5, Number.NaN]) {
      expect(() => splitTail(10, fraction)).toThrow(ArgumentError);
      expect(() => splitTail(10, fraction)).toThrow(
        `validationSplit is ${fraction}; expected a fraction between 0 and 1`,
      );
    }
    expect(() => splitTail(1, 0.5)).toThrow(
      "both need at least one. Pass more rows, another fraction, or validationData.",
    );
    expect(() => splitTail(0, 0.5)).toThrow(ArgumentError);
    expect(() => splitTail(10, 1e-20)).toThrow("leaves 10 to train on and 0 to validate on");
  });
});

test("batchCount counts the short last batch", () => {
  expect([batchCount(60000, 32), batchCount(33, 32), batchCount(32, 32), batchCount(1, 32), batchCount(0, 32)]).toEqual(
    [1875, 2, 1, 1, 0],
  );
  for (const size of [0, -1, 1.5, Number.NaN])
    expect(() => batchCount(10, size)).toThrow(`batchSize is ${size}; expected a whole number of 1 or more.`);
});

describe("epochOrder", () => {
  const sorted = (order: Int32Array) => Array.from(order).sort((a, b) => a - b);
  const all = (rows: number) => Array.from({ length: rows }, (_, i) => i);

  test("visits every row exactly once, whatever the way", () => {
    const ways = fc.constantFrom<(true | "batch")[]>(true, "batch");
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.nat(),
        fc.nat(50),
        ways,
        fc.integer({ min: 1, max: 64 }),
        (rows, seed, epoch, way, size) => {
          expect(sorted(epochOrder(rows, keyOf(seed), epoch, way, size)!)).toEqual(all(rows));
        },
      ),
    );
  });

  test("depends on the key and the epoch, and on nothing else", () => {
    const order = (seed: number, epoch: number) => epochOrder(100, keyOf(seed), epoch, true, 32)!;
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 0)).not.toEqual(order(1, 1));
    expect(order(1, 0)).not.toEqual(order(2, 0));
    expect(order(1, 0)).toEqual(epochOrder(100, keyOf(1), 0, true, 7));
  });

  test('"batch" keeps every row in its batch, the short last one too', () => {
    const order = epochOrder(10, keyOf(3), 0, "batch", 4)!;
    expect([order.slice(0, 4), order.slice(4, 8), order.slice(8)].map(sorted)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    const long = epochOrder(256, keyOf(3), 0, "batch", 64)!;
    const within = (batch: number) => Array.from(long.slice(batch * 64, batch * 64 + 64), (row) => row - batch * 64);
    expect(within(0)).not.toEqual(all(64));
    expect(within(0)).not.toEqual(within(1));
  });

  test("every place is equally likely", () => {
    const counts = new Int32Array(25);
    for (let epoch = 0; epoch < 2000; epoch++) {
      const order = epochOrder(5, keyOf(11), epoch, true, 32)!;
      for (let place = 0; place < 5; place++) counts[place * 5 + order[place]!]!++;
    }
    // Binomial(2000, 0.2): mean 400, standard deviation 17.9; five deviations either way.
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(90);
  });

  test("no shuffling is null; another word is refused", () => {
    expect(epochOrder(10, keyOf(0), 0, false, 4)).toBeNull();
    expect(() => epochOrder(10, keyOf(0), 0, "batches" as "batch", 4)).toThrow(
      'shuffle is "batches"; expected true, false or "batch".',
    );
  });
});

describe("gatherRows", () => {
  test("copies the rows of any width and dtype, in order, and leaves the rest of the buffer alone", () => {
    const dtypes = fc.constantFrom("float32" as const, "int32" as const, "uint8" as const);
    fc.assert(
      fc.property(
        dtypes,
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(1, 3, 31, 32, 40),
        fc.boolean(),
        fc.nat(),
        (dtype, rows, width, shuffled, seed) => {
          const source = tensor(
            Float32Array.from({ length: rows * width }, (_, i) => i % 256),
            [rows, width, 1],
            dtype,
          );
          const order = shuffled ? epochOrder(rows, keyOf(seed), 0, true, 4) : null;
          const begin = seed % rows;
          const count = Math.min(4, rows - begin);
          const into = allocate(dtype, 5 * width).fill(77);
          gatherRows(source, order, begin, count, into);
          for (let i = 0; i < count; i++) {
            const row = order === null ? begin + i : order[begin + i]!;
            expect(Array.from(into.subarray(i * width, (i + 1) * width))).toEqual(
              Array.from(source.data.subarray(row * width, (row + 1) * width)),
            );
          }
          expect(into.subarray(count * width).every((value) => value === 77)).toBe(true);
        },
      ),
    );
  });

  test("refuses rows that are not there, a buffer that is too small or of another dtype", () => {
    const source = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(() => gatherRows(source, null, 2, 2, new Float32Array(4))).toThrow(InternalError);
    expect(() => gatherRows(source, null, 0, 2, new Float32Array(3))).toThrow(
      "gatherRows: rows 0 … 1 of float32 (3, 2) (3 rows in the order) do not fit a Float32Array of 3.",
    );
    expect(() => gatherRows(source, null, 0, 2, new Int32Array(4))).toThrow("do not fit a Int32Array of 4.");
    expect(() => gatherRows(source, Int32Array.of(1), 0, 2, new Float32Array(4))).toThrow("(1 rows in the order)");
  });
});
