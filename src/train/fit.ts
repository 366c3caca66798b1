/** Training: epochs of batches, validation, callbacks, history. */

import { allocate } from "../base/dtype.ts";
import { ArgumentError } from "../base/errors.ts";
import type { Key } from "../base/random.ts";
import { sizeOf } from "../base/shape.ts";
import type { Tensor, TensorLike } from "../base/tensor.ts";
import { Tensor as HostTensor } from "../base/tensor.ts";
import { batchCount, epochOrder, gatherRows, splitTail } from "../data/batches.ts";
import type { Session } from "../engine/session.ts";
import { checkKeys } from "../nn/options.ts";
import { ProgressLine } from "../view/progress-line.ts";
import { Breath, runBatches } from "./batch-runner.ts";
import type { Callback, TrainedModel } from "./callbacks/callback.ts";
import { checkPair, type DatasetPair, rowsOf, slicePair, weighClasses } from "./dataset-pair.ts";
import { diagnoseLoss } from "./diagnose.ts";
import { evaluatePair } from "./evaluate.ts";
import { type History, type Logs, sortLogs } from "./history.ts";
import { checkCount } from "./options.ts";
import { progressOptions, type Verbose } from "./output.ts";
import { feedsOf, logsOf, type Trainer } from "./trainer.ts";

/** Options of `fit`; Keras's names and defaults. */
export interface FitOptions {
  /** Index of the epoch to stop before. Default 1. */
  readonly epochs?: number;
  /** Rows per step; the last batch may be shorter. Default 32. */
  readonly batchSize?: number;
  /** Inputs, targets and perhaps sample weights that are evaluated after each epoch. */
  readonly validationData?: readonly [x: TensorLike, y: TensorLike, sampleWeight?: TensorLike];
  /** Share of the rows, taken from the END before shuffling, that validates instead of training. Default 0. */
  readonly validationSplit?: number;
  /** Default: batchSize. */
  readonly validationBatchSize?: number;
  /** Validate every so many epochs, or after the (1-based) epochs of a list. Default 1. */
  readonly validationFreq?: number | readonly number[];
  /** A fresh order of all rows in each epoch (true), of the rows within each batch ("batch"), or none. Default true. */
  readonly shuffle?: boolean | "batch";
  /** 0-based epoch to begin with. Default 0. */
  readonly initialEpoch?: number;
  /** Weight of each class number; others weigh 1. Not together with sampleWeight. */
  readonly classWeight?: Readonly<Record<number, number>>;
  /** One weight per row [n]. */
  readonly sampleWeight?: TensorLike;
  readonly callbacks?: readonly Callback[];
  /** 0 silent, 1 a bar, 2 a line per epoch, "json" one object per line. Default "auto": 1 in a terminal, else 2. */
  readonly verbose?: Verbose;
  /** Ends training after the step in flight; fit then rejects with the signal's reason and `model.history` holds what was reached. */
  readonly signal?: AbortSignal;
  /** Receives the progress text. Default: the standard error, or the console. */
  readonly write?: (text: string) => void;
}

const optionNames = [
  "epochs",
  "batchSize",
  "validationData",
  "validationSplit",
  "validationBatchSize",
  "validationFreq",
  "shuffle",
  "initialEpoch",
  "classWeight",
  "sampleWeight",
  "callbacks",
  "verbose",
  "signal",
  "write",
] as const satisfies readonly (keyof FitOptions)[];

/** What fit needs of the model. */
export interface FitHost extends TrainedModel {
  readonly trainer: Trainer;
  readonly session: Session;
  readonly shuffleKey: Key;
  /** Fetches weights and optimizer state from the device. */
  pull(): Promise<void>;
  /** Sends host weights to the device if they were set since. */
  push(): Promise<void>;
}

/** Checks the options; checks and splits the data. */
export function prepareFit(trainer: Trainer, x: TensorLike, y: TensorLike, options: FitOptions) {
  checkOptions(options);
  const [input, output] = [trainer.graph.inputs[0]!, trainer.graph.outputs[0]!];
  const { classWeight, sampleWeight, validationData, validationSplit = 0 } = options;
  if (classWeight !== undefined && sampleWeight !== undefined)
    throw new ArgumentError("fit: give classWeight or sampleWeight, not both.");
  const all = checkPair("fit", { x, y, sampleWeight }, input, output, trainer.loss);
  const splitAt =
    validationData === undefined && validationSplit !== 0 ? splitTail(rowsOf(all.x), validationSplit) : undefined;
  const rows = rowsOf(all.x);
  const part = splitAt === undefined ? all : slicePair(all, 0, splitAt);
  const training = classWeight === undefined ? part : { ...part, weights: weighClasses(classWeight, part.y) };
  const validation = ((): DatasetPair | undefined => {
    if (splitAt !== undefined) return slicePair(all, splitAt, rows);
    if (validationData === undefined) return undefined;
    const [vx, vy, vw] = validationData;
    return checkPair("fit: validationData", { x: vx, y: vy, sampleWeight: vw }, input, output, trainer.loss);
  })();
  return { training, validation };
}

function checkOptions(options: FitOptions): void {
  checkKeys("fit", options, optionNames);
  const { epochs = 1, batchSize = 32, initialEpoch = 0, validationFreq = 1 } = options;
  checkCount("fit", "epochs", epochs, 1);
  checkCount("fit", "batchSize", batchSize, 1);
  checkCount("fit", "initialEpoch", initialEpoch, 0);
  checkCount("fit", "validationBatchSize", options.validationBatchSize ?? batchSize, 1);
  for (const value of typeof validationFreq === "number" ? [validationFreq] : validationFreq)
    checkCount("fit", "validationFreq", value, 1);
}

/** Trains. The history is appended to while training runs, so that it is there after an error too. */
export async function runFit(
  host: FitHost,
  data: { training: DatasetPair; validation: DatasetPair | undefined },
  options: FitOptions,
  history: History,
): Promise<void> {
  const { epochs = 1, batchSize = 32, initialEpoch = 0, callbacks = [], verbose = "auto", shuffle = true } = options;
  const { trainer, session } = host;
  const { training } = data;
  const steps = batchCount(rowsOf(training.x), batchSize);
  const line = progressOptions(verbose, options.write);
  const progress = new ProgressLine(line);
  for (const callback of callbacks) {
    callback.setModel(host);
    callback.setParams({ epochs, steps, verbose, write: line.write });
  }
  const tell = async (visit: (callback: Callback) => void | Promise<void>) => {
    for (const callback of callbacks) await visit(callback);
    await host.push();
  };
  // A callback that looks at each batch must see the model as that batch left it: no step may run ahead then.
  const watchesBatches = callbacks.some((callback) => callback.onTrainBatchEnd ?? callback.onTrainBatchBegin);
  const step = await trainer.step(session, "train", batchSize, training);
  await host.push();
  host.stopTraining = false;
  progress.beginTrain({ epochs, steps });
  let logs: Logs = {};
  try {
    await tell((callback) => callback.onTrainBegin?.({}));
    const breath = new Breath();
    for (let epoch = initialEpoch; epoch < epochs && !host.stopTraining; epoch++) {
      await trainer.resetTrackers(session, "train");
      progress.beginEpoch(epoch);
      await tell((callback) => callback.onEpochBegin?.(epoch, {}));
      const order = epochOrder(rowsOf(training.x), host.shuffleKey, epoch, shuffle, batchSize);
      await runBatches({
        executable: step.executable,
        data: feedsOf(training),
        batchSize,
        order,
        breath,
        inFlight: watchesBatches ? 1 : step.executable.stepsInFlight,
        begin: async (batch) => {
          const ends = () => host.stopTraining || options.signal?.aborted === true;
          if (ends()) return false;
          if (watchesBatches) await tell((callback) => callback.onTrainBatchBegin?.(batch, {}));
          return !ends();
        },
        end: async (batch, outputs) => {
          logs = logsOf(outputs);
          if (!Number.isFinite(logs.loss)) {
            const at = { epoch: epoch + 1, batch: batch + 1, loss: logs.loss! };
            const bad = gatherBatch(training, order, batch * batchSize, batchSize);
            throw await diagnoseLoss(session, trainer.graph, trainer, bad, at);
          }
          history.latest = { epoch, step: batch, steps, logs };
          progress.step(batch, logs);
          if (!watchesBatches) return;
          await host.pull();
          await tell((callback) => callback.onTrainBatchEnd?.(batch, logs));
        },
      });
      options.signal?.throwIfAborted();
      await host.pull();
      if (data.validation !== undefined && validatesAfter(epoch, options.validationFreq ?? 1)) {
        const scores = await evaluatePair(trainer, session, data.validation, {
          batchSize: options.validationBatchSize ?? batchSize,
          callbacks,
          signal: options.signal,
        });
        const named = Object.fromEntries(Object.entries(scores).map(([name, value]) => [`val_${name}`, value]));
        logs = sortLogs({ ...logs, ...named });
      }
      await tell((callback) => callback.onEpochEnd?.(epoch, logs));
      history.append(epoch, logs);
      progress.endEpoch(logs);
    }
    await tell((callback) => callback.onTrainEnd?.(logs));
  } finally {
    progress.endTrain();
    await host.pull();
  }
}

function validatesAfter(epoch: number, frequency: number | readonly number[]): boolean {
  return typeof frequency === "number" ? (epoch + 1) % frequency === 0 : frequency.includes(epoch + 1);
}

/** Copies one batch out of the data set. */
function gatherBatch(data: DatasetPair, order: Int32Array | null, begin: number, batchSize: number): DatasetPair {
  const count = Math.min(batchSize, rowsOf(data.x) - begin);
  const gather = (source: Tensor): Tensor => {
    const shape = [count, ...source.shape.slice(1)];
    const into = allocate(source.dtype, sizeOf(shape));
    gatherRows(source, order, begin, count, into);
    return new HostTensor(into, shape);
  };
  return {
    x: gather(data.x),
    y: gather(data.y),
    weights: data.weights === undefined ? undefined : gather(data.weights),
  };
}
