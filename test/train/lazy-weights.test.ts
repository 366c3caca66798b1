/** Weights stay on the device until somebody reads them, and what is read is never stale. */
import { Sequential, tensor } from "fovea";
import { type CallbackMethods, EarlyStopping, LambdaCallback } from "fovea/callbacks";
import { SGD } from "fovea/optimizers";
import { describe, expect, test } from "vitest";

import { halving, type SteppedCompile } from "./halving-model.ts";
import { seededCnn, silent, stripes, weightValues } from "./small-models.ts";

const devices: readonly SteppedCompile[] = [
  { device: "reference" },
  { device: "cpu", threads: 1 },
  { device: "cpu", threads: 2 },
];
const pause = () => new Promise((resolve) => setTimeout(resolve));

describe.each(devices)("on $device with $threads threads", (options) => {
  test("weights, variables, slots and counters after fit and trainOnBatch", async () => {
    const { model, x, y } = halving(options, { momentum: 0.5, learningRate: 0.125 });
    const bias = model.weights[0]!;
    await model.fit(x.slice(0, 2), y.slice(0, 2), { batchSize: 1, ...silent });
    // v = v/2 - ¼·(b - 1024), b += v: 256, then 128 + 192 more.
    expect([bias.value[0], weightValues(model)]).toEqual([576, [[576]]]);
    const [iteration, , momentum] = model.optimizer!.variables;
    expect([iteration!.value[0], momentum!.value[0], model.optimizer!.iterations]).toEqual([2, 320, 2]);
    await model.trainOnBatch(x.slice(0, 1), y.slice(0, 1));
    expect([bias.value[0], iteration!.value[0], momentum!.value[0]]).toEqual([848, 3, 272]);
  });

  test.each<CallbackMethods["reads"]>([undefined, "weights"])(
    "a callback reads the weights as each batch left them, reads: %s",
    async (reads) => {
      const { model, x, y, weightAfter } = halving(options);
      const [begun, ended]: number[][] = [[], []];
      await model.fit(x, y, {
        batchSize: 1,
        callbacks: {
          reads,
          // Not from the first batch on: what is found out there must not make later reads wrong.
          onTrainBatchBegin: (batch) => void (batch % 3 === 1 && begun!.push(weightValues(model)[0]![0]!)),
          onTrainBatchEnd: (batch) => void (batch % 3 === 2 && ended!.push(weightValues(model)[0]![0]!)),
        },
        ...silent,
      });
      expect(begun).toEqual([1, 4, 7, 10].map(weightAfter));
      expect(ended).toEqual([3, 6, 9].map(weightAfter));
    },
  );

  test("a callback that looks at logs alone reads what is right, or is told why it cannot", async () => {
    const { model, x, y, weightAfter } = halving(options);
    const seen: (readonly [steps: number, value: number])[] = [];
    const read = (steps: number) => {
      try {
        seen.push([steps, weightValues(model)[0]![0]!]);
      } catch (error) {
        expect(String(error)).toMatch(
          /StateError: .*is on the device, where steps are changing it.*`reads = "weights"`/s,
        );
      }
    };
    await model.fit(x, y, {
      batchSize: 1,
      epochs: 3,
      callbacks: new LambdaCallback({
        reads: "logs",
        async onTrainBatchBegin(batch) {
          read(batch);
        },
        async onTrainBatchEnd(batch) {
          await pause();
          read(batch + 1);
        },
        onEpochBegin: () => model.setWeights([0]),
        onEpochEnd: () => read(11),
      }),
      ...silent,
    });
    for (const [steps, value] of seen) expect(value).toBe(weightAfter(steps));
    expect(seen.filter(([steps]) => steps === 11).length).toBeGreaterThanOrEqual(3);
    expect(weightValues(model)[0]![0]).toBe(weightAfter(11));
  });

  test("whoever reads weights during training from outside gets those of some step, never older ones than before", async () => {
    const { model, x, y, weightAfter } = halving(options);
    const values = new Set(Array.from({ length: 12 }, (_, steps) => weightAfter(steps)));
    let isOver = false;
    const reading = (async () => {
      let last = 0;
      while (!isOver) {
        try {
          const value = weightValues(model)[0]![0]!;
          expect(values).toContain(value);
          expect(value).toBeGreaterThanOrEqual(last);
          last = value;
        } catch (error) {
          expect(String(error)).toContain("StateError");
        }
        await pause();
      }
    })();
    await model.fit(x, y, { batchSize: 1, callbacks: { reads: "logs", onTrainBatchEnd: pause }, ...silent });
    expect(weightValues(model)[0]![0]).toBe(weightAfter(11));
    isOver = true;
    await reading;
  });

  test("compile keeps the trained weights, on another device too", async () => {
    const { model, x, y, weightAfter } = halving(options);
    await model.fit(x.slice(0, 3), y.slice(0, 3), { batchSize: 1, ...silent });
    for (const next of [options, { device: "reference" }, options] as const) {
      model.compile({ optimizer: new SGD({ learningRate: 0.25 }), loss: "mean_squared_error", ...next });
      expect(Array.from((await model.predict(tensor([[0]]), silent)).data)).toEqual([weightValues(model)[0]![0]!]);
      await model.fit(x.slice(0, 2), y.slice(0, 2), { batchSize: 1, ...silent });
    }
    expect(weightValues(model)[0]![0]).toBe(weightAfter(9));
  });

  test("two models that share a layer, each on its device, see each other's training", async () => {
    const { model, x, y, weightAfter } = halving(options);
    const twin = new Sequential([model.layers[0]!, model.layers.at(-1)!]);
    twin.compile({ optimizer: new SGD({ learningRate: 0.25 }), loss: "mean_squared_error", device: "reference" });
    const one = [x.slice(0, 1), y.slice(0, 1), silent] as const;
    await model.fit(...one);
    await twin.fit(...one);
    await model.fit(...one);
    expect(Array.from((await twin.predict(tensor([[0]]), silent)).data)).toEqual([weightAfter(3)]);
    // The host's value passes over the first device, which held the newest before, to the second.
    model.setWeights([0]);
    await twin.fit(...one);
    expect(Array.from((await model.predict(tensor([[0]]), silent)).data)).toEqual([weightAfter(1)]);
  });

  test("a loss of NaN keeps the weights of the last good step, an abort those of the last one", async () => {
    const { model, x, y, weightAfter } = halving(options);
    const bad = tensor([1024, 1024, Number.NaN, 1024, 1024]);
    await expect(model.fit(x.slice(0, 5), bad, { batchSize: 1, shuffle: false, ...silent })).rejects.toThrow(
      "targets of this batch",
    );
    expect(weightValues(model)[0]![0]).toBe(weightAfter(2));
    const controller = new AbortController();
    const abort = (batch: number) => batch === 2 && controller.abort(new Error("enough"));
    const run = model.fit(x, y, {
      batchSize: 1,
      callbacks: { onTrainBatchEnd: abort },
      signal: controller.signal,
      ...silent,
    });
    await expect(run).rejects.toThrow("enough");
    expect(weightValues(model)[0]![0]).toBe(weightAfter(5));
  });

  test("EarlyStopping puts the best weights back", async () => {
    const { model, x, y, weightAfter } = halving(options);
    const stop = new EarlyStopping({ monitor: "val_loss", patience: 2, restoreBestWeights: true });
    // The best bias for these targets is near that of the second epoch.
    const validationData = [tensor([[0]]), tensor([weightAfter(2)])] as const;
    await model.fit(x.slice(0, 1), y.slice(0, 1), { epochs: 9, validationData, callbacks: [stop], ...silent });
    expect([stop.bestEpoch, stop.stoppedEpoch, weightValues(model)]).toEqual([1, 3, [[weightAfter(2)]]]);
  });
});

test("callbacks for logs let steps run ahead", async () => {
  const { images, labels } = stripes(60);
  const most = async (callbacks: CallbackMethods) => {
    const model = seededCnn({ device: "cpu", threads: 1 });
    await model.trainOnBatch(images.slice(0, 1), labels.slice(0, 1));
    const session = await model.runner.device.get();
    let [pending, seen] = [0, 0];
    const { load } = session.device;
    session.device.load = async function (program) {
      const executable = await load.call(this, program);
      const { run } = executable;
      executable.run = (feeds, rows) => {
        seen = Math.max(seen, ++pending);
        return run(feeds, rows).finally(() => pending--);
      };
      return executable;
    };
    await model.fit(images, labels, { batchSize: 1, epochs: 3, callbacks, ...silent });
    return seen;
  };
  expect(await most({ onEpochEnd() {} })).toBeGreaterThan(1);
  expect(await most({ reads: "logs", onTrainBatchEnd() {} })).toBeGreaterThan(1);
  expect(await most({ onTrainBatchEnd() {} })).toBe(1);
});
