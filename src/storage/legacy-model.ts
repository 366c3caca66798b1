/** Whole models in Keras's old HDF5 format: configs as attributes, weights in the old layout. */
import { FormatError } from "../base/errors.ts";
import type { ByteSource } from "../io/byte-source.ts";
import { type HdfGroup, openHdf5 } from "../io/hdf5/group.ts";
import { type GroupToWrite, groupAt, newGroup } from "../io/hdf5/writer.ts";
import { aliases } from "../nn/losses/aliases.ts";
import { snakeCaseName } from "../nn/process-state.ts";
import { modelFromJSON } from "../train/from-config.ts";
import type { AnyModel } from "../train/model.ts";
import { checkOperations } from "./check-operations.ts";
import { describeObjective, describeOptimizer, readCompile } from "./compile-config.ts";
import { inFile } from "./formats.ts";
import type { LoadModelOptions } from "./index.ts";
import { isJsonObject, type Json, parseJson, stringify } from "./json.ts";
import { kerasVersion } from "./keras-archive.ts";
import { modernConfig, modernTraining, requireHardSigmoid } from "./legacy-config.ts";
import { addArrays, arraysOf, legacyWeightsTree, matchLegacy } from "./legacy-weights.ts";
import { Loading } from "./loading.ts";
import { arraysOfVariables } from "./weight-arrays.ts";

async function configOf(root: HdfGroup, name: string): Promise<Json | undefined> {
  const text = (await root.attributes()).get(name);
  return typeof text === "string" ? parseJson(`The attribute "${name}" of ${root.fileName}`, text) : undefined;
}

export async function loadLegacyModel(source: ByteSource, options: LoadModelOptions): Promise<AnyModel> {
  const { customObjects = {}, compile = true } = options;
  const root = await openHdf5(source);
  const config = await configOf(root, "model_config");
  if (config === undefined)
    throw new FormatError(
      `${source.name} holds no architecture (the attribute "model_config" is missing), at most weights. Make the model, then model.loadWeights("${source.name}").`,
    );
  return inFile(source.name, async () => {
    const plain = modernConfig(config);
    const version = (await root.attributes()).get("keras_version");
    if (!/^[3-9]/.test(String(version))) requireHardSigmoid("Keras 2", plain, customObjects);
    const model = modelFromJSON(plain as never, { customObjects });
    const loading = new Loading(source.name);
    if (model.built) await matchLegacy(model, root, loading);
    const training = compile ? await configOf(root, "training_config") : undefined;
    if (training !== undefined) await compileFrom(model, root, training, loading, options);
    const { skipped } = await loading.finish(true);
    model.runner.notice(skipped.map((sentence) => `${source.name}: ${sentence}.`));
    return model;
  });
}

async function compileFrom(
  model: AnyModel,
  root: HdfGroup,
  training: Json,
  loading: Loading,
  options: LoadModelOptions,
): Promise<void> {
  const given = readCompile(modernTraining(training), options);
  if (given === undefined) return;
  model.compile(given);
  const state = await root.group("optimizer_weights");
  const made = model.optimizer!;
  if (state === undefined || !model.built) return;
  made.build(model.trainableWeights);
  const variables = made.variablesOf(model.trainableWeights);
  loading.matchOptimizer(`The optimizer ${made.className}`, arraysOfVariables(variables), await arraysOf(state));
}

/** The file of a whole model. */
export function legacyModelTree(model: AnyModel, withOptimizer: boolean): GroupToWrite {
  const root = newGroup();
  const architecture = model.toJSON();
  checkOperations(architecture as unknown as Json, { none: true });
  const { class_name, config } = architecture;
  root.attributes.set("backend", "fovea");
  root.attributes.set("keras_version", kerasVersion);
  root.attributes.set("model_config", stringify({ class_name, config: withoutModules(config) }));
  root.groups.set("model_weights", legacyWeightsTree(model));
  if (!withOptimizer) return root;
  const { class_name: optimizerClass, config: optimizerConfig } = describeOptimizer(model);
  const optimizer_config = { class_name: optimizerClass, config: optimizerConfig };
  const objective = longNames(describeObjective(model));
  root.attributes.set("training_config", stringify({ ...(objective as Json), optimizer_config }));
  const optimizer = model.optimizer!;
  optimizer.build(model.trainableWeights);
  addArrays(groupAt(root, "optimizer_weights"), optimizer.variablesOf(model.trainableWeights));
  return root;
}

/** Keras cannot read the short names of losses and metrics ("mse") back from this format; the long ones it can. */
function longNames(value: unknown): unknown {
  if (typeof value === "string" && Object.hasOwn(aliases, value))
    return snakeCaseName(aliases[value as keyof typeof aliases]);
  if (Array.isArray(value)) return value.map(longNames);
  // Objects have configs of their own.
  if (!isJsonObject(value) || "class_name" in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, longNames(each)]));
}

/** Old configs name the classes of layers alone; objects inside of their configs keep their modules. */
function withoutModules(config: Json): Json {
  const { layers } = config;
  if (!Array.isArray(layers)) return config;
  const plain = (layers as Json[]).map(({ module, registered_name, build_config, ...layer }) => ({
    ...layer,
    config: withoutModules(layer.config as Json),
  }));
  return { ...config, layers: plain };
}
