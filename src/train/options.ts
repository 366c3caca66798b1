/** The options of a model's methods; those of `fit` stand in fit.ts. */
import type { TensorLike } from "../base/tensor.ts";
import type { DeviceName } from "../engine/choose-device.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import type { LossLike } from "../nn/losses.ts";
import type { MetricLike } from "../nn/metrics.ts";
import type { OptimizerLike } from "../nn/optimizers/index.ts";
import { checkKeys, checkNumber } from "../nn/options.ts";
import type { Callback } from "./callbacks/callback.ts";
import type { Verbose } from "./output.ts";

/** Options of `compile`. */
export interface CompileOptions {
  /** An optimizer or its name ("adam", "sgd"). */
  readonly optimizer: OptimizerLike;
  /** A loss or its name ("categorical_crossentropy", …). */
  readonly loss: LossLike;
  /** Metrics or their names ("accuracy", …). Default none. */
  readonly metrics?: readonly MetricLike[];
  /** Where the model computes: "auto" (the fastest that works here), "cpu", "gpu" or "reference". Default "auto". */
  readonly device?: DeviceName;
  /** Worker threads of the CPU device. Default: the cores that this process may use. */
  readonly threads?: number;
}

export const compileKeys = [
  "optimizer",
  "loss",
  "metrics",
  "device",
  "threads",
] as const satisfies readonly (keyof CompileOptions)[];

/** Options of `evaluate`, `predict` and their kin. */
export interface PredictOptions {
  /** Rows per step. Default 32. */
  readonly batchSize?: number;
  /** Default "auto". */
  readonly verbose?: Verbose;
  readonly callbacks?: readonly Callback[];
  readonly signal?: AbortSignal;
  /** Receives the progress text. Default: the standard error, or the console. */
  readonly write?: (text: string) => void;
}

export interface EvaluateOptions extends PredictOptions {
  /** One weight per row [n]. */
  readonly sampleWeight?: TensorLike;
}

const passKeys = [
  "batchSize",
  "verbose",
  "callbacks",
  "signal",
  "write",
] as const satisfies readonly (keyof PredictOptions)[];

/** Throws unless the options are those of a pass over data, or `also`. */
export function checkPassOptions(who: string, options: PredictOptions, also: readonly string[] = []): void {
  checkKeys(who, options, [...passKeys, ...also]);
  checkCount(who, "batchSize", options.batchSize ?? 1, 1);
}

export function checkCount(who: string, name: string, value: number, least: 0 | 1): void {
  const expected = `a whole number of ${least} or more`;
  checkNumber(who, name, value, expected, (count) => Number.isInteger(count) && count >= least);
}

/** Weights of single rows or of classes, for `trainOnBatch`. */
export interface BatchOptions {
  readonly sampleWeight?: TensorLike;
  readonly classWeight?: Readonly<Record<number, number>>;
}

export interface ModelOptions {
  readonly inputs: KerasTensor;
  readonly outputs: KerasTensor;
  /** Default: "functional", "functional_1", … */
  readonly name?: string;
}
