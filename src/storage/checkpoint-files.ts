/** Files that callbacks write while a model trains. */

import { diskPathOf, type SavePlace } from "../io/place.ts";
import { makeFolder } from "../io/stores/disk-store.ts";
import type { AnyModel } from "../train/model.ts";
import { saveModel, saveWeights } from "./save-model.ts";

/** Saves a model or its weights; a folder that is missing is made, as Keras's ModelCheckpoint does. */
export async function saveCheckpoint(model: AnyModel, where: SavePlace, weightsOnly: boolean): Promise<void> {
  const path = diskPathOf(where);
  if (path !== undefined) await makeFolder(path.folder);
  await (weightsOnly ? saveWeights(model, where, {}) : saveModel(model, where, {}));
}
