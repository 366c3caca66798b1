/** TensorFlow.js's layers models: `model.json` and the files of its weights. T: `tfjs-layers/src/models.ts`. */
import { FormatError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { Place } from "../io/place.ts";
import type { StoredArray } from "../io/stored-array.ts";
import type { Variable } from "../nn/variable.ts";
import { modelFromJSON } from "../train/from-config.ts";
import type { AnyModel } from "../train/model.ts";
import type { LoadWeightsOptions } from "../train/storable.ts";
import { inFile } from "./formats.ts";
import type { LoadModelOptions } from "./index.ts";
import { isJsonObject, type Json } from "./json.ts";
import { modernConfig, requireHardSigmoid } from "./legacy-config.ts";
import { Loading } from "./loading.ts";
import { saveablesOf } from "./saveable.ts";
import { withManifest } from "./tfjs-manifest.ts";
import { arraysOfVariables } from "./weight-arrays.ts";

/** Whether it is the JSON of a model of TensorFlow.js. */
export const isTfjs = (json: Json) => "modelTopology" in json || "weightsManifest" in json;

export function loadTfjsModel(place: Place, json: Json, { customObjects = {} }: LoadModelOptions): Promise<AnyModel> {
  const { title } = place;
  return inFile(title, async () => {
    const config = modernConfig(topologyOf(title, json));
    requireHardSigmoid("TensorFlow.js", config, customObjects);
    const model = modelFromJSON(config as never, { customObjects });
    if (model.built)
      await withManifest(place, json.weightsManifest, async (arrays) => {
        const loading = new Loading(title);
        matchTfjs(model, arrays, loading);
        await loading.finish(true);
      });
    return model;
  });
}

function topologyOf(title: string, { format, modelTopology: topology }: Json): Json {
  if (format === "graph-model" || (isJsonObject(topology) && "node" in topology))
    throw new FormatError(
      `${title} is a graph model of TensorFlow.js: operations of TensorFlow, without layers. Convert the original with --output_format=tfjs_layers_model, or bring it as .keras, .h5 or .onnx.`,
    );
  const config = isJsonObject(topology) && isJsonObject(topology.model_config) ? topology.model_config : topology;
  if (isJsonObject(config) && typeof config.class_name === "string") return config;
  throw new FormatError(`${title} has no architecture: its modelTopology is ${formatValue(topology)}.`);
}

/** Keras 2's name of a weight, where Keras 3 has another one. */
export const tfjsName = (className: string, { name }: Variable) =>
  className === "DepthwiseConv2D" && name === "kernel" ? "depthwise_kernel" : name;

/**
 * Matches a model's weights with those of the file: "layer/weight". tf.keras writes names of outer layers before it, and that of
 * a cell in between.
 */
export function matchTfjs(
  model: AnyModel,
  arrays: ReadonlyMap<string, StoredArray>,
  loading: Loading,
  { byName = false }: LoadWeightsOptions = {},
): void {
  const miss = (sentence: string) => (byName ? loading.skip(sentence) : loading.mismatch(sentence));
  const found = new Set<string>();
  const find = (layer: string, weight: string): string | undefined => {
    if (arrays.has(`${layer}/${weight}`)) return `${layer}/${weight}`;
    const fits = (name: string) => {
      const parts = name.split("/");
      return (
        parts.at(-1) === weight && (name.endsWith(`/${layer}/${weight}`) || parts.slice(0, -2).join("/") === layer)
      );
    };
    const names = [...arrays.keys()].filter((name) => !found.has(name) && fits(name));
    return names.length === 1 ? names[0] : undefined;
  };
  for (const { name: layer, className, title, variables } of saveablesOf(model, false))
    for (const variable of variables) {
      const weight = tfjsName(className, variable);
      const name = find(layer, weight);
      if (name === undefined) {
        miss(`${title}: the file has no weight "${layer}/${weight}"`);
        continue;
      }
      found.add(name);
      loading.match(title, arraysOfVariables([variable]), [arrays.get(name)!]);
    }
  const left = [...arrays.keys()].filter((name) => !found.has(name));
  if (left.length > 0)
    miss(
      `the model has no weight for "${left[0]}" of the file${left.length > 1 ? `, and for ${left.length - 1} others` : ""}`,
    );
}
