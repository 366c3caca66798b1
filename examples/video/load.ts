/** The user's own clips: a folder for each class, in it a folder for each clip, in it pictures in order. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, Tensor } from "fovea";
import { loadImg } from "fovea/utils";
import { Random } from "../shared/random.ts";
import { type ClipData, type ClipSplit, FRAMES, SIZE } from "./clips.ts";

interface Clip {
  readonly folder: string;
  readonly label: number;
}

const isPicture = (name: string) => /\.(png|jpe?g|bmp|webp|gif)$/i.test(name);

const foldersIn = async (path: string) =>
  (await readdir(path, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/**
 * Eight frames of each clip, at equal distances. A fifth of the clips, by the seed, is for tests.
 *
 * @throws FormatError when there are fewer than two classes or a clip has no pictures
 */
export async function loadClips(folder: string, { seed }: { readonly seed: number }): Promise<ClipData> {
  const classNames = await foldersIn(folder);
  if (classNames.length < 2)
    throw new FormatError(`"${folder}" has ${classNames.length} folders, expected one for each class.`);
  const clips: Clip[] = [];
  for (const [label, name] of classNames.entries())
    for (const clip of await foldersIn(join(folder, name))) clips.push({ folder: join(folder, name, clip), label });
  if (clips.length < 2)
    throw new FormatError(`"${folder}" has ${clips.length} clips, expected a folder for each in those of the classes.`);
  const order = new Random(seed, 3).shuffle(clips);
  const tests = Math.max(1, Math.round(clips.length / 5));
  return {
    train: await readSplit(order.slice(tests)),
    test: await readSplit(order.slice(0, tests)),
    classNames,
    source: `clips in "${folder}"`,
  };
}

async function readSplit(clips: readonly Clip[]): Promise<ClipSplit> {
  const data = new Float32Array(clips.length * FRAMES * SIZE * SIZE);
  for (const [row, { folder }] of clips.entries()) {
    const names = (await readdir(folder)).filter(isPicture).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    if (names.length === 0) throw new FormatError(`"${folder}" has no pictures, expected the frames of a clip.`);
    for (let frame = 0; frame < FRAMES; frame++) {
      const name = names[Math.round((frame * (names.length - 1)) / (FRAMES - 1))]!;
      const picture = await loadImg(join(folder, name), {
        colorMode: "grayscale",
        targetSize: SIZE,
        interpolation: "bilinear",
      });
      picture.data.forEach((value, i) => {
        data[(row * FRAMES + frame) * SIZE * SIZE + i] = value / 255;
      });
    }
  }
  const labels = Int32Array.from(clips, ({ label }) => label);
  return { clips: new Tensor(data, [clips.length, FRAMES, SIZE, SIZE, 1]), labels: new Tensor(labels, [clips.length]) };
}
