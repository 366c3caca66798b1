/** Models and weights into files. */
import { ArgumentError, StateError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { hdf5Pieces } from "../io/hdf5/writer.ts";
import { type Place, placeOf, type SavePlace } from "../io/place.ts";
import { writeTogether } from "../io/stores/file-store.ts";
import { zipPieces } from "../io/zip-writer.ts";
import type { Layer } from "../nn/layers/layer.ts";
import type { AnyModel } from "../train/model.ts";
import type { SaveOptions, SaveWeightsOptions } from "../train/storable.ts";
import { modelFormat, weightsFormat } from "./formats.ts";
import { archiveEntries } from "./keras-archive.ts";
import { legacyModelTree } from "./legacy-model.ts";
import { legacyWeightsTree } from "./legacy-weights.ts";
import { weightsByPath } from "./named-weights.ts";
import { safetensorsPieces } from "./safetensors.ts";
import { saveTfjsModel } from "./save-tfjs.ts";
import { saveablesOf } from "./saveable.ts";
import { writeShards } from "./shards.ts";
import { weightsTree } from "./weights-h5.ts";

/** Default size of a shard, as in Keras's documentation. */
const SHARD_BYTES = 5e9;

export async function saveModel(model: AnyModel, where: SavePlace, options: SaveOptions): Promise<void> {
  checkKeys("save", options, ["includeOptimizer"]);
  const place = await placeOf("save", where);
  const withOptimizer = (options.includeOptimizer ?? true) && model.optimizer !== undefined;
  const { store, name } = place;
  const date = new Date();
  const format = modelFormat(place);
  if (format === "legacy" || format === "tfjs") requireNoInt8(model as unknown as Layer, format);
  switch (format) {
    case "archive":
      return write(place, zipPieces(archiveEntries(model, { withOptimizer, date, withAssets: true }), date));
    case "legacy":
      return write(place, hdf5Pieces(legacyModelTree(model, withOptimizer)));
    case "tfjs":
      return saveTfjsModel(model, place);
    case "onnx": {
      const { onnxPieces } = await import("./onnx/write-model.ts");
      return write(place, onnxPieces(model));
    }
    case "folder":
      return writeTogether(store, archiveEntries(model, { withOptimizer, date, withAssets: false }));
    default:
      throw new StateError(`save: "${name}" has no format.`);
  }
}

/** Formats whose layers know nothing of int8. */
function requireNoInt8(layer: Layer, format: "legacy" | "tfjs"): void {
  if (layer.int8 !== undefined)
    throw new ArgumentError(
      `save: ${layer.title} is int8, which ${format === "tfjs" ? "a model.json" : "the old .h5 format"} cannot hold. Save as .keras, or call model.dequantize() first.`,
    );
  for (const inside of layer.sublayers) requireNoInt8(inside, format);
}

export async function saveWeights(model: AnyModel, where: SavePlace, options: SaveWeightsOptions): Promise<void> {
  checkKeys("saveWeights", options, ["maxShardSize"]);
  if (!model.built)
    throw new StateError(`saveWeights: model "${model.name}" is not built, so it has no weights yet; build it first.`);
  const place = await placeOf("saveWeights", where);
  switch (weightsFormat(place)) {
    case "legacy":
      return write(place, hdf5Pieces(legacyWeightsTree(model)));
    case "safetensors":
      return write(
        place,
        safetensorsPieces(weightsByPath("saveWeights", model), { format: "keras", model: model.name }),
      );
    case "sharded":
      return writeShards(place, saveablesOf(model, true), options.maxShardSize ?? SHARD_BYTES);
    default:
      return write(place, hdf5Pieces(weightsTree(saveablesOf(model, true))));
  }
}

function write({ store, name }: Place, pieces: Iterable<Uint8Array>): Promise<void> {
  return store.write(name!, pieces as Iterable<Uint8Array>);
}
