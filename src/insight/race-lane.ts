/** One device's part of a race: starts the device, loads the program, and trains on the same batches as the others. */
import { DeviceError } from "../base/errors.ts";
import { keyOf } from "../base/random.ts";
import { TensorBatches } from "../data/batch-source.ts";
import type { CompiledStep } from "../engine/compiled-step.ts";
import { LazySession } from "../engine/lazy-session.ts";
import { Breath, runBatches, type Steps } from "../train/batch-runner.ts";
import { type Feed, rowsOfFeed, sliceFeed, specsOf } from "../train/data.ts";
import { type Logs, logsOf } from "../train/history.ts";
import type { AnyModel } from "../train/model.ts";
import { readyStep } from "../train/steps.ts";
import { copyRunner } from "./fresh-copy.ts";
import type { RaceDevice, RaceLane, RacePlan } from "./race-options.ts";
import { quantile, shareArrivals } from "./step-times.ts";

/** The results of one device; the speed-up is computed after all have run. */
export type RunLane = Omit<RaceLane, "speedUp">;

/** Number of images whose mean accuracy is compared to the target. */
const WINDOW_IMAGES = 1000;

/**
 * Runs the steps on a copy of the model's weights and a fresh optimizer.
 *
 * @throws DeviceError when the device cannot be started, cannot load the program or is lost; the message says after which step
 */
export async function runLane(name: RaceDevice, model: AnyModel, feed: Feed, plan: RacePlan): Promise<RunLane> {
  const { threads } = plan;
  const began = performance.now();
  const lazy = new LazySession(name, { ...model.runner.device.options, ...(threads === undefined ? {} : { threads }) });
  const session = await lazy.get();
  const { device } = session;
  const startMs = performance.now() - began;
  const log: LaneLog = { logs: [], arrivals: [] };
  try {
    const runner = copyRunner("race", model, lazy, "train");
    const spec = { mode: "train", capacity: plan.batchSize, feeds: specsOf(feed), batchwise: true } as const;
    const { about, compiled } = await readyStep(runner, session, spec);
    // The copies of the model's variables are this device's own: the model does not ask it for them.
    await session.sync(about.uses);
    plan.onStart?.(device);
    const firstStepAt = performance.now();
    await runSteps(withArrivals(compiled, log.arrivals), device.name, feed, plan, log);
    return {
      device: device.name,
      description: device.description,
      disguised: device.isSoftware === true,
      startMs,
      compileMs: compiled.compileMs,
      ...figuresOf(log, firstStepAt, plan),
    };
  } catch (cause) {
    if (!(cause instanceof DeviceError) || log.logs.length === 0) throw cause;
    throw new DeviceError(`It failed after step ${log.logs.length}: ${cause.message}`, { cause });
  } finally {
    device.dispose();
  }
}

interface LaneLog {
  /** Loss and metrics of each step. */
  readonly logs: Logs[];
  /** When each step's results were in. */
  readonly arrivals: number[];
}

/** The same steps; the time at which each result arrives is recorded, whenever the caller looks at it. */
function withArrivals(step: CompiledStep, arrivals: number[]): Steps {
  return {
    stepsInFlight: step.stepsInFlight,
    isReleased: step.isReleased,
    reserve: () => step.reserve(),
    start(feeds, rows) {
      const outputs = step.start(feeds, rows);
      outputs.then(
        () => arrivals.push(performance.now()),
        () => undefined,
      );
      return outputs;
    },
  };
}

/** Runs epochs of full batches in an order that depends only on the seed, until all steps are done. */
async function runSteps(step: Steps, device: string, feed: Feed, plan: RacePlan, { logs }: LaneLog): Promise<void> {
  const { steps, batchSize, seed, signal } = plan;
  const perEpoch = Math.floor(rowsOfFeed(feed) / batchSize);
  const source = new TensorBatches(sliceFeed(feed, 0, perEpoch * batchSize), { batchSize });
  const breath = new Breath();
  for (let epoch = 0; logs.length < steps && !signal?.aborted; epoch++) {
    const before = logs.length;
    await runBatches({
      reader: source.begin({ epoch, key: keyOf(seed), shuffle: true }),
      stepFor: () => step,
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

/** "accuracy", or the first metric whose name ends with it. */
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
 * The 1-based step at which the mean accuracy of the latest batches, `WINDOW_IMAGES` images in total, reaches the target. Each
 * batch was evaluated before the update that uses it, so in the first epoch these images are new to the model.
 */
export function stepOfTarget(accuracies: readonly number[], batchSize: number, target: number): number | undefined {
  const window = Math.ceil(WINDOW_IMAGES / batchSize);
  // Counts images instead of adding fractions, because sums of integers are exact.
  const right = accuracies.map((accuracy) => Math.round(accuracy * batchSize));
  let sum = 0;
  for (let i = 0; i < right.length; i++) {
    sum += right[i]! - (right[i - window] ?? 0);
    if (i + 1 >= window && sum / (window * batchSize) >= target) return i + 1;
  }
  return undefined;
}
