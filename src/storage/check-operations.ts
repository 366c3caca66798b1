/** Functions of "fovea/ops" between layers that a file is to hold. */
import { ArgumentError } from "../base/errors.ts";
import { isOperationConfig, readsOperation } from "../train/operation-forms.ts";
import { isJsonObject, type Json } from "./json.ts";

/**
 * Throws for operations that the file could not give back.
 *
 * @param options.none whether the format holds none at all, as Keras's old one
 */
export function checkOperations(model: Json, { none = false } = {}): void {
  const { config } = model;
  if (!isJsonObject(config) || !Array.isArray(config.layers)) return;
  for (const layer of config.layers as Json[]) {
    if (!isOperationConfig(layer)) checkOperations(layer, { none });
    else if (none || !readsOperation(layer))
      throw new ArgumentError(
        `save: the model applies the function ${layer.class_name} "${layer.name}" between its layers, which ${none ? "this format does not hold; save as .keras, or put it" : "loadModel does not read yet; put it"} into a layer: new Lambda(…), or a class of your own.`,
      );
  }
}
