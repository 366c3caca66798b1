import { ArgumentError, StateError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { type FolderPlace, folderOf, type SavePlace } from "../../io/place.ts";
import { checkFlag, fillOptions } from "../../nn/options.ts";
import { isFirstProcess, keptDistribution } from "../../nn/process-state.ts";
import { checkCount } from "../options.ts";
import { type KeptRun, StateReader } from "../run-state.ts";
import { runFiles } from "../storable.ts";
import { Callback, type CallbackState } from "./callback.ts";
import { checkSaveFreq } from "./model-checkpoint.ts";

export interface BackupAndRestoreOptions {
  /**
   * The folder of the checkpoint, which belongs to one run: a path, a folder that the user chose in a browser, "opfs://name",
   * "indexeddb://name", or { store, name }, where the name stands in front of the files' names.
   */
  readonly backupDir: SavePlace;
  /** "epoch", or after how many batches, counted across epochs. Default "epoch". */
  readonly saveFreq?: "epoch" | number;
  /** Keep the checkpoint before the last one, too, which is used where the last one is damaged. Default false. */
  readonly doubleCheckpoint?: boolean;
  /** Remove the checkpoint when training has ended. Default true. */
  readonly deleteCheckpoint?: boolean;
}

const defaults: Required<BackupAndRestoreOptions> = {
  backupDir: undefined as unknown as SavePlace,
  saveFreq: "epoch",
  doubleCheckpoint: false,
  deleteCheckpoint: true,
};

/**
 * Keeps the whole state of a training in a file, and goes on with it in the next `fit` with the same folder, whatever ended the
 * first one. K: `callbacks/backup_and_restore.py`.
 *
 * The training ends as if nothing had happened, bit for bit: weights, optimizer, position in the epoch, order of the rows, dropout
 * masks, running means, history, and what other callbacks keep (`getState`). Make the model and call `fit` as before. The file is
 * replaced as a whole, so that it is good whenever the process is killed. When the `signal` of `fit` ends the training, the state
 * is saved first.
 *
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { BackupAndRestore } from "fovea/callbacks";
 * import { Dense } from "fovea/layers";
 * import { tmpdir } from "node:os";
 * const model = new Sequential([new Dense({ units: 1, inputShape: [1] })]);
 * model.compile({ optimizer: "adam", loss: "mse" });
 * const backup = new BackupAndRestore({ backupDir: `${tmpdir()}/fovea-run` });
 * await model.fit([[0], [1]], [[0], [2]], { epochs: 3, callbacks: [backup], verbose: 0 });
 * ```
 */
export class BackupAndRestore extends Callback {
  static override readonly className = "BackupAndRestore";
  override readonly reads = "logs";
  readonly options: Required<BackupAndRestoreOptions>;
  /** Where the last `fit` went on: 0-based epoch, and finished batches of it; undefined where it began anew. */
  resumedFrom: { readonly epoch: number; readonly step: number } | undefined;
  #run: KeptRun | undefined;
  #folder: FolderPlace | undefined;
  /** Batches since the last one that was due, across epochs. */
  #batches = 0;
  /** Batches of this epoch that are in `#batches` or before. */
  #counted = 0;

  constructor(given: BackupAndRestoreOptions) {
    super();
    this.options = fillOptions<Required<BackupAndRestoreOptions>>("BackupAndRestore", given, defaults);
    const { backupDir, saveFreq, doubleCheckpoint, deleteCheckpoint } = this.options;
    for (const [name, value] of Object.entries({ doubleCheckpoint, deleteCheckpoint }))
      checkFlag("BackupAndRestore", name, value);
    checkSaveFreq("BackupAndRestore", saveFreq);
    checkBackupDir(backupDir);
  }

  /** @internal */
  setRun(run: KeptRun): void {
    if (typeof run?.capture !== "function" || typeof run.resume !== "function")
      throw new ArgumentError(`BackupAndRestore.setRun: got ${formatValue(run)}, expected a run of fit.`);
    this.#run = run;
  }

  override getState(): CallbackState {
    return { batches: this.#batches };
  }

  override setState(state: CallbackState): void {
    this.#batches = new StateReader("BackupAndRestore", state).count("batches");
  }

  override async onTrainBegin(): Promise<void> {
    const { backupDir, deleteCheckpoint } = this.options;
    this.resumedFrom = undefined;
    this.#batches = 0;
    this.#counted = 0;
    const model = this.requireModel();
    if (!model.built)
      throw new StateError(
        `BackupAndRestore: model "${model.name}" is not built, so there is nothing to restore into; give its first layer an inputShape, or build it before fit.`,
      );
    const files = await runFiles();
    this.#folder = await folderOf("BackupAndRestore", backupDir);
    if (isFirstProcess()) await files.enterRuns(this.#folder, deleteCheckpoint);
    // All read what the first process has found whole.
    await keptDistribution()?.group?.gather("restore the training", null);
    const found = await files.findRun(model, this.#folder, (text) => this.say(text));
    if (found === undefined) return;
    try {
      this.#requireRun().resume(found.state);
      await found.load();
    } finally {
      await found.close();
    }
    const { epoch, step } = found.state;
    this.resumedFrom = { epoch, step };
    this.#counted = step;
  }

  #requireRun(): KeptRun {
    if (this.#run === undefined)
      throw new StateError("BackupAndRestore keeps no run yet: fit sets it; before that its methods do nothing.");
    return this.#run;
  }

  override readsAfter(batch: number): boolean {
    const { saveFreq } = this.options;
    return saveFreq !== "epoch" && this.#batches + batch + 1 - this.#counted >= saveFreq;
  }

  override async onTrainBatchEnd(batch: number): Promise<void> {
    checkCount("BackupAndRestore", "batch", batch, 0);
    const isDue = this.readsAfter(batch);
    this.#batches = isDue ? 0 : this.#batches + batch + 1 - this.#counted;
    this.#counted = batch + 1;
    if (isDue) await this.#save();
  }

  override async onEpochEnd(): Promise<void> {
    this.#counted = 0;
    if (this.options.saveFreq === "epoch") await this.#save();
  }

  override async onTrainInterrupt(): Promise<void> {
    await this.#save();
  }

  override async onTrainEnd(): Promise<void> {
    if (!this.options.deleteCheckpoint || this.#folder === undefined || !isFirstProcess()) return;
    const { removeRun } = await runFiles();
    await removeRun(this.#folder);
  }

  async #save(): Promise<void> {
    const run = this.#requireRun();
    if (!isFirstProcess()) return;
    const { writeRun } = await runFiles();
    if (this.#folder === undefined) return;
    await writeRun(this.requireModel(), this.#folder, await run.capture(), this.options.doubleCheckpoint);
  }
}

function checkBackupDir(backupDir: unknown): void {
  const isPlace =
    (typeof backupDir === "string" && backupDir !== "") || (typeof backupDir === "object" && backupDir !== null);
  if (!isPlace)
    throw new ArgumentError(
      `BackupAndRestore: backupDir is ${formatValue(backupDir)}, expected the path of a folder, "opfs://name", a directory handle or { store, name }.`,
    );
}
