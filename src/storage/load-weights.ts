/** Weights out of files into a model that is there. */
import { StateError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { openHdf5 } from "../io/hdf5/group.ts";
import { type LoadPlace, openFileOf, placeOf, using } from "../io/place.ts";
import type { AnyModel } from "../train/model.ts";
import type { LoadedWeights, LoadWeightsOptions } from "../train/storable.ts";
import { inFile, kindOf } from "./formats.ts";
import { readJson } from "./json.ts";
import { openWeights, readArchive, readFolder } from "./keras-archive.ts";
import { isLegacy, matchLegacy } from "./legacy-weights.ts";
import { Loading } from "./loading.ts";
import { matchByPath } from "./named-weights.ts";
import { openSafetensors } from "./safetensors.ts";
import { withShards } from "./shards.ts";
import { withManifest } from "./tfjs-manifest.ts";
import { isTfjs, matchTfjs } from "./tfjs-model.ts";
import { matchWeights } from "./weights-h5.ts";

export async function loadWeights(
  model: AnyModel,
  where: LoadPlace,
  options: LoadWeightsOptions,
): Promise<LoadedWeights> {
  checkKeys("loadWeights", options, ["skipMismatch", "byName"]);
  if (!model.built)
    throw new StateError(
      `loadWeights: model "${model.name}" is not built, so it has no weights yet; give its first layer an inputShape, or build it first.`,
    );
  const place = await placeOf("loadWeights", where);
  const loading = new Loading(place.title, options.skipMismatch);
  const found = { ...options, withOptimizer: model.optimizer !== undefined };
  return inFile(place.title, async () => {
    if (place.name === undefined) {
      const folder = await readFolder(place.title, place.store);
      return using(folder.weights, async () => {
        const root = await openWeights(folder);
        await matchWeights(model, async () => root, loading, found);
        return loading.finish(false);
      });
    }
    return using(await openFileOf(place, place.name), async (source) => {
      const kind = await kindOf(source);
      if (kind === "json") {
        const json = await readJson(source);
        if (isTfjs(json))
          return withManifest(place, json.weightsManifest, async (arrays) => {
            matchTfjs(model, arrays, loading, options);
            return loading.finish(false);
          });
        return withShards(place, json, async (rootOf) => {
          await matchWeights(model, rootOf, loading, found);
          return loading.finish(false);
        });
      }
      if (kind === "safetensors") {
        const { arrays } = await openSafetensors(source);
        matchByPath(model, arrays, loading, options);
        return loading.finish(false);
      }
      const root = kind === "zip" ? await openWeights(await readArchive(source)) : await openHdf5(source);
      if (await isLegacy(root)) await matchLegacy(model, root, loading, options);
      else await matchWeights(model, async () => root, loading, found);
      return loading.finish(false);
    });
  });
}
