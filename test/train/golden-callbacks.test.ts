/** What Keras's callbacks do with a script of logs: rates, when training ends, and the weights that are left. */
import { type Logs, tensor } from "fovea";
import {
  Callback,
  EarlyStopping,
  type EarlyStoppingOptions,
  LearningRateScheduler,
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
  TerminateOnNaN,
} from "fovea/callbacks";
import { SGD } from "fovea/optimizers";
import { expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import golden from "../golden/callbacks.json" with { type: "json" };
import { zeroModel } from "./small-models.ts";

/** Plays logs, epoch after epoch; the model's kernel is the number of the epoch (from 1) when it ends. */
class Script extends Callback {
  override readonly reads = "logs";
  readonly #epochs: readonly Logs[];
  #epoch = 0;
  constructor(epochs: readonly Logs[]) {
    super();
    this.#epochs = epochs;
  }
  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }
  override onTrainBatchEnd(_batch: number, logs: Logs): void {
    logs.loss = this.#epochs[this.#epoch]!.loss!;
  }
  override onEpochEnd(epoch: number, logs: Logs): void {
    Object.assign(logs, this.#epochs[epoch]);
    this.model!.setWeights([tensor([[epoch + 1]]), tensor([0])]);
  }
}

const schedules = {
  halve_after_2: (epoch: number, rate: number) => (epoch < 2 ? rate : rate * 0.5),
  by_epoch: (epoch: number) => 0.1 / (epoch + 1),
};

function make(name: string, config: object): Callback {
  const options = toCamelCaseKeys(config) as EarlyStoppingOptions & ReduceLROnPlateauOptions;
  if ("schedule" in config) return new LearningRateScheduler(schedules[config.schedule as keyof typeof schedules]);
  if (name === "TerminateOnNaN") return new TerminateOnNaN();
  return name === "EarlyStopping" ? new EarlyStopping(options) : new ReduceLROnPlateau(options);
}

const cases = golden.callbacks.map((each) => ({ ...each, title: `${each.callback} ${JSON.stringify(each.config)}` }));

test.each(cases)("$title", async ({ callback: name, config, learningRate, epochs, rows, ...expected }) => {
  const model = zeroModel({ optimizer: new SGD({ learningRate }) });
  const callback = make(name, config);
  const seen: (typeof rows)[number][] = [];
  const rate = () => Math.fround(model.optimizer!.learningRate);
  let during = 0;
  const book = {
    onEpochBegin: () => {
      during = rate();
    },
    onEpochEnd: () => seen.push({ learningRateInEpoch: during, learningRate: rate(), stop: model.stopTraining }),
  };
  // A loss that is not finite may be a text in the file.
  const logs = epochs.map((each) =>
    Object.fromEntries(Object.entries(each).map(([key, value]) => [key, Number(value)])),
  );
  // One row with x = 0 and y = 0: the step itself changes nothing.
  const { history } = await model.fit(tensor([[0]]), tensor([[0]]), {
    epochs: epochs.length,
    callbacks: [new Script(logs), callback, book],
    verbose: 0,
  });
  const rounded = rows.map((row) => ({
    ...row,
    learningRateInEpoch: Math.fround(row.learningRateInEpoch),
    learningRate: Math.fround(row.learningRate),
  }));
  expect(seen).toEqual(rounded);
  expect(model.getWeights()[0]!.item()).toBe(expected.finalWeight);
  const isOfRates = name === "ReduceLROnPlateau" || name === "LearningRateScheduler";
  const inEpochs = isOfRates ? rounded.map((row) => row.learningRateInEpoch) : undefined;
  expect(history.learning_rate?.map(Math.fround)).toEqual(inEpochs);
  if (callback instanceof EarlyStopping)
    expect([callback.stoppedEpoch, callback.bestEpoch]).toEqual([expected.stoppedEpoch, expected.bestEpoch]);
});
