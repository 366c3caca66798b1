/** The options of a model's methods; those of `fit` are in fit-options.ts. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import type { DeviceName } from "../engine/device-options.ts";
import type { DTypePolicy } from "../nn/dtype-policy.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import type { LossLike } from "../nn/losses/names.ts";
import type { MetricLike } from "../nn/metrics/names.ts";
import { type OptimizerLike, resolveOptimizer } from "../nn/optimizers/resolve.ts";
import { checkFlag, checkNumber } from "../nn/options.ts";
import type { CallbackLike } from "./callbacks/callback.ts";
import type { ClassWeight } from "./data.ts";
import type { ForOutputs } from "./model-types.ts";
import { type Verbose, verboseLevels } from "./output.ts";

/**
 * Options of `compile`.
 *
 * @typeParam O the structure of the model's outputs; default: one
 */
export interface CompileOptions<O = KerasTensor> {
  /** An optimizer or its name ("adam", "sgd", …). Default "rmsprop". */
  readonly optimizer?: OptimizerLike | undefined;
  /** A loss, its name or a function of targets and outputs; for several outputs a list or record of them. */
  readonly loss?: ForOutputs<O, LossLike> | null | undefined;
  /**
   * Whether the optimizer of a model with the dtype policy "mixed_float16" is wrapped in a `LossScaleOptimizer`, so that small
   * gradients do not vanish. Default true.
   */
  readonly autoScaleLoss?: boolean | undefined;
  /** Factor of each output's loss in the sum. Default 1. */
  readonly lossWeights?: ForOutputs<O, number> | null | undefined;
  /** Metrics, their names ("accuracy", …) or functions; sample weights do not count in them. Default none. */
  readonly metrics?: ForOutputs<O, MetricLike | readonly MetricLike[]> | null | undefined;
  /** Metrics in which sample weights count. Default none. */
  readonly weightedMetrics?: ForOutputs<O, MetricLike | readonly MetricLike[]> | null | undefined;
  /** Where the model computes: "auto" (the fastest that works here), "cpu", "gpu" or "reference". Default "auto". */
  readonly device?: DeviceName | undefined;
  /** Worker threads of the CPU device. Default: the cores that this process may use. */
  readonly threads?: number | undefined;
}

export const compileKeys = [
  "optimizer",
  "autoScaleLoss",
  "loss",
  "lossWeights",
  "metrics",
  "weightedMetrics",
  "device",
  "threads",
] as const satisfies readonly (keyof CompileOptions)[];

type Optimizing = Pick<CompileOptions, "optimizer" | "autoScaleLoss">;

/** The optimizer of a model with these options. @param model the model's own options */
export function optimizerOf({ optimizer = "rmsprop", autoScaleLoss = true }: Optimizing, model: object) {
  checkFlag("compile", "autoScaleLoss", autoScaleLoss);
  const isMixed = (model as { readonly dtype?: DTypePolicy }).dtype === "mixed_float16";
  return resolveOptimizer(optimizer, autoScaleLoss && isMixed);
}

/** Options of `evaluate`, `predict` and their kin. */
export interface PredictOptions {
  /** Rows per step. Default 32. */
  readonly batchSize?: number | undefined;
  /** Batches at most. Default: all. */
  readonly steps?: number | undefined;
  /** Default "auto". */
  readonly verbose?: Verbose | undefined;
  readonly callbacks?: CallbackLike | readonly CallbackLike[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Receives the progress text. Default: the standard error, or the console. */
  readonly write?: ((text: string) => void) | undefined;
}

export interface EvaluateOptions extends PredictOptions {
  /** One weight per row [n], or for each output a list or record of them. */
  readonly sampleWeight?: unknown;
}

const passKeys = [
  "batchSize",
  "steps",
  "verbose",
  "callbacks",
  "signal",
  "write",
] as const satisfies readonly (keyof PredictOptions)[];

/** Throws unless the options are those of a pass over data, or `also`. */
export function checkPassOptions(who: string, options: PredictOptions, also: readonly string[] = []): void {
  checkKeys(who, options, [...passKeys, ...also]);
  checkCount(who, "batchSize", options.batchSize ?? 1, 1);
  checkCount(who, "steps", options.steps ?? 1, 1);
  checkHostOptions(who, options);
}

/** What a run tells, and who can end it. */
type HostOptions = Pick<PredictOptions, "verbose" | "signal" | "write">;

/** Throws before the work is done for what would fail in the midst of it. */
export function checkHostOptions(who: string, { signal, write, verbose = "auto" }: HostOptions): void {
  if (!verboseLevels.includes(verbose))
    throw new ArgumentError(`${who}: verbose is ${formatValue(verbose)}, expected ${verboseLevels.join(", ")}.`);
  if (signal !== undefined && !(typeof signal === "object" && signal !== null && "throwIfAborted" in signal)) {
    const isController = (signal as unknown) instanceof AbortController;
    const hint = isController ? " Pass controller.signal." : "";
    throw new ArgumentError(`${who}: signal is ${formatValue(signal)}, expected an AbortSignal.${hint}`);
  }
  if (write !== undefined && typeof write !== "function")
    throw new ArgumentError(`${who}: write is ${formatValue(write)}, expected a function that takes a text.`);
}

export function checkCount(who: string, name: string, value: number, least: 0 | 1): void {
  const expected = `a whole number of ${least} or more`;
  checkNumber(who, name, value, expected, (count) => Number.isInteger(count) && count >= least);
}

/** Weights of single rows or of classes, for `trainOnBatch`. */
export interface BatchOptions {
  readonly sampleWeight?: unknown;
  readonly classWeight?: ClassWeight | undefined;
}

export interface ModelOptions<I, O> {
  readonly inputs: I;
  readonly outputs: O;
  /** Default: "functional", "functional_1", … */
  readonly name?: string | undefined;
  readonly trainable?: boolean | undefined;
  /** The dtype policy that files state of the model itself. Default: what `setDtypePolicy` set. */
  readonly dtype?: DTypePolicy | undefined;
}
