import { clearSession, Sequential, setSeed } from "fovea";
import { benchmark, benchmarkText } from "fovea/insight";
import { Conv2D, Dense, Dropout, Flatten } from "fovea/layers";
import { CategoricalCrossentropy } from "fovea/losses";
import { Adam } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError, StateError } from "../../src/base/errors.ts";
import { seededCnn, silent, smallCnn, stripes } from "../train/small-models.ts";

const quick = { seconds: 0.02, batchSize: 8 } as const;

/** A CNN whose layers have names and whose second one is large enough to be Winograd's. */
function namedCnn() {
  const model = new Sequential([
    new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [16, 16, 1], name: "edges" }),
    new Conv2D({ filters: 16, kernelSize: 3, activation: "relu", name: "corners" }),
    new Flatten({ name: "flat" }),
    new Dropout({ rate: 0.25, name: "drop" }),
    new Dense({ units: 10, activation: "softmax", name: "classes" }),
  ]);
  model.compile({
    optimizer: "adam",
    loss: "categorical_crossentropy",
    metrics: ["accuracy"],
    device: "cpu",
    threads: 2,
  });
  return model;
}

describe("benchmark", () => {
  test.each([
    ["cpu", "thread", "2 worker threads"],
    ["gpu", "gpu", "WebGPU on "],
  ] as const)(
    "training on %s: images per second, and all layers, loss, metrics and optimizer with times that add up",
    async (device, timedOn, description) => {
      const result = await benchmark(namedCnn(), { ...quick, device, ...(device === "cpu" ? { threads: 2 } : {}) });
      expect(result).toMatchObject({ mode: "train", batchSize: 8, device, unprofiled: undefined });
      expect(result.profile!.timedOn).toBe(timedOn);
      expect(result.deviceDescription).toContain(description);
      expect(result.imagesPerSecond).toBeCloseTo(8000 / result.stepMs, 6);
      expect(result.steps).toBeGreaterThanOrEqual(1);
      const { layers, peakGflops, peakGigabytesPerSecond, stepMs } = result.profile!;
      const names = layers.map(({ layer, className }) => [layer, className]);
      expect(names.slice(0, 5)).toEqual([
        ["edges", "Conv2D"],
        ["corners", "Conv2D"],
        ["flat", "Flatten"],
        ["drop", "Dropout"],
        ["classes", "Dense"],
      ]);
      expect(names.slice(5).map(([name]) => name)).toEqual(expect.arrayContaining(["loss", "optimizer"]));
      expect(names.slice(5).every(([, className]) => className === undefined)).toBe(true);
      const sum = layers.reduce((total, { forwardMs, backwardMs }) => total + forwardMs + backwardMs, 0);
      expect(sum).toBeGreaterThan(0.5 * stepMs);
      expect(sum).toBeLessThanOrEqual(1.0001 * stepMs);
      expect(layers.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1, 6);
      for (const { gflops, peakShare, gigabytesPerSecond, bound, boundShare } of layers) {
        if (gflops !== undefined) expect(peakShare).toBeCloseTo(gflops / peakGflops, 9);
        // A layer's bound is the slower of the two, operation by operation.
        const memoryShare = gigabytesPerSecond === undefined ? 0 : gigabytesPerSecond / peakGigabytesPerSecond;
        const slower = Math.max(peakShare ?? 0, memoryShare);
        expect(boundShare ?? 0).toBeGreaterThanOrEqual(slower * (1 - 1e-9));
        expect(boundShare ?? 0).toBeLessThanOrEqual(((peakShare ?? 0) + memoryShare) * (1 + 1e-9));
        expect(bound === undefined).toBe(boundShare === undefined);
      }
      const row = (name: string) => layers.find(({ layer }) => layer === name)!;
      for (const name of ["edges", "corners", "classes"]) {
        expect(row(name).forwardMs).toBeGreaterThan(0);
        expect(row(name).backwardMs).toBeGreaterThan(0);
        expect(row(name).gflops).toBeGreaterThan(0);
      }
      expect(row("optimizer").forwardMs).toBeGreaterThan(0);
      expect(row("flat").gflops).toBeUndefined();
      expect(row("optimizer").bound).toBe("memory");
    },
  );

  test("prediction needs no compile and has nothing backward", async () => {
    const model = new Sequential([new Dense({ units: 4, inputShape: [6], name: "only" })]);
    const { mode, profile } = await benchmark(model, { ...quick, mode: "predict", device: "cpu", threads: 1 });
    expect(mode).toBe("predict");
    expect(profile!.layers.map(({ layer }) => layer)).toEqual(["only"]);
    expect(profile!.layers[0]).toMatchObject({ backwardMs: 0, share: 1 });
  });

  test("nothing of the model changes: weights, optimizer, compiled steps, and what training gives afterwards", async () => {
    const { images, labels } = stripes(24);
    const train = async (measure: boolean) => {
      clearSession();
      const model = seededCnn({ device: "cpu", threads: 1, optimizer: new Adam({ name: "adam", amsgrad: true }) });
      setSeed(3);
      if (measure) await benchmark(model, quick);
      expect(model.optimizer!.built).toBe(false);
      expect(await model.compiledSteps()).toBeUndefined();
      await model.fit(images, labels, { ...silent, epochs: 2, batchSize: 8 });
      const state = () => [...model.weights, ...model.optimizer!.variables];
      const bits = () => state().map(({ path, value }) => [path, ...new Int32Array(value.slice().buffer)]);
      const values = state().map(({ value }) => value);
      const before = bits();
      const { history } = model;
      if (measure) for (const mode of ["train", "predict"] as const) await benchmark(model, { ...quick, mode });
      expect(bits()).toEqual(before);
      expect(state().every(({ value }, i) => value === values[i])).toBe(true);
      expect(model.history).toBe(history);
      await model.fit(images, labels, { ...silent, epochs: 1, batchSize: 8 });
      return { bits: bits(), steps: [...(await model.compiledSteps())!.steps.keys()] };
    };
    expect(await train(true)).toEqual(await train(false));
  });

  test.each([
    ["sparse_categorical_crossentropy", 3],
    ["categorical_crossentropy", 3],
    ["mean_squared_error", 3],
    ["mean_squared_error", 1],
  ] as const)("targets can be made up for %s of %d outputs", async (loss, units) => {
    const model = new Sequential([new Dense({ units, activation: "sigmoid", inputShape: [4] })]);
    model.compile({ optimizer: "sgd", loss, metrics: ["accuracy"], device: "reference" });
    const result = await benchmark(model, { seconds: 0.001, batchSize: 2 });
    expect(result.imagesPerSecond).toBeGreaterThan(0);
    expect(result.profile).toBeUndefined();
    expect(benchmarkText(result)).toContain('Layers were not timed: device "reference" has no clock for them.\n');
  });
});

describe("benchmark's errors", () => {
  const compiled = (inputShape: readonly (number | null)[]) => {
    const model = new Sequential([new Dense({ units: 2, inputShape })], { name: "open" });
    model.compile({ optimizer: "sgd", loss: "mse" });
    return model;
  };

  test("a model that is not built, not compiled, or of unknown size", async () => {
    const unbuilt = new Sequential([new Dense({ units: 1 })], { name: "blank" });
    await expect(benchmark(unbuilt, quick)).rejects.toThrow(
      'Model "blank" is not built: give its first layer an inputShape',
    );
    const plain = new Sequential([new Dense({ units: 1, inputShape: [2] })], { name: "plain" });
    await expect(benchmark(plain, quick)).rejects.toThrow(StateError);
    await expect(benchmark(plain, quick)).rejects.toThrow(
      'benchmark: model "plain" is not compiled, so it has no training step. Call model.compile({ optimizer, loss }) first, or measure mode "predict".',
    );
    await expect(benchmark(compiled([null, 3]), quick)).rejects.toThrow(
      'benchmark: the input of model "open" has shape (None, None, 3), with axes of unknown size; build a model of the same layers with a fixed inputShape to measure it.',
    );
  });

  test.each([
    [{ batchsize: 3 }, 'benchmark: unknown option "batchsize". Did you mean "batchSize"?'],
    [{ batchSize: 0 }, "benchmark: batchSize is 0, expected a whole number of 1 or more."],
    [{ seconds: 0 }, "benchmark: seconds is 0, expected a finite number above 0."],
    [{ mode: "test" }, 'benchmark: mode is "test", expected "train" or "predict".'],
    [{ device: "cpuu" }, 'Unknown device "cpuu". Did you mean "cpu"?'],
    [{ threads: 0 }, "threads: got 0, expected a whole number from 1 to 256."],
  ])("%j is refused", async (options, message) => {
    await expect(benchmark(smallCnn(), options as object)).rejects.toThrow(message);
  });

  test("a loss that takes no targets that could be made up", async () => {
    class Picky extends CategoricalCrossentropy {
      override checkTargets(): void {
        throw new ShapeError("picky: bring boxes.");
      }
    }
    const model = smallCnn({ loss: new Picky({ name: "picky" }), metrics: [] });
    await expect(benchmark(model, quick)).rejects.toThrow(ArgumentError);
    await expect(benchmark(model, quick)).rejects.toThrow(
      'no targets can be made up for loss "picky", which takes neither one-hot rows nor class numbers: picky: bring boxes.',
    );
  });
});

test("the text: device and peak, speed, a table in which the total is the sum, and what it is of", async () => {
  const time = { forwardMs: 0.5, backwardMs: 1.5, share: 0.8, gflops: 40, peakShare: 0.8 };
  const full = { gigabytesPerSecond: 2, bound: "arithmetic", boundShare: 0.9 } as const;
  const free = {
    gflops: undefined,
    peakShare: undefined,
    gigabytesPerSecond: 12,
    bound: "memory",
    boundShare: 0.6,
  } as const;
  const result = {
    model: "m",
    mode: "train",
    batchSize: 32,
    device: "cpu",
    deviceDescription: "two threads",
    imagesPerSecond: 12_345.6,
    stepMs: 2.592,
    steps: 386,
    unprofiled: undefined,
    exchange: undefined,
    profile: {
      timedOn: "thread",
      peakGflops: 50,
      peakGigabytesPerSecond: 20,
      stepMs: 2.6,
      layers: [
        { layer: "conv", className: "Conv2D", ...time, ...full },
        { layer: "optimizer", className: undefined, forwardMs: 0.5, backwardMs: 0, share: 0.2, ...free },
      ],
    },
  } as const;
  expect(benchmarkText(result).split("\n").slice(0, 8)).toEqual([
    "Device: cpu (two threads); a thread computes 50.0 GFLOP/s and copies 20.0 GB/s at most",
    "Training, batch 32: 12,346 images/s, 2.59 ms per step (mean of 386 steps on made-up data)",
    "",
    "layer          forward (ms)  backward (ms)   share  GFLOP/s  GB/s  bound       of bound",
    "─────────────  ────────────  ─────────────  ──────  ───────  ────  ──────────  ────────",
    "conv (Conv2D)         0.500          1.500   80.0%     40.0   2.0  arithmetic     90.0%",
    "optimizer             0.500          0.000   20.0%        –  12.0  memory         60.0%",
    "total                 1.000          1.500  100.0%     32.0   4.0  –              84.0%",
  ]);
  expect(benchmarkText(result)).toContain("\nThe table is of one thread, on which a step takes 2.60 ms");
  const exchange = { processes: 4, count: 3, bytes: 24_000, stepMs: 0.6 };
  expect(benchmarkText({ ...result, exchange }).split("\n")[2]).toBe(
    "4 processes: 3 exchanges of 23.44 KB in all take 0.60 ms of a step (23.1%), waiting for each other included",
  );
  expect(benchmarkText({ ...result, exchange: { ...exchange, count: 1 } })).toContain(
    "1 exchange of 23.44 KB in all takes",
  );
  expect(benchmarkText({ ...result, mode: "predict" })).not.toContain("backward");
  const onGpu = benchmarkText({ ...result, device: "gpu", profile: { ...result.profile, timedOn: "gpu" } });
  expect(onGpu).toContain("; it computes 50.0 GFLOP/s and copies 20.0 GB/s at most\n");
  expect(onGpu).toContain("\nThe table is of the GPU's own clock, one operation after the other: 2.60 ms.");
});
