/** Files of a folder as a dataset: what is made of each file is the caller's. */
import { FormatError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import { Dataset } from "../dataset.ts";
import { checkDirectoryOptions, type DirectoryOptions } from "./directory-options.ts";
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

export interface FileReader {
  /** Endings of the files, in lower case with their dot. */
  readonly formats: readonly string[];
  /** The tensor of a file; a FormatError says that the file is corrupt. `name` is its path, for messages. */
  read(bytes: Uint8Array, name: string): Promise<Tensor>;
  /** The tensors of a batch as one. */
  stack(tensors: readonly Tensor[]): Tensor;
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
  const read = async (file: IndexedFile) => reader.read(await folder.read(file.path), titleOf(file));
  const labelsOf = classNames === undefined ? undefined : labelWriter(options.labelMode ?? "int", classNames.length);
  const make = (part: readonly IndexedFile[], shuffled: boolean) => {
    const rows = Dataset.from(Int32Array.from(part.keys()));
    const ordered = shuffled ? rows.shuffle(part.length, { seed }) : rows;
    const filesOf = (picked: Tensor) => Array.from(picked.data, (row) => part[row]!);
    return Object.assign(elementsOf(ordered, filesOf, options, { ...reader, read, labelsOf, titleOf }), {
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
  read(file: IndexedFile): Promise<Tensor>;
  stack(tensors: readonly Tensor[]): Tensor;
  readonly labelsOf: WriteLabels | undefined;
  titleOf(file: IndexedFile): string;
}

/** Batches or single files of `rows`, which are numbers of files. */
function elementsOf(
  rows: Dataset<Tensor>,
  filesOf: (rows: Tensor) => IndexedFile[],
  { batchSize = 32, parallel = 8, onCorrupt = "error" }: DirectoryOptions,
  { read, stack, labelsOf, titleOf }: ElementMaker,
): Dataset<unknown> {
  const slot = limited(parallel);
  const readOrSkip = async (file: IndexedFile): Promise<Tensor | undefined> => {
    try {
      return await slot(() => read(file));
    } catch (error) {
      if (onCorrupt === "error" || !(error instanceof FormatError)) throw error;
      if (onCorrupt !== "skip") onCorrupt(titleOf(file), error);
      return undefined;
    }
  };
  const batchOf = async (picked: Tensor) => {
    const files = filesOf(picked);
    const tensors = await Promise.all(files.map(readOrSkip));
    const kept = files.filter((_, i) => tensors[i] !== undefined);
    const whole = tensors.filter((tensor) => tensor !== undefined);
    if (whole.length === 0) return undefined;
    return labelsOf === undefined ? stack(whole) : [stack(whole), labelsOf(kept)];
  };
  const fileOf = async (picked: Tensor) => {
    const [file] = filesOf(picked) as [IndexedFile];
    const tensor = await readOrSkip(file);
    return labelsOf === undefined || tensor === undefined ? tensor : [tensor, labelsOf([file]).at(0)];
  };
  const elements: Dataset<unknown> =
    batchSize === null
      ? rows.map(fileOf, { parallel })
      : rows.batch(batchSize).map(batchOf, { parallel: BATCHES_AHEAD });
  return onCorrupt === "error" ? elements : elements.filter((element) => element !== undefined);
}
