/** Runs of a model's own steps that leave the model as it is. */
import { StateError } from "../base/errors.ts";
import type { LazySession } from "../engine/lazy-session.ts";
import type { Optimizer } from "../nn/optimizers/optimizer.ts";
import type { AnyModel } from "../train/model.ts";
import { Runner } from "../train/runner.ts";

/** An optimizer of the same class and options without its state: a step gives an optimizer its slots. */
export function freshCopy(optimizer: Optimizer): Optimizer {
  const made = optimizer.constructor as unknown as new (config: object) => Optimizer;
  return new made(optimizer.getConfig());
}

/**
 * A runner of the model's steps on another device. Its variables there start from the model's values; the model itself does not
 * change.
 *
 * @param who names the caller in messages
 * @throws StateError for a model that is not compiled, unless the runner only predicts
 */
export function copyRunner(who: string, model: AnyModel, device: LazySession, mode: "train" | "predict"): Runner {
  const runner = new Runner(model);
  const { parts } = model.runner;
  if (parts === undefined && mode === "train")
    throw new StateError(
      `${who}: model "${model.name}" is not compiled, so it has no training step. ` +
        `Call model.compile({ optimizer, loss }) first${who === "benchmark" ? ', or measure mode "predict"' : ""}.`,
    );
  if (parts !== undefined) {
    const { optimizer, objective } = parts;
    const distribution = device.group === undefined ? undefined : parts.distribution;
    runner.compile({ optimizer: optimizer && freshCopy(optimizer), objective, distribution }, device);
  }
  return runner;
}
