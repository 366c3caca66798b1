/**
 * Keras's old layout of weights in HDF5: a group for each layer, its arrays named by the attribute "weight_names". Keras 1 to 3
 * and tf.keras write it. K: `legacy/saving/legacy_h5_format.py`.
 */
import { ArgumentError, FormatError } from "../base/errors.ts";
import type { HdfDataset } from "../io/hdf5/dataset.ts";
import type { HdfGroup } from "../io/hdf5/group.ts";
import { type GroupToWrite, groupAt, newGroup } from "../io/hdf5/writer.ts";
import type { Layer } from "../nn/layers/layer.ts";
import type { Variable } from "../nn/variable.ts";
import type { AnyModel } from "../train/model.ts";
import type { LoadWeightsOptions } from "../train/storable.ts";
import { kerasVersion } from "./keras-archive.ts";
import type { Loading } from "./loading.ts";
import { arraysOfVariables } from "./weight-arrays.ts";

/** HDF5 stores no larger attributes beside an object; longer lists are cut in several. */
const MOST_ATTRIBUTE_BYTES = 64512;

/** Whether a file is in the old layout: of a whole model or of weights alone. */
export async function isLegacy(root: HdfGroup): Promise<boolean> {
  return root.names.includes("model_weights") || (await listOf(root, "layer_names")) !== undefined;
}

/** A list of texts, which may be cut in several attributes: names0, names1, …; undefined where there is none. */
async function listOf(group: HdfGroup, name: string): Promise<readonly string[] | undefined> {
  const attributes = await group.attributes();
  const whole = attributes.get(name);
  const texts: string[] = [];
  // An empty list of NumPy is one of float64.
  const take = (value: unknown) => {
    if (Array.isArray(value)) texts.push(...value.map(String));
  };
  if (whole !== undefined) take(whole);
  else {
    if (!attributes.has(`${name}0`)) return undefined;
    for (let i = 0; attributes.has(`${name}${i}`); i++) take(attributes.get(`${name}${i}`));
  }
  return texts;
}

/** The arrays of a group in the order of its names. */
export async function arraysOf(group: HdfGroup): Promise<HdfDataset[]> {
  const names = (await listOf(group, "weight_names")) ?? [];
  const datasets: HdfDataset[] = [];
  for (const name of names) {
    const dataset = await group.dataset(name);
    if (dataset === undefined)
      throw new FormatError(`${group.fileName} is damaged: "${group.path}" lists "${name}", which is not there.`);
    datasets.push(dataset);
  }
  return datasets;
}

/** Those that train, in a compact form or not: where a weight stands does not depend on its form. */
const trainedOf = (layer: Layer): readonly Variable[] =>
  layer.trainable
    ? [...layer.ownWeights.filter(({ trainable }) => trainable), ...layer.sublayers.flatMap(trainedOf)]
    : [];

/** Trainable weights first, as the old layout has them also for models in models. */
const oldOrder = (layer: Layer): readonly Variable[] => [...new Set([...trainedOf(layer), ...layer.weights])];

/** Matches layers that have weights one by one, in order, or by their names. */
export async function matchLegacy(
  model: AnyModel,
  root: HdfGroup,
  loading: Loading,
  { byName = false }: LoadWeightsOptions = {},
): Promise<void> {
  const group = (await root.group("model_weights")) ?? root;
  const names = await listOf(group, "layer_names");
  if (names === undefined)
    throw new FormatError(`${root.fileName} has no "layer_names": it holds no weights of Keras.`);
  const saved: { readonly name: string; readonly arrays: HdfDataset[] }[] = [];
  for (const name of names) {
    const member = await group.group(name);
    if (member === undefined)
      throw new FormatError(`${root.fileName} is damaged: it lists the layer "${name}", which is not there.`);
    const arrays = await arraysOf(member);
    if (arrays.length > 0) saved.push({ name, arrays });
  }
  const layers = model.layers.filter(({ weights }) => weights.length > 0);
  if (byName) {
    for (const layer of layers) {
      const found = saved.find(({ name }) => name === layer.name);
      if (found === undefined) loading.skip(`${layer.title}: the file has no layer of this name`);
      else loading.match(layer.title, arraysOfVariables(oldOrder(layer)), found.arrays);
    }
    return;
  }
  if (layers.length !== saved.length) {
    loading.mismatch(
      `the model has ${layers.length} layers with weights, and the file ${saved.length} (${saved.map(({ name }) => name).join(", ")}); load those of equal names with { byName: true }`,
    );
    return;
  }
  layers.forEach((layer, i) => {
    loading.match(layer.title, arraysOfVariables(oldOrder(layer)), saved[i]!.arrays);
  });
}

/** The weights of a model in the old layout. */
export function legacyWeightsTree(model: AnyModel): GroupToWrite {
  const root = newGroup();
  root.attributes.set("backend", "fovea");
  root.attributes.set("keras_version", kerasVersion);
  setList(
    root,
    "layer_names",
    model.layers.map(({ name }) => name),
  );
  for (const layer of model.layers) addArrays(groupAt(root, layer.name), oldOrder(layer));
  addArrays(groupAt(root, "top_level_model_weights"), []);
  return root;
}

/** Arrays under the variables' paths, and the list of their names. */
export function addArrays(group: GroupToWrite, variables: readonly Variable[]): void {
  setList(
    group,
    "weight_names",
    variables.map(({ path }) => path),
  );
  for (const variable of variables) {
    const parts = variable.path.split("/");
    const name = parts.pop()!;
    const { arrays, groups } = groupAt(group, parts.join("/"));
    if (arrays.has(name) || groups.has(name))
      throw new ArgumentError(
        `save: two weights have the path "${variable.path}", and the .h5 format tells weights by their paths; save as .keras.`,
      );
    // The old format has float32 alone.
    const { shape, value } = variable;
    arrays.set(name, { shape, values: variable.name === "iteration" ? Int32Array.from(value) : value });
  }
}

function setList(group: GroupToWrite, name: string, texts: readonly string[]): void {
  const width = Math.max(1, ...texts.map((text) => new TextEncoder().encode(text).length));
  const perPart = Math.floor(MOST_ATTRIBUTE_BYTES / width);
  if (texts.length <= perPart) group.attributes.set(name, texts);
  else
    for (let i = 0; i * perPart < texts.length; i++)
      group.attributes.set(`${name}${i}`, texts.slice(i * perPart, (i + 1) * perPart));
}
