import { readFileSync } from "node:fs";
import { Sequential, type Tensor, tensor, toCategorical } from "fovea";
import {
  confusionMatrix,
  featureMaps,
  findDigits,
  gradCam,
  idealInput,
  occlusion,
  principalComponents,
  randomizeLayer,
  saliency,
  shiftMap,
  slideOverPage,
} from "fovea/insight";
import { Conv2D, Dense, Flatten, GlobalAveragePooling2D, MaxPooling2D } from "fovea/layers";
import { describe, expect, test } from "vitest";
import { foldKey, keyOf, RandomStream } from "../../src/base/random.ts";
import { readNumbers } from "../../src/io/numbers.ts";

const assets = new URL("../../lab/assets/", import.meta.url);
const bytes = readFileSync(new URL("digits.u8", assets));
const digits = tensor(
  Float32Array.from(bytes.subarray(0, 78_400), (value) => value / 255),
  [100, 28, 28, 1],
);
const labels = [...bytes.subarray(78_400)];

/** The network that the lab ships. */
function handout(): Sequential {
  const model = new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", name: "conv2d", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu", name: "conv2d_1" }),
    new Flatten({ name: "flatten" }),
    new Dense({ units: 10, activation: "softmax", name: "dense" }),
  ]);
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", device: "cpu", threads: 2 });
  const values = readNumbers(readFileSync(new URL("weights.f16", assets)), {
    kind: "float",
    bytes: 2,
    bigEndian: false,
  });
  let at = 0;
  model.setWeights(
    model.getWeights().map(({ shape, size }) => {
      at += size;
      return tensor(values.slice(at - size, at), shape);
    }),
  );
  return model;
}

const model = handout();
const predicted = async (images: Tensor) => [
  ...((await model.predict(images, { verbose: 0 })) as Tensor).argMax().data,
];

test("the shipped weights read the shipped digits: 7 2 1 0, and 97 of 100 or more", async () => {
  const read = await predicted(digits);
  expect(read.slice(0, 4)).toEqual([7, 2, 1, 0]);
  const right = confusionMatrix(labels, read, 10).reduce((sum, row, i) => sum + row[i]!, 0);
  expect(right).toBeGreaterThanOrEqual(97);
});

describe("saliency", () => {
  test("SmoothGrad is the mean gradient of noisy copies; without noise it is the gradient", async () => {
    const images = digits.slice(0, 2);
    const plain = await saliency(model, images);
    expect(plain.classes).toEqual([7, 2]);
    const still = await saliency(model, images, { method: "smooth_grad", noise: 0, samples: 2 });
    still.maps.data.forEach((value, i) => {
      expect(value).toBeCloseTo(plain.maps.data[i]!, 6);
    });
    const made = await saliency(model, images, { method: "smooth_grad", samples: 3, noise: 0.2, seed: 5 });
    const sums = new Float64Array(images.size);
    for (let sample = 0; sample < 3; sample++) {
      const random = new RandomStream(foldKey(foldKey(keyOf(5), 1), sample));
      // Digits range from 0 to 1, so that the deviation is the share itself.
      const noisy = Float32Array.from(images.data, (value) => value + 0.2 * random.normal());
      const { maps } = await saliency(model, tensor(noisy, images.shape), { classIndex: [7, 2] });
      maps.data.forEach((value, i) => {
        sums[i]! += value / 3;
      });
    }
    sums.forEach((value, i) => {
      expect(made.maps.data[i]).toBeCloseTo(value, 4);
    });
  });

  test("a forgetful layer changes the map, and restoring brings it back bit by bit", async () => {
    const images = digits.slice(0, 1);
    const before = await saliency(model, images, { classIndex: 7 });
    const weights = model.getWeights().map(({ data }) => data.slice());
    const restore = randomizeLayer(model, "dense", { seed: 3 });
    const shuffled = model.getWeights().map(({ data }) => data);
    expect(shuffled[4]!.slice().sort()).toEqual(weights[4]!.slice().sort());
    expect(shuffled[4]).not.toEqual(weights[4]);
    expect(shuffled[0]).toEqual(weights[0]);
    const forgot = await saliency(model, images, { classIndex: 7 });
    expect(forgot.maps.data).not.toEqual(before.maps.data);
    restore();
    expect((await saliency(model, images, { classIndex: 7 })).maps.data).toEqual(before.maps.data);
    expect(() => randomizeLayer(model, "flatten")).toThrow('randomizeLayer: layer "flatten" has no weights.');
  });

  test("wrong classes, methods and images are named with what was expected", async () => {
    const images = digits.slice(0, 2);
    await expect(saliency(model, images, { classIndex: 10 })).rejects.toThrow(
      "saliency: classIndex is 10, expected a class 0 … 9, or one for each of 2 images.",
    );
    await expect(saliency(model, images, { classIndex: [1] })).rejects.toThrow(
      /expected a class 0 … 9, or one for each/,
    );
    await expect(saliency(model, images, { method: "gradients" as never })).rejects.toThrow(/Did you mean "gradient"/);
    await expect(saliency(model, digits.data.subarray(0, 784), {})).rejects.toThrow(
      /saliency: images have shape \(784,\)/,
    );
    await expect(saliency(model, images.slice(0, 1).reshape([28, 28, 1]), {})).rejects.toThrow(/a batch of one/);
    await expect(gradCam(model, images, { layer: "dense" })).rejects.toThrow(
      /expected maps \(None, rows, columns, channels\)/,
    );
    await expect(occlusion(model, images, { size: 29 })).rejects.toThrow(/a patch of 29 rows and columns does not fit/);
    const row = new Sequential([new Dense({ units: 2, inputShape: [3] })]);
    await expect(saliency(row, [[1, 2, 3]])).rejects.toThrow(
      /takes \(None, 3\), expected one input \(None, height, width, channels\)/,
    );
    const first = new Sequential([
      new Conv2D({ filters: 1, kernelSize: 1, dataFormat: "channels_first", inputShape: [1, 4, 4] }),
    ]);
    await expect(featureMaps(first, new Float32Array(16))).rejects.toThrow(/channels first/);
  });
});

test("explanations read the weights of the moment while the model trains", async () => {
  const trained = handout();
  const seen: number[] = [];
  const images = digits.slice(0, 32);
  await trained.fit(images, toCategorical(labels.slice(0, 32), 10), {
    epochs: 3,
    batchSize: 32,
    verbose: 0,
    callbacks: [
      {
        onEpochEnd: async () => {
          const { dense } = await featureMaps(trained, images.slice(0, 1), { layers: ["dense"] });
          const output = (await trained.predict(images.slice(0, 1), { verbose: 0 })) as Tensor;
          expect(dense!.data).toEqual(output.data);
          seen.push(dense!.data[7]!);
        },
      },
    ],
  });
  expect(new Set(seen).size).toBe(3);
});

test("a shift of the image, at every place", async () => {
  const { classes, outputs } = await shiftMap(model, digits.slice(0, 1).reshape([28, 28, 1]), { reach: 2 });
  expect([classes.shape, outputs.shape]).toEqual([
    [5, 5],
    [5, 5, 10],
  ]);
  expect(classes.data[12]).toBe(7);
  // One row down and two columns to the right: place (3, 4).
  const moved = new Float32Array(784);
  for (let row = 1; row < 28; row++)
    for (let column = 2; column < 28; column++) moved[row * 28 + column] = digits.data[(row - 1) * 28 + column - 2]!;
  const output = (await model.predict(tensor(moved, [1, 28, 28, 1]), { verbose: 0 })) as Tensor;
  output.data.forEach((value, i) => {
    expect(outputs.data[(3 * 5 + 4) * 10 + i]).toBeCloseTo(value, 5);
  });
  await expect(shiftMap(model, digits)).rejects.toThrow(
    "shiftMap: got 100 images, expected one; take images.slice(i, i + 1).",
  );
});

test("gradient ascent raises the channel and stays an image", async () => {
  for (const [layer, channel] of [
    ["conv2d", 1],
    ["conv2d_1", 9],
    ["dense", 3],
  ] as const) {
    const { image, value, values } = await idealInput(model, { layer, channel, steps: 20, starts: 2 });
    expect(image.shape).toEqual([28, 28, 1]);
    expect(image.data.every((pixel) => pixel >= 0 && pixel <= 1)).toBe(true);
    expect(values.length).toBe(21);
    expect(value).toBe(values[20]);
    expect(value).toBeGreaterThan(values[0]!);
  }
  const { image } = await idealInput(model, { layer: "dense", channel: 3, steps: 40 });
  expect(await predicted(image.reshape([1, 28, 28, 1]))).toEqual([3]);
  await expect(idealInput(model, { layer: "conv2d", channel: 64 })).rejects.toThrow(/channel is 64, expected 0 … 63/);
});

describe("a page of digits", () => {
  test("three digits are found where they were put, and empty paper is not taken for one", async () => {
    const [rows, columns] = [70, 90];
    const page = new Float32Array(rows * columns);
    const put = [
      { digit: 0, top: 2, left: 3 },
      { digit: 1, top: 38, left: 40 },
      { digit: 3, top: 4, left: 58 },
    ];
    for (const { digit, top, left } of put)
      for (let row = 0; row < 28; row++)
        page.set(
          digits.data.subarray(digit * 784 + row * 28, digit * 784 + (row + 1) * 28),
          (top + row) * columns + left,
        );
    const map = await slideOverPage(model, tensor(page, [rows, columns, 1]));
    expect(map.scores.shape).toEqual([43, 63, 10]);
    const output = (await model.predict(digits.slice(1, 2), { verbose: 0 })) as Tensor;
    output.data.forEach((value, i) => {
      expect(map.scores.data[(38 * 63 + 40) * 10 + i]).toBeCloseTo(value, 4);
    });
    const found = findDigits(map, { threshold: 0.95, ink: 0.06 });
    for (const { digit, top, left } of put)
      expect(
        found.some(
          (box) => box.classIndex === labels[digit] && Math.abs(box.top - top) <= 6 && Math.abs(box.left - left) <= 6,
        ),
      ).toBe(true);
    for (const box of found) expect([box.bottom - box.top, box.right - box.left]).toEqual([27, 27]);
  });

  test("of boxes that overlap the better one stays", () => {
    const scores = new Float32Array([0.1, 0.95, 0.2, 0.97, 0.3, 0.92]);
    const map = {
      scores: tensor(scores, [1, 3, 2]),
      window: [4, 4],
      stride: [1, 3],
      ink: tensor([0.5, 0.2, 0.4], [1, 3]),
    } as const;
    expect(findDigits(map, { overlap: 0.1 }).map(({ left, right, classIndex }) => [left, right, classIndex])).toEqual([
      [3, 6, 1],
    ]);
    expect(findDigits(map, { overlap: 0.2 }).map(({ left }) => left)).toEqual([3, 0, 6]);
    expect(findDigits(map, { overlap: 1, ink: 0.4 }).map(({ left }) => left)).toEqual([0, 6]);
    expect(findDigits(map, { threshold: 0.96, overlap: 1 }).map(({ left }) => left)).toEqual([3]);
    expect(() => findDigits({} as never)).toThrow(/findDigits takes what slideOverPage resolved to/);
  });

  test("strides add up, and what cannot slide is named", async () => {
    const pooled = new Sequential([
      new Conv2D({ filters: 2, kernelSize: 3, inputShape: [8, 8, 1] }),
      new MaxPooling2D(),
      new Flatten(),
      new Dense({ units: 4, activation: "relu" }),
      new Dense({ units: 3, activation: "softmax" }),
    ]);
    pooled.compile({ device: "reference" });
    const page = tensor(
      Float32Array.from({ length: 168 }, (_, i) => Math.sin(i * i)),
      [12, 14, 1],
    );
    const { scores, stride } = await slideOverPage(pooled, page);
    expect([scores.shape, stride]).toEqual([
      [3, 4, 3],
      [2, 2],
    ]);
    const window = Float32Array.from({ length: 64 }, (_, i) => page.data[(2 + Math.floor(i / 8)) * 14 + 4 + (i % 8)]!);
    const alone = (await pooled.predict(tensor(window, [1, 8, 8, 1]), { verbose: 0 })) as Tensor;
    alone.data.forEach((value, i) => {
      expect(scores.data[(4 + 2) * 3 + i]).toBeCloseTo(value, 6);
    });
    await expect(slideOverPage(pooled, new Float32Array(49) as never)).rejects.toThrow(
      /expected \(rows, columns, 1\) with 8 rows and 8 columns or more/,
    );
    const global = new Sequential([
      new Conv2D({ filters: 2, kernelSize: 3, inputShape: [8, 8, 1] }),
      new GlobalAveragePooling2D({ name: "mean" }),
      new Flatten(),
      new Dense({ units: 3 }),
    ]);
    await expect(slideOverPage(global, page)).rejects.toThrow(
      /layer "mean" \(GlobalAveragePooling2D\) .* cannot slide/,
    );
  });
});

test("principal components of an embedding fall apart by what differs, and refuse what has none", async () => {
  const { flatten } = await featureMaps(model, digits, { layers: ["flatten"] });
  const { shares, components, coordinates } = principalComponents(flatten!, { components: 3 });
  expect(shares[0]).toBeGreaterThan(shares[1]!);
  expect(shares[1]).toBeGreaterThan(shares[2]!);
  expect([components.shape, coordinates.shape]).toEqual([
    [3, 18432],
    [100, 3],
  ]);
  // Equal rows do not differ at all.
  expect(
    principalComponents([
      [1, 2],
      [1, 2],
    ]).shares,
  ).toEqual([0, 0]);
  expect(() => principalComponents([[1, 2]])).toThrow(/expected \(rows, entries\) with two rows or more/);
  expect(() =>
    principalComponents([
      [1, Number.NaN],
      [2, 3],
    ]),
  ).toThrow(/NaN or infinite/);
  expect(() =>
    principalComponents(
      [
        [1, 2],
        [3, 4],
      ],
      { components: 3 },
    ),
  ).toThrow(/ask for 2 at most/);
});
