/** The checkpoint of `fovea train`: a folder that is kept while the model trains, and gone on with by --resume. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError } from "../index.ts";
import { BackupAndRestore } from "../train/callbacks/index.ts";
import { latestFile } from "../train/run-state.ts";

export interface CheckpointOptions {
  readonly checkpoint?: string;
  readonly resume?: boolean;
}

export interface Checkpoint {
  readonly folder: string;
  readonly backup: BackupAndRestore;
}

/** Whether a folder holds a training that can be gone on with. */
export const holdsTraining = (folder: string): boolean =>
  statSync(join(folder, latestFile), { throwIfNoEntry: false })?.isFile() === true;

/**
 * The checkpoint that the options ask for; undefined where they ask for none.
 *
 * @throws ArgumentError where a training would be lost, or there is none to go on with
 */
export function checkpointOf({ checkpoint: folder, resume = false }: CheckpointOptions): Checkpoint | undefined {
  if (folder === undefined) {
    if (resume) throw new ArgumentError("--resume: name the folder to go on from, by --checkpoint <folder>.");
    return undefined;
  }
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new ArgumentError(`--checkpoint: "${folder}" is a file, expected a folder.`);
  const isThere = holdsTraining(folder);
  if (resume && !isThere)
    throw new ArgumentError(`--resume: there is no checkpoint in "${folder}". Leave out --resume to begin anew.`);
  if (!resume && isThere)
    throw new ArgumentError(
      `--checkpoint: "${folder}" holds the checkpoint of another training. Add --resume to go on with it, or name another folder.`,
    );
  return { folder, backup: new BackupAndRestore({ backupDir: folder, deleteCheckpoint: false }) };
}
