/** The files of a folder and their classes, in Keras's order. Keras `utils/dataset_utils.py`, index_directory. */
import { ArgumentError, InputOutputError, suggestName } from "../../base/errors.ts";
import { NumpyRandom } from "../numpy-random.ts";
import type { DirectoryOptions } from "./directory-options.ts";
import type { Folder } from "./folder.ts";

export interface IndexedFile {
  /** Path within the folder, with "/" between names. */
  readonly path: string;
  /** Number of its class; -1 without labels. */
  readonly label: number;
}

export interface DirectoryIndex {
  readonly files: readonly IndexedFile[];
  /** Undefined without labels. */
  readonly classNames: readonly string[] | undefined;
}

/** Python's order of strings: by code points, where JavaScript compares halves of them. */
export function compareText(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Deeper than any folder of data. */
const MOST_DEPTH = 100;

/** Paths of the files below `start` that end as one of the formats: folder by folder, both sorted. */
async function filesBelow(
  folder: Folder,
  start: string,
  formats: readonly string[],
  followLinks: boolean,
): Promise<string[]> {
  const found = new Map<string, string[]>();
  const visit = async (path: string, above: readonly string[]): Promise<void> => {
    const identity = followLinks ? await folder.identity(path) : path;
    if (above.includes(identity) || above.length > MOST_DEPTH) return;
    const entries = await folder.list(path);
    const within = (name: string) => (path === "" ? name : `${path}/${name}`);
    const wanted = entries.filter(
      ({ name, isFolder }) => !isFolder && formats.some((end) => name.toLowerCase().endsWith(end)),
    );
    found.set(
      path,
      wanted
        .map(({ name }) => name)
        .sort(compareText)
        .map(within),
    );
    for (const { name, isFolder, isLink } of entries)
      if (isFolder && (followLinks || !isLink)) await visit(within(name), [...above, identity]);
  };
  await visit(start, []);
  return [...found].sort(([a], [b]) => compareText(a, b)).flatMap(([, paths]) => paths);
}

async function classesOf(
  who: string,
  folder: Folder,
  wanted: readonly string[] | undefined,
): Promise<readonly string[]> {
  const entries = await folder.list("");
  const names = entries
    .flatMap(({ name, isFolder }) => (isFolder && !name.startsWith(".") ? [name] : []))
    .sort(compareText);
  if (names.length === 0)
    throw new InputOutputError(
      `${who}: ${folder.title} holds no folders, and each class is one. Pass labels: null for files without labels.`,
    );
  for (const name of wanted ?? []) {
    if (names.includes(name)) continue;
    const hint = suggestName(name, names);
    throw new ArgumentError(
      `${who}: classNames has "${name}", and there is no such folder.${hint} There are: ${names.join(", ")}.`,
    );
  }
  return wanted ?? names;
}

/** Lists the files, and shuffles them by the seed. @throws InputOutputError when there are none */
export async function indexDirectory(
  who: string,
  folder: Folder,
  formats: readonly string[],
  options: DirectoryOptions,
  seed: number,
): Promise<DirectoryIndex> {
  const { labelMode = "int", shuffle = true, followLinks = false, classNames: wanted } = options;
  const labels = labelMode === null ? null : (options.labels ?? (options.labels === null ? null : "inferred"));
  const files: IndexedFile[] = [];
  let classNames: readonly string[] | undefined;
  if (labels === "inferred") {
    classNames = await classesOf(who, folder, wanted);
    for (const [label, name] of classNames.entries())
      for (const path of await filesBelow(folder, name, formats, followLinks)) files.push({ path, label });
  } else {
    const paths = await filesBelow(folder, "", formats, followLinks);
    if (labels !== null && labels.length !== paths.length)
      throw new ArgumentError(
        `${who}: labels has ${labels.length} entries, and ${folder.title} holds ${paths.length} files; one label for each, in the order of the sorted paths.`,
      );
    files.push(...paths.map((path, i) => ({ path, label: labels?.[i] ?? -1 })));
    classNames = labels === null ? undefined : [...new Set(labels)].sort((a, b) => a - b).map(String);
  }
  if (files.length === 0)
    throw new InputOutputError(`${who}: ${folder.title} holds no files that end in ${formats.join(", ")}.`);
  if (labelMode === "binary" && classNames !== undefined && classNames.length !== 2)
    throw new ArgumentError(
      `${who}: labelMode "binary" is for two classes; there are ${classNames.length}: ${classNames.join(", ")}.`,
    );
  const most = files.reduce((largest, { label }) => Math.max(largest, label), -1);
  if (classNames !== undefined && labelMode !== "int" && most >= classNames.length)
    throw new ArgumentError(
      `${who}: labels holds ${most}, and there are ${classNames.length} classes; number them from 0 on.`,
    );
  // Keras shuffles paths and labels by two generators of the same seed, which is one shuffle of both.
  if (shuffle) new NumpyRandom(seed).shuffle(files);
  return { files, classNames };
}

/** The files of a part: the last ones validate. Keras takes ⌊fraction · n⌋. @throws ArgumentError when a part is empty */
export function splitFiles(
  who: string,
  files: readonly IndexedFile[],
  fraction: number,
): { readonly training: readonly IndexedFile[]; readonly validation: readonly IndexedFile[] } {
  const at = files.length - Math.floor(fraction * files.length);
  if (at === 0 || at === files.length)
    throw new ArgumentError(
      `${who}: validationSplit ${fraction} of ${files.length} files leaves ${at} to train on and ${files.length - at} to validate on; both need at least one.`,
    );
  return { training: files.slice(0, at), validation: files.slice(at) };
}
