/** What the functions of "fovea/insight" are given. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { type AnyModel, Model } from "../train/model.ts";

/** Throws unless it is a model. */
export function checkModel(who: string, model: unknown): asserts model is AnyModel {
  if (!(model instanceof Model)) throw new ArgumentError(`${who} takes a model, got ${formatValue(model)}.`);
}

/** Throws unless it is an object as `maker` gives it, known by what it has. */
export function checkMade(who: string, made: unknown, maker: string, has: readonly string[]): void {
  const holds = typeof made === "object" && made !== null && has.every((key) => Object.hasOwn(made, key));
  if (!holds) throw new ArgumentError(`${who} takes what ${maker} resolved to, got ${formatValue(made)}.`);
}
