import { type Logs, tensor } from "fovea";
import { Callback, EarlyStopping, type EarlyStoppingOptions } from "fovea/callbacks";
import { MeanSquaredError } from "fovea/metrics";
import { describe, expect, test } from "vitest";
import { powerRows, silent, smallCnn, stripes, zeroModel } from "./small-models.ts";

/** Plays a list of values as the metric "script", and gives the model a weight that names the epoch. */
class Script extends Callback {
  readonly #values: readonly number[];
  constructor(values: readonly number[]) {
    super();
    this.#values = values;
  }
  override onEpochEnd(epoch: number, logs: Logs): void {
    logs.script = this.#values[epoch]!;
    this.model!.setWeights([tensor([[100 + epoch]]), tensor([0])]);
  }
}

/** Trains along the script; what came out. */
async function play(values: readonly number[], options: EarlyStoppingOptions) {
  const model = zeroModel();
  const stop = new EarlyStopping({ monitor: "script", mode: "min", ...options });
  const lines: string[] = [];
  const history = await model.fit(...powerRows(2), {
    epochs: values.length,
    callbacks: [new Script(values), stop],
    verbose: 0,
    write: (text) => lines.push(text),
  });
  return { epochs: history.epoch.length, weight: model.getWeights()[0]!.data[0], stop, lines };
}

describe("when it stops", () => {
  test.each<[string, number[], EarlyStoppingOptions, number]>([
    ["at the first epoch that is no better", [5, 4, 4, 3], {}, 3],
    ["not while it improves", [5, 4, 3, 2], {}, 4],
    ["after as many bad epochs as patience says", [5, 4, 6, 7, 3, 2], { patience: 2 }, 4],
    ["an improvement starts the patience anew", [5, 6, 4, 6, 3, 6, 6, 1], { patience: 2 }, 7],
    ["equal is no improvement", [5, 5, 5], { patience: 1 }, 2],
    ["less than minDelta is no improvement", [5, 4.8, 4.75, 1], { minDelta: 0.3, patience: 2 }, 3],
    ["a sum of small steps passes minDelta", [5, 4.8, 4.6, 4.4], { minDelta: 0.3, patience: 3 }, 4],
    ["mode max", [1, 2, 1.5, 3], { mode: "max" }, 3],
    ["epochs before startFromEpoch are not looked at", [1, 5, 4, 3, 6], { startFromEpoch: 1 }, 5],
    ["never after epoch 0, which is always the best so far", [9, 10], {}, 2],
    [
      "a value that beats the best but not the baseline uses up patience",
      [9, 8, 7, 7.5],
      { baseline: 5, patience: 2 },
      4,
    ],
    ["beating the baseline starts the patience anew", [9, 4, 4.5, 4.6, 4.7], { baseline: 5, patience: 3 }, 5],
    ["NaN is no improvement", [5, Number.NaN, 4], {}, 2],
  ])("%s", async (_name, values, options, epochs) => {
    const { epochs: run, stop } = await play(values, options);
    expect(run).toBe(epochs);
    const stopped = run < values.length || stop.stoppedEpoch > 0;
    expect(stop.stoppedEpoch).toBe(stopped ? run - 1 : 0);
  });

  test("its state begins anew with each fit", async () => {
    const model = zeroModel();
    const stop = new EarlyStopping({ monitor: "script", mode: "min", patience: 1 });
    const run = async (values: number[]) => {
      const callbacks = [new Script(values), stop];
      return (await model.fit(...powerRows(2), { epochs: values.length, callbacks, ...silent })).epoch.length;
    };
    expect(await run([3, 4, 2])).toBe(2);
    expect(await run([9, 8, 7])).toBe(3);
    expect(stop.best).toBe(7);
    expect(stop.bestEpoch).toBe(2);
  });
});

describe("restoreBestWeights", () => {
  test("puts back the best epoch's weights", async () => {
    const { weight, stop } = await play([5, 3, 4, 6], { patience: 2, restoreBestWeights: true });
    expect(stop.bestEpoch).toBe(1);
    expect(weight).toBe(101);
  });

  test("also when training was not stopped early", async () => {
    const { epochs, weight } = await play([5, 3, 4], { patience: 9, restoreBestWeights: true });
    expect(epochs).toBe(3);
    expect(weight).toBe(101);
  });

  test("without it the last epoch's weights stay", async () => {
    expect((await play([5, 3, 4], {})).weight).toBe(102);
  });

  test("the restored weights are those that predict", async () => {
    const model = zeroModel({ device: "cpu", threads: 1 });
    const stop = new EarlyStopping({ monitor: "script", mode: "max", restoreBestWeights: true });
    await model.fit(...powerRows(2), { epochs: 3, callbacks: [new Script([2, 1, 0]), stop], ...silent });
    expect(Array.from((await model.predict([[1]], silent)).data)).toEqual([100]);
  });
});

describe("which way is better", () => {
  test("auto asks the metric: accuracy up, losses down", async () => {
    const { images, labels } = stripes(9);
    for (const [monitor, direction] of [
      ["val_accuracy", "max"],
      ["accuracy", "max"],
      ["val_loss", "min"],
      ["loss", "min"],
    ] as const) {
      const model = smallCnn();
      const stop = new EarlyStopping({ monitor, patience: 5 });
      await model.fit(images, labels, { validationData: [images, labels], callbacks: [stop], ...silent });
      expect(model.metricDirection(monitor)).toBe(direction);
      expect(stop.best).toBe(model.history!.history[monitor]![0]);
    }
  });

  test("auto with a metric object's own name", async () => {
    const model = zeroModel({ metrics: [new MeanSquaredError({ name: "error" })] });
    const stop = new EarlyStopping({ monitor: "error", patience: 1 });
    expect((await model.fit(...powerRows(3), { epochs: 4, callbacks: [stop], ...silent })).epoch).toEqual([0, 1]);
  });

  test("auto with a name that no metric has is an error that says what to do", async () => {
    await expect(play([2, 1], { mode: "auto" })).rejects.toThrow(
      'EarlyStopping: whether more or less of "script" is better is not known; set mode to "min" or "max".',
    );
  });

  test("an unknown mode", () => {
    expect(() => new EarlyStopping({ mode: "best" as "min" })).toThrow(
      'EarlyStopping: mode is "best", expected "auto", "min" or "max".',
    );
  });

  test.each<[EarlyStoppingOptions, string]>([
    [{ patience: -1 }, "EarlyStopping: patience is -1, expected a whole number of 0 or more."],
    [{ startFromEpoch: 0.5 }, "EarlyStopping: startFromEpoch is 0.5, expected a whole number of 0 or more."],
    [{ minDelta: Number.NaN }, "EarlyStopping: minDelta is NaN, expected a number."],
  ])("%o is refused", (options, message) => {
    expect(() => new EarlyStopping(options)).toThrow(message);
  });

  test("a misspelt option", () => {
    const wrong: object = { patence: 3 };
    expect(() => new EarlyStopping(wrong)).toThrow('EarlyStopping: unknown option "patence". Did you mean "patience"?');
  });
});

describe("what it says", () => {
  test("nothing by default; with verbose when it stops and restores", async () => {
    expect((await play([1, 2, 3], { restoreBestWeights: true })).lines).toEqual([]);
    expect((await play([1, 2, 3], { restoreBestWeights: true, verbose: 1 })).lines).toEqual([
      "Epoch 2: early stopping\n",
      "Restoring model weights from the end of the best epoch: 1.\n",
    ]);
  });

  test("a monitor that is not among the logs is a warning, as in Keras", async () => {
    const { epochs, lines } = await play([1, 2, 3], { monitor: "val_loss" });
    expect(epochs).toBe(3);
    expect(lines[0]).toBe('EarlyStopping watches "val_loss", which is not among the metrics: loss, script.\n');
  });
});
