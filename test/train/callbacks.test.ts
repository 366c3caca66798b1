import { type Logs, tensor } from "fovea";
import { Callback } from "fovea/callbacks";
import { describe, expect, test } from "vitest";
import { CallBook, LogBook, powerRows, seededCnn, silent, stripes, weightValues, zeroModel } from "./small-models.ts";

const [x, y] = powerRows(5);

describe("order of calls, as Keras makes them", () => {
  test("an epoch with validation", async () => {
    const book = new CallBook();
    await zeroModel().fit(x, y, { batchSize: 3, epochs: 2, validationData: [x, y], callbacks: [book], ...silent });
    const epoch = (number: number) => [
      `epoch_begin ${number}`,
      "train_batch_begin 0",
      "train_batch_end 0",
      "train_batch_begin 1",
      "train_batch_end 1",
      "test_begin",
      "test_batch_begin 0",
      "test_batch_end 0",
      "test_batch_begin 1",
      "test_batch_end 1",
      "test_end",
      `epoch_end ${number}`,
    ];
    expect(book.calls).toEqual(["train_begin", ...epoch(0), ...epoch(1), "train_end"]);
  });

  test("callbacks are called in the order of the list", async () => {
    const calls: string[] = [];
    class Named extends Callback {
      readonly #name: string;
      constructor(name: string) {
        super();
        this.#name = name;
      }
      override onEpochEnd(): void {
        calls.push(this.#name);
      }
    }
    await zeroModel().fit(x, y, { epochs: 2, callbacks: [new Named("first"), new Named("second")], ...silent });
    expect(calls).toEqual(["first", "second", "first", "second"]);
  });

  test("evaluate calls the test methods only", async () => {
    const book = new CallBook();
    await zeroModel().evaluate(x, y, { batchSize: 4, callbacks: [book], ...silent });
    expect(book.calls).toEqual([
      "test_begin",
      "test_batch_begin 0",
      "test_batch_end 0",
      "test_batch_begin 1",
      "test_batch_end 1",
      "test_end",
    ]);
  });

  test("a promise that a method returns is waited for", async () => {
    const calls: string[] = [];
    class Slow extends Callback {
      override async onEpochEnd(epoch: number): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 5));
        calls.push(`slow ${epoch}`);
      }
      override onEpochBegin(epoch: number): void {
        calls.push(`begin ${epoch}`);
      }
    }
    await zeroModel().fit(x, y, { epochs: 2, callbacks: [new Slow()], ...silent });
    expect(calls).toEqual(["begin 0", "slow 0", "begin 1", "slow 1"]);
  });
});

describe("what callbacks see", () => {
  test("logs: nothing at the beginning, running means after a batch, val_ keys at the end of the epoch", async () => {
    const book = new CallBook();
    await zeroModel({ metrics: ["mse"] }).fit(x, y, {
      batchSize: 3,
      shuffle: false,
      validationData: [x, y],
      callbacks: [book],
      ...silent,
    });
    const logsOf = (call: string) => book.logs[book.calls.indexOf(call)];
    expect(logsOf("train_begin")).toEqual({});
    expect(logsOf("epoch_begin 0")).toEqual({});
    expect(logsOf("train_batch_begin 1")).toEqual({});
    expect(logsOf("test_begin")).toEqual({});
    expect(logsOf("train_batch_end 0")).toEqual({ loss: 7, mse: 7 });
    const all = Math.fround(68.2);
    expect(logsOf("train_batch_end 1")).toEqual({ loss: all, mse: all });
    expect(logsOf("test_batch_end 0")).toEqual({ loss: 7, mse: 7 });
    expect(logsOf("test_end")).toEqual({ loss: all, mse: all });
    expect(logsOf("epoch_end 0")).toEqual({ loss: all, mse: all, val_loss: all, val_mse: all });
    expect(logsOf("train_end")).toEqual(logsOf("epoch_end 0"));
  });

  test("a key that one callback adds to an epoch's logs reaches the next one and the history", async () => {
    class Adder extends Callback {
      override onEpochEnd(epoch: number, logs: Logs): void {
        logs.learning_rate = 0.5 ** epoch;
      }
    }
    const book = new LogBook();
    const history = await zeroModel().fit(x, y, { epochs: 2, callbacks: [new Adder(), book], ...silent });
    expect(history.history.learning_rate).toEqual([1, 0.5]);
    expect(Object.keys(history.history)).toEqual(["loss", "learning_rate"]);
    expect(book.epochs[1]!.learning_rate).toBe(0.5);
  });

  test("the model and what fit was called with", async () => {
    class Looker extends Callback {
      seen: unknown;
      override onTrainBegin(): void {
        this.seen = { name: this.model?.name, epochs: this.params?.epochs, steps: this.params?.steps };
      }
    }
    const looker = new Looker();
    expect(looker.model).toBeUndefined();
    const model = zeroModel();
    await model.fit(x, y, { epochs: 4, batchSize: 2, callbacks: [looker], ...silent });
    expect(looker.seen).toEqual({ name: model.name, epochs: 4, steps: 3 });
  });

  test.each(["reference", "cpu"] as const)("the weights as each batch left them, on %s", async (device) => {
    class Weights extends Callback {
      readonly seen: number[] = [];
      override onTrainBatchEnd(): void {
        this.seen.push(this.model!.getWeights()[0]!.data[0]!);
      }
    }
    const weights = new Weights();
    const model = zeroModel({ optimizer: "sgd", device, threads: 1 });
    // w += 0.02 · (1 - w - b), and the same for b.
    await model.fit(tensor([[1], [1], [1]]), [1, 1, 1], { batchSize: 1, callbacks: [weights], ...silent });
    let weight = 0;
    const expected = [0, 1, 2].map(() => (weight += 0.02 * (1 - 2 * weight)));
    weights.seen.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
    expect(weights.seen).toHaveLength(3);
  });

  test.each(["reference", "cpu"] as const)("weights set by a callback are trained on, on %s", async (device) => {
    class Reset extends Callback {
      override onTrainBatchEnd(batch: number): void {
        if (batch === 1) this.model!.setWeights([tensor([[5]]), tensor([0])]);
      }
    }
    const model = zeroModel({ device, threads: 1 });
    const history = await model.fit(tensor([[1], [1], [1]]), [0, 0, 0], {
      batchSize: 1,
      callbacks: [new Reset()],
      ...silent,
    });
    expect(history.history.loss![0]).toBeCloseTo(25 / 3, 4);
    expect(weightValues(model)[0]).toEqual([5]);
  });
});

describe("stopTraining", () => {
  class Stopper extends CallBook {
    readonly #call: string;
    constructor(call: string) {
      super();
      this.#call = call;
    }
    override onTrainBatchEnd(batch: number, logs: Logs): void {
      super.onTrainBatchEnd(batch, logs);
      if (this.#call === `batch ${batch}`) this.model!.stopTraining = true;
    }
    override onEpochEnd(epoch: number, logs: Logs): void {
      super.onEpochEnd(epoch, logs);
      if (this.#call === `epoch ${epoch}`) this.model!.stopTraining = true;
    }
  }

  test("amid an epoch: no further batch, but validation and the epoch's end", async () => {
    const stopper = new Stopper("batch 1");
    const model = zeroModel();
    const history = await model.fit(x, y, {
      batchSize: 1,
      epochs: 3,
      shuffle: false,
      validationData: [x, y],
      validationBatchSize: 5,
      callbacks: [stopper],
      ...silent,
    });
    expect(stopper.calls).toEqual([
      "train_begin",
      "epoch_begin 0",
      "train_batch_begin 0",
      "train_batch_end 0",
      "train_batch_begin 1",
      "train_batch_end 1",
      "test_begin",
      "test_batch_begin 0",
      "test_batch_end 0",
      "test_end",
      "epoch_end 0",
      "train_end",
    ]);
    expect(history.history.loss).toEqual([2.5]);
    expect(model.stopTraining).toBe(true);
  });

  test("after an epoch, and the next fit begins anew", async () => {
    const stopper = new Stopper("epoch 1");
    const model = zeroModel();
    expect((await model.fit(x, y, { epochs: 5, callbacks: [stopper], ...silent })).epoch).toEqual([0, 1]);
    expect(stopper.calls.at(-1)).toBe("train_end");
    expect((await model.fit(x, y, { epochs: 3, ...silent })).epoch).toEqual([0, 1, 2]);
  });
});

describe("an error in a callback", () => {
  class Failing extends Callback {
    override onEpochEnd(epoch: number): void {
      if (epoch === 1) throw new Error("disk full");
    }
  }

  test("ends fit with that error; history, weights and model stay usable", async () => {
    const { images, labels } = stripes(12);
    const model = seededCnn({ device: "cpu", threads: 2 });
    await expect(model.fit(images, labels, { epochs: 3, callbacks: [new Failing()], ...silent })).rejects.toThrow(
      "disk full",
    );
    expect(model.history!.epoch).toEqual([0]);
    const twin = seededCnn({ device: "cpu", threads: 2 });
    await twin.fit(images, labels, { epochs: 2, ...silent });
    expect(weightValues(model)).toEqual(weightValues(twin));
    await expect(model.fit(images, labels, silent)).resolves.toBeDefined();
  });
});
