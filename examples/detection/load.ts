/** The user's own pictures and boxes: a folder of Pascal VOC or of COCO. Pictures are stretched to 96x96. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { FormatError } from "fovea";
import type { Box, TrueBox } from "fovea/insight";
import { loadImg } from "fovea/utils";
import { Random } from "../shared/random.ts";
import { type BoxData, boxSplit, SIZE } from "./boxes.ts";

interface Labelled {
  readonly file: string;
  /** Rows and columns of the file's picture. */
  readonly size: readonly [height: number, width: number];
  readonly objects: readonly { readonly name: string; readonly box: Box; readonly crowd: boolean }[];
}

/**
 * A tenth of the pictures, by the seed, is for tests.
 *
 * @throws FormatError when the folder is neither of both
 */
export async function loadBoxData(folder: string, { seed }: { readonly seed: number }): Promise<BoxData> {
  const isFolder = async (name: string) => (await stat(join(folder, name)).catch(() => undefined))?.isDirectory();
  const isVoc = await isFolder("Annotations");
  if (!isVoc && !(await isFolder("annotations")))
    throw new FormatError(
      `"${folder}" has neither a folder "Annotations" with XML files (Pascal VOC) nor "annotations" with a JSON file (COCO).`,
    );
  const found = await (isVoc ? readVoc(folder) : readCoco(folder));
  if (found.length < 2)
    throw new FormatError(`"${folder}" has ${found.length} pictures with annotations, expected 2 or more.`);
  const classNames = [...new Set(found.flatMap(({ objects }) => objects.map(({ name }) => name)))].sort();
  const order = new Random(seed, 3).shuffle(found);
  const tests = Math.max(1, Math.round(found.length / 10));
  const split = async (list: readonly Labelled[]) => {
    const pixels = new Float32Array(list.length * SIZE * SIZE * 3);
    for (const [row, { file }] of list.entries()) {
      const { data } = await loadImg(file, { targetSize: SIZE, interpolation: "bilinear" });
      data.forEach((value, i) => {
        pixels[row * data.length + i] = value / 255;
      });
    }
    return boxSplit(
      pixels,
      list.map((each) => boxesOf(each, classNames)),
      classNames.length,
    );
  };
  return {
    train: await split(order.slice(tests)),
    test: await split(order.slice(0, tests)),
    classNames,
    source: `${isVoc ? "Pascal VOC" : "COCO"} in "${folder}"`,
  };
}

/** Boxes in the pixels of the stretched picture. */
function boxesOf({ size: [height, width], objects }: Labelled, classNames: readonly string[]): TrueBox[] {
  const [x, y] = [SIZE / width, SIZE / height];
  return objects.map(({ name, box: [left, top, right, bottom], crowd }) => ({
    box: [left * x, top * y, right * x, bottom * y],
    label: classNames.indexOf(name),
    crowd,
  }));
}

/** Annotations/*.xml, one for each picture in JPEGImages. VOC counts pixels from 1, and both sides belong to the box. */
async function readVoc(folder: string): Promise<Labelled[]> {
  const parser = new XMLParser({ isArray: (name) => name === "object" });
  const names = (await readdir(join(folder, "Annotations"))).filter((name) => name.endsWith(".xml")).sort();
  return Promise.all(
    names.map(async (name) => {
      const { annotation } = parser.parse(await readFile(join(folder, "Annotations", name), "utf8"));
      if (annotation?.filename === undefined || annotation.size === undefined)
        throw new FormatError(`"${join(folder, "Annotations", name)}" has no <annotation> with <filename> and <size>.`);
      return {
        file: join(folder, "JPEGImages", basename(String(annotation.filename))),
        size: [Number(annotation.size.height), Number(annotation.size.width)] as const,
        objects: ((annotation.object ?? []) as VocObject[]).map(
          ({ name, bndbox: { xmin, ymin, xmax, ymax }, difficult }) => ({
            name: String(name),
            box: [Number(xmin) - 1, Number(ymin) - 1, Number(xmax), Number(ymax)] as const,
            // As in VOC's own measure, what is hard to see counts neither as right nor as wrong.
            crowd: Number(difficult) === 1,
          }),
        ),
      };
    }),
  );
}

interface VocObject {
  readonly name: unknown;
  readonly bndbox: Readonly<Record<"xmin" | "ymin" | "xmax" | "ymax", unknown>>;
  readonly difficult?: unknown;
}

interface CocoFile {
  readonly images: readonly { id: number; file_name: string; width: number; height: number }[];
  readonly annotations: readonly { image_id: number; category_id: number; bbox: number[]; iscrowd?: number }[];
  readonly categories: readonly { id: number; name: string }[];
}

/** annotations/instances_*.json; pictures beside it, in a folder named as the file (train2017) or in "images". */
async function readCoco(folder: string): Promise<Labelled[]> {
  const file = (await readdir(join(folder, "annotations"))).filter((name) => name.endsWith(".json")).sort()[0];
  if (file === undefined) throw new FormatError(`"${join(folder, "annotations")}" has no JSON file.`);
  const { images, annotations, categories } = JSON.parse(
    await readFile(join(folder, "annotations", file), "utf8"),
  ) as CocoFile;
  if (![images, annotations, categories].every(Array.isArray))
    throw new FormatError(
      `"${file}" has no lists "images", "annotations" and "categories", as COCO's files of instances have.`,
    );
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const split = basename(file, ".json").replace(/^instances_/, "");
  const places = [split, "images", join("images", split), "."];
  const isThere = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  return Promise.all(
    images.map(async ({ id, file_name, width, height }) => {
      const paths = places.map((place) => join(folder, place, file_name));
      const found = await Promise.all(paths.map(isThere));
      const path = paths[found.indexOf(true)];
      if (path === undefined)
        throw new FormatError(`"${file_name}" of "${file}" is in none of ${places.join(", ")} of "${folder}".`);
      const objects = annotations
        .filter((each) => each.image_id === id)
        .map(({ category_id, bbox: [x, y, w, h], iscrowd }) => ({
          name: names.get(category_id) ?? String(category_id),
          box: [x!, y!, x! + w!, y! + h!] as const,
          crowd: iscrowd === 1,
        }));
      return { file: path, size: [height, width] as const, objects };
    }),
  );
}
