/** The user's own pictures: a folder for each kind. Pictures are stretched to 32x32. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, Tensor } from "fovea";
import { loadImg } from "fovea/utils";
import { Random } from "../shared/random.ts";
import { GROUP, type SearchData, SIZE } from "./gallery.ts";

/** Groups that are made of the pictures to train on. */
const GROUPS = 500;

interface Kind {
  readonly name: string;
  readonly pictures: readonly Float32Array[];
}

/**
 * A fifth of the kinds, by the seed, is to search in.
 *
 * @throws FormatError when there are fewer than four kinds of two pictures or more
 */
export async function loadSearchData(folder: string, { seed }: { readonly seed: number }): Promise<SearchData> {
  const random = new Random(seed, 3);
  const kinds = await readKinds(folder);
  if (kinds.length < 4)
    throw new FormatError(`"${folder}" has ${kinds.length} folders with two pictures or more, expected four or more.`);
  const order = random.shuffle(kinds);
  const tests = Math.max(1, Math.round(kinds.length / 5));
  const [searched, trained] = [order.slice(0, tests), order.slice(tests)];
  const size = SIZE * SIZE * 3;
  const groups = new Float32Array(GROUPS * 2 * GROUP * size);
  for (let row = 0; row < GROUPS; row++) {
    // With fewer than eight kinds some stand in a group twice.
    const own = Array.from({ length: GROUP }, (_, i) => i)
      .flatMap(() => random.shuffle(trained))
      .slice(0, GROUP);
    own.forEach(({ pictures }, i) => {
      const [one, other] = random.shuffle(pictures);
      groups.set(one!, (row * 2 * GROUP + i) * size);
      groups.set(other!, (row * 2 * GROUP + GROUP + i) * size);
    });
  }
  const rows = searched.flatMap(({ name, pictures }, label) => pictures.map((picture) => ({ name, label, picture })));
  const pictures = new Float32Array(rows.length * size);
  rows.forEach(({ picture }, row) => {
    pictures.set(picture, row * size);
  });
  return {
    groups: new Tensor(groups, [GROUPS, 2 * GROUP, SIZE, SIZE, 3]),
    gallery: {
      pictures: new Tensor(pictures, [rows.length, SIZE, SIZE, 3]),
      labels: new Tensor(
        Int32Array.from(rows, ({ label }) => label),
        [rows.length],
      ),
      names: rows.map(({ name }) => name),
    },
    source: `pictures in "${folder}"`,
  };
}

async function readKinds(folder: string): Promise<Kind[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const kinds = await Promise.all(
    names.map(async (name) => {
      const files = (await readdir(join(folder, name)))
        .filter((file) => /\.(png|jpe?g|bmp|webp|gif)$/i.test(file))
        .sort();
      const pictures = await Promise.all(
        files.map(async (file) => {
          const { data } = await loadImg(join(folder, name, file), { targetSize: SIZE, interpolation: "bilinear" });
          return Float32Array.from(data, (value) => value / 255);
        }),
      );
      return { name, pictures };
    }),
  );
  return kinds.filter(({ pictures }) => pictures.length >= 2);
}
