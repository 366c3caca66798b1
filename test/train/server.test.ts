/** A server or a page: calls come at any time, while a model trains and inside of its callbacks. */
import { input, type Logs, Model, Sequential, setSeed, type Tensor, tensor } from "fovea";
import { Conv2D, Dense, Flatten, GlobalAveragePooling2D } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { powerRows, seededCnn, silent, smallCnn, stripes, weightValues, zeroModel } from "./small-models.ts";

const { images, labels } = stripes(64);
const devices = [{ device: "reference" }, { device: "cpu", threads: 1 }, { device: "cpu", threads: 2 }] as const;

const pause = () => new Promise((resolve) => setTimeout(resolve));

/** A model whose training leaves the weights as they are, and the outputs of some rows. */
function standingModel(options: object) {
  setSeed(5);
  return smallCnn({ optimizer: new SGD({ learningRate: 0 }), ...options });
}

describe.each(devices)("on $device with $threads threads", (options) => {
  test("200 predictions of 20 callers during training: all are answered, right and in order", async () => {
    const model = standingModel(options);
    const whole = (await model.predict(images, { ...silent, batchSize: 64 })).data;
    const answers: number[][] = Array.from({ length: 20 }, () => []);
    const ask = async (caller: number, call: number) => {
      // 1 to 40 rows from anywhere.
      const rows = 1 + ((7 * caller + 13 * call) % 40);
      const from = (5 * caller + 11 * call) % (64 - rows);
      const answer = await model.predict(images.slice(from, from + rows), { ...silent, batchSize: 16 });
      answers[caller]!.push(call);
      expect(answer.shape).toEqual([rows, 3]);
      answer.data.forEach((value, i) => {
        expect(Math.abs(value - whole[3 * from + i]!)).toBeLessThan(1e-6);
      });
    };
    const asked: Promise<void>[] = [];
    let left = 10;
    const training = model.fit(images, labels, {
      epochs: 4,
      batchSize: 8,
      callbacks: {
        async onTrainBatchEnd() {
          if (left-- <= 0) return;
          // Half of them are waited for inside of the callback.
          const now = Array.from({ length: 20 }, (_, caller) => ask(caller, asked.length / 20));
          asked.push(...now);
          if (left % 2 === 0) await Promise.all(now);
          else await pause();
        },
      },
      ...silent,
    });
    await training;
    await Promise.all(asked);
    expect(asked).toHaveLength(200);
    for (const each of answers) expect(each).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("an answer is that of one step's weights, not of a mixture", async () => {
    // Both layers hold the same number, so that every output is a square.
    const model = new Sequential([
      new Dense({ units: 1, useBias: false, inputShape: [1] }),
      new Dense({ units: 1, useBias: false }),
    ]);
    model.compile({ optimizer: new SGD({ learningRate: 0 }), loss: "mean_squared_error", ...options });
    model.setWeights([[[0]], [[0]]]);
    let set = 0;
    let isOver = false;
    const seen = new Set<number>();
    const asking = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const [value] = (await model.predict(tensor([[1]]), silent)).data;
        expect(Number.isInteger(Math.sqrt(value!))).toBe(true);
        seen.add(Math.sqrt(value!));
        await pause();
      }
    });
    const setting = (async () => {
      while (!isOver) {
        set++;
        model.setWeights([[[set]], [[set]]]);
        await pause();
      }
    })();
    const [x, y] = powerRows(8);
    await model.fit(x, y, { epochs: 20, batchSize: 1, callbacks: { onEpochEnd: pause }, ...silent });
    isOver = true;
    await Promise.all([...asking, setting]);
    expect(weightValues(model)).toEqual([[set], [set]]);
    expect(seen.size).toBeGreaterThan(1);
  });

  test("weights that are set from outside are never lost", async () => {
    // Each step moves the weight from w to w - 1/8·2·(w - 1): towards 1. Set to 1, it stays there.
    const model = zeroModel({ optimizer: new SGD({ learningRate: 0.125 }), ...options });
    const x = tensor(new Float32Array(64).fill(1), [64, 1]);
    const y = tensor(new Float32Array(64).fill(1));
    let asked = false;
    setTimeout(() => {
      model.setWeights([[[-1e6]], [1e6 + 1]]);
      asked = true;
    }, 5);
    while (!asked) await model.fit(x, y, { epochs: 2, batchSize: 1, ...silent });
    const [kernel, bias] = weightValues(model);
    expect(kernel![0]! + bias![0]!).toBe(1);
    expect(kernel![0]!).toBe(-1e6);
  });

  test("weights that a callback sets hold from the next step on", async () => {
    const model = zeroModel({ optimizer: new SGD({ learningRate: 0.25 }), ...options });
    const x = tensor(new Float32Array(6).fill(1), [6, 1]);
    const y = tensor(new Float32Array(6).fill(8));
    // A step moves kernel and bias by 0.25·2·(8 - kernel - bias) each.
    const seen: number[][] = [];
    await model.fit(x, y, {
      batchSize: 1,
      callbacks: {
        onTrainBatchBegin(batch) {
          if (batch === 4) model.setWeights([[[2]], [2]]);
        },
        onTrainBatchEnd(batch) {
          seen.push(weightValues(model).flat());
          if (batch === 1) model.setWeights([[[0]], [4]]);
        },
      },
      ...silent,
    });
    expect(seen).toEqual([
      [4, 4],
      [4, 4],
      [2, 6],
      [2, 6],
      [4, 4],
      [4, 4],
    ]);
  });

  test.each(["onEpochBegin", "onTrainBatchBegin"] as const)(
    "a learning rate that %s sets holds for the step",
    async (when) => {
      const model = zeroModel({ optimizer: new SGD({ learningRate: 0 }), ...options });
      const rates = [0.25, 0, 0.125];
      const seen: number[] = [];
      const [x, y] = [tensor([[0]]), tensor([8])];
      let at = 0;
      await model.fit(x, y, {
        epochs: 3,
        callbacks: {
          [when]: () => {
            model.optimizer!.learningRate = rates[at++]!;
          },
          onEpochEnd: () => {
            seen.push(weightValues(model)[1]![0]!);
          },
        },
        ...silent,
      });
      // The bias moves by rate·2·(8 - bias).
      expect(seen).toEqual([4, 4, 5]);
    },
  );

  test("evaluations that overlap, and overlap validation, do not disturb each other", async () => {
    const model = standingModel(options);
    const alone = await model.evaluate(images, labels, silent);
    const first = await model.evaluate(images.slice(0, 16), labels.slice(0, 16), silent);
    const [a, b, c] = await Promise.all([
      model.evaluate(images, labels, { ...silent, batchSize: 3 }),
      model.evaluate(images.slice(0, 16), labels.slice(0, 16), { ...silent, batchSize: 5 }),
      model.testOnBatch(images, labels),
    ]);
    const near = (logs: Logs, expected: Logs) => {
      for (const name in expected) expect(Math.abs(logs[name]! - expected[name]!)).toBeLessThan(1e-6);
    };
    near(a, alone);
    near(b, first);
    near(c, alone);
    const inside: Promise<Logs>[] = [];
    const batches: Logs[] = [];
    const { history } = await model.fit(images, labels, {
      batchSize: 16,
      shuffle: false,
      validationData: [images, labels],
      validationBatchSize: 16,
      callbacks: {
        async onTrainBatchEnd(_batch, logs) {
          batches.push({ ...logs });
          near(await model.testOnBatch(images.slice(0, 16), labels.slice(0, 16)), first);
          inside.push(model.evaluate(images.slice(0, 16), labels.slice(0, 16), silent));
        },
        async onTestBatchEnd(batch) {
          if (batch === 1) near(await model.evaluate(images, labels, silent), alone);
          inside.push(model.evaluate(images.slice(0, 16), labels.slice(0, 16), { ...silent, batchSize: 7 }));
          await model.predict(images, silent);
        },
        async onEpochEnd() {
          near(await model.evaluate(images, labels, silent), alone);
        },
      },
      ...silent,
    });
    near({ loss: history.val_loss![0]!, accuracy: history.val_accuracy![0]! }, alone);
    near({ loss: history.loss![0]!, accuracy: history.accuracy![0]! }, alone);
    near(batches[0]!, first);
    for (const each of await Promise.all(inside)) near(each, first);
  });

  test("a second training, trainOnBatch and compile are refused while a model trains; the first goes on", async () => {
    const model = standingModel(options);
    let refused = 0;
    const check = async () => {
      await expect(model.fit(images, labels, silent)).rejects.toThrow("still busy with an earlier call of fit");
      await expect(model.trainOnBatch(images, labels)).rejects.toThrow("still busy with an earlier call of fit");
      expect(() => model.compile({ loss: "mse" })).toThrow("still busy with an earlier call of fit");
      refused++;
    };
    const first = model.fit(images, labels, {
      epochs: 2,
      batchSize: 32,
      callbacks: { onTrainBatchEnd: check },
      ...silent,
    });
    await check();
    expect((await first).epoch).toEqual([0, 1]);
    expect(refused).toBe(5);
    await expect(model.trainOnBatch(images, labels)).resolves.toHaveProperty("loss");
  });

  test("compile while predictions run: they are answered, and the weights stay", async () => {
    const model = seededCnn(options);
    await model.fit(images, labels, { epochs: 2, ...silent });
    const before = await model.predict(images, silent);
    const running = Array.from({ length: 10 }, () => model.predict(images, { ...silent, batchSize: 1 }));
    await pause();
    model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "cpu", threads: 1 });
    running.push(model.predict(images, silent));
    for (const answer of await Promise.all(running))
      answer.data.forEach((value, i) => {
        expect(Math.abs(value - before.data[i]!)).toBeLessThan(1e-5);
      });
  });

  test("programs that training uses are not dropped for others", async () => {
    const image = input({ shape: [null, null, 1] });
    const features = new Conv2D({ filters: 2, kernelSize: 1 }).apply(image);
    const model = new Model({
      inputs: image,
      outputs: new Dense({ units: 1 }).apply(new GlobalAveragePooling2D().apply(features)),
    });
    model.compile({ optimizer: new SGD({ learningRate: 0 }), loss: "mean_squared_error", ...options });
    const x = tensor(new Float32Array(8 * 9).fill(1), [8, 3, 3, 1]);
    const y = tensor(new Float32Array(8));
    const sizes: number[][] = [];
    let size = 1;
    const { history } = await model.fit(x, y, {
      epochs: 2,
      batchSize: 1,
      callbacks: {
        async onTrainBatchEnd() {
          for (let i = 0; i < 9; i++, size++) {
            const answer: Tensor = await model.predict(tensor(new Float32Array(size).fill(1), [1, size, 1, 1]), silent);
            sizes.push([...answer.shape]);
          }
        },
      },
      ...silent,
    });
    expect(history.loss).toHaveLength(2);
    expect(sizes).toHaveLength(144);
    expect(model.compiledSteps()!.steps.size).toBeLessThanOrEqual(64);
  });
});

test("a model that is predicted with while it is built and compiled the first time", async () => {
  const model = new Sequential([new Flatten(), new Dense({ units: 2 })]);
  const [a, b] = await Promise.all([model.predict(images, silent), model.predict(images, silent)]);
  expect(Array.from(a.data)).toEqual(Array.from(b.data));
});

test("predictions inside of the callbacks and the data of another one are answered", async () => {
  const model = seededCnn();
  const expected = Array.from((await model.predict(images.slice(0, 8), silent)).data);
  const inside: Tensor[] = [];
  const outer = model.predict(images.slice(0, 8), {
    batchSize: 2,
    callbacks: {
      async onPredictBatchEnd() {
        inside.push(await model.predict(images.slice(0, 8), silent));
      },
    },
    ...silent,
  });
  async function* batches() {
    for (let i = 0; i < 8; i += 4) {
      inside.push(await model.predict(images.slice(0, 8), silent));
      yield [images.slice(i, i + 4)];
    }
  }
  const answers = [await outer, await model.predict(batches(), silent), ...inside];
  expect(answers).toHaveLength(8);
  for (const { data } of answers) expect(Array.from(data)).toEqual(expected);
});
