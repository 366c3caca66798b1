/** Keras 3's `.keras` files: config.json, metadata.json and model.weights.h5 in a zip archive, or as files of a folder. */
import { FormatError } from "../base/errors.ts";
import { type ByteSource, readAll } from "../io/byte-source.ts";
import { openHdf5 } from "../io/hdf5/group.ts";
import { hdf5Pieces } from "../io/hdf5/writer.ts";
import type { FileStore } from "../io/stores/file-store.ts";
import { ZipArchive } from "../io/zip-reader.ts";
import type { ZipEntry } from "../io/zip-writer.ts";
import { Float16Form } from "../nn/compact-form.ts";
import type { AnyModel } from "../train/model.ts";
import { checkOperations } from "./check-operations.ts";
import { describeCompile } from "./compile-config.ts";
import { type Json, readJson, stringify } from "./json.ts";
import { saveablesOf } from "./saveable.ts";
import { withoutVocabularies } from "./vocabularies.ts";
import { weightsTree } from "./weights-h5.ts";

/** Names of the files of an archive. */
export const archiveNames = { metadata: "metadata.json", config: "config.json", weights: "model.weights.h5" } as const;

/** In the metadata, which Keras does not read: weights that are float16 in the file are to stay so. */
export const float16Key = "float16_weights";

/** The version of Keras whose files these are. */
export const kerasVersion = "3.15.1";

const MOST_BYTES = 2 ** 32;

const two = (value: number) => String(value).padStart(2, "0");

/** "2026-11-29@17:07:09", in local time as Keras writes it. */
const stamp = (date: Date) =>
  `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}@${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;

export interface EntryOptions {
  readonly withOptimizer: boolean;
  readonly date: Date;
  /** Whether files may lie in folders: vocabularies then have files of their own. Otherwise they stay in the config. */
  readonly withAssets: boolean;
}

/** The files of a model. */
export function archiveEntries(model: AnyModel, { withOptimizer, date, withAssets }: EntryOptions): ZipEntry[] {
  const compile = withOptimizer ? describeCompile(model) : undefined;
  const architecture = model.toJSON() as unknown as Json;
  checkOperations(architecture);
  const saveables = saveablesOf(model, withOptimizer);
  const separated = withoutVocabularies(architecture, withAssets ? saveables : []);
  const config: Json = { ...separated.config, ...(compile === undefined ? {} : { compile_config: compile }) };
  const halves = model.weights.some(({ form }) => form instanceof Float16Form);
  const kept = halves ? { [float16Key]: true } : {};
  const metadata = { keras_version: kerasVersion, date_saved: stamp(date), ...kept };
  const file = (name: string, text: string): ZipEntry => ({ name, pieces: [new TextEncoder().encode(text)] });
  return [
    file(archiveNames.metadata, stringify(metadata)),
    file(archiveNames.config, stringify(config)),
    { name: archiveNames.weights, pieces: [...hdf5Pieces(weightsTree(saveables))] },
    ...Array.from(separated.files, ([name, text]) => file(name, text)),
  ];
}

/** The parts of an archive that are read. */
export interface KerasArchive {
  readonly config: Json;
  readonly weights: ByteSource;
  /** The text of another file; undefined where there is none. */
  text(name: string): Promise<string | undefined>;
}

/** @throws FormatError where a part is missing or damaged */
export async function readArchive(source: ByteSource): Promise<KerasArchive> {
  const archive = await ZipArchive.open(source);
  return readParts(source.name, archive.names, (name) => archive.open(name, MOST_BYTES));
}

/** The same parts as files of a folder. Its sources belong to the caller, who closes them. */
export function readFolder(title: string, store: FileStore): Promise<KerasArchive> {
  return readParts(title, [], (name) => store.open(name));
}

async function readParts(
  title: string,
  found: readonly string[],
  open: (name: string) => Promise<ByteSource | undefined>,
): Promise<KerasArchive> {
  const missing = (name: string, what: string) =>
    new FormatError(`${title} has no ${name}, ${what}.${found.length === 0 ? "" : ` It holds ${found.join(", ")}.`}`);
  const configSource = await open(archiveNames.config);
  if (configSource === undefined) throw missing(archiveNames.config, "which says what its layers are");
  const config = await readJson(configSource);
  await configSource.close();
  const weights = await open(archiveNames.weights);
  if (weights === undefined) throw missing(archiveNames.weights, "so its weights are lost");
  const text = async (name: string) => {
    const source = await open(name);
    if (source === undefined) return undefined;
    const bytes = await readAll(source, MOST_BYTES);
    await source.close();
    return new TextDecoder().decode(bytes);
  };
  return { config, weights, text };
}

/** The root group of an archive's weights. */
export const openWeights = ({ weights }: KerasArchive) => openHdf5(weights);
