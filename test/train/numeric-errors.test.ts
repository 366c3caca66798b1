import { NumericError, Sequential, tensor } from "fovea";
import { Dense } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { seededCnn, silent, stripes, weightValues } from "./small-models.ts";

const { images, labels } = stripes(20);
const advice =
  "The model keeps the weights of the last good step. Try a smaller learning rate, clipnorm on the optimizer, or check the data.";

function withNaN(count: number, at: number) {
  const data = Float32Array.from(images.data);
  for (let i = 0; i < count; i++) data[at + i] = Number.NaN;
  return tensor(data, images.shape);
}

describe.each([
  { device: "reference", threads: 1 },
  { device: "cpu", threads: 1 },
  { device: "cpu", threads: 2 },
  { device: "gpu", threads: 1 },
] as const)("a loss that is not a number, on $device, $threads thread(s)", ({ device, threads }) => {
  test("NaN in the inputs: step and epoch are named, weights are those before the bad step", async () => {
    const options = { batchSize: 4, shuffle: false, ...silent };
    const model = seededCnn({ device, threads });
    const failed = model.fit(withNaN(1, 36 * 9 + 5), labels, { epochs: 2, ...options });
    await expect(failed).rejects.toBeInstanceOf(NumericError);
    await expect(failed).rejects.toThrow(
      `The loss is NaN at step 3 of epoch 1. The inputs of this batch hold NaN or infinite values. ${advice}`,
    );
    expect(model.history!.epoch).toEqual([]);
    const twin = seededCnn({ device, threads });
    await twin.fit(images.slice(0, 8), labels.slice(0, 8), options);
    expect(weightValues(model)).toEqual(weightValues(twin));
    expect(model.optimizer!.iteration.value[0]).toBe(2);
  });

  test("NaN in a weight: the layer and the weight are named", async () => {
    const model = seededCnn({ device, threads });
    const weights = model.getWeights();
    const kernel = Float32Array.from(weights[2]!.data);
    kernel[7] = Number.NaN;
    model.setWeights([weights[0]!, weights[1]!, tensor(kernel, weights[2]!.shape), weights[3]!]);
    await expect(model.fit(images, labels, silent)).rejects.toThrow(
      `The loss is NaN at step 1 of epoch 1. The first bad values are in the weight "kernel" of layer "${model.layers[2]!.name}". ${advice}`,
    );
    model.setWeights(weights);
    await expect(model.fit(images, labels, silent)).resolves.toBeDefined();
  });

  test("an absurd learning rate: the epoch is named, and the model is not left busy", async () => {
    const model = new Sequential([
      new Dense({ units: 8, inputShape: [4], name: "first" }),
      new Dense({ units: 1, name: "second" }),
    ]);
    model.compile({ optimizer: new SGD({ learningRate: 1e6 }), loss: "mse", device, threads });
    const x = tensor(
      Float32Array.from({ length: 64 }, (_, i) => ((i * 37) % 11) - 5),
      [16, 4],
    );
    const y = Float32Array.from({ length: 16 }, (_, i) => i);
    await expect(model.fit(x, y, { epochs: 50, batchSize: 4, ...silent })).rejects.toThrow(
      /^The loss is (NaN|Infinity) at step [1-4] of epoch \d+\. (The first bad values are in |Every layer's output is finite, so it comes from the loss itself\.)/,
    );
    await expect(model.predict(x, silent)).resolves.toBeDefined();
  });
});

describe("where else it may come from", () => {
  const model = () => {
    const made = new Sequential([new Dense({ units: 1, kernelInitializer: "ones", inputShape: [1], name: "only" })]);
    made.compile({ optimizer: "sgd", loss: "mse", device: "reference" });
    return made;
  };

  test("a layer's output", async () => {
    // 3e38 · 2 overflows in the second layer, whose weights and inputs are finite.
    const deep = new Sequential([
      new Dense({ units: 1, kernelInitializer: "ones", inputShape: [2], name: "sum" }),
      new Dense({ units: 1, kernelInitializer: "ones", name: "next" }),
    ]);
    deep.compile({ optimizer: "sgd", loss: "mse", device: "cpu", threads: 1 });
    await expect(deep.fit([[3e38, 3e38]], [0], silent)).rejects.toThrow(
      'The first bad values are in the output of layer "sum".',
    );
  });

  test("the targets", async () => {
    await expect(model().fit([[1]], [Number.NaN], silent)).rejects.toThrow(
      "The targets of this batch hold NaN or infinite values.",
    );
  });

  test("the sample weights", async () => {
    await expect(model().fit([[1]], [0], { sampleWeight: [Number.NaN], ...silent })).rejects.toThrow(
      "The sample weights of this batch hold NaN or infinite values.",
    );
  });

  test("the loss itself", async () => {
    const far = model();
    far.compile({ optimizer: "sgd", loss: "mse", device: "cpu", threads: 1 });
    await expect(far.fit([[1e30]], [0], silent)).rejects.toThrow(
      "The loss is Infinity at step 1 of epoch 1. Every layer's output is finite, so it comes from the loss itself.",
    );
  });
});

test("trainOnBatch reports NaN and does not learn from it", async () => {
  const model = seededCnn();
  const before = weightValues(model);
  const logs = await model.trainOnBatch(withNaN(36, 0), labels);
  expect(logs.loss).toBeNaN();
  expect(weightValues(model)).toEqual(before);
  expect((await model.trainOnBatch(images, labels)).loss).toBeGreaterThan(0);
});
