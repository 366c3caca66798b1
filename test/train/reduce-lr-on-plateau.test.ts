/** Scripts of logs: what Keras's numbers (golden-callbacks.test.ts) do not show. */
import type { Logs } from "fovea";
import { Callback, ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "fovea/callbacks";
import { SGD } from "fovea/optimizers";
import { ExponentialDecay } from "fovea/schedules";
import { expect, test } from "vitest";
import { powerRows, zeroModel } from "./small-models.ts";

/** Plays logs, epoch after epoch. */
class Script extends Callback {
  readonly #epochs: readonly Logs[];
  constructor(epochs: readonly Logs[]) {
    super();
    this.#epochs = epochs;
  }
  override onEpochEnd(epoch: number, logs: Logs): void {
    Object.assign(logs, this.#epochs[epoch]);
  }
}

/** Trains along the logs; the learning rate after each epoch, and what was said. */
async function play(epochs: readonly Logs[], options: ReduceLROnPlateauOptions, learningRate = 0.1) {
  const model = zeroModel({ optimizer: new SGD({ learningRate }) });
  const rates: number[] = [];
  const lines: string[] = [];
  const callback = new ReduceLROnPlateau(options);
  const book = { onEpochEnd: () => rates.push(model.optimizer!.learningRate) };
  await model.fit(...powerRows(1), {
    epochs: epochs.length,
    callbacks: [new Script(epochs), callback, book],
    verbose: 0,
    write: (text) => lines.push(text),
  });
  return { rates, lines, callback, model };
}

const losses = (...values: number[]) => values.map((loss) => ({ val_loss: loss }));

test("each fit begins anew", async () => {
  const { model, callback } = await play(losses(1, 2), { patience: 2 });
  const callbacks = [new Script(losses(3, 4)), callback];
  await model.fit(...powerRows(1), { epochs: 2, callbacks, verbose: 0 });
  expect(callback.best).toBe(3);
  expect(model.optimizer!.learningRate).toBe(Math.fround(0.1));
});

test("NaN is no improvement", async () => {
  expect((await play(losses(1, Number.NaN), { patience: 1, factor: 0.5 })).rates).toEqual([0.1, 0.05].map(Math.fround));
});

test("it says what it does with verbose, and what it misses", async () => {
  expect((await play(losses(1, 1), { patience: 1 }, 0.5)).lines).toEqual([]);
  expect((await play(losses(1, 1), { patience: 1, factor: 0.5, verbose: 1 }, 0.5)).lines).toEqual([
    "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.25.\n",
  ]);
  expect((await play([{}], {})).lines).toEqual([
    'ReduceLROnPlateau watches "val_loss", which is not among the metrics: loss, learning_rate.\n',
  ]);
});

test("a schedule sets the rate itself", async () => {
  const learningRate = new ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 1, decayRate: 0.5 });
  const model = zeroModel({ optimizer: new SGD({ learningRate }) });
  const callbacks = [new Script(losses(1, 1)), new ReduceLROnPlateau({ patience: 1 })];
  await expect(model.fit(...powerRows(1), { epochs: 2, callbacks, verbose: 0 })).rejects.toThrow(
    "its ExponentialDecay sets the learning rate",
  );
});

test.each<[ReduceLROnPlateauOptions, string]>([
  [{ factor: 1 }, "ReduceLROnPlateau: factor is 1, expected a number of 0 or more and below 1."],
  [{ patience: 0.5 }, "ReduceLROnPlateau: patience is 0.5, expected a whole number of 0 or more."],
  [{ cooldown: -1 }, "ReduceLROnPlateau: cooldown is -1, expected a whole number of 0 or more."],
  [{ minLr: -1 }, "ReduceLROnPlateau: minLr is -1, expected a number of 0 or more."],
  [{ mode: "best" as "min" }, 'ReduceLROnPlateau: mode is "best", expected "auto", "min" or "max".'],
])("%o is refused", (options, message) => {
  expect(() => new ReduceLROnPlateau(options)).toThrow(message);
});
