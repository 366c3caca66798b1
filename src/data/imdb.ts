/** IMDB: 50,000 film reviews. Maas et al., "Learning word vectors for sentiment analysis" (ACL 2011). */
import type { FileSpec } from "./cached-file.ts";
import type { DataHost } from "./data-host.ts";
import { NumpyRandom } from "./numpy-random.ts";
import {
  checkTextOptions,
  numberWords,
  openTextArchive,
  shuffledRows,
  type TextDataset,
  type TextOptions,
  textSplit,
} from "./text-dataset.ts";

const spec: FileSpec = {
  name: "imdb",
  file: "imdb.npz",
  sha256: "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
  mirrors: ["https://storage.googleapis.com/tensorflow/tf-keras-datasets/"],
  maxBytes: 50_000_000,
};

/** Loads a data set of this form; tests pass their own `spec` and `host`. */
export async function loadImdb(options: TextOptions, from: FileSpec = spec, host?: DataHost): Promise<TextDataset> {
  checkTextOptions("imdb.load", options);
  const { rows, source } = await openTextArchive(from, options, host);
  // One generator for both parts, one after the other, as in Keras.
  const random = new NumpyRandom(options.seed ?? 113);
  const train = shuffledRows(await rows("x_train", "y_train"), random);
  const test = shuffledRows(await rows("x_test", "y_test"), random);
  const [trained, tested] = numberWords("imdb.load", [train, test], options) as [typeof train, typeof test];
  return {
    name: "imdb",
    source,
    train: textSplit(trained),
    test: textSplit(tested),
    classNames: ["negative", "positive"],
  };
}

/** IMDB: 25,000 film reviews to train on and 25,000 to test on, negative and positive ones, as numbers of words. */
export const imdb = {
  /**
   * Loads IMDB from this machine, or downloads it (17 MB) once, from Keras's address; rows, their order and the numbers of their
   * words are Keras's. Words are numbered by how often they occur; 0 is for padding, 1 begins a text, 2 stands for words that
   * are left out.
   *
   * Looks into `dir` alone when it is given; else into `$FOVEA_DATA/imdb`, then into the user's cache folder, and downloads into
   * that. The SHA-256 is checked on every load. In a browser it is fetched on every call.
   *
   * @returns sequences of different lengths, labels [n] int32: 0 negative, 1 positive
   * @throws InputOutputError when the file is missing, cannot be read or written, or no mirror gives it
   * @throws FormatError when its checksum is wrong; ArgumentError when an option has a value that it cannot take
   * @example
   * ```ts
   * import { imdb } from "fovea/datasets";
   * import { padSequences } from "fovea/utils";
   * const load = async () => {
   *   const { train } = await imdb.load({ numWords: 10_000 });
   *   return [padSequences(train.sequences, { maxlen: 200 }), train.labels]; // [25000, 200], [25000]
   * };
   * ```
   */
  load(options: TextOptions = {}): Promise<TextDataset> {
    return loadImdb(options);
  },
} as const;
