/**
 * A run of `fit` in one file, so that what is in it belongs together whenever the process ends: a `.weights.h5` file of Keras with
 * weights and optimizer, and a group of fovea's own beside them, which Keras leaves alone.
 */
import { ArgumentError, FormatError, FoveaError } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import type { ByteSource } from "../io/byte-source.ts";
import { type HdfGroup, openHdf5 } from "../io/hdf5/group.ts";
import { groupAt, hdf5Pieces } from "../io/hdf5/writer.ts";
import type { FolderPlace } from "../io/place.ts";
import type { AnyModel } from "../train/model.ts";
import { describeRun, latestFile, type RunState, readRun } from "../train/run-state.ts";
import { inFile } from "./formats.ts";
import { Loading } from "./loading.ts";
import { saveablesOf } from "./saveable.ts";
import { decodeState, encodeState } from "./state-codec.ts";
import { matchWeights, weightsTree } from "./weights-h5.ts";

/** Keras's name of the checkpoint before the latest one. */
const previous = `_${latestFile}`;
const names = [latestFile, previous];
/** No layer of Keras has a group of this name. */
const GROUP = "fovea_run";
const VERSION = "1";

/** A run that was found. */
export interface FoundRun {
  readonly state: RunState;
  /** Sets the model's weights and its optimizer. */
  load(): Promise<void>;
  close(): Promise<void>;
}

/** Writes a run in the place of the last one. */
export async function writeRun(
  model: AnyModel,
  { store }: FolderPlace,
  state: RunState,
  keepsPrevious: boolean,
): Promise<void> {
  const tree = weightsTree(saveablesOf(model, true));
  const { text, arrays } = encodeState(describeRun(state));
  const own = groupAt(tree, GROUP);
  own.attributes.set("version", VERSION);
  own.attributes.set("state", text);
  arrays.forEach((array, i) => {
    groupAt(own, "arrays").arrays.set(String(i), array);
  });
  const before = keepsPrevious ? await store.open(latestFile) : undefined;
  if (before !== undefined) {
    const bytes = await before.read(0, before.size);
    await before.close();
    await store.write(previous, [bytes]);
  }
  await store.write(latestFile, hdf5Pieces(tree));
}

/**
 * The last run that was written; the one before it where that is damaged; undefined where there is none.
 *
 * @param say is told why an older one is taken
 * @throws FormatError for a file that is damaged or belongs to another model
 */
export async function findRun(
  model: AnyModel,
  folder: FolderPlace,
  say: (text: string) => void,
): Promise<FoundRun | undefined> {
  const source = await folder.store.open(latestFile);
  const older = async () => {
    const before = await folder.store.open(previous);
    return before === undefined ? undefined : openRun(model, before);
  };
  if (source === undefined) return older();
  try {
    return await openRun(model, source);
  } catch (error) {
    const found = error instanceof FoveaError ? await older() : undefined;
    if (found === undefined) throw error;
    say(`${(error as Error).message} The checkpoint before it is used.`);
    return found;
  }
}

async function openRun(model: AnyModel, source: ByteSource): Promise<FoundRun> {
  const title = source.name;
  try {
    return await inFile(title, async () => {
      const root = await openHdf5(source);
      const state = readRun(await readState(title, root));
      const loading = new Loading(title, false, true);
      await matchWeights(model, async () => root, loading, { withOptimizer: model.optimizer !== undefined });
      return {
        state,
        load: async () => void (await inFile(title, () => loading.finish(false))),
        close: () => source.close(),
      };
    });
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function readState(title: string, root: HdfGroup) {
  const own = await root.group(GROUP);
  const attributes = await own?.attributes();
  const [text, version] = [attributes?.get("state"), attributes?.get("version")];
  if (own === undefined || typeof text !== "string")
    throw new FormatError(
      `${title} holds weights alone, and not where the training was. Load it with loadWeights, and give fit an initialEpoch.`,
    );
  if (version !== VERSION)
    throw new FormatError(`${title} was written by another version of fovea, as "${version}"; use that one.`);
  const group = await own.group("arrays");
  const arrays: Tensor[] = [];
  for (let i = 0; i < (group?.names.length ?? 0); i++) {
    const dataset = await group!.dataset(String(i));
    if (dataset === undefined) throw new FormatError(`${title} is damaged: its array ${i} is missing.`);
    arrays.push(new Tensor(await dataset.read(), [...dataset.shape]));
  }
  return decodeState(`The state of the run in ${title}`, text, arrays);
}

const cannotRemove = ({ title }: FolderPlace) =>
  new ArgumentError(
    `BackupAndRestore: the store of "${title}" has no method remove(name), which deletes the checkpoint when training has ended; give it one, or set deleteCheckpoint to false.`,
  );

/** Makes the folder ready. @throws ArgumentError where files are to be removed, and the store cannot */
export async function enterRuns(folder: FolderPlace, willRemove: boolean): Promise<void> {
  if (willRemove && folder.store.remove === undefined) throw cannotRemove(folder);
  await folder.enter(names);
}

/** Removes the files of a run. @throws ArgumentError where the store cannot */
export async function removeRun(folder: FolderPlace): Promise<void> {
  const { remove } = folder.store;
  if (remove === undefined) throw cannotRemove(folder);
  for (const name of names) await remove.call(folder.store, name);
  await folder.leave(names);
}
