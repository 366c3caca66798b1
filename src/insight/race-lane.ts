/** One device's part of a race: it is started, gets its program, and trains on the batches that every device gets. */
import { DeviceError } from "../base/errors.ts";
import { keyOf } from "../base/random.ts";
import { epochOrder } from "../data/batches.ts";
import { startDevice } from "../engine/choose-device.ts";
import { Session } from "../engine/session.ts";
import type { Executable } from "../ir/device.ts";
import { Breath, runBatches } from "../train/batch-runner.ts";
import { type DatasetPair, rowsOf, slicePair } from "../train/dataset-pair.ts";
import type { Logs } from "../train/history.ts";
import type { Model } from "../train/model.ts";
import { feedsOf, logsOf, Trainer, type TrainingParts } from "../train/trainer.ts";
import { freshCopy } from "./fresh-copy.ts";
import type { RaceDevice, RaceLane, RacePlan } from "./race-options.ts";
import { quantile, shareArrivals } from "./step-times.ts";

/** What ran on a device; its speed-up is known when all have run. */
export type RunLane = Omit<RaceLane, "speedUp">;

/** Images whose mean accuracy is held against the target. */
const WINDOW_IMAGES = 1000;

/**
 * Runs the steps on a copy of the model's weights and a fresh optimizer.
 *
 * @throws DeviceError when the device cannot be started, cannot take the program or is lost; the message says after which step
 */
export async function runLane(
  name: RaceDevice,
  model: Model,
  training: TrainingParts,
  data: DatasetPair,
  plan: RacePlan,
): Promise<RunLane> {
  const { threads } = plan;
  const began = performance.now();
  const options = { ...model.setup.deviceOptions, ...(threads === undefined ? {} : { threads }) };
  const device = await startDevice(name, options);
  const startMs = performance.now() - began;
  const log: LaneLog = { logs: [], arrivals: [] };
  try {
    const { graph } = model;
    const trainer = new Trainer({ ...training, graph, optimizer: freshCopy(training.optimizer) });
    const session = new Session(device);
    const step = await trainer.step(session, "train", plan.batchSize, data, "batchwise");
    plan.onStart?.(device);
    const firstStepAt = performance.now();
    await runSteps(withArrivals(step.executable, log.arrivals), device.name, data, plan, log);
    return {
      device: device.name,
      description: device.description,
      disguised: device.isSoftware === true,
      startMs,
      compileMs: step.compileMs,
      ...figuresOf(log, firstStepAt, plan),
    };
  } catch (cause) {
    if (!(cause instanceof DeviceError) || log.logs.length === 0) throw cause;
    throw new DeviceError(`It failed after step ${log.logs.length}: ${cause.message}`, { cause });
  } finally {
    device.dispose();
  }
}

type Steps = Pick<Executable, "run" | "stepsInFlight">;

interface LaneLog {
  /** Loss and metrics of each step. */
  readonly logs: Logs[];
  /** When each step's results were in. */
  readonly arrivals: number[];
}

/** The same steps; the moments at which their results come in are written down, whenever the caller looks at them. */
function withArrivals(executable: Executable, arrivals: number[]): Steps {
  return {
    stepsInFlight: executable.stepsInFlight,
    run(feeds, rows) {
      const outputs = executable.run(feeds, rows);
      outputs.then(
        () => arrivals.push(performance.now()),
        () => undefined,
      );
      return outputs;
    },
  };
}

/** Epoch after epoch of full batches in an order that the seed alone decides, until all steps are done. */
async function runSteps(
  executable: Steps,
  device: string,
  data: DatasetPair,
  plan: RacePlan,
  { logs }: LaneLog,
): Promise<void> {
  const { steps, batchSize, seed, signal } = plan;
  const perEpoch = Math.floor(rowsOf(data.x) / batchSize);
  const full = slicePair(data, 0, perEpoch * batchSize);
  const breath = new Breath();
  for (let epoch = 0; logs.length < steps && !signal?.aborted; epoch++) {
    const before = logs.length;
    await runBatches({
      executable,
      data: feedsOf(full),
      batchSize,
      order: epochOrder(rowsOf(full.x), keyOf(seed), epoch, true, batchSize),
      inFlight: executable.stepsInFlight,
      breath,
      begin: (batch) => before + batch < steps && !signal?.aborted,
      end: (_batch, outputs) => {
        const values = logsOf(outputs);
        logs.push(values);
        const [loss, accuracy] = [values.loss!, accuracyIn(values)];
        plan.onStep?.({ device, step: logs.length, steps, loss, accuracy });
      },
    });
  }
}

/** "accuracy", or the first metric whose name ends so. */
function accuracyIn(logs: Logs): number | undefined {
  return logs.accuracy ?? Object.entries(logs).find(([name]) => name.endsWith("accuracy"))?.[1];
}

function figuresOf(
  { logs, arrivals }: LaneLog,
  firstStepAt: number,
  { warmUpSteps, batchSize, targetAccuracy }: RacePlan,
): Pick<RunLane, "warmUpMs" | "speed" | "losses" | "accuracies" | "target"> {
  const losses = logs.map(({ loss }) => loss!);
  const found = logs.flatMap((values) => accuracyIn(values) ?? []);
  const accuracies = found.length === logs.length && logs.length > 0 ? found : undefined;
  const reached = stepOfTarget(accuracies ?? [], batchSize, targetAccuracy);
  const times = shareArrivals(firstStepAt, arrivals);
  const stepMs = times.slice(warmUpSteps);
  return {
    warmUpMs: sumOf(times.slice(0, warmUpSteps)),
    speed:
      stepMs.length === 0
        ? undefined
        : {
            stepMs,
            medianMs: quantile(stepMs, 0.5),
            p95Ms: quantile(stepMs, 0.95),
            imagesPerSecond: (1000 * batchSize * stepMs.length) / sumOf(stepMs),
          },
    losses,
    accuracies,
    target:
      reached === undefined ? undefined : { step: reached, seconds: (arrivals[reached - 1]! - firstStepAt) / 1000 },
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/**
 * The 1-based step at which the mean accuracy of the last batches, `WINDOW_IMAGES` in all, reaches the target. Each batch was
 * judged before the model learned from it, so in the first epoch these are images that it had never seen.
 */
export function stepOfTarget(accuracies: readonly number[], batchSize: number, target: number): number | undefined {
  const window = Math.ceil(WINDOW_IMAGES / batchSize);
  // Images are counted, not shares added: sums of whole numbers do not round.
  const right = accuracies.map((accuracy) => Math.round(accuracy * batchSize));
  let sum = 0;
  for (let i = 0; i < right.length; i++) {
    sum += right[i]! - (right[i - window] ?? 0);
    if (i + 1 >= window && sum / (window * batchSize) >= target) return i + 1;
  }
  return undefined;
}
