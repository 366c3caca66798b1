/** Files of a folder as a dataset: what is made of each file is the caller's. */
import { FormatError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import { Dataset } from "../dataset.ts";
import { checkDirectoryOptions, type DirectoryOptions, PARALLEL } from "./directory-options.ts";
import { type FolderPlace, folderOf } from "./folder.ts";
import { type IndexedFile, indexDirectory, splitFiles } from "./index-directory.ts";
import { limited } from "./limited.ts";

/** What is known of the files of a dataset. */
export interface DirectoryFiles {
  /** Names of the classes, in the order of their numbers; undefined without labels. */
  readonly classNames: readonly string[] | undefined;
  /** Paths of the files, in the order in which they were listed and split. */
  readonly filePaths: readonly string[];
}

/** Elements: batches (or single files), alone or with their labels. */
export type DirectoryElement<O extends DirectoryOptions> = O extends
  | { readonly labels: null }
  | { readonly labelMode: null }
  ? Tensor
  : [Tensor, Tensor];

/** A dataset of a folder's files; for subset "both" training and validation. */
export type DirectoryDataset<O extends DirectoryOptions> = O extends { readonly subset: "both" }
  ? [training: Dataset<DirectoryElement<O>> & DirectoryFiles, validation: Dataset<DirectoryElement<O>> & DirectoryFiles]
  : Dataset<DirectoryElement<O>> & DirectoryFiles;

/** A file that is to be read. */
export interface ListedFile {
  /** Its path on a disk of this machine; undefined where it lies elsewhere. */
  readonly diskPath: string | undefined;
  /**
   * Reads it and calls `work`, for a bounded number of files at a time.
   *
   * @param work makes something of the bytes, or throws a FormatError; `name` is the file's path, for messages
   * @returns undefined where the file is corrupt and is to be left out
   */
  decode<T extends object>(work: (bytes: Uint8Array, name: string) => T | Promise<T>): Promise<T | undefined>;
}

/** What was made of files. */
export interface FileRows {
  /** A row for each file that was not left out. */
  readonly tensor: Tensor;
  /** Whether a file has a row. */
  readonly kept: readonly boolean[];
}

export interface FileReader {
  /** Endings of the files, in lower case with their dot. */
  readonly formats: readonly string[];
  /** Files, at least one, as rows of one tensor; undefined where all of them are left out. */
  read(files: readonly ListedFile[]): Promise<FileRows | undefined>;
  /** Takes back a tensor that `read` gave and nobody needs any more. */
  recycle?(tensor: Tensor): void;
}

/** Batches that are made at a time: one waits while the next is read. */
const BATCHES_AHEAD = 2;

/** Lists a folder and makes the dataset, or both parts of it. */
export async function directoryDataset(
  who: string,
  where: FolderPlace,
  options: DirectoryOptions,
  reader: FileReader,
): Promise<unknown> {
  checkDirectoryOptions(who, options);
  const folder = folderOf(who, where);
  const { seed = Math.floor(Math.random() * 1e6), shuffle = true, validationSplit, subset } = options;
  const { files, classNames } = await indexDirectory(who, folder, reader.formats, options, seed);
  const titleOf = ({ path }: IndexedFile) => `${folder.title.replace(/[/\\]$/, "")}/${path}`;
  const slot = limited(options.parallel ?? PARALLEL);
  const listed = (file: IndexedFile): ListedFile => ({
    diskPath: folder.diskPath?.(file.path),
    async decode(work) {
      try {
        return await slot(async () => work(await folder.read(file.path), titleOf(file)));
      } catch (error) {
        const { onCorrupt = "error" } = options;
        if (onCorrupt === "error" || !(error instanceof FormatError)) throw error;
        if (onCorrupt !== "skip") onCorrupt(titleOf(file), error);
        return undefined;
      }
    },
  });
  const read = (part: readonly IndexedFile[]) => reader.read(part.map(listed));
  const labelsOf = classNames === undefined ? undefined : labelWriter(options.labelMode ?? "int", classNames.length);
  const make = (part: readonly IndexedFile[], shuffled: boolean) => {
    const rows = Dataset.from(Int32Array.from(part.keys()));
    const ordered = shuffled ? rows.shuffle(part.length, { seed }) : rows;
    const filesOf = (picked: Tensor) => Array.from(picked.data, (row) => part[row]!);
    return Object.assign(elementsOf(ordered, filesOf, options, { read, recycle: reader.recycle, labelsOf }), {
      classNames,
      filePaths: part.map(titleOf),
    });
  };
  if (validationSplit === undefined) return make(files, shuffle);
  const { training, validation } = splitFiles(who, files, validationSplit);
  if (subset === "both") return [make(training, shuffle), make(validation, false)];
  return make(subset === "training" ? training : validation, shuffle);
}

type WriteLabels = (files: readonly IndexedFile[]) => Tensor;

/** The labels of files, [n] or [n, classes], in the form that `labelMode` asks for. */
function labelWriter(mode: NonNullable<DirectoryOptions["labelMode"]>, classes: number): WriteLabels {
  if (mode === "int")
    return (files) =>
      new Tensor(
        Int32Array.from(files, ({ label }) => label),
        [files.length],
      );
  if (mode === "binary")
    return (files) =>
      new Tensor(
        Float32Array.from(files, ({ label }) => label),
        [files.length, 1],
      );
  return (files) => {
    const rows = new Float32Array(files.length * classes);
    files.forEach(({ label }, row) => {
      rows[row * classes + label] = 1;
    });
    return new Tensor(rows, [files.length, classes]);
  };
}

interface ElementMaker {
  read(files: readonly IndexedFile[]): Promise<FileRows | undefined>;
  readonly recycle: FileReader["recycle"];
  readonly labelsOf: WriteLabels | undefined;
}

/** Batches or single files of `rows`, which are numbers of files. */
function elementsOf(
  rows: Dataset<Tensor>,
  filesOf: (rows: Tensor) => IndexedFile[],
  { batchSize = 32, parallel = PARALLEL, onCorrupt = "error" }: DirectoryOptions,
  { read, recycle, labelsOf }: ElementMaker,
): Dataset<unknown> {
  const batchOf = async (picked: Tensor): Promise<Tensor | [Tensor, Tensor] | undefined> => {
    const files = filesOf(picked);
    const made = await read(files);
    if (made === undefined) return undefined;
    const { tensor, kept } = made;
    return labelsOf === undefined ? tensor : [tensor, labelsOf(files.filter((_, i) => kept[i]))];
  };
  const fileOf = async (picked: Tensor) => {
    const batch = await batchOf(picked);
    return Array.isArray(batch) ? batch.map((part) => part.at(0)) : batch?.at(0);
  };
  const made: Dataset<unknown> =
    batchSize === null
      ? rows.map(fileOf, { parallel })
      : rows.batch(batchSize).map(batchOf, { parallel: BATCHES_AHEAD });
  const elements = onCorrupt === "error" ? made : made.filter((element) => element !== undefined);
  if (recycle !== undefined && batchSize !== null)
    elements.source.recycle = (element) => recycle((Array.isArray(element) ? element[0] : element) as Tensor);
  return elements;
}
