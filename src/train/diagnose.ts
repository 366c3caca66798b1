/** Finds out where a NaN or infinite loss comes from. */
import { NumericError } from "../base/errors.ts";
import type { BatchFeeds } from "../data/batch-source.ts";
import { runOnce } from "../engine/bound-step.ts";
import type { Session } from "../engine/session.ts";
import { valuesOf } from "./batch-runner.ts";
import { rowsOfFeed, specsOf } from "./data.ts";
import type { AnyModel } from "./model.ts";
import type { Runner } from "./runner.ts";
import { readyStep } from "./steps.ts";

/** Where in training the loss went bad, 1-based. */
export interface BadStep {
  readonly epoch: number;
  readonly batch: number;
  readonly loss: number;
}

/**
 * Runs the batch again through the weights of the last good step (a guard in the step keeps them) and names the first value
 * that is not a number, or not finite.
 */
export async function diagnoseLoss(
  model: AnyModel,
  runner: Runner,
  session: Session,
  feeds: BatchFeeds,
  at: BadStep,
): Promise<NumericError> {
  const inputs = Object.fromEntries(Object.entries(feeds).filter(([name]) => name.startsWith("x")));
  const rows = rowsOfFeed(inputs);
  const spec = { mode: "diagnose", capacity: rows, feeds: specsOf(inputs) } as const;
  const { outputs: counts } = await runOnce(() => readyStep(runner, session, spec), valuesOf(inputs), rows);
  const first = Object.entries(counts).find(([, [count]]) => count !== 0);
  return new NumericError(
    `The loss is ${at.loss} at step ${at.batch} of epoch ${at.epoch}. ${explain(model, feeds, first?.[0])} ` +
      "The model keeps the weights of the last good step. Try a smaller learning rate, clipnorm on the optimizer, or check the data.",
  );
}

function explain(model: AnyModel, feeds: BatchFeeds, first: string | undefined): string {
  const names = model.inputNames;
  if (first?.startsWith("input "))
    return names.length > 1
      ? `The input "${names[Number(first.slice(6))]}" of this batch holds NaN or infinite values.`
      : "The inputs of this batch hold NaN or infinite values.";
  const bad = (part: string) =>
    Object.entries(feeds).some(
      ([name, { data }]) =>
        name.startsWith(part) && Array.prototype.some.call(data, (value) => !Number.isFinite(value)),
    );
  if (bad("y")) return "The targets of this batch hold NaN or infinite values.";
  if (bad("w")) return "The sample weights of this batch hold NaN or infinite values.";
  if (first === undefined) return "Every layer's output is finite, so it comes from the loss itself.";
  const [kind, ...rest] = first.split(" ");
  const place = rest.join(" ");
  if (kind === "weight") {
    const at = place.lastIndexOf("/");
    return `The first bad values are in the weight "${place.slice(at + 1)}" of layer "${place.slice(0, at)}".`;
  }
  return `The first bad values are in the output of layer "${place}".`;
}
