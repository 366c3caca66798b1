/** The options that folders of images and of sounds have in common, and their checks. */
import { ArgumentError, unknownName } from "../../base/errors.ts";
import { refuseOption } from "../../base/options.ts";
import { checkWhole } from "../source.ts";

/** Form of the labels: int32 [batch]; one-hot float32 [batch, classes]; float32 [batch, 1] of two classes; none. */
export type LabelMode = "int" | "categorical" | "binary" | null;

/** A file that cannot be read. */
export type CorruptFile = (path: string, error: Error) => void;

/** Files that are worked on at a time, if nothing else is asked for. */
export const PARALLEL = 8;

export interface DirectoryOptions {
  /**
   * "inferred" (default): each folder in the directory is a class. A list: the class number of each file, in the order of the
   * sorted paths. null: no labels.
   */
  readonly labels?: "inferred" | readonly number[] | null;
  /** Default "int". null: no labels. */
  readonly labelMode?: LabelMode;
  /** Folders that are classes, in the order of their numbers. Default: all, sorted by name. */
  readonly classNames?: readonly string[];
  /** Files of a batch; null: elements are single files. Default 32. */
  readonly batchSize?: number | null;
  /** Whether the files are shuffled: first by the seed as in Keras, then in another order in each pass. Default true. */
  readonly shuffle?: boolean;
  /** 0 … 2³² − 1. Decides the split and the orders; needed for a shuffled split. Default: another in every run. */
  readonly seed?: number;
  /** Fraction of the files that validates, between 0 and 1; the last ones. Needs `subset`. */
  readonly validationSplit?: number;
  /** Which part of the split: "training", "validation", or "both" as a list. */
  readonly subset?: "training" | "validation" | "both";
  /** Whether folders behind symbolic links in the classes' folders are visited. Default false. */
  readonly followLinks?: boolean;
  /** Files that are worked on at a time. Default 8. */
  readonly parallel?: number;
  /**
   * What a file does that cannot be decoded: "error" (default) ends the pass with an error that names it, "skip" leaves it out,
   * a function leaves it out and is told. Where files may be left out, the dataset's length is unknown.
   */
  readonly onCorrupt?: "error" | "skip" | CorruptFile;
}

export const directoryOptionNames = [
  "labels",
  "labelMode",
  "classNames",
  "batchSize",
  "shuffle",
  "seed",
  "validationSplit",
  "subset",
  "followLinks",
  "parallel",
  "onCorrupt",
] as const satisfies readonly (keyof DirectoryOptions)[];

const oneOf = (what: string, value: unknown, names: readonly string[]) => {
  if (!names.includes(value as string)) throw unknownName(what, value, names);
};

const isList = (value: unknown, check: (each: unknown) => boolean) => Array.isArray(value) && value.every(check);

/** @throws ArgumentError for a value that an option cannot take */
export function checkDirectoryOptions(who: string, options: DirectoryOptions): void {
  const { labels = "inferred", labelMode = "int", classNames, batchSize = 32, shuffle = true, seed } = options;
  const { validationSplit, subset, followLinks = false, parallel = PARALLEL, onCorrupt = "error" } = options;
  const isClass = (each: unknown) => Number.isSafeInteger(each) && (each as number) >= 0;
  if (labels !== null && labels !== "inferred" && !isList(labels, isClass))
    refuseOption(who, "labels", labels, '"inferred", null or a list of class numbers');
  if (labelMode !== null) oneOf("labelMode", labelMode, ["int", "categorical", "binary"]);
  if (classNames !== undefined && !isList(classNames, (each) => typeof each === "string"))
    refuseOption(who, "classNames", classNames, "a list of names of folders");
  if (classNames !== undefined && labels !== "inferred")
    throw new ArgumentError(`${who}: classNames are names of folders, so they go with labels: "inferred" only.`);
  if (batchSize !== null) checkWhole(who, "batchSize", batchSize, 1);
  for (const [name, value] of Object.entries({ shuffle, followLinks }))
    if (typeof value !== "boolean") refuseOption(who, name, value, "true or false");
  if (seed !== undefined && !(isClass(seed) && seed < 2 ** 32))
    refuseOption(who, "seed", seed, "a whole number of 0 … 2^32 - 1");
  checkWhole(who, "parallel", parallel, 1);
  if (typeof onCorrupt !== "function") oneOf("onCorrupt", onCorrupt, ["error", "skip"]);
  if (
    validationSplit !== undefined &&
    !(typeof validationSplit === "number" && validationSplit > 0 && validationSplit < 1)
  )
    refuseOption(who, "validationSplit", validationSplit, "a fraction between 0 and 1, such as 0.2");
  if (subset !== undefined) oneOf("subset", subset, ["training", "validation", "both"]);
  if ((validationSplit === undefined) !== (subset === undefined))
    throw new ArgumentError(
      `${who}: validationSplit and subset go together; ${subset === undefined ? "subset" : "validationSplit"} is missing.`,
    );
  if (validationSplit !== undefined && shuffle && seed === undefined)
    throw new ArgumentError(
      `${who}: a shuffled split needs a seed, so that training and validation do not overlap: pass seed: 1, or shuffle: false.`,
    );
}
