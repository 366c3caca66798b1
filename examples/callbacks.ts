/** Callbacks: plain objects, LambdaCallback and a class; what they see of the model, and what they change in it. */
import { type DeviceName, type Logs, Sequential, setSeed, tensor } from "fovea";
import { Callback, LambdaCallback } from "fovea/callbacks";
import { Dense } from "fovea/layers";
import { SGD } from "fovea/optimizers";

const rows = 16;

/** Sets the rate of each epoch, and asks the model what it thinks after it. */
class Watcher extends Callback<Sequential> {
  readonly evaluated: Logs[] = [];
  readonly predicted: number[] = [];
  readonly #x;
  readonly #y;

  constructor(x: Float32Array, y: Float32Array) {
    super();
    this.#x = tensor(x, [rows, 1]);
    this.#y = y;
  }

  override onEpochBegin(epoch: number) {
    this.model!.optimizer!.learningRate = epoch === 1 ? 0 : 0.1;
  }

  override async onEpochEnd() {
    this.evaluated.push(await this.model!.evaluate(this.#x, this.#y, { verbose: 0 }));
    const answers = await this.model!.predict(this.#x, { verbose: 0 });
    this.predicted.push(answers.data[0]!);
  }
}

export async function trainWatched(device: DeviceName) {
  setSeed(14);
  const x = Float32Array.from({ length: rows }, (_, i) => i / rows);
  const y = x.map((value) => 3 * value - 1);
  const model = new Sequential([new Dense({ units: 1, inputShape: [1] })]);
  model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "mse", device });
  const watcher = new Watcher(x, y);
  const losses: number[] = [];
  const batches: number[] = [];
  const seen: (Sequential | undefined)[] = [];
  const { history } = await model.fit(tensor(x, [rows, 1]), y, {
    epochs: 5,
    batchSize: 8,
    verbose: 0,
    callbacks: [
      watcher,
      { onEpochEnd: (_epoch, logs) => losses.push(logs.loss!) },
      new LambdaCallback({
        onTrainBatchEnd: (batch) => batches.push(batch),
        onTrainEnd: () => seen.push(watcher.model),
      }),
      {
        // Four epochs are enough.
        onEpochEnd: (epoch) => {
          if (epoch === 3) model.stopTraining = true;
        },
      },
    ],
  });
  return { history, losses, batches, watcher, model, seen };
}
