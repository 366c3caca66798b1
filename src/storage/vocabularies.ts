/**
 * Vocabularies that Keras keeps in files of an archive, `assets/PATH/vocabulary.txt`, and not in the config: those that `adapt`
 * learned. K: `layers/preprocessing/index_lookup.py` (save_assets, save_own_variables).
 */
import { FormatError } from "../base/errors.ts";
import type { HdfGroup } from "../io/hdf5/group.ts";
import { snakeCaseName } from "../nn/process-state.ts";
import { isOperationConfig } from "../train/operation-forms.ts";
import { isJsonObject, type Json } from "./json.ts";
import type { Saveable } from "./saveable.ts";

/** Where an archive has what configs leave out. */
export interface Assets {
  /** The text of a file; undefined where there is none. */
  text(name: string): Promise<string | undefined>;
  weights(): Promise<HdfGroup>;
}

const tables: readonly unknown[] = ["IntegerLookup", "StringLookup", "TextVectorization"];

/** The weights of the words for "tf_idf", beside the numbered weights of a layer. */
export const IDF = "idf_weights";

const fileOf = (path: string) => `assets/${path}/vocabulary.txt`;

/** The config of a layer that has a vocabulary. */
interface TableConfig extends Json {
  readonly config: Json;
}

type ChangeTable = (layer: TableConfig, path: string) => Json;

/** The config of a model with the configs of its tables changed; models in models, too. */
function withTables(model: Json, change: ChangeTable, path = "layers"): Json {
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
    layers.push(isTable ? change(layer as TableConfig, own) : withTables(layer, change, `${own}/layers`));
  }
  return { ...model, config: { ...config, layers } };
}

/** A model's config with the vocabularies that an archive has in files. */
export interface Completed {
  readonly config: Json;
  /** Paths of the layers whose words come from files. */
  readonly learned: ReadonlySet<string>;
}

/** The config of a model, its vocabularies in the layers that they belong to: the shapes of outputs depend on them. */
export async function withVocabularies(model: Json, assets: Assets): Promise<Completed> {
  const found: [path: string, layer: TableConfig][] = [];
  withTables(model, (layer, path) => {
    if ((layer.config.vocabulary ?? null) === null) found.push([path, layer]);
    return layer;
  });
  const words = new Map<string, Json>();
  for (const [path, layer] of found) {
    const read = await wordsOf(layer, assets, path);
    if (read !== undefined) words.set(path, read);
  }
  const config = withTables(model, (layer, path) => ({ ...layer, config: { ...layer.config, ...words.get(path) } }));
  return { config, learned: new Set(words.keys()) };
}

/** A model's config without the words that stand in files, and the files' texts by their names. */
export interface Separated {
  readonly config: Json;
  readonly files: ReadonlyMap<string, string>;
}

/** Takes words that were learned out of the config of a model, as Keras does. Those that no lines can hold stay. */
export function withoutVocabularies(model: Json, saveables: readonly Saveable[]): Separated {
  const files = new Map<string, string>();
  const learned = new Map(saveables.map(({ path, table }) => [path, table?.learnedWords]));
  const config = withTables(model, (layer, path) => {
    const words = learned.get(path)?.map(String);
    if (words === undefined || !areLines(words)) return layer;
    files.set(fileOf(path), words.join("\n"));
    return { ...layer, config: { ...layer.config, vocabulary: null, idf_weights: null } };
  });
  return { config, files };
}

/** Where Python's `splitlines` ends a line. */
const lineEnds = [0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029].map((code) =>
  String.fromCharCode(code),
);

/** Whether Keras reads the same words from lines, of which it drops empty ones at the end. */
const areLines = (words: readonly string[]): boolean =>
  words.at(-1) !== "" && !words.some((word) => lineEnds.some((end) => word.includes(end)));

async function wordsOf(layer: TableConfig, assets: Assets, path: string): Promise<Json | undefined> {
  const file = fileOf(path);
  const text = await assets.text(file);
  const lines = text?.split(/\r?\n/) ?? [];
  while (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) return undefined;
  const vocabulary = layer.class_name === "IntegerLookup" ? lines.map((line) => wholeNumber(file, line)) : lines;
  const weighs = layer.config.output_mode === "tf_idf";
  return weighs ? { vocabulary, [IDF]: await idfWeights(assets, path, lines.length) } : { vocabulary };
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
