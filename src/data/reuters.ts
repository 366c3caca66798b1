/** Reuters: 11,228 newswires in 46 topics, as Keras numbers them. */

import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
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
  textOptionNames,
  textSplit,
} from "./text-dataset.ts";

/** Options of `reuters.load`. */
export interface ReutersOptions extends TextOptions {
  /** Fraction of the rows to test on, 0 … 1; the last ones. Default 0.2. */
  testSplit?: number;
}

const spec: FileSpec = {
  name: "reuters",
  file: "reuters.npz",
  sha256: "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
  mirrors: ["https://storage.googleapis.com/tensorflow/tf-keras-datasets/"],
  maxBytes: 20_000_000,
};

const topics =
  "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead";

/** Loads a data set of this form; tests pass their own `spec` and `host`. */
export async function loadReuters(
  options: ReutersOptions,
  from: FileSpec = spec,
  host?: DataHost,
): Promise<TextDataset> {
  checkTextOptions("reuters.load", options, [...textOptionNames, "testSplit"]);
  const { testSplit = 0.2, seed = 113 } = options;
  if (!(testSplit > 0 && testSplit < 1))
    throw new ArgumentError(
      `reuters.load: testSplit is ${formatValue(testSplit)}, expected a fraction between 0 and 1.`,
    );
  const { rows, source } = await openTextArchive(from, options, host);
  const all = shuffledRows(await rows("x", "y"), new NumpyRandom(seed));
  const [{ sequences, labels }] = numberWords("reuters.load", [all], options) as [typeof all];
  const at = Math.trunc(sequences.length * (1 - testSplit));
  return {
    name: "reuters",
    source,
    train: textSplit({ sequences: sequences.slice(0, at), labels: labels.slice(0, at) }),
    test: textSplit({ sequences: sequences.slice(at), labels: labels.slice(at) }),
    classNames: topics.split(" "),
  };
}

/** Reuters: 11,228 newswires in 46 topics, as numbers of words. */
export const reuters = {
  /**
   * Loads the newswires from this machine, or downloads them (2 MB) once, from Keras's address; rows, their order, the split and
   * the numbers of words are Keras's. Folders and numbers are as `imdb.load` says; the folder is named `reuters`.
   *
   * @returns sequences of different lengths, labels [n] int32 in 0 … 45
   * @throws InputOutputError when the file is missing, cannot be read or written, or no mirror gives it
   * @throws FormatError when its checksum is wrong; ArgumentError when an option has a value that it cannot take
   * @example
   * ```ts
   * import { reuters } from "fovea/datasets";
   * const load = () => reuters.load({ numWords: 1000, testSplit: 0.1 });
   * ```
   */
  load(options: ReutersOptions = {}): Promise<TextDataset> {
    return loadReuters(options);
  },
} as const;
