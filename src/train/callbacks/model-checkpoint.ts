import { formatFixed } from "../../base/format.ts";
import { refuseOption } from "../../base/options.ts";
import type { StoredFile } from "../../io/place.ts";
import { checkFlag, checkNumber, fillOptions } from "../../nn/options.ts";
import { isFirstProcess } from "../../nn/process-state.ts";
import type { Logs } from "../history.ts";
import { checkCount } from "../options.ts";
import { StateReader } from "../run-state.ts";
import { checkpointFiles } from "../storable.ts";
import type { CallbackState } from "./callback.ts";
import { FilePattern } from "./file-pattern.ts";
import { MonitorCallback, type MonitorOptions } from "./monitor-callback.ts";

export interface ModelCheckpointOptions extends MonitorOptions {
  /**
   * A path, an address ("opfs://name.keras") or a file of a store. Its name ends in ".keras" or ".h5", with saveWeightsOnly in
   * ".weights.h5". It may have places for the epoch (from 1), the batch (from 1) and the logs, as Python writes them:
   * "{epoch:02d}-{val_loss:.2f}.keras".
   */
  readonly filepath: string | StoredFile;
  /** 1: say what is saved. Default 0. */
  readonly verbose?: 0 | 1;
  /** Save only when the watched value is better than ever before. Default false. */
  readonly saveBestOnly?: boolean;
  /** Save the weights, with the optimizer's state, instead of the whole model. Default false. */
  readonly saveWeightsOnly?: boolean;
  /** "epoch", or after how many batches, counted across epochs. Default "epoch". */
  readonly saveFreq?: "epoch" | number;
  /** With saveBestOnly, the value that the first one must beat. Default null. */
  readonly initialValueThreshold?: number | null;
}

const defaults = {
  filepath: undefined as unknown as string | StoredFile,
  monitor: "val_loss",
  verbose: 0,
  saveBestOnly: false,
  saveWeightsOnly: false,
  mode: "auto",
  saveFreq: "epoch",
  initialValueThreshold: null,
} satisfies Required<ModelCheckpointOptions>;

/**
 * Saves the model, or its weights, as it trains; folders that are missing are made. K: `callbacks/model_checkpoint.py`. What was
 * there before stays whole until the new file is. To go on with a training that was ended, use `BackupAndRestore`.
 *
 * @example
 * ```ts
 * import { ModelCheckpoint } from "fovea/callbacks";
 * new ModelCheckpoint({ filepath: "best.keras", monitor: "val_accuracy", saveBestOnly: true });
 * new ModelCheckpoint({ filepath: "runs/{epoch:02d}-{val_loss:.2f}.weights.h5", saveWeightsOnly: true });
 * ```
 */
export class ModelCheckpoint extends MonitorCallback<Required<ModelCheckpointOptions>> {
  static override readonly className = "ModelCheckpoint";
  override readonly reads = "logs";
  readonly #pattern: FilePattern;
  #epoch = 0;
  /** Batches since the last one that was due, across epochs. */
  #batches = 0;
  #lastBatch = -1;

  /** @throws ArgumentError for a name without a known ending, and for places in it that Python does not know */
  constructor(given: ModelCheckpointOptions) {
    const options = fillOptions<Required<ModelCheckpointOptions>>("ModelCheckpoint", given, defaults);
    super("ModelCheckpoint", options);
    const { filepath, saveBestOnly, saveWeightsOnly, saveFreq, initialValueThreshold } = options;
    for (const [name, value] of Object.entries({ saveBestOnly, saveWeightsOnly }))
      checkFlag("ModelCheckpoint", name, value);
    checkSaveFreq("ModelCheckpoint", saveFreq);
    if (initialValueThreshold !== null) {
      checkNumber("ModelCheckpoint", "initialValueThreshold", initialValueThreshold, "a number or null", () => true);
      this.best = initialValueThreshold;
    }
    this.#pattern = new FilePattern("ModelCheckpoint", checkName(filepath, saveWeightsOnly));
  }

  override getState(): CallbackState {
    return { best: this.best ?? null, epoch: this.#epoch, batches: this.#batches, lastBatch: this.#lastBatch };
  }

  override setState(state: CallbackState): void {
    const reader = new StateReader("ModelCheckpoint", state);
    const [epoch, batches, lastBatch] = [reader.count("epoch"), reader.count("batches"), reader.number("lastBatch")];
    this.best = reader.has("best") ? reader.number("best") : undefined;
    [this.#epoch, this.#batches, this.#lastBatch] = [epoch, batches, lastBatch];
  }

  override onEpochBegin(epoch: number): void {
    checkCount("ModelCheckpoint", "epoch", epoch, 0);
    this.#epoch = epoch;
  }

  override readsAfter(batch: number): boolean {
    const { saveFreq } = this.options;
    return saveFreq !== "epoch" && this.#batchesWith(batch) >= saveFreq;
  }

  /** Batches since the last one that was due, this one included. */
  #batchesWith(batch: number): number {
    return this.#batches + (batch > this.#lastBatch ? batch - this.#lastBatch : batch + 1);
  }

  override async onTrainBatchEnd(batch: number, logs: Logs): Promise<void> {
    if (this.options.saveFreq === "epoch") return;
    this.checkEpoch(batch, logs);
    const isDue = this.readsAfter(batch);
    this.#batches = isDue ? 0 : this.#batchesWith(batch);
    this.#lastBatch = batch;
    if (isDue) await this.#save(this.#epoch, { batch: batch + 1, ...logs }, logs);
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    this.checkEpoch(epoch, logs);
    this.#lastBatch = -1;
    if (this.options.saveFreq === "epoch") await this.#save(epoch, logs, logs);
  }

  async #save(epoch: number, numbers: Readonly<Record<string, number>>, logs: Logs): Promise<void> {
    const { filepath, saveWeightsOnly, verbose } = this.options;
    const model = this.requireModel();
    const name = this.#pattern.format({ ...numbers, epoch: epoch + 1 }, ["epoch", "batch"]);
    const title = `Epoch ${epoch + 1}:`;
    if (!this.#isDue(title, logs, name)) return;
    if (!isFirstProcess()) return;
    const { saveCheckpoint } = await checkpointFiles();
    await saveCheckpoint(model, typeof filepath === "string" ? name : { ...filepath, name }, saveWeightsOnly);
    if (verbose) this.say(`${title} finished saving model to ${name}`);
  }

  #isDue(title: string, logs: Logs, name: string): boolean {
    const { saveBestOnly, monitor, verbose } = this.options;
    if (!saveBestOnly) {
      if (verbose) this.say(`${title} saving model to ${name}`);
      return true;
    }
    const current = this.currentOf(logs);
    // What cannot be compared is saved, as in Keras.
    if (current === undefined) return true;
    this.best ??= this.direction() === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    const isBetter = this.improves(current, this.best);
    const best = formatFixed(this.best, 5);
    if (isBetter) this.best = current;
    const improved = `${monitor} improved from ${best} to ${formatFixed(current, 5)}, saving model to ${name}`;
    if (verbose) this.say(`${title} ${isBetter ? improved : `${monitor} did not improve from ${best}`}`);
    return isBetter;
  }
}

/** Throws unless it is "epoch" or a number of batches. */
export function checkSaveFreq(owner: string, saveFreq: unknown): void {
  if (saveFreq === "epoch") return;
  if (!Number.isInteger(saveFreq) || (saveFreq as number) < 1)
    refuseOption(owner, "saveFreq", saveFreq, '"epoch" or a number of batches of 1 or more');
}

/** The name, checked. */
function checkName(filepath: unknown, saveWeightsOnly: boolean): string {
  const isFile = typeof filepath === "object" && filepath !== null && "store" in filepath && "name" in filepath;
  const name = isFile ? filepath.name : filepath;
  const isWeights = typeof name === "string" && name.endsWith(".weights.h5");
  const isModel = typeof name === "string" && /\.(keras|h5)$/.test(name) && !isWeights;
  if (saveWeightsOnly ? isWeights : isModel) return name as string;
  const expected = saveWeightsOnly
    ? 'a name that ends in ".weights.h5", since saveWeightsOnly is true'
    : `a name that ends in ".keras" or ".h5"${isWeights ? "; for weights alone set saveWeightsOnly" : ""}`;
  return refuseOption("ModelCheckpoint", "filepath", filepath, expected);
}
