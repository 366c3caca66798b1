/** Whole models out of files. */
import { FormatError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { type LoadPlace, openFileOf, placeOf, using } from "../io/place.ts";
import { modelFromJSON } from "../train/from-config.ts";
import type { AnyModel } from "../train/model.ts";
import { readCompile } from "./compile-config.ts";
import { inFile, kindOf } from "./formats.ts";
import type { LoadModelOptions } from "./index.ts";
import { isJsonObject, type Json, parseJson, readJson } from "./json.ts";
import { archiveNames, float16Key, type KerasArchive, openWeights, readArchive, readFolder } from "./keras-archive.ts";
import { loadLegacyModel } from "./legacy-model.ts";
import { Loading } from "./loading.ts";
import { saveablesOf } from "./saveable.ts";
import { isTfjs, loadTfjsModel } from "./tfjs-model.ts";
import { withVocabularies } from "./vocabularies.ts";
import { matchWeights } from "./weights-h5.ts";

export async function readModel(where: LoadPlace, options: LoadModelOptions): Promise<AnyModel> {
  checkKeys("loadModel", options, ["customObjects", "compile", "device", "threads"]);
  const place = await placeOf("loadModel", where);
  if (place.name === undefined) {
    const json = await place.store.open("model.json");
    if (json !== undefined) return using(json, async (source) => loadTfjsModel(place, await readJson(source), options));
    const folder = await readFolder(place.title, place.store);
    return using(folder.weights, () => fromArchive(place.title, folder, options));
  }
  return using(await openFileOf(place, place.name), async (source) => {
    const kind = await kindOf(source);
    if (kind === "hdf5") return loadLegacyModel(source, options);
    if (kind === "onnx") {
      const { readOnnx } = await import("./onnx/read-model.ts");
      return inFile(place.title, () => readOnnx(source, place));
    }
    if (kind === "zip") return fromArchive(place.title, await readArchive(source), options);
    if (kind === "safetensors")
      throw new FormatError(
        `${place.title} holds weights alone, no architecture. Make the model, then model.loadWeights("${place.title}").`,
      );
    const json = await readJson(source);
    if (isTfjs(json)) return loadTfjsModel(place, json, options);
    throw new FormatError(
      `${place.title} is JSON, but no model.json of TensorFlow.js. Models are loaded from .keras, .h5 and .onnx files, too; modelFromJSON makes one of an architecture, and model.loadWeights takes a .weights.json.`,
    );
  });
}

function fromArchive(title: string, archive: KerasArchive, options: LoadModelOptions): Promise<AnyModel> {
  return inFile(title, async () => {
    const { customObjects = {}, compile = true } = options;
    const weights = () => openWeights(archive);
    const { config, learned } = await withVocabularies(archive.config, { text: archive.text, weights });
    const model = modelFromJSON(config as never, { customObjects });
    for (const { path, table } of saveablesOf(model, false)) if (learned.has(path)) table?.takeAsLearned();
    build(model, config);
    const given = compile && isJsonObject(config.compile_config) ? config.compile_config : {};
    const compiled = readCompile(given, options);
    if (compiled !== undefined) model.compile(compiled);
    if (!model.built) return model;
    const root = await weights();
    const loading = new Loading(title);
    const metadata = await archive.text(archiveNames.metadata);
    const keepsHalves =
      metadata !== undefined && parseJson(`${archiveNames.metadata} of ${title}`, metadata)[float16Key] === true;
    await matchWeights(model, async () => root, loading, { withOptimizer: compiled !== undefined, keepsHalves });
    const { skipped } = await loading.finish(true);
    model.runner.notice(skipped.map((sentence) => `${title}: ${sentence}.`));
    return model;
  });
}

/** A model whose layers do not say their shapes is built for the one that the file states. */
function build(model: AnyModel, { build_config: built }: Json): void {
  if (model.built || !isJsonObject(built) || !Array.isArray(built.input_shape)) return;
  model.build(built.input_shape as (number | null)[]);
}
