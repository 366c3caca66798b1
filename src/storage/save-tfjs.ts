/** Writes TensorFlow.js's layers models. */
import { ArgumentError } from "../base/errors.ts";
import type { Place } from "../io/place.ts";
import { writeTogether } from "../io/stores/file-store.ts";
import type { AnyModel } from "../train/model.ts";
import { type Json, stringify } from "./json.ts";
import { kerasVersion } from "./keras-archive.ts";
import { saveablesOf } from "./saveable.ts";
import { tfjsConfig } from "./tfjs-config.ts";
import { tfjsName } from "./tfjs-model.ts";

/** Size of a file of weights, as TensorFlow.js's converter cuts them: browsers keep files of this size. */
const SHARD_BYTES = 1 << 22;

/** Writes the weights, then the `model.json` that names them. */
export async function saveTfjsModel(model: AnyModel, { store, name }: Place): Promise<void> {
  const topology = tfjsConfig(model.toJSON() as unknown as Json);
  const weights = namedValues(model);
  const shards = cut(weights.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)));
  const bare = name!.replace(/\.json$/, "");
  const prefix = bare === "model" ? "" : `${bare}-`;
  const paths = shards.map((_, i) => `${prefix}group1-shard${i + 1}of${shards.length}.bin`);
  const text = stringify({
    format: "layers-model",
    generatedBy: `keras v${kerasVersion}`,
    convertedBy: "fovea",
    modelTopology: { ...topology, keras_version: kerasVersion, backend: "fovea" },
    weightsManifest: [{ paths, weights: weights.map(({ name, shape }) => ({ name, shape, dtype: "float32" })) }],
  });
  const files = shards.map((pieces, i) => ({ name: paths[i]!, pieces }));
  await writeTogether(store, [...files, { name: name!, pieces: [new TextEncoder().encode(text)] }]);
}

function namedValues(model: AnyModel) {
  const names = new Set<string>();
  return saveablesOf(model, false).flatMap(({ name: layer, className, variables }) =>
    variables.map((variable) => {
      const name = `${layer}/${tfjsName(className, variable)}`;
      if (names.has(name))
        throw new ArgumentError(
          `save: two weights are named "${name}", and TensorFlow.js tells weights by the names of their layers; give these layers different names.`,
        );
      names.add(name);
      return { name, shape: variable.shape, values: variable.value };
    }),
  );
}

/** The bytes one behind the other, cut into files of equal size. */
function cut(arrays: readonly Uint8Array[]): Uint8Array[][] {
  const shards: Uint8Array[][] = [[]];
  let left = SHARD_BYTES;
  for (const array of arrays)
    for (let at = 0; at < array.length; ) {
      if (left === 0) {
        shards.push([]);
        left = SHARD_BYTES;
      }
      const piece = array.subarray(at, at + left);
      shards.at(-1)!.push(piece);
      at += piece.length;
      left -= piece.length;
    }
  return shards;
}
