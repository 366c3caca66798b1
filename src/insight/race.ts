/** Runs the same training on one device after the other, to compare speed and numbers. */

import { ArgumentError, DeviceError, StateError } from "../base/errors.ts";
import type { TensorLike } from "../base/tensor.ts";
import { type Feed, rowsOfFeed } from "../train/data.ts";
import type { AnyModel } from "../train/model.ts";
import { checkModel } from "./check-model.ts";
import { compareLosses } from "./parity.ts";
import { type RunLane, runLane } from "./race-lane.ts";
import { checkPair, planRace, type Race, type RaceFailure, type RaceLane, type RaceOptions } from "./race-options.ts";

/** Relative gap up to which two losses count as the same number. */
const TOLERANCE = 1e-3;

/**
 * Trains copies of a model on several devices, one after the other, with the same weights, batches and order: it measures start,
 * compilation, warm-up and steady speed separately, the loss of every step, and when an accuracy was reached. The model itself
 * does not change. A device that is not available is reported with the reason, and the race continues with the others.
 *
 * @param model compiled; with an accuracy among its metrics to measure the time to an accuracy
 * @param data inputs [n, …] and targets as the loss wants them, at least one batch; a short last batch is skipped
 * @throws StateError when the model is not built or not compiled; ShapeError and ArgumentError for data and options
 * @example
 * ```ts
 * import { Sequential, toCategorical } from "fovea";
 * import { digits } from "fovea/datasets";
 * import { race, raceText } from "fovea/insight";
 * import { Dense, Flatten } from "fovea/layers";
 * const { train } = await digits.load({ train: 64, test: 1 });
 * const model = new Sequential([new Flatten({ inputShape: [28, 28, 1] }), new Dense({ units: 10, activation: "softmax" })]);
 * model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"] });
 * const options = { devices: ["cpu", "reference"], steps: 8, batchSize: 16 } as const;
 * const result = await race(model, [train.images, toCategorical(train.labels, 10)], options);
 * result.lanes.length;    // 2
 * result.parity?.partsAt; // undefined: the same numbers
 * console.log(raceText(result));
 * ```
 */
export async function race(
  model: AnyModel,
  data: readonly [x: TensorLike, y: TensorLike],
  options: RaceOptions = {},
): Promise<Race> {
  checkModel("race", model);
  const plan = planRace(options);
  if (model.runner.parts === undefined)
    throw new StateError(
      `race: model "${model.name}" is not compiled, so it has no training step. ` +
        "Call model.compile({ optimizer, loss, metrics }) first.",
    );
  checkPair("race", data);
  const [x, y] = data;
  const feed = checkRows(await model.feedOf("race", { x, y }), plan.batchSize);
  const ran: RunLane[] = [];
  const failures: RaceFailure[] = [];
  for (const device of plan.devices) {
    if (plan.signal?.aborted) break;
    try {
      ran.push(await runLane(device, model, feed, plan));
    } catch (cause) {
      if (!(cause instanceof DeviceError)) throw cause;
      failures.push({ device, reason: cause.message });
    }
  }
  const { steps, warmUpSteps, batchSize, seed, targetAccuracy } = plan;
  return {
    model: model.name,
    steps,
    warmUpSteps,
    batchSize,
    seed,
    targetAccuracy,
    lanes: withSpeedUps(ran),
    failures,
    parity: compareLosses(ran, TOLERANCE),
    stopped: plan.signal?.aborted === true,
  };
}

function checkRows(feed: Feed, batchSize: number): Feed {
  const rows = rowsOfFeed(feed);
  if (rows < batchSize)
    throw new ArgumentError(
      `race: ${rows} rows do not fill a batch of ${batchSize}; bring more, or a smaller batchSize.`,
    );
  return feed;
}

function withSpeedUps(ran: readonly RunLane[]): RaceLane[] {
  const speeds = ran.flatMap(({ speed }) => speed?.imagesPerSecond ?? []);
  const slowest = Math.min(...speeds);
  return ran.map((lane) => ({
    ...lane,
    speedUp: lane.speed === undefined || speeds.length < 2 ? undefined : lane.speed.imagesPerSecond / slowest,
  }));
}
