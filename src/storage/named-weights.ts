/** Weights by name, for formats that are lists of named arrays. */
import { ArgumentError, nearestName } from "../base/errors.ts";
import type { StoredArray } from "../io/stored-array.ts";
import type { AnyModel } from "../train/model.ts";
import type { LoadWeightsOptions } from "../train/storable.ts";
import type { Loading } from "./loading.ts";
import type { ArrayToWrite } from "./safetensors.ts";
import { saveablesOf } from "./saveable.ts";
import { arraysOfVariables, type WeightArray } from "./weight-arrays.ts";

/** A model's weights by Keras's paths: "encoder/conv/kernel". @throws ArgumentError where two have the same */
export function weightsByPath(who: string, model: AnyModel): Map<string, ArrayToWrite> {
  const found = new Map<string, ArrayToWrite>();
  for (const array of arraysOfVariables(model.weights)) {
    const { path, shape } = array;
    if (found.has(path))
      throw new ArgumentError(
        `${who}: two weights have the path "${path}", and this format tells weights by their paths; give their layers different names, or save as .keras.`,
      );
    found.set(path, { shape, values: array.values() });
  }
  return found;
}

/** What all names begin with, up to the first "/"; "" where they differ. */
function commonScope(names: Iterable<string>): string {
  const scopes = new Set([...names].map((name) => name.slice(0, name.indexOf("/") + 1)));
  return scopes.size === 1 ? [...scopes][0]! : "";
}

/**
 * Matches the model's weights with arrays of the same names. The name of a Sequential stands before all names; it is one of many
 * (`sequential_3`) and says nothing, so it need not be the same.
 */
export function matchByPath(
  model: AnyModel,
  arrays: ReadonlyMap<string, StoredArray>,
  loading: Loading,
  { byName = false }: LoadWeightsOptions,
): void {
  const miss = (sentence: string) => (byName ? loading.skip(sentence) : loading.mismatch(sentence));
  const own = `${model.name}/`;
  const scope = model.className === "Sequential" ? commonScope(arrays.keys()) : "";
  const nameOf = ({ path }: WeightArray) =>
    arrays.has(path) || !path.startsWith(own) ? path : `${scope}${path.slice(own.length)}`;
  const used = new Set<string>();
  for (const { title, variables } of saveablesOf(model, false))
    for (const weight of arraysOfVariables(variables)) {
      const name = nameOf(weight);
      const array = arrays.get(name);
      if (array === undefined) {
        const near = nearestName(name, arrays.keys());
        miss(
          `${title}: the file has no array "${name}"${near === undefined ? "" : `, the nearest name is "${near}"`}; weights are found by their paths, so layers need the names that they had`,
        );
        continue;
      }
      used.add(name);
      loading.match(title, [weight], [array]);
    }
  const left = [...arrays.keys()].filter((name) => !used.has(name));
  if (left.length > 0) miss(`the model has no weight for ${listOf(left)} of the file`);
}

const MOST_SHOWN = 8;

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_SHOWN).map((name) => `"${name}"`);
  return names.length > MOST_SHOWN ? `${shown.join(", ")} and ${names.length - MOST_SHOWN} others` : shown.join(", ");
}
