/** CIFAR-10 and CIFAR-100: small photographs. Krizhevsky, "Learning multiple layers of features from tiny images" (2009). */
import { FormatError, unknownName } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import { Tensor } from "../base/tensor.ts";
import {
  type ArchiveOptions,
  archiveOptionNames,
  cachedFile,
  checkDownloadOptions,
  type FileSpec,
} from "./cached-file.ts";
import type { DataHost } from "./data-host.ts";
import { tarFiles } from "./formats/tar.ts";
import { greyLevels } from "./grey-levels.ts";
import { gunzip } from "./idx.ts";
import type { ImageDataset, ImageDType, ImageSplit } from "./image-dataset.ts";

/** Options of `cifar10.load`. */
export interface CifarOptions extends ArchiveOptions {
  /** Type of the images: "float32" (default, 0 … 1) or "uint8" (0 … 255). */
  dtype?: ImageDType;
}

/** Options of `cifar100.load`. */
export interface Cifar100Options extends CifarOptions {
  /** The 100 classes ("fine", default) or the 20 groups that they are in ("coarse"). */
  labelMode?: "fine" | "coarse";
}

export interface CifarSpec extends FileSpec {
  readonly folder: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** Bytes of labels before the pixels of a row, which of them is taken, and the file with the names of the classes. */
  readonly labelBytes: number;
  readonly labelAt: number;
  readonly names: string;
}

const PIXELS = 32 * 32;
const MOST_BYTES = 200_000_000;

const cifar10Spec: CifarSpec = {
  name: "cifar10",
  // The same rows in the same order as in cifar-10-python.tar.gz, which Keras reads, without Python's pickles.
  file: "cifar-10-binary.tar.gz",
  sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
  mirrors: ["https://www.cs.toronto.edu/~kriz/"],
  maxBytes: MOST_BYTES,
  folder: "cifar-10-batches-bin",
  train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
  test: ["test_batch.bin"],
  labelBytes: 1,
  labelAt: 0,
  names: "batches.meta.txt",
};

const cifar100Spec = (mode: "fine" | "coarse"): CifarSpec => ({
  name: "cifar100",
  file: "cifar-100-binary.tar.gz",
  sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
  mirrors: ["https://www.cs.toronto.edu/~kriz/"],
  maxBytes: MOST_BYTES,
  folder: "cifar-100-binary",
  train: ["train.bin"],
  test: ["test.bin"],
  labelBytes: 2,
  labelAt: mode === "fine" ? 1 : 0,
  names: `${mode}_label_names.txt`,
});

/** Loads a data set of this format; tests pass their own `host`. */
export async function loadCifar(spec: CifarSpec, options: CifarOptions, host?: DataHost): Promise<ImageDataset> {
  const { dtype = "float32" } = options;
  if (dtype !== "float32" && dtype !== "uint8") throw unknownName("dtype", dtype, ["float32", "uint8"]);
  const { bytes, source } = await cachedFile(spec, options, host);
  // Never shared memory: see cachedFile.
  const files = tarFiles(await gunzip(bytes as Uint8Array<ArrayBuffer>, spec.file, MOST_BYTES), spec.file);
  const fileOf = (name: string) => {
    const file = files.get(`${spec.folder}/${name}`);
    if (file === undefined) throw new FormatError(`${spec.file} lacks ${spec.folder}/${name}.`);
    return file;
  };
  const classNames = new TextDecoder()
    .decode(fileOf(spec.names))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const split = (names: readonly string[]) => rowsOf(spec, names.map(fileOf), classNames.length, dtype);
  return { name: spec.name, source, train: split(spec.train), test: split(spec.test), classNames };
}

/** Rows of labels and 32x32 pixels in three planes → images [n, 32, 32, 3]. */
function rowsOf(spec: CifarSpec, files: readonly Uint8Array[], classes: number, dtype: ImageDType): ImageSplit {
  const width = spec.labelBytes + 3 * PIXELS;
  const count = files.reduce((sum, { length }) => sum + length / width, 0);
  if (!Number.isInteger(count) || count === 0)
    throw new FormatError(`${spec.file} is damaged: its files are no whole rows of ${width} bytes.`);
  const pixels = new Uint8Array(count * 3 * PIXELS);
  const labels = new Int32Array(count);
  let row = 0;
  for (const file of files)
    for (let at = 0; at < file.length; at += width, row++) {
      labels[row] = file[at + spec.labelAt]!;
      if (labels[row]! >= classes)
        throw new FormatError(`${spec.file}: label ${labels[row]} in row ${row} is outside 0 … ${classes - 1}.`);
      const [from, to] = [at + spec.labelBytes, row * 3 * PIXELS];
      for (let i = 0; i < PIXELS; i++)
        for (let c = 0; c < 3; c++) pixels[to + 3 * i + c] = file[from + c * PIXELS + i]!;
    }
  return {
    images: new Tensor(dtype === "uint8" ? pixels : greyLevels(pixels), [count, 32, 32, 3]),
    labels: new Tensor(labels, [count]),
  };
}

const optionNames = [...archiveOptionNames, "dtype"];

/** CIFAR-10: 50,000 training images, 10,000 test images, 32x32 RGB, ten classes. */
export const cifar10 = {
  /**
   * Loads CIFAR-10 from this machine, or downloads it (170 MB) once: the binary version beside the one that Keras loads, with the
   * same rows in the same order.
   *
   * Looks into `dir` alone when it is given; else into `$FOVEA_DATA/cifar10`, then into the user's cache folder, and downloads into
   * that. The SHA-256 is checked on every load. In a browser it is fetched on every call.
   *
   * @returns images [50000, 32, 32, 3] and [10000, 32, 32, 3], float32 in 0 … 1 (or uint8), labels [n] int32 in 0 … 9
   * @throws InputOutputError when the file is missing, cannot be read or written, or no mirror gives it
   * @throws FormatError when its checksum is wrong; ArgumentError when an option has a value that it cannot take
   * @example
   * ```ts
   * import { cifar10 } from "fovea/datasets";
   * const load = async () => {
   *   const { train, classNames } = await cifar10.load({ dtype: "uint8" });
   *   return [train.images.shape, classNames[train.labels.data[0]!]]; // [50000, 32, 32, 3], "frog"
   * };
   * ```
   */
  async load(options: CifarOptions = {}): Promise<ImageDataset> {
    checkKeys("cifar10.load", options, optionNames);
    checkDownloadOptions("cifar10.load", options);
    return loadCifar(cifar10Spec, options);
  },
} as const;

/** CIFAR-100: 50,000 training images, 10,000 test images, 32x32 RGB, 100 classes in 20 groups. */
export const cifar100 = {
  /**
   * Loads CIFAR-100 from this machine, or downloads it (169 MB) once; as `cifar10.load`, in the folder `cifar100`.
   *
   * @returns images [50000, 32, 32, 3] and [10000, 32, 32, 3], float32 in 0 … 1 (or uint8), labels [n] int32 in 0 … 99 (or 0 … 19)
   * @throws InputOutputError when the file is missing, cannot be read or written, or no mirror gives it
   * @throws FormatError when its checksum is wrong; ArgumentError when an option has a value that it cannot take
   * @example
   * ```ts
   * import { cifar100 } from "fovea/datasets";
   * const load = () => cifar100.load({ labelMode: "coarse" });
   * ```
   */
  async load(options: Cifar100Options = {}): Promise<ImageDataset> {
    checkKeys("cifar100.load", options, [...optionNames, "labelMode"]);
    checkDownloadOptions("cifar100.load", options);
    const { labelMode = "fine" } = options;
    if (labelMode !== "fine" && labelMode !== "coarse") throw unknownName("labelMode", labelMode, ["fine", "coarse"]);
    return loadCifar(cifar100Spec(labelMode), options);
  },
} as const;
