/** What a file of a model or of weights holds, told without making a model of it: the classes of its layers need not be known. */
import { FormatError } from "../base/errors.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import type { ByteSource } from "../io/byte-source.ts";
import { type HdfGroup, openHdf5 } from "../io/hdf5/group.ts";
import type { NumberType } from "../io/numbers.ts";
import { type LoadPlace, openFileOf, type Place, placeOf, using } from "../io/place.ts";
import { ZipArchive } from "../io/zip-reader.ts";
import { inFile, kindOf } from "./formats.ts";
import { isJsonObject, type Json, parseJson, readJson } from "./json.ts";
import { archiveNames } from "./keras-archive.ts";
import { modernTraining } from "./legacy-config.ts";
import { openSafetensors } from "./safetensors.ts";
import { shardName } from "./shards.ts";
import { manifestArrays } from "./tfjs-manifest.ts";
import { isTfjs } from "./tfjs-model.ts";

/** An array of numbers in a file. */
export interface InspectedArray {
  readonly name: string;
  readonly shape: Shape;
  /** "float32", "float16", "uint8 of float32" for numbers that are quantized, … */
  readonly dtype: string;
  /** Of the numbers as they are stored, before they are packed. */
  readonly bytes: number;
  /** Whether it is the state of an optimizer, not a weight. */
  readonly isOptimizer: boolean;
}

/** What `compile` was given, as the file has it. */
export interface InspectedCompile {
  readonly optimizer: unknown;
  readonly loss: unknown;
  readonly metrics: unknown;
}

export interface InspectedFile {
  /** "Keras 3 archive", … */
  readonly format: string;
  /** Of the file and those that belong to it. */
  readonly bytes: number;
  /** What wrote it, with its version; undefined where the file does not say. */
  readonly writer: string | undefined;
  /** When, as the file says it. */
  readonly saved: string | undefined;
  /** The model's class and config in Keras's words; undefined for weights alone and for other formats. */
  readonly config: Json | undefined;
  readonly compile: InspectedCompile | undefined;
  /** Numbers of nodes of an ONNX graph by their operators. */
  readonly operators: Readonly<Record<string, number>> | undefined;
  readonly arrays: readonly InspectedArray[];
  /** Other things that it says of itself. */
  readonly notes: Readonly<Record<string, string>>;
}

type Found = Partial<InspectedFile> & Pick<InspectedFile, "format" | "arrays">;

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
/** "Keras 3.15.1"; what names its program itself stays as it is. */
const keras = (version: unknown) => textOf(version)?.replace(/^(?=\d)/, "Keras ");
const configOf = (value: unknown): Json | undefined =>
  isJsonObject(value) && typeof value.class_name === "string" ? value : undefined;

/** @throws FormatError for what is no such file, or is damaged; InputOutputError when it cannot be read */
export async function inspectFile(where: LoadPlace): Promise<InspectedFile> {
  const place = await placeOf("inspect", where);
  return inFile(place.title, async () => {
    const sizes = new Sizes();
    const found = await (place.name === undefined ? inspectFolder(place, sizes) : inspectOne(place, place.name, sizes));
    return {
      bytes: sizes.total,
      writer: undefined,
      saved: undefined,
      config: undefined,
      compile: undefined,
      operators: undefined,
      notes: {},
      ...found,
    };
  });
}

/** Opens files, and adds up their sizes. */
class Sizes {
  total = 0;

  async use<T>(place: Place, name: string, read: (source: ByteSource) => Promise<T>): Promise<T> {
    return using(await openFileOf(place, name), (source) => {
      this.total += source.size;
      return read(source);
    });
  }
}

async function inspectFolder(place: Place, sizes: Sizes): Promise<Found> {
  const json = await place.store.open("model.json");
  if (json !== undefined) {
    await json.close();
    return inspectOne(place, "model.json", sizes);
  }
  const partOf = (name: string) => sizes.use(place, name, readJson);
  const [metadata, config] = [await partOf(archiveNames.metadata), await partOf(archiveNames.config)];
  const arrays = await sizes.use(place, archiveNames.weights, async (source) => arraysIn(await openHdf5(source)));
  return { ...archiveParts(metadata, config, arrays), format: "folder of a Keras 3 archive" };
}

function inspectOne(place: Place, name: string, sizes: Sizes): Promise<Found> {
  return sizes.use(place, name, async (source) => {
    switch (await kindOf(source)) {
      case "zip":
        return inspectArchive(source);
      case "hdf5":
        return inspectHdf5(source);
      case "safetensors":
        return inspectSafetensors(source);
      case "onnx":
        return (await import("./onnx/inspect-model.ts")).inspectOnnx(source);
      case "json":
        return inspectJson(place, await readJson(source), sizes);
    }
  });
}

const MOST_BYTES = 2 ** 32;

async function inspectArchive(source: ByteSource): Promise<Found> {
  const archive = await ZipArchive.open(source);
  const open = async (name: string) => {
    const part = await archive.open(name, MOST_BYTES);
    if (part === undefined)
      throw new FormatError(`${source.name} has no ${name}; it holds ${archive.names.join(", ") || "nothing"}.`);
    return part;
  };
  const metadata = archive.names.includes(archiveNames.metadata)
    ? await readJson(await open(archiveNames.metadata))
    : {};
  const config = await readJson(await open(archiveNames.config));
  const weights = await arraysIn(await openHdf5(await open(archiveNames.weights)));
  return archiveParts(metadata, config, weights);
}

function archiveParts(metadata: Json, config: Json, arrays: readonly InspectedArray[]): Found {
  const { compile_config: compile } = config;
  return {
    format: "Keras 3 archive",
    writer: keras(metadata.keras_version),
    saved: textOf(metadata.date_saved)?.replace("@", " "),
    config: configOf(config),
    compile: compileOf(compile),
    arrays,
  };
}

function compileOf(compile: unknown): InspectedCompile | undefined {
  if (!isJsonObject(compile) || !compile.optimizer) return undefined;
  return { optimizer: compile.optimizer, loss: compile.loss ?? null, metrics: compile.metrics ?? null };
}

async function inspectHdf5(source: ByteSource): Promise<Found> {
  const root = await openHdf5(source);
  const attributes = await root.attributes();
  const arrays = await arraysIn(root);
  const jsonOf = (name: string) => {
    const text = textOf(attributes.get(name));
    return text === undefined ? undefined : parseJson(`The attribute "${name}" of ${source.name}`, text);
  };
  const weights = await root.group("model_weights");
  const about = weights === undefined ? attributes : new Map([...(await weights.attributes()), ...attributes]);
  const backend = textOf(about.get("backend"));
  const common = {
    writer: keras(about.get("keras_version")),
    arrays,
    notes: backend === undefined ? {} : { backend },
  };
  const config = jsonOf("model_config");
  if (config !== undefined) {
    const training = jsonOf("training_config");
    const compile = compileOf(training && modernTraining(training));
    return { ...common, format: "Keras model in the old HDF5 format", config: configOf(config), compile };
  }
  if (root.names.includes("fovea_run"))
    return { ...common, format: "checkpoint of a training by fovea: weights in Keras 3's HDF5 format" };
  const isOld = attributes.has("layer_names") || attributes.has("layer_names0");
  return { ...common, format: `weights in ${isOld ? "Keras's old" : "Keras 3's"} HDF5 format` };
}

const dtypeOf = ({ kind, bytes }: NumberType) => (kind === "bfloat16" ? kind : `${kind}${8 * bytes}`);

/** Deeper than the layers of any model are nested. */
const MOST_LEVELS = 200;

/** All arrays below a group, in the order of the file. */
async function arraysIn(root: HdfGroup): Promise<InspectedArray[]> {
  const found: InspectedArray[] = [];
  const visit = async (group: HdfGroup, level: number): Promise<void> => {
    if (level > MOST_LEVELS)
      throw new FormatError(`${root.fileName} holds groups in groups, more than ${MOST_LEVELS} levels deep.`);
    for (const name of group.names) {
      const inner = await group.group(name);
      if (inner !== undefined) await visit(inner, level + 1);
      const dataset = inner === undefined ? await group.dataset(name) : undefined;
      if (dataset === undefined) continue;
      const { shape, datatype } = dataset;
      const path = `${group.path}/${name}`.slice(1);
      found.push({
        name: path,
        shape,
        dtype: dtypeOf(datatype),
        bytes: sizeOf(shape) * datatype.bytes,
        isOptimizer: /^(optimizer|optimizer_weights|fovea_run)\//.test(path),
      });
    }
  };
  await visit(root, 0);
  return found;
}

/** Names of .safetensors' types. */
const safetensorsTypes = new Map([
  ["F", "float"],
  ["BF", "bfloat"],
  ["I", "int"],
  ["U", "uint"],
]);

async function inspectSafetensors(source: ByteSource): Promise<Found> {
  const { arrays, metadata } = await openSafetensors(source);
  const nameOf = (dtype: string) =>
    dtype.replace(/^([A-Z]+)(\d+)$/, (_all, kind: string, bits: string) => `${safetensorsTypes.get(kind)}${bits}`);
  const bytesOf = (dtype: string) => Number(/\d+$/.exec(dtype)?.[0] ?? 8) / 8;
  return {
    format: "weights as .safetensors",
    arrays: [...arrays].map(([name, { shape, dtype }]) => ({
      name,
      shape,
      dtype: nameOf(dtype).toLowerCase(),
      bytes: sizeOf(shape) * bytesOf(dtype),
      isOptimizer: false,
    })),
    notes: metadata,
  };
}

async function inspectJson(place: Place, json: Json, sizes: Sizes): Promise<Found> {
  if (isTfjs(json)) {
    const { paths, arrays } = manifestArrays(place, json.weightsManifest);
    for (const path of paths) await sizes.use(place, path, async () => {});
    const topology = isJsonObject(json.modelTopology) ? json.modelTopology : {};
    const { keras_version: version, backend } = topology;
    const notes = { "generated by": json.generatedBy, "converted by": json.convertedBy, backend };
    return {
      format: "layers model of TensorFlow.js",
      writer: keras(version) ?? textOf(json.generatedBy),
      config: configOf(topology.model_config) ?? configOf(topology),
      arrays,
      notes: Object.fromEntries(
        Object.entries(notes).flatMap(([key, value]) => (textOf(value) ? [[key, String(value)]] : [])),
      ),
    };
  }
  const { weight_map: map } = json;
  if (!isJsonObject(map))
    throw new FormatError(
      `${place.title} is JSON, but neither a model.json of TensorFlow.js nor a list of weights' files.`,
    );
  const names = [...new Set(Object.values(map).flat())].map((name) => shardName(place, name));
  const arrays: InspectedArray[] = [];
  for (const name of names)
    arrays.push(...(await sizes.use(place, name, async (source) => arraysIn(await openHdf5(source)))));
  return { format: `weights in Keras 3's HDF5 format, in ${names.length} files`, arrays };
}
