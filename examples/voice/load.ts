/** The user's own recordings: a folder of Speech Commands (Warden 2018, arXiv 1804.03209). */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, Tensor } from "fovea";
import { loadWav } from "fovea/utils";
import { Random } from "../shared/random.ts";
import { clipOf, SAMPLES, type WordData, type WordSplit } from "./words.ts";

interface Recording {
  readonly file: string;
  readonly label: number;
  readonly isTest: boolean;
}

/**
 * Tests are those of testing_list.txt; without it, a fifth of the speakers (what stands before "_nohash_" in the file's name), by the seed.
 *
 * @throws FormatError when there are fewer than two words with WAV files
 */
export async function loadWords(folder: string, { seed }: { readonly seed: number }): Promise<WordData> {
  const entries = await readdir(folder, { withFileTypes: true });
  // "_background_noise_" is no word.
  const classNames = entries
    .filter((entry) => entry.isDirectory() && !/^[_.]/.test(entry.name))
    .map(({ name }) => name)
    .sort();
  if (classNames.length < 2)
    throw new FormatError(`"${folder}" has ${classNames.length} folders of words, expected two or more.`);
  const listed = await readFile(join(folder, "testing_list.txt"), "utf8").catch(() => undefined);
  const tests = listed === undefined ? undefined : new Set(listed.split(/\r?\n/));
  const files: { name: string; label: number }[] = [];
  for (const [label, word] of classNames.entries())
    for (const name of (await readdir(join(folder, word))).filter((each) => each.endsWith(".wav")).sort())
      files.push({ name: `${word}/${name}`, label });
  const speakerOf = (name: string) => name.split("/")[1]!.split("_nohash_")[0]!;
  const speakers = new Random(seed, 3).shuffle([...new Set(files.map(({ name }) => speakerOf(name)))].sort());
  const unheard = new Set(speakers.slice(0, Math.max(1, Math.round(speakers.length / 5))));
  const recordings = files.map(({ name, label }): Recording => {
    const isTest = tests === undefined ? unheard.has(speakerOf(name)) : tests.has(name);
    return { file: join(folder, name), label, isTest };
  });
  const [train, test] = [false, true].map((part) => recordings.filter(({ isTest }) => isTest === part));
  if (train!.length === 0 || test!.length === 0)
    throw new FormatError(
      `"${folder}" has ${train!.length} recordings to train on and ${test!.length} to test on, expected some of both.`,
    );
  return {
    train: await readSplit(train!),
    test: await readSplit(test!),
    classNames,
    source: `Speech Commands in "${folder}"`,
  };
}

async function readSplit(recordings: readonly Recording[]): Promise<WordSplit> {
  const sounds = new Float32Array(recordings.length * SAMPLES);
  for (const [row, { file }] of recordings.entries()) sounds.set(clipOf(await loadWav(file)), row * SAMPLES);
  const labels = Int32Array.from(recordings, ({ label }) => label);
  return { sounds: new Tensor(sounds, [recordings.length, SAMPLES]), labels: new Tensor(labels, [recordings.length]) };
}
