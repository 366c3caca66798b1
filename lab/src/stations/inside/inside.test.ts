import { readFileSync } from "node:fs";
import { setSeed } from "fovea";
import { describe, expect, test } from "vitest";
import { compileNetwork, imagesTensor, makeHandout, readWeights } from "../../engine/networks.ts";
import { parseSamples } from "../../state/samples.ts";
import {
  bestRows,
  coloursRange,
  editCell,
  effectWords,
  explainedUnit,
  kernelOf,
  kernelsOf,
  rightOf,
  unitName,
} from "./state.ts";
import { dream, embed, excite, look } from "./tasks.ts";

const asset = (name: string) => readFileSync(new URL(`../../../assets/${name}`, import.meta.url));

describe("kernels as maps", () => {
  // [1, 2, 2 inputs, 3 filters]: the number says place, input and filter.
  const weights = { shape: [1, 2, 2, 3], data: [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112] };

  test("of one filter: a map for each input", () => {
    const { data, height, width, channels } = kernelsOf(weights, { filter: 2 });
    expect(Array.from(data)).toEqual([2, 12, 102, 112]);
    expect([height, width, channels]).toEqual([1, 2, 2]);
  });

  test("of one input: a map for each filter", () => {
    const { data, channels } = kernelsOf(weights, { input: 1 });
    expect(Array.from(data)).toEqual([10, 11, 12, 110, 111, 112]);
    expect(channels).toBe(3);
  });
});

test("an entry of Flatten is a unit of the second convolution", () => {
  const unit = explainedUnit({ layer: "flatten", channel: (5 * 24 + 7) * 32 + 28, y: 0, x: 0 });
  expect(unit).toEqual({ layer: "conv2d_1", channel: 28, y: 5, x: 7 });
  expect(unitName(unit)).toBe("map 28 of conv2d_1");
  expect(unitName({ layer: "dense", channel: 7, y: 0, x: 0 })).toBe("the digit 7");
});

test("an edit that gives a kernel its own numbers again is none", () => {
  const own = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const edited = editCell(own, { filter: 4, values: own }, 2, -1)!;
  expect(edited).toEqual({ filter: 4, values: [1, 2, -1, 4, 5, 6, 7, 8, 9] });
  expect(editCell(own, edited, 2, 3)).toBeUndefined();
});

test("colours mean a map's, a layer's or all layers' range", () => {
  const maps = { data: [1, -2, 3, 0], height: 2, width: 1, channels: 2 };
  const other = { data: [9], height: 1, width: 1, channels: 1 };
  expect(coloursRange("own", maps, [maps, other])).toEqual([
    { low: 0, high: 3 },
    { low: -2, high: 0 },
  ]);
  expect(coloursRange("layer", maps, [maps, other])).toEqual({ low: -2, high: 3 });
  expect(coloursRange("network", maps, [maps, other])).toEqual({ low: -2, high: 9 });
});

test("rows in which a channel is largest, and what an edit did", () => {
  expect(bestRows([0, 5, 0, 9, 0, 7], 2, 1, 2)).toEqual([1, 2]);
  expect(effectWords(99, 99, 100)).toMatch(/As many/);
  expect(effectWords(99, 98, 100)).toBe("1 fewer of the 100 digits is read right.");
  expect(effectWords(90, 98, 100)).toBe("8 more of the 100 digits are read right.");
});

describe("the shipped network", () => {
  setSeed(1);
  const model = compileNetwork(makeHandout(), { device: "cpu" });
  const weights = readWeights(new Uint8Array(asset("weights.f16")).buffer, model);
  model.setWeights(weights);
  const { images, labels } = parseSamples(asset("digits.u8"));
  const image = images.slice(0, 784);
  const context = {
    signal: new AbortController().signal,
    progress: () => undefined,
    withModel: <T>(_: unknown, work: (asked: typeof model) => Promise<T>) => work(model),
  };
  const asked = { at: "shipped", edit: undefined } as const;
  const own = kernelOf(weights[0]!, 3);
  const isOwnAgain = () =>
    model.getWeights().forEach(({ data }, i) => {
      expect(data).toEqual(weights[i]!.data);
    });

  test("reads the digits as predict does", async () => {
    const seen = await look({ ...asked, image, images, labels }, context);
    const answers = (await model.predict(imagesTensor(images), { verbose: 0 })).data;
    expect(seen.before).toBeUndefined();
    expect(seen.right).toBe(rightOf(answers, labels));
    seen.probabilities.forEach((value, i) => {
      expect(value).toBeCloseTo(answers[i]!, 5);
    });
    expect(seen.layers.map(({ shape }) => shape)).toEqual([[26, 26, 64], [24, 24, 32], [18432], [10]]);
  });

  test("an edited kernel makes the map that its numbers say, and is the network's own again afterwards", async () => {
    const values = [0, 0, 0, 0, 2, 0, 0, 0, 0];
    const seen = await look({ ...asked, edit: { filter: 3, values }, image, images, labels }, context);
    const bias = weights[1]!.data[3]!;
    const { data } = seen.layers[0]!;
    for (const [y, x] of [
      [6, 9],
      [10, 15],
      [20, 12],
    ] as const)
      expect(data[(y * 26 + x) * 64 + 3]).toBeCloseTo(Math.max(0, bias + 2 * image[(y + 1) * 28 + x + 1]!), 4);
    // Another filter's map is the same as before.
    expect(data[(10 * 26 + 15) * 64 + 4]).toBe(seen.before!.layers[0]!.data[(10 * 26 + 15) * 64 + 4]);
    expect(seen.before!.right).toBeGreaterThan(90);
    isOwnAgain();
  });

  test("what excites a map is its mean over the places", async () => {
    const { means, channels } = await excite({ ...asked, images, layer: "conv2d_1" }, context);
    expect([means.length, channels]).toEqual([3200, 32]);
    const { layers } = await look({ ...asked, image: images.slice(784, 1568), images, labels }, context);
    let sum = 0;
    for (let i = 28; i < layers[1]!.data.length; i += 32) sum += layers[1]!.data[i]!;
    expect(means[32 + 28]).toBeCloseTo(sum / 576, 4);
  });

  test("a made image excites its map more than any of the digits does", async () => {
    const { image: made, values } = await dream({ ...asked, layer: "conv2d", channel: 3 }, context);
    const { means } = await excite({ ...asked, images: made, layer: "conv2d" }, context);
    const { means: ofDigits } = await excite({ ...asked, images, layer: "conv2d" }, context);
    expect(means[3]).toBeCloseTo(values.at(-1)!, 4);
    expect(means[3]).toBeGreaterThan(Math.max(...ofDigits.filter((_, i) => i % 64 === 3)));
  });

  test("an edit goes into what is made, and leaves the network as it was", async () => {
    const edit = { filter: 3, values: own.map((value) => -value) };
    const [plain, turned] = [
      await excite({ ...asked, images: image, layer: "conv2d" }, context),
      await excite({ ...asked, edit, images: image, layer: "conv2d" }, context),
    ];
    expect(turned.means[3]).not.toBeCloseTo(plain.means[3]!, 4);
    expect(turned.means[5]).toBe(plain.means[5]);
    isOwnAgain();
  });

  test("digits of a class lie together in the plane", async () => {
    const { coordinates, shares, classes } = await embed({ at: "shipped", images }, context);
    expect(classes.filter((each, i) => each === labels[i]).length).toBeGreaterThan(90);
    expect(shares[0]).toBeGreaterThanOrEqual(shares[1]!);
    const distance = (a: number, b: number) =>
      Math.hypot(coordinates[2 * a]! - coordinates[2 * b]!, coordinates[2 * a + 1]! - coordinates[2 * b + 1]!);
    const [within, across]: [number[], number[]] = [[], []];
    for (let a = 0; a < labels.length; a++)
      for (let b = 0; b < a; b++) (labels[a] === labels[b] ? within : across).push(distance(a, b));
    const mean = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
    expect(mean(within)).toBeLessThan(0.8 * mean(across));
  });
});
