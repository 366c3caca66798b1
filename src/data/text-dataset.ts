/** Data sets of texts as numbers of words. Keras `datasets/imdb.py` and `datasets/reuters.py`. */
import { ArgumentError, FormatError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { Tensor } from "../base/tensor.ts";
import { memorySource } from "../io/byte-source.ts";
import { ZipArchive } from "../io/zip-reader.ts";
import {
  type ArchiveOptions,
  archiveOptionNames,
  cachedFile,
  checkDownloadOptions,
  type FileSpec,
} from "./cached-file.ts";
import type { DataHost } from "./data-host.ts";
import { parseNpy } from "./formats/npy.ts";
import { parsePickledLists } from "./formats/pickled-lists.ts";
import type { NumpyRandom } from "./numpy-random.ts";

/** Options of `imdb.load` and `reuters.load`. */
export interface TextOptions extends ArchiveOptions {
  /** Words with this number or a larger one are replaced by `oovChar`; words are numbered by how often they occur. Default: none. */
  numWords?: number;
  /** Words with smaller numbers are replaced by `oovChar`. Default 0. */
  skipTop?: number;
  /** Texts of this length or longer are left out. Default: none. */
  maxlen?: number;
  /** Decides the order, 0 … 2³² − 1. Default 113, as in Keras. */
  seed?: number;
  /** Number that each text begins with; null: none. Default 1. */
  startChar?: number | null;
  /** Number in place of words that are left out; null: they are dropped. Default 2. */
  oovChar?: number | null;
  /** Added to the number of each word. Default 3. */
  indexFrom?: number;
}

export const textOptionNames: readonly string[] = [
  ...archiveOptionNames,
  "numWords",
  "skipTop",
  "maxlen",
  "seed",
  "startChar",
  "oovChar",
  "indexFrom",
];

/** Texts and their classes. */
export interface TextSplit {
  /** Numbers of words, a list for each text; `padSequences` makes a tensor of them. */
  readonly sequences: readonly (readonly number[])[];
  /** Class numbers [n], int32. */
  readonly labels: Tensor;
}

/** A labelled set of texts, split into rows to train on and rows to test on. */
export interface TextDataset {
  /** Short name: "imdb", "reuters". */
  readonly name: string;
  /** Where this copy came from, in words for people. */
  readonly source: string;
  readonly train: TextSplit;
  readonly test: TextSplit;
  /** Name of class i at index i. */
  readonly classNames: readonly string[];
}

/** Rows before they are split into tensors. */
export interface TextRows {
  readonly sequences: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** @throws ArgumentError for a value that an option cannot take */
export function checkTextOptions(who: string, options: TextOptions, names = textOptionNames): void {
  checkKeys(who, options, names);
  checkDownloadOptions(who, options);
  const isWhole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const { numWords = 1, skipTop = 0, maxlen = 1, seed = 0, startChar = 0, oovChar = 0, indexFrom = 0 } = options;
  for (const [name, value] of Object.entries({ numWords, skipTop, maxlen, seed, indexFrom, startChar, oovChar })) {
    const mayBeNull = name === "startChar" || name === "oovChar";
    if (!isWhole(value) && !(mayBeNull && value === null))
      throw new ArgumentError(
        `${who}: ${name} is ${formatValue(value)}, expected a whole number of 0 or more${mayBeNull ? " or null" : ""}.`,
      );
  }
  if (seed >= 2 ** 32) throw new ArgumentError(`${who}: seed is ${seed}, expected a whole number of 0 … 2^32 - 1.`);
}

/** Lists and labels of an archive; tests pass their own `host`. */
export async function openTextArchive(spec: FileSpec, options: TextOptions, host?: DataHost) {
  const { bytes, source } = await cachedFile(spec, options, host);
  const zip = await ZipArchive.open(memorySource(spec.file, bytes));
  const entry = async (name: string) => {
    const found = await zip.open(`${name}.npy`, spec.maxBytes * 4);
    if (found === undefined) throw new FormatError(`${spec.file} lacks ${name}.npy.`);
    return { title: `${name}.npy in ${spec.file}`, bytes: await found.read(0, found.size) };
  };
  const rows = async (x: string, y: string): Promise<TextRows> => {
    const [texts, classes] = [await entry(x), await entry(y)];
    const sequences = parsePickledLists(texts.bytes, texts.title);
    const labels = Array.from(parseNpy(classes.bytes, classes.title).data);
    if (labels.length !== sequences.length)
      throw new FormatError(`${spec.file}: ${x} has ${sequences.length} rows and ${y} ${labels.length}.`);
    return { sequences, labels };
  };
  return { rows, source };
}

/** The rows in the order of NumPy's `shuffle(arange(n))`. */
export function shuffledRows({ sequences, labels }: TextRows, random: NumpyRandom): TextRows {
  const order = Array.from(labels.keys());
  random.shuffle(order);
  return { sequences: order.map((row) => sequences[row]!), labels: order.map((row) => labels[row]!) };
}

/** Numbers words as the options say, all parts together, and leaves long texts out. */
export function numberWords(who: string, parts: readonly TextRows[], options: TextOptions): TextRows[] {
  const { numWords, skipTop = 0, maxlen, startChar = 1, oovChar = 2, indexFrom = 3 } = options;
  const started = parts.map(({ sequences, labels }) => {
    const numbered = sequences.map((words) => [
      ...(startChar === null ? [] : [startChar]),
      ...words.map((word) => word + indexFrom),
    ]);
    const kept = numbered.map((words) => maxlen === undefined || maxlen === 0 || words.length < maxlen);
    return { sequences: numbered.filter((_, row) => kept[row]), labels: labels.filter((_, row) => kept[row]) };
  });
  for (const { sequences } of started)
    if (sequences.length === 0)
      throw new ArgumentError(`${who}: no text is shorter than maxlen (${maxlen}); pass a larger one.`);
  // Keras's default leaves out the rarest word: numbers must be smaller than the largest.
  const all = started.flatMap(({ sequences }) => sequences);
  const end = numWords || all.reduce((most, words) => words.reduce((a, b) => Math.max(a, b), most), 0);
  const isKept = (word: number) => skipTop <= word && word < end;
  return started.map(({ sequences, labels }) => ({
    sequences: sequences.map((words) =>
      oovChar === null ? words.filter(isKept) : words.map((word) => (isKept(word) ? word : oovChar)),
    ),
    labels,
  }));
}

export function textSplit({ sequences, labels }: TextRows): TextSplit {
  return { sequences, labels: new Tensor(Int32Array.from(labels), [labels.length]) };
}
