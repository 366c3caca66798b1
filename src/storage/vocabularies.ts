/**
 * Vocabularies that Keras keeps in files of an archive, `assets/PATH/vocabulary.txt`, and not in the config: those that `adapt`
 * learned. K: `layers/preprocessing/index_lookup.py` (save_assets, save_own_variables).
 */
import { FormatError } from "../base/errors.ts";
import type { HdfGroup } from "../io/hdf5/group.ts";
import { snakeCaseName } from "../nn/process-state.ts";
import { isOperationConfig } from "../train/operation-forms.ts";
import { isJsonObject, type Json } from "./json.ts";

/** Where an archive has what configs leave out. */
export interface Assets {
  /** The text of a file; undefined where there is none. */
  text(name: string): Promise<string | undefined>;
  weights(): Promise<HdfGroup>;
}

const tables: readonly unknown[] = ["IntegerLookup", "StringLookup", "TextVectorization"];

/** The weights of the words for "tf_idf", beside the numbered weights of a layer. */
export const IDF = "idf_weights";

/** The config of a model, its vocabularies in the layers that they belong to: the shapes of outputs depend on them. */
export async function withVocabularies(model: Json, assets: Assets, path = "layers"): Promise<Json> {
  const { config } = model;
  if (!isJsonObject(config) || !Array.isArray(config.layers)) return model;
  const counts = new Map<string, number>();
  const layers: unknown[] = [];
  for (const layer of config.layers as Json[]) {
    if (!isJsonObject(layer) || isOperationConfig(layer) || typeof layer.class_name !== "string") {
      layers.push(layer);
      continue;
    }
    const name = snakeCaseName(layer.class_name);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    const own = `${path}/${count === 0 ? name : `${name}_${count}`}`;
    const isTable = tables.includes(layer.class_name) && isJsonObject(layer.config);
    layers.push(isTable ? await withWords(layer, assets, own) : await withVocabularies(layer, assets, `${own}/layers`));
  }
  return { ...model, config: { ...config, layers } };
}

async function withWords(layer: Json, assets: Assets, path: string): Promise<Json> {
  const config = layer.config as Json;
  const file = `assets/${path}/vocabulary.txt`;
  const text = (config.vocabulary ?? null) === null ? await assets.text(file) : undefined;
  if (text === undefined) return layer;
  const lines = text.split(/\r?\n/);
  while (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) return layer;
  const vocabulary = layer.class_name === "IntegerLookup" ? lines.map((line) => wholeNumber(file, line)) : lines;
  const idf = config.output_mode === "tf_idf" ? { [IDF]: await idfWeights(assets, path, lines.length) } : {};
  return { ...layer, config: { ...config, vocabulary, ...idf } };
}

function wholeNumber(file: string, line: string): number {
  const number = Number(line);
  if (line.trim() !== "" && Number.isSafeInteger(number)) return number;
  throw new FormatError(`"${file}" has the line "${line}", expected a whole number.`);
}

async function idfWeights(assets: Assets, path: string, count: number): Promise<number[]> {
  const group = await (await assets.weights()).group(`${path}/vars`);
  const found = await group?.dataset(IDF);
  if (found === undefined) throw new FormatError(`"${path}/vars" has no "${IDF}", which weigh its words.`);
  // Behind the words Keras has zeros, up to the most that there may be.
  return Array.from(await found.read()).slice(0, count);
}
