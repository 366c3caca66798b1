/** Functions that are compositions of ops, against plain loops over arrays; each on the CPU device too. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { foldKey, type Key, keyOf, RandomStream, threefry, unitInterval } from "../../src/base/random.ts";
import { type Pad, type Shape, sizeOf, stridesOf } from "../../src/base/shape.ts";
import { CpuDevice } from "../../src/devices/cpu/cpu-device.ts";
import type { Sym } from "../../src/ir/graph.ts";
import { sharedLeft } from "../../src/ops/batch-mat-mul.ts";
import { frames, realFourier } from "../../src/ops/fourier.ts";
import { argSort, sort, takeAlongLast, topK } from "../../src/ops/order.ts";
import { randomNormal, randomNormalOf, randomUniformOf } from "../../src/ops/random-normal.ts";
import { argMaxAxis, argMinAxis, cumulativeSum, logSumExp, reduceMin, reduceProd } from "../../src/ops/reductions.ts";
import {
  concatenateAxis,
  type PadMode,
  padWith,
  repeat,
  reverse,
  slice,
  split,
  stack,
  tile,
  unstack,
} from "../../src/ops/slice.ts";
import { relativeError } from "../ir/closeness.ts";
import { differentiate, evaluate, type Given, given, runOn, slopes } from "./run-composition.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

let device: CpuDevice;
beforeAll(async () => {
  device = await CpuDevice.start({ inline: true });
});
afterAll(() => device.dispose());

function noise(length: number, seed = 1): number[] {
  const random = new RandomStream(keyOf(seed));
  return Array.from({ length }, () => Math.fround(random.normal()));
}

const values = (shape: Shape, batched = false): Given => given(shape, noise(sizeOf(shape)), batched);

/** An array of some shape whose entries are a function of their coordinates. */
function table(shape: Shape, entry: (at: number[]) => number): { shape: Shape; data: number[] } {
  const strides = stridesOf(shape);
  const at = (i: number) => shape.map((size, axis) => Math.floor(i / strides[axis]!) % size);
  return { shape, data: Array.from({ length: sizeOf(shape) }, (_, i) => entry(at(i))) };
}

const read = ({ shape, data }: Given, at: readonly number[]) =>
  data[stridesOf(shape).reduce((sum, stride, axis) => sum + stride * at[axis]!, 0)]!;

interface Wanted {
  readonly shape: Shape;
  readonly data: readonly number[];
}

/** Float64 and device against what is wanted, and the gradients against slopes where `slopesOf` names inputs. */
async function check(
  inputs: readonly Given[],
  write: (...inputs: Sym[]) => Sym | readonly Sym[],
  wanted: readonly Wanted[],
  slopesOf: readonly number[] = [],
) {
  const made = evaluate(inputs, write);
  const onDevice = await runOn(device, inputs, write);
  wanted.forEach(({ shape, data }, i) => {
    expect(made[i]!.shape).toEqual(shape);
    expect(relativeError(made[i]!.data, data), `output ${i}`).toBeLessThan(1e-12);
    expect(relativeError(onDevice[i]!, data), `output ${i} on the device`).toBeLessThan(1e-5);
  });
  const cotangent = noise(sizeOf(wanted[0]!.shape), 7);
  const gradients = slopesOf.length === 0 ? [] : differentiate(inputs, write, cotangent);
  for (const by of slopesOf)
    expect(relativeError(gradients[by]!, slopes(inputs, write, cotangent, by)), `by input ${by}`).toBeLessThan(1e-6);
}

describe.each([true, false])("batched: %s", (batched) => {
  const x = values([3, 4, 5], batched);
  const first = batched ? 0 : 1;

  test("slice takes entries in steps, backwards too", async () => {
    const [start, size, strides] = [
      [first, 3, 1],
      [3 - first, 2, 2],
      [1, -2, 3],
    ] as const;
    const wanted = table(size, (at) =>
      read(
        x,
        at.map((i, axis) => start[axis]! + i * strides[axis]!),
      ),
    );
    await check([x], (s) => slice(s, start, size, strides), [wanted], [0]);
  });

  test("reverse turns axes round", async () => {
    const axes = batched ? [2] : [0, 2];
    const wanted = table(x.shape, (at) =>
      read(
        x,
        at.map((i, axis) => (axes.includes(axis) ? x.shape[axis]! - 1 - i : i)),
      ),
    );
    await check([x], (s) => reverse(s, axes), [wanted], [0]);
  });

  test("tile repeats the whole, repeat the entries", async () => {
    const times = [1 + first, 3, 2];
    const tiled = table([3 * times[0]!, 12, 10], (at) =>
      read(
        x,
        at.map((i, axis) => i % x.shape[axis]!),
      ),
    );
    await check([x], (s) => tile(s, times), [tiled], [0]);
    const repeated = table([3, 12, 5], ([i, j, k]) => read(x, [i!, Math.floor(j! / 3), k!]));
    await check([x], (s) => repeat(s, 3, 1), [repeated], [0]);
  });

  test("stack and unstack, split and concatenate undo each other", async () => {
    const y = { ...values([3, 4, 5], batched), data: noise(60, 2) };
    const axis = batched ? 1 : 0;
    const stacked = table(x.shape.toSpliced(axis, 0, 2), (at) => read(at[axis] === 0 ? x : y, at.toSpliced(axis, 1)));
    await check([x, y], (a, b) => stack([a!, b!], axis), [stacked], [0, 1]);
    await check([x, y], (a, b) => unstack(stack([a!, b!], axis), axis), [x, y], [0]);
    const sizes = batched ? [1, 3] : [2, 1];
    await check([x], (s) => concatenateAxis(split(s!, sizes, axis), axis), [x], [0]);
  });

  const modes: readonly [PadMode, (i: number, size: number) => number | undefined][] = [
    ["reflect", (i, size) => (i < 0 ? -i : i >= size ? 2 * size - 2 - i : i)],
    ["symmetric", (i, size) => (i < 0 ? -1 - i : i >= size ? 2 * size - 1 - i : i)],
    [0, (i, size) => (i < 0 || i >= size ? undefined : i)],
    [-infinity, (i, size) => (i < 0 || i >= size ? undefined : i)],
  ];
  test.each(modes)("padWith %s", async (mode, source) => {
    const pads: Pad[] = [batched ? [0, 0] : [2, 1], [1, 3], [0, 2]];
    const shape = x.shape.map((size, axis) => size + pads[axis]![0] + pads[axis]![1]);
    const wanted = table(shape, (at) => {
      const from = at.map((i, axis) => source(i - pads[axis]![0], x.shape[axis]!));
      return from.some((i) => i === undefined) ? (mode as number) : read(x, from as number[]);
    });
    await check([x], (s) => padWith(s, pads, mode), [wanted], typeof mode === "string" || mode === 0 ? [0] : []);
  });

  test("cumulativeSum adds up along an axis", async () => {
    for (const axis of batched ? [1, 2] : [0, 1, 2]) {
      const wanted = table(x.shape, (at) => {
        let sum = 0;
        for (let i = 0; i <= at[axis]!; i++) sum += read(x, at.with(axis, i));
        return sum;
      });
      await check([x], (s) => cumulativeSum(s, axis), [wanted], [0]);
    }
  });

  test("reduceMin, reduceProd and logSumExp", async () => {
    const over = (at: readonly number[]) => [0, 1, 2, 3].map((j) => read(x, [at[0]!, j, at[1]!]));
    const [least, product, exponential] = [
      table([3, 5], (at) => Math.min(...over(at))),
      table([3, 5], (at) => over(at).reduce((a, b) => a * b)),
      table([3, 5], (at) => Math.log(over(at).reduce((sum, value) => sum + Math.exp(value), 0))),
    ];
    await check([x], (s) => reduceMin(s, [1]), [least!], [0]);
    await check([x], (s) => reduceProd(s, [1]), [product!], [0]);
    await check([x], (s) => logSumExp(s, [-2]), [exponential!], [0]);
    const all = table([3, 1, 1], ([i]) => {
      return x.data.slice(20 * i!, 20 * i! + 20).reduce((a, b) => a * b);
    });
    await check([x], (s) => reduceProd(s, [1, 2], true), [all]);
  });

  test("argMaxAxis and argMinAxis find places along any axis", async () => {
    const over = (at: readonly number[]) => [0, 1, 2, 3].map((j) => read(x, [at[0]!, j, at[1]!]));
    const place = (pick: (...all: number[]) => number) => table([3, 5], (at) => over(at).indexOf(pick(...over(at))));
    await check([x], (s) => [argMaxAxis(s, 1), argMinAxis(s, 1)], [place(Math.max), place(Math.min)]);
  });
});

test("a NaN reaches only the sums that contain it, and a zero factor only the product's own slopes", async () => {
  const x = given([1, 5], [1, 2, nan, 3, 4]);
  await check([x], (s) => cumulativeSum(s, 1), [{ shape: [1, 5], data: [1, 3, nan, nan, nan] }]);
  expect(differentiate([given([3], [2, 0, 5])], (s) => reduceProd(s, [0]), [1])).toEqual([[0, 10, 0]]);
});

test("logSumExp of infinities", async () => {
  const x = given([4, 2], [-infinity, -infinity, infinity, 0, -infinity, 3, 1000, 1000]);
  const wanted = { shape: [4], data: [-infinity, infinity, 3, 1000 + Math.LN2] };
  await check([x], (s) => logSumExp(s, [1]), [wanted]);
});

describe("order along the last axis", () => {
  const rows = [
    [3, -1, 2, 3, 0, -1, 7],
    [0, 0, 0, 1, -5, 2, 2],
  ];
  const x = given([2, 7], rows.flat(), true);
  const order = rows.map((row) => row.map((_, i) => i).sort((a, b) => row[a]! - row[b]! || a - b));

  test("sort, argSort and their slopes", async () => {
    const sorted = rows.map((row, i) => order[i]!.map((at) => row[at]!));
    await check([x], (s) => [sort(s), argSort(s)], [
      { shape: [2, 7], data: sorted.flat() },
      { shape: [2, 7], data: order.flat() },
    ]);
    const distinct = values([2, 6], true);
    const cotangent = noise(12, 3);
    const [made] = differentiate([distinct], (s) => sort(s), cotangent);
    expect(
      relativeError(
        made!,
        slopes([distinct], (s) => sort(s), cotangent, 0),
      ),
    ).toBeLessThan(1e-6);
  });

  test("topK gives the largest in descending order, the first of equals first", async () => {
    const write = (s: Sym) => {
      const { values: largest, indices } = topK(s, 3);
      return [largest, indices];
    };
    await check([x], write, [
      { shape: [2, 3], data: [7, 3, 3, 2, 2, 1] },
      { shape: [2, 3], data: [6, 0, 3, 5, 6, 3] },
    ]);
  });

  test("takeAlongLast takes entries by their places", async () => {
    const places = given([2, 2], [6, 0, 3, 9], true);
    const wanted = { shape: [2, 2], data: [7, 3, 1, 0] };
    await check([x, places], (a, b) => takeAlongLast(a!, b!), [wanted], [0]);
  });
});

test("sharedLeft multiplies one matrix by each of many", async () => {
  const [a, b] = [values([2, 3]), { ...values([4, 3, 5], true), data: noise(60, 2) }];
  const wanted = table([4, 2, 5], ([n, i, j]) =>
    [0, 1, 2].reduce((sum, k) => sum + read(a, [i!, k]) * read(b, [n!, k, j!]), 0),
  );
  await check([a, b], (left, right) => sharedLeft(left!, right!), [wanted], [0, 1]);
});

describe("random numbers", () => {
  const key: Key = [3, 4];
  const step = given([], [5]);
  const draw = (from: Key, i: number) => unitInterval(threefry(from, i, 5)[0]);
  const normal = (i: number) =>
    Math.sqrt(-2 * Math.log(1 - draw(foldKey(key, 0), i))) * Math.cos(2 * Math.PI * draw(foldKey(key, 1), i));

  test("randomNormal is Box and Muller's of two uniform streams", async () => {
    const wanted = table([7, 31], ([i, j]) => normal(31 * i! + j!));
    const made = evaluate([step, values([7, 2], true)], (s, like) => randomNormal(s!, like!, key, [31]))[0]!;
    expect(made.shape).toEqual([7, 31]);
    expect(relativeError(made.data, wanted.data)).toBeLessThan(1e-9);
    const [onDevice] = await runOn(device, [step, values([7, 2], true)], (s, like) =>
      randomNormal(s!, like!, key, [31]),
    );
    expect(relativeError(onDevice!, wanted.data)).toBeLessThan(1e-5);
  });

  test("random numbers without a batch", async () => {
    await check([step], (s) => randomUniformOf(s, key, [2, 9]), [table([2, 9], ([i, j]) => draw(key, 9 * i! + j!))]);
    const [made] = await runOn(device, [step], (s) => randomNormalOf(s, key, [100_003]));
    const mean = made!.reduce((sum, value) => sum + value, 0) / made!.length;
    const variance = made!.reduce((sum, value) => sum + (value - mean) ** 2, 0) / made!.length;
    const kurtosis = made!.reduce((sum, value) => sum + (value - mean) ** 4, 0) / made!.length / variance ** 2;
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(Math.abs(variance - 1)).toBeLessThan(0.025);
    expect(Math.abs(kurtosis - 3)).toBeLessThan(0.1);
  });
});

test("errors say what came and what was expected", () => {
  const run = (x: Given, write: (s: Sym) => Sym) => () => evaluate([x], write);
  expect(run(values([2, 3], true), (s) => slice(s, [1, 0], [1, 3]))).toThrow("block of the batch axis");
  expect(run(values([2, 3], true), (s) => tile(s, [2, 1]))).toThrow("batch axis cannot be repeated");
  expect(
    run(values([2, 3]), (s) =>
      padWith(
        s,
        [
          [0, 0],
          [3, 0],
        ],
        "reflect",
      ),
    ),
  ).toThrow("there are 2 to reflect");
  expect(run(values([2, 3]), (s) => split(s, [1, 1], 1)[0]!)).toThrow("split of an axis of 3 into parts of 1, 1");
  expect(run(values([2, 3], true), (s) => argMaxAxis(s, 0))).toThrow("moves the batch axis");
});

describe("Fourier transforms", () => {
  test.each([
    [9, 4, 2],
    [9, 5, 3],
    [8, 3, 3],
    [7, 7, 4],
    [11, 2, 5],
  ])("frames of %i samples: %i, every %i", async (samples, length, stride) => {
    const x = values([2, samples], true);
    const count = Math.floor((samples - length) / stride) + 1;
    const wanted = table([2, count, length], ([row, frame, i]) => read(x, [row!, frame! * stride + i!]));
    await check([x], (sym) => frames(sym, length, stride), [wanted], [0]);
  });

  test.each([1, 2, 5, 6, 12, 16, 21])("a transform of %i samples", async (length) => {
    const x = values([2, 3, length], true);
    const part = (trigonometric: (angle: number) => number) =>
      table([2, 3, Math.floor(length / 2) + 1], ([row, frame, bin]) =>
        Array.from({ length }, (_, i) => i).reduce(
          (sum, i) => sum + read(x, [row!, frame!, i]) * trigonometric((-2 * Math.PI * i * bin!) / length),
          0,
        ),
      );
    await check([x], realFourier, [part(Math.cos), part(Math.sin)], [0]);
  });
});
