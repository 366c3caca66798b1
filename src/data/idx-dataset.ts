/** Data sets of four IDX files: finds them, checks them and builds tensors. */
import { ArgumentError, FormatError, InputOutputError, unknownName } from "../base/errors.ts";
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
  /** SHA-256 and size of the unpacked file. */
  readonly sha256: string;
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

/** Options of `mnist.load`. */
export interface LoadOptions {
  /** Folder with the four files, plain or as .gz. If given, nothing else is searched and nothing is downloaded. */
  dir?: string;
  /** Type of the images: "float32" (default, 0 … 1) or "uint8" (0 … 255). */
  dtype?: ImageDType;
  /** Called whenever bytes of a download arrive. */
  progress?: (event: DownloadProgress) => void;
  /** Aborts loading; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Milliseconds without a byte after which the next mirror is tried; default 30000. */
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
  const { dtype = "float32", signal } = options;
  checkOptions(options);
  signal?.throwIfAborted();
  const files = new FileGetter(spec, options, await findFolder(spec, options, host ?? thisHost()));
  const split = async (part: IdxDatasetSpec["train"]): Promise<ImageSplit> =>
    pair(part, await files.get(part.labels), await files.get(part.images), spec.classNames.length, dtype);
  const [train, test] = [await split(spec.train), await split(spec.test)];
  return { name: spec.name, source: files.source(), train, test, classNames: spec.classNames };
}

function checkOptions({ dtype = "float32", timeoutMs = 1, mirrors }: LoadOptions): void {
  if (dtype !== "float32" && dtype !== "uint8") throw unknownName("dtype", dtype, ["float32", "uint8"]);
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31))
    throw new ArgumentError(`timeoutMs is ${timeoutMs}; expected milliseconds, more than 0 and less than 2^31.`);
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
}

async function look(spec: IdxDatasetSpec, disk: Disk, folder: string): Promise<Place> {
  const present = new Map<string, string>();
  for (const { file } of filesOf(spec)) {
    const path = await disk.find(folder, file);
    if (path !== undefined) present.set(file, path);
  }
  return { disk, folder, present };
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
      ? await look(spec, disk, disk.join(host.cacheFolder, spec.name))
      : { disk: undefined, folder: undefined, present: new Map() };
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
  readonly #fileCount: number;
  #fileNumber = 0;
  #mirrors: readonly string[];

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
    const from = `downloaded from ${this.#mirrors[0]}`;
    return folder === undefined ? from : `${from}, kept in ${folder}`;
  }

  async get(file: IdxFile): Promise<Tensor> {
    this.#options.signal?.throwIfAborted();
    const path = this.#place.present.get(file.file);
    if (path === undefined || this.#place.disk === undefined) return parseIdx(await this.#download(file), file.file);
    const packed = await this.#place.disk.read(path, file.bytes + GZIP_OVERHEAD);
    const remedy =
      this.#options.dir === undefined
        ? "Delete that file and load again, or pass another dir."
        : "Put the right file in its place, or pass another dir.";
    return parseIdx(await checked(packed, path, file, remedy), path);
  }

  async #download(file: IdxFile): Promise<Uint8Array<ArrayBuffer>> {
    const { disk, folder } = this.#place;
    const { progress, signal, timeoutMs = 30_000 } = this.#options;
    if (disk !== undefined && folder !== undefined) await disk.makeFolder(folder);
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
      throw new InputOutputError(`${error.message}\n${this.#remedy()}`, { cause: error.cause });
    });
    // The working mirror is tried first for the next files, so that a dead one costs its timeout only once.
    this.#mirrors = [mirror, ...this.#mirrors.filter((other) => other !== mirror)];
    if (disk !== undefined && folder !== undefined) {
      // If the server declared gzip as a transfer encoding, the file arrived unpacked.
      await disk.write(disk.join(folder, isGzip(value.packed) ? name : file.file), value.packed);
    }
    return value.unpacked;
  }

  #remedy(): string {
    const places = this.#place.folder === undefined ? "" : ` put the four files into ${this.#place.folder}, pass dir,`;
    return `Check the network,${places} pass other mirrors, or use digits.load() from fovea/datasets, which needs no files.`;
  }
}

/** The unpacked bytes of a file, after their checksum was verified. */
async function checked(
  packed: Uint8Array<ArrayBuffer>,
  name: string,
  file: IdxFile,
  remedy: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const unpacked = isGzip(packed) ? await gunzip(packed, name, file.bytes) : packed;
  await verifySha256(unpacked, name, file, remedy);
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
