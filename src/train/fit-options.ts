/** The options of `fit`. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import type { PyDataset } from "../data/py-dataset.ts";
import type { CallbackLike } from "./callbacks/callback.ts";
import type { ClassWeight } from "./data.ts";
import { checkCount, checkHostOptions } from "./options.ts";
import type { Verbose } from "./output.ts";

/** Options of `fit`; Keras's names and defaults. */
export interface FitOptions {
  /** Index of the epoch to stop before. Default 1. */
  readonly epochs?: number | undefined;
  /** Rows per step; the last batch may be shorter. Default 32. Not with data that comes in batches. */
  readonly batchSize?: number | undefined;
  /** Inputs, targets and perhaps sample weights, or a data set, that are evaluated after each epoch. */
  readonly validationData?: ValidationData | undefined;
  /** Share of the rows, taken from the END before shuffling, that validates instead of training. Default 0. */
  readonly validationSplit?: number | undefined;
  /** Default: batchSize. */
  readonly validationBatchSize?: number | undefined;
  /** Batches of validation data. Default: all. */
  readonly validationSteps?: number | undefined;
  /** Validate every so many epochs, or after the (1-based) epochs of a list. Default 1. */
  readonly validationFreq?: number | readonly number[] | undefined;
  /** A fresh order of all rows in each epoch (true), of the rows within each batch ("batch"), or none. Default true. */
  readonly shuffle?: boolean | "batch" | undefined;
  /** 0-based epoch to begin with. Default 0. */
  readonly initialEpoch?: number | undefined;
  /** Batches of an epoch, for data that is endless or long. Default: all. */
  readonly stepsPerEpoch?: number | undefined;
  /** Weight of each class number; others weigh 1. Not together with sampleWeight. */
  readonly classWeight?: ClassWeight | undefined;
  /** One weight per row [n], or for each output a list or record of them. */
  readonly sampleWeight?: unknown;
  /** Callbacks, or plain objects with their methods. */
  readonly callbacks?: CallbackLike | readonly CallbackLike[] | undefined;
  /** 0 silent, 1 a bar, 2 a line per epoch, "json" one object per line. Default "auto": 1 in a terminal, else 2. */
  readonly verbose?: Verbose | undefined;
  /** Ends training after the step in flight; fit then rejects with the signal's reason and `model.history` holds what was reached. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the progress text. Default: the standard error, or the console. */
  readonly write?: ((text: string) => void) | undefined;
}

/** [x, y], [x, y, sampleWeight], an object of these, or a data set. */
export type ValidationData =
  | readonly [x: unknown, y: unknown, sampleWeight?: unknown]
  | { readonly x: unknown; readonly y: unknown; readonly sampleWeight?: unknown }
  | AsyncIterable<unknown>
  | Iterable<unknown>
  | PyDataset;

const optionNames = [
  "epochs",
  "batchSize",
  "validationData",
  "validationSplit",
  "validationBatchSize",
  "validationSteps",
  "validationFreq",
  "shuffle",
  "initialEpoch",
  "stepsPerEpoch",
  "classWeight",
  "sampleWeight",
  "callbacks",
  "verbose",
  "signal",
  "write",
] as const satisfies readonly (keyof FitOptions)[];

/** Throws for options that make no sense. */
export function checkFitOptions(options: FitOptions): void {
  checkKeys("fit", options, optionNames);
  const { epochs = 1, batchSize = 32, initialEpoch = 0, validationFreq = 1, shuffle = true } = options;
  checkCount("fit", "epochs", epochs, 1);
  checkCount("fit", "batchSize", batchSize, 1);
  checkCount("fit", "initialEpoch", initialEpoch, 0);
  checkCount("fit", "validationBatchSize", options.validationBatchSize ?? batchSize, 1);
  checkCount("fit", "validationSteps", options.validationSteps ?? 1, 1);
  checkCount("fit", "stepsPerEpoch", options.stepsPerEpoch ?? 1, 1);
  checkHostOptions("fit", options);
  for (const value of Array.isArray(validationFreq) ? (validationFreq as readonly number[]) : [validationFreq])
    checkCount("fit", "validationFreq", value as number, 1);
  if (shuffle !== true && shuffle !== false && shuffle !== "batch")
    throw new ArgumentError(`fit: shuffle is ${formatValue(shuffle)}, expected true, false or "batch".`);
}
