/** Data sets of four IDX files: finds them, checks them and builds tensors. */
import { ArgumentError, FormatError, InputOutputError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { formatShape } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import { verifySha256 } from "./checksum.ts";
import { type DataHost, type Disk, thisHost } from "./data-host.ts";
import { download } from "./download.ts";
import { greyLevels } from "./grey-levels.ts";
import { gunzip, isGzip, parseIdx } from "./idx.ts";
import type { DownloadProgress, ImageDataset, ImageDType, ImageSplit } from "./image-dataset.ts";

export interface IdxFile {
  /** Name without ".gz". */
  readonly file: string;
  /** SHA-256 of the unpacked file, or of the .gz: then a file that came unpacked is known by its size alone. */
  readonly sha256: string;
  readonly hashed?: "unpacked" | "packed";
  /** Size of the unpacked file. */
  readonly bytes: number;
}

export interface IdxDatasetSpec {
  /** Also the name of the data set's folder in `$FOVEA_DATA` and in the cache. */
  readonly name: string;
  readonly classNames: readonly string[];
  /** Addresses of folders that hold the files as `<file>.gz`. */
  readonly mirrors: readonly string[];
  readonly train: { readonly images: IdxFile; readonly labels: IdxFile };
  readonly test: { readonly images: IdxFile; readonly labels: IdxFile };
}

/** Options of `mnist.load` and `fashionMnist.load`. */
export interface LoadOptions {
  /** Folder with the four files, plain or as .gz. If given, nothing else is searched and nothing is downloaded. */
  dir?: string;
  /** Type of the images: "float32" (default, 0 … 1) or "uint8" (0 … 255). */
  dtype?: ImageDType;
  /** Called whenever bytes of a download arrive. */
  progress?: (event: DownloadProgress) => void;
  /** Aborts loading; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Milliseconds without a byte, or with fewer than 1000 a second, after which the next mirror is tried; default 30000. */
  timeoutMs?: number;
  /** Addresses of folders with the four files as .gz, tried in order; default: public mirrors. */
  mirrors?: readonly string[];
  /** If true, nothing is downloaded, and missing files are an error. Default false. */
  offline?: boolean;
}

/** Room for gzip's headers, and for stored blocks of incompressible data. */
const GZIP_OVERHEAD = 65536;

/** Finds, checks and reads a data set; tests pass their own `host`. */
export async function loadIdxDataset(
  spec: IdxDatasetSpec,
  options: LoadOptions = {},
  host?: DataHost,
): Promise<ImageDataset> {
  checkOptions(spec, options);
  const { dtype = "float32", signal } = options;
  signal?.throwIfAborted();
  const files = new FileGetter(spec, options, await findFolder(spec, options, host ?? thisHost()));
  const split = async (part: IdxDatasetSpec["train"]): Promise<ImageSplit> =>
    pair(part, await files.get(part.labels), await files.get(part.images), spec.classNames.length, dtype);
  const [train, test] = [await split(spec.train), await split(spec.test)];
  return { name: spec.name, source: files.source(), train, test, classNames: spec.classNames };
}

const optionNames = [
  "dir",
  "dtype",
  "progress",
  "signal",
  "timeoutMs",
  "mirrors",
  "offline",
] as const satisfies readonly (keyof LoadOptions)[];

const isText = (value: unknown) => typeof value === "string";

function checkOptions({ name }: IdxDatasetSpec, options: LoadOptions): void {
  const owner = `${name}.load`;
  checkKeys(owner, options, optionNames);
  const { dir, dtype = "float32", timeoutMs = 1, mirrors } = options;
  if (dir !== undefined && !isText(dir))
    throw new ArgumentError(`${owner}: dir is ${formatValue(dir)}, expected the path of a folder as a string.`);
  if (mirrors !== undefined && !(Array.isArray(mirrors) && mirrors.every(isText)))
    throw new ArgumentError(
      `${owner}: mirrors is ${formatValue(mirrors)}, expected a list of addresses: ["https://…/"].`,
    );
  if (dtype !== "float32" && dtype !== "uint8") throw unknownName("dtype", dtype, ["float32", "uint8"]);
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31))
    throw new ArgumentError(
      `timeoutMs is ${formatValue(timeoutMs)}; expected milliseconds, more than 0 and less than 2^31.`,
    );
  if (mirrors?.length === 0)
    throw new ArgumentError("mirrors is empty; name at least one address, or pass offline: true to download nothing.");
}

function filesOf(spec: IdxDatasetSpec): IdxFile[] {
  return [spec.train.labels, spec.train.images, spec.test.labels, spec.test.images];
}

/**
 * The folder to read from. Files that it lacks are downloaded; only the cache may lack files, and a browser has no folder at all.
 */
interface Place {
  readonly disk: Disk | undefined;
  readonly folder: string | undefined;
  /** Path by file name. */
  readonly present: ReadonlyMap<string, string>;
  /** Its files are downloads: one that is damaged may be replaced. */
  readonly isCache: boolean;
}

/**
 * Names under which a file is found: its own, the one that 7-Zip gives it (train-images.idx3-ubyte), and, as in Kaggle's archives,
 * in a folder of its own name.
 */
function usualNames(file: string): string[] {
  const names = [file, file.replace("-idx", ".idx")];
  return [...names, ...names.flatMap((folder) => names.map((name) => `${folder}/${name}`))];
}

async function look(spec: IdxDatasetSpec, disk: Disk, folder: string): Promise<Place> {
  const present = new Map<string, string>();
  for (const { file } of filesOf(spec)) {
    const path = await disk.find(folder, usualNames(file));
    if (path !== undefined) present.set(file, path);
  }
  return { disk, folder, present, isCache: false };
}

/** Lists the files that a place lacks, as text; undefined if all exist. */
function missing(spec: IdxDatasetSpec, place: Place): string | undefined {
  const names = filesOf(spec).flatMap(({ file }) => (place.present.has(file) ? [] : [file]));
  return names.length === 0 ? undefined : `${names.join(", ")} (plain or with .gz)`;
}

async function findFolder(spec: IdxDatasetSpec, options: LoadOptions, host: DataHost): Promise<Place> {
  const { dir, offline = false } = options;
  const { disk } = host;
  if (dir !== undefined) {
    if (disk === undefined)
      throw new ArgumentError(
        `dir is ${JSON.stringify(dir)}, but a browser has no folders; pass mirrors: ["<address of a folder>"] instead.`,
      );
    const place = await look(spec, disk, disk.resolve(dir));
    const lacking = missing(spec, place);
    if (lacking === undefined) return place;
    if (place.folder !== undefined && !(await disk.hasFolder(place.folder)))
      throw new InputOutputError(
        `There is no folder ${place.folder} (dir). Pass the one that holds ${spec.name}'s files, or leave dir out to have them downloaded.`,
      );
    throw new InputOutputError(
      `dir ${place.folder} lacks ${lacking}. Put the files there, or leave dir out to have them downloaded.`,
    );
  }
  if (disk !== undefined && host.dataFolder !== undefined) {
    const place = await look(spec, disk, disk.join(host.dataFolder, spec.name));
    const lacking = missing(spec, place);
    if (lacking === undefined) return place;
    // If the folder is absent, this data set is not stored there; a partly filled folder is an error.
    if (place.present.size > 0)
      throw new InputOutputError(
        `${place.folder} ($FOVEA_DATA) is incomplete, it lacks ${lacking}. Add the files, or remove those that are there.`,
      );
  }
  const place: Place =
    disk !== undefined && host.cacheFolder !== undefined
      ? { ...(await look(spec, disk, disk.join(host.cacheFolder, spec.name))), isCache: true }
      : { disk: undefined, folder: undefined, present: new Map(), isCache: true };
  const lacking = missing(spec, place);
  if (offline && lacking !== undefined)
    throw new InputOutputError(
      `${spec.name} is not complete on this machine (offline: true, so nothing is downloaded): ` +
        `${place.folder ?? "a browser, which has no cache folder,"} lacks ${lacking}. ` +
        "Put the files there, into $FOVEA_DATA or into the dir you pass; digits.load() from fovea/datasets needs no files.",
    );
  return place;
}

/** Gets the files of one call in sequence, from the folder or from the mirrors. */
class FileGetter {
  readonly #options: LoadOptions;
  readonly #place: Place;
  #fileCount: number;
  #fileNumber = 0;
  #mirrors: readonly string[];
  /** Why the cache takes no files. */
  #notKept: string | undefined;
  /** Files of the cache that were damaged and are replaced. */
  readonly #replaced: string[] = [];

  constructor(spec: IdxDatasetSpec, options: LoadOptions, place: Place) {
    this.#options = options;
    this.#place = place;
    this.#mirrors = options.mirrors ?? spec.mirrors;
    this.#fileCount = filesOf(spec).length - place.present.size;
  }

  /** The source of the files, after all were loaded. */
  source(): string {
    const { folder } = this.#place;
    if (this.#fileNumber === 0) return folder ?? "";
    const instead = this.#replaced.length === 0 ? "" : ` in place of damaged files (${this.#replaced.join(", ")})`;
    const from = `downloaded from ${this.#mirrors[0]}${instead}`;
    if (this.#notKept !== undefined) return `${from}, not kept: ${this.#notKept}`;
    return folder === undefined ? from : `${from}, kept in ${folder}`;
  }

  async get(file: IdxFile): Promise<Tensor> {
    this.#options.signal?.throwIfAborted();
    const path = this.#place.present.get(file.file);
    if (path === undefined || this.#place.disk === undefined) return parseIdx(await this.#download(file), file.file);
    try {
      return await this.#read(this.#place.disk, path, file);
    } catch (error) {
      if (!(error instanceof FormatError) || !this.#place.isCache || this.#options.offline === true) throw error;
      return parseIdx(await this.#replace(path, file), file.file);
    }
  }

  async #read(disk: Disk, path: string, file: IdxFile): Promise<Tensor> {
    // A file is never read into shared memory.
    const packed = (await disk.read(path, file.bytes + GZIP_OVERHEAD)) as Uint8Array<ArrayBuffer>;
    const remedy = this.#place.isCache
      ? "Load again without offline: true to have it fetched anew, or pass another dir."
      : "Put the right file in its place, or pass another dir.";
    return parseIdx(await checked(packed, path, file, remedy), path);
  }

  /** Fetches a file of the cache that is cut off or wrong (a power failure, a copy by hand) anew. */
  async #replace(path: string, file: IdxFile): Promise<Uint8Array<ArrayBuffer>> {
    this.#fileCount++;
    const unpacked = await this.#download(file, path);
    this.#replaced.push(path);
    return unpacked;
  }

  /** @param damaged the file of the cache in whose place it comes */
  async #download(file: IdxFile, damaged?: string): Promise<Uint8Array<ArrayBuffer>> {
    const { progress, signal, timeoutMs = 30_000 } = this.#options;
    const cache = await this.#openCache();
    const fileNumber = ++this.#fileNumber;
    const name = `${file.file}.gz`;
    const { value, mirror } = await download({
      file: name,
      mirrors: this.#mirrors,
      timeoutMs,
      maxBytes: file.bytes + GZIP_OVERHEAD,
      signal,
      onBytes: (url, receivedBytes, totalBytes) =>
        progress?.({ file: name, url, receivedBytes, totalBytes, fileNumber, fileCount: this.#fileCount }),
      accept: async (packed, url) => ({
        packed,
        unpacked: await checked(packed, url, file, "This mirror is not used."),
      }),
    }).catch((error: unknown) => {
      if (!(error instanceof InputOutputError)) throw error;
      const why = damaged === undefined ? "" : `${damaged} is damaged, and could not be fetched anew. `;
      throw new InputOutputError(`${why}${error.message}\n${this.#remedy()}`, { cause: error.cause });
    });
    // The working mirror is tried first for the next files, so that a dead one costs its timeout only once.
    this.#mirrors = [mirror, ...this.#mirrors.filter((other) => other !== mirror)];
    // If the server declared gzip as a transfer encoding, the file arrived unpacked.
    const written = await cache?.write(isGzip(value.packed) ? name : file.file, value.packed);
    // The damaged file may have another name, and would be found first.
    if (damaged !== undefined && written !== undefined && written !== damaged) await this.#place.disk?.remove(damaged);
    return value.unpacked;
  }

  /** The folder for downloads. Where none can be made (a read-only home), files are not kept, and `source` says why. */
  async #openCache() {
    const { disk, folder } = this.#place;
    if (disk === undefined || folder === undefined || this.#notKept !== undefined) return undefined;
    try {
      await disk.makeFolder(folder);
      await disk.removeStaleParts(folder);
    } catch (error) {
      if (!(error instanceof InputOutputError)) throw error;
      this.#notKept = error.message;
      return undefined;
    }
    return {
      /** The path that it was written to. */
      async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
        const path = disk.join(folder, name);
        await disk.write(path, bytes);
        return path;
      },
    };
  }

  #remedy(): string {
    const places = this.#place.folder === undefined ? "" : ` put the four files into ${this.#place.folder}, pass dir,`;
    return `Check the network,${places} pass other mirrors, or use digits.load() from fovea/datasets, which needs no files.`;
  }
}

/** Whether bytes begin as HTML and XML do; an IDX file begins with two zeros, gzip with 0x1f. */
function isPage(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 256)).trimStart();
  return /^<(!doctype|html|head|\?xml)/i.test(start);
}

/** The unpacked bytes of a file, after their checksum was verified. */
async function checked(
  packed: Uint8Array<ArrayBuffer>,
  name: string,
  file: IdxFile,
  remedy: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (isPage(packed))
    throw new FormatError(
      `${name} is a web page and not ${file.file}: a server's answer was saved under its name. ${remedy}`,
    );
  const hashesPacked = file.hashed === "packed";
  if (hashesPacked && isGzip(packed)) await verifySha256(packed, name, { sha256: file.sha256 }, remedy, "as it is");
  const unpacked = isGzip(packed) ? await gunzip(packed, name, file.bytes) : packed;
  if (unpacked.length !== file.bytes && hashesPacked)
    throw new FormatError(`${name} has ${unpacked.length} bytes unpacked, expected ${file.bytes}. ${remedy}`);
  if (!hashesPacked) await verifySha256(unpacked, name, file, remedy);
  return unpacked;
}

/** Images [n, h, w] and labels [n] of bytes → images [n, h, w, 1] of the dtype and labels [n] of int32. */
function pair(
  part: IdxDatasetSpec["train"],
  labels: Tensor,
  images: Tensor,
  classes: number,
  dtype: ImageDType,
): ImageSplit {
  if (images.rank !== 3 || labels.rank !== 1 || images.shape[0] !== labels.shape[0])
    throw new FormatError(
      `${part.images.file} holds ${formatShape(images.shape)} and ${part.labels.file} ${formatShape(labels.shape)}; ` +
        "expected images (n, height, width) and as many labels (n,).",
    );
  const outside = labels.data.findIndex((label) => label >= classes);
  if (outside >= 0)
    throw new FormatError(
      `${part.labels.file}: label ${labels.data[outside]} in row ${outside} is outside 0 … ${classes - 1}.`,
    );
  return {
    images: new Tensor(dtype === "uint8" ? images.data : greyLevels(images.data), [...images.shape, 1]),
    labels: new Tensor(Int32Array.from(labels.data), labels.shape),
  };
}
