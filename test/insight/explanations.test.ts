/** Against the numbers of PyTorch: bench/golden/explanations.py. */
import { readFileSync } from "node:fs";
import { Sequential, type Tensor, tensor, toCategorical } from "fovea";
import {
  deadUnits,
  featureMaps,
  gradCam,
  gradientNorms,
  measuredField,
  occlusion,
  principalComponents,
  saliency,
  slideOverPage,
} from "fovea/insight";
import { Conv2D, Dense, Dropout, Flatten } from "fovea/layers";
import { describe, expect, test } from "vitest";

interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/explanations.json", import.meta.url), "utf8"));
const of = ({ shape, data }: Stored): Tensor => tensor(Float32Array.from(data), shape);

/** The largest gap, relative to the largest number there is. */
function gap(made: Tensor, { shape, data }: Stored): number {
  expect(made.shape).toEqual(shape);
  const scale = Math.max(...data.map(Math.abs));
  return Math.max(...data.map((value, i) => Math.abs(made.data[i]! - value))) / scale;
}

const images = of(golden.images);

function network(device: "reference" | "cpu"): Sequential {
  const model = new Sequential([
    new Conv2D({
      filters: 5,
      kernelSize: 3,
      padding: "same",
      activation: "relu",
      name: "first",
      inputShape: [10, 9, 2],
    }),
    new Conv2D({ filters: 4, kernelSize: 3, strides: 2, activation: "relu", name: "second" }),
    new Flatten({ name: "flat" }),
    new Dropout({ rate: 0.5, name: "dropout" }),
    new Dense({ units: 6, activation: "softmax", name: "dense" }),
  ]);
  model.compile({
    optimizer: "sgd",
    loss: "categorical_crossentropy",
    device,
    ...(device === "cpu" ? { threads: 2 } : {}),
  });
  model.setWeights(golden.weights.map(of));
  return model;
}

describe.each(["reference", "cpu"] as const)("on the %s device", (device) => {
  const model = network(device);
  const classIndex: number[] = golden.classes;

  test("gradients by the pixels", async () => {
    const gradient = await saliency(model, images, { classIndex });
    expect(gradient.classes).toEqual(classIndex);
    expect(gap(gradient.maps, golden.gradient)).toBeLessThan(2e-5);
    const product = await saliency(model, images, { classIndex, method: "gradient_x_input" });
    expect(gap(product.maps, golden.gradient_x_input)).toBeLessThan(2e-5);
  });

  test("Grad-CAM of both convolutions; the last one is the default", async () => {
    const first = await gradCam(model, images, { classIndex, layer: "first" });
    expect(gap(first.maps, golden.gradCam.first)).toBeLessThan(2e-5);
    const second = await gradCam(model, images, { classIndex });
    expect(gap(second.maps, golden.gradCam.second)).toBeLessThan(2e-5);
    const fine = await gradCam(model, images, { classIndex, method: "hi_res_cam" });
    expect(gap(fine.maps, golden.gradCam.hiRes)).toBeLessThan(2e-5);
  });

  test("occlusion", async () => {
    const { size, stride, fill, maps } = golden.occlusion;
    const made = await occlusion(model, images, { size, stride, fill, classIndex });
    expect(gap(made.maps, maps)).toBeLessThan(2e-5);
  });

  test("the field of one unit", async () => {
    const made = await measuredField(model, { layer: "second", unit: golden.field.unit, images });
    expect(gap(made, golden.field.map)).toBeLessThan(2e-5);
  });

  test("gradients of the loss, weight by weight; what is dropped in training is not dropped", async () => {
    const made = await gradientNorms(model, images, toCategorical(classIndex, 6));
    expect(made.map(({ weight }) => weight.split("/").slice(-2).join("/"))).toEqual([
      "first/kernel",
      "first/bias",
      "second/kernel",
      "second/bias",
      "dense/kernel",
      "dense/bias",
    ]);
    expect(
      gap(
        tensor(
          Float32Array.from(made, ({ norm }) => norm),
          [6],
        ),
        golden.norms,
      ),
    ).toBeLessThan(2e-5);
    const [kernel] = golden.weights as [Stored];
    expect(made[0]!.size).toBeCloseTo(Math.hypot(...kernel.data), 5);
  });

  test("a network slid over a page gives what it gives for each window", async () => {
    const sliding = new Sequential([
      new Conv2D({ filters: 3, kernelSize: 3, activation: "relu", inputShape: [6, 6, 1] }),
      new Flatten(),
      new Dense({ units: 5, activation: "softmax" }),
    ]);
    sliding.compile({ device });
    sliding.setWeights(golden.slide.weights.map(of));
    const made = await slideOverPage(sliding, of(golden.slide.page));
    expect(gap(made.scores, golden.slide.scores)).toBeLessThan(2e-5);
    expect([made.window, made.stride]).toEqual([
      [6, 6],
      [1, 1],
    ]);
    const window = Array.from(
      { length: 36 },
      (_, i) => golden.slide.page.data[(2 + Math.floor(i / 6)) * 13 + 3 + (i % 6)],
    );
    expect(made.ink.data[2 * 8 + 3]).toBeCloseTo(window.reduce((a, b) => a + b) / 36, 6);
  });

  test("maps of all layers come of one run, and units without any value above 0 are dead", async () => {
    const maps = await featureMaps(model, images);
    expect(Object.keys(maps)).toEqual(["first", "second", "flat", "dropout", "dense"]);
    const probabilities = (await model.predict(images, { verbose: 0 })) as Tensor;
    expect(maps.dense!.data).toEqual(probabilities.data);
    const { second } = await featureMaps(model, images, { layers: ["second"] });
    expect(second!.data).toEqual(maps.second!.data);
    const [zeros] = await deadUnits(model, images, { layers: ["second"] });
    const dead = [0, 1, 2, 3].filter((unit) => second!.data.every((value, i) => i % 4 !== unit || value === 0));
    expect(zeros).toEqual({
      layer: "second",
      units: 4,
      dead,
      zeros: second!.data.filter((value) => value === 0).length / second!.size,
    });
  });
});

test.each([0, 1])("principal components %i", (i) => {
  const { rows, components, coordinates, shares } = golden.components[i];
  const made = principalComponents(of(rows), { components: shares.data.length });
  expect(gap(made.components, components)).toBeLessThan(1e-6);
  expect(gap(made.coordinates, coordinates)).toBeLessThan(1e-6);
  made.shares.forEach((share, k) => {
    expect(share).toBeCloseTo(shares.data[k], 6);
  });
});
