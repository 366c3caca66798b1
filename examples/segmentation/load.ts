/** The user's own pictures and masks: a folder of the Oxford-IIIT Pet data set. Pictures are stretched to 64x64. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, Tensor } from "fovea";
import { loadImg } from "fovea/utils";
import { Random } from "../shared/random.ts";
import { type MaskData, type MaskSplit, SIZE } from "./masks.ts";

/** What the numbers of a trimap stand for, in the order of fovea's classes: 2 is the ground, 1 the pet, 3 its outline. */
const trimap = [2, 1, 3];

/**
 * Reads images/NAME.jpg and annotations/trimaps/NAME.png. A tenth of the pictures, by the seed, is for tests.
 *
 * @throws FormatError when a folder is missing, or a mask holds other numbers than 1, 2 and 3
 */
export async function loadMaskData(folder: string, { seed }: { readonly seed: number }): Promise<MaskData> {
  const masks = join(folder, "annotations", "trimaps");
  const list = await readdir(masks).catch(() => {
    throw new FormatError(
      `"${folder}" has no folder annotations/trimaps, as that of the Oxford-IIIT Pet data set has.`,
    );
  });
  // Archives made on a Mac hold "._NAME.png", too.
  const names = list
    .filter((name) => /^[^.].*\.png$/.test(name))
    .map((name) => name.slice(0, -4))
    .sort();
  if (names.length < 2) throw new FormatError(`"${masks}" has ${names.length} masks (.png), expected 2 or more.`);
  const order = new Random(seed, 3).shuffle(names);
  const tests = Math.max(1, Math.round(names.length / 10));
  return {
    train: await readSplit(folder, order.slice(tests)),
    test: await readSplit(folder, order.slice(0, tests)),
    classNames: ["ground", "pet", "outline"],
    source: `Oxford-IIIT Pets in "${folder}"`,
  };
}

async function readSplit(folder: string, names: readonly string[]): Promise<MaskSplit> {
  const pixels = new Float32Array(names.length * SIZE * SIZE * 3);
  const labels = new Int32Array(names.length * SIZE * SIZE);
  for (const [row, name] of names.entries()) {
    const image = await loadImg(join(folder, "images", `${name}.jpg`), { targetSize: SIZE, interpolation: "bilinear" });
    image.data.forEach((value, i) => {
      pixels[row * image.data.length + i] = value / 255;
    });
    const file = join(folder, "annotations", "trimaps", `${name}.png`);
    const mask = await loadImg(file, { targetSize: SIZE, colorMode: "grayscale", interpolation: "nearest" });
    mask.data.forEach((value, i) => {
      const label = trimap.indexOf(value);
      if (label < 0) throw new FormatError(`"${file}" holds the number ${value}; a trimap holds 1, 2 and 3.`);
      labels[row * mask.data.length + i] = label;
    });
  }
  return {
    images: new Tensor(pixels, [names.length, SIZE, SIZE, 3]),
    masks: new Tensor(labels, [names.length, SIZE, SIZE]),
  };
}
