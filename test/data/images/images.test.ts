/** Images: what Pillow and Keras read of the same files, and what is damaged. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, FormatError, InputOutputError, ShapeError, Tensor, tensor } from "fovea";
import {
  arrayToImg,
  type ImageDirectoryOptions,
  imageDatasetFromDirectory,
  imgToArray,
  loadImg,
  saveImg,
} from "fovea/utils";
import { describe, expect, test } from "vitest";
import { withoutOrientation } from "../../../src/data/images/jpeg-orientation.ts";
import { sharpCodec } from "../../../src/data/images/sharp-codec.ts";
import golden from "../../golden/data-files.json" with { type: "json" };
import { temporaryFolder } from "../idx-files.ts";

const decoded = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const fileOf = (name: string) => decoded(golden.images.find((each) => each.name === name)!.file);
const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};

/** The largest difference of a byte from what PIL gives: JPEG decoders round the colours of a block differently. */
const slack: Readonly<Record<string, number>> = { "photo.jpg": 3, "turned.jpg": 3, "grey.jpg": 1 };

describe("loadImg", () => {
  test.each(golden.images)("reads $name as Keras does, in each colour mode", async ({ name, file, size, ...bytes }) => {
    for (const colorMode of ["grayscale", "rgb", "rgba"] as const) {
      const image = await loadImg(decoded(file), { colorMode });
      expect([image.shape, image.dtype]).toEqual([[...size, { grayscale: 1, rgb: 3, rgba: 4 }[colorMode]], "uint8"]);
      expect(largestGap(image.data, decoded(bytes[colorMode]))).toBeLessThanOrEqual(slack[name] ?? 0);
    }
  });

  test.each(golden.loadImg)(
    "resizes $name to $targetSize as Keras does: $interpolation, keepAspectRatio $keepAspectRatio",
    async ({ name, bytes, ...options }) => {
      const image = await loadImg(fileOf(name), options as object);
      expect(image.shape.slice(0, 2)).toEqual(options.targetSize);
      expect(largestGap(image.data, decoded(bytes))).toBeLessThanOrEqual(slack[name] ?? 0);
    },
  );

  test("one number is both sides of a size; the image's own size changes nothing", async () => {
    expect((await loadImg(fileOf("rgb.png"), { targetSize: 4 })).shape).toEqual([4, 4, 3]);
    expect((await loadImg(fileOf("rgb.png"), { targetSize: [7, 9], interpolation: "lanczos" })).data).toEqual(
      (await loadImg(fileOf("rgb.png"))).data,
    );
  });

  test("damaged files of every format are refused with their name", async () => {
    for (const { name, file } of golden.images) {
      const bytes = decoded(file);
      for (const part of [0.3, 0.7, 0.95]) {
        const loading = loadImg(new File([bytes.subarray(0, bytes.length * part)], name));
        // The last bytes of some formats are only a trailer.
        const error: unknown = await loading.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error === undefined) expect([name, part]).toEqual([name, 0.95]);
        else {
          expect(error).toBeInstanceOf(FormatError);
          expect((error as Error).message).toContain(name);
        }
      }
    }
    await expect(loadImg(new Uint8Array())).rejects.toThrow("is no JPEG, PNG, WebP, GIF or BMP image: it is empty.");
    await expect(loadImg(new TextEncoder().encode("<html>"))).rejects.toThrow("it starts with 3c 68 74 6d 6c 3e.");
  });

  test.each<[object, string]>([
    [{ colorMode: "rbg" }, 'Unknown colorMode "rbg". Did you mean "rgb"?'],
    [{ targetSize: [3] }, "loadImg: targetSize is [3], expected [height, width]"],
    [{ targetSize: 1e9 }, "targetSize is 1000000000"],
    [{ interpolation: "linear" }, 'Unknown interpolation "linear". Did you mean "bilinear"?'],
    [{ keepAspectRatio: 1 }, "keepAspectRatio is 1"],
    [{ target: 1 }, 'unknown option "target"'],
  ])("refuses the options %j", async (options, message) => {
    const loading = loadImg(fileOf("rgb.png"), options);
    await expect(loading).rejects.toThrow(ArgumentError);
    await expect(loading).rejects.toThrow(message);
  });
});

describe("saveImg", () => {
  test("writes what loadImg reads, in every format, under a temporary name first", async () => {
    const folder = await temporaryFolder();
    const image = await loadImg(fileOf("rgba.png"), { colorMode: "rgba" });
    for (const [name, gap] of [
      ["a.png", 0],
      ["a.webp", 60],
      ["a.jpg", 60],
    ] as const) {
      const path = join(folder, name);
      await saveImg(path, image, { scale: false, quality: 95 });
      const mode = name === "a.jpg" ? "rgb" : "rgba";
      const [read, before] = [
        await loadImg(path, { colorMode: mode }),
        await loadImg(fileOf("rgba.png"), { colorMode: mode }),
      ];
      expect(read.shape).toEqual(before.shape);
      // Lossy formats change what is transparent, so only opaque rows are compared.
      expect(largestGap(read.slice(3).data, before.slice(3).data)).toBeLessThanOrEqual(gap);
    }
    await saveImg(join(folder, "grey"), [[0, 1, 3]], { fileFormat: "png" });
    expect(Array.from((await loadImg(join(folder, "grey"), { colorMode: "grayscale" })).data)).toEqual([0, 85, 255]);
    await saveImg(join(folder, "a.gif"), await loadImg(fileOf("still.gif")), { scale: false });
    expect((await loadImg(join(folder, "a.gif"))).shape).toEqual([7, 9, 3]);
    expect((await readdir(folder)).sort()).toEqual(["a.gif", "a.jpg", "a.png", "a.webp", "grey"]);
  });

  test("refuses what is no image, no format or no place", async () => {
    const folder = await temporaryFolder();
    await expect(saveImg(join(folder, "a.png"), [1, 2])).rejects.toThrow(ShapeError);
    await expect(saveImg(join(folder, "a.tiff"), [[1]])).rejects.toThrow('Unknown image format "tiff"');
    await expect(saveImg(join(folder, "a"), [[1]])).rejects.toThrow("Unknown image format undefined");
    await expect(saveImg(folder, [[1]])).rejects.toThrow("is a folder");
    await expect(saveImg(join(folder, "a.jpg"), [[1]], { quality: 0 })).rejects.toThrow("quality is 0");
    await expect(saveImg(join(folder, "none", "a.png"), [[1]])).rejects.toThrow(InputOutputError);
    await expect(saveImg(join(folder, "a.png"), [[-3]], { scale: false })).rejects.toThrow("does not fit uint8");
    expect(await readdir(folder)).toEqual([]);
  });
});

test("says what to install where sharp is missing", async () => {
  const missing = sharpCodec("a-package-that-is-not-there");
  await expect(missing).rejects.toThrow(InputOutputError);
  await expect(missing).rejects.toThrow("Install it beside fovea: npm install sharp");
});

test("imgToArray and arrayToImg are Keras's", () => {
  expect(imgToArray(tensor(new Uint8Array([1, 2]), [1, 2])).dtype).toBe("float32");
  expect(imgToArray([[[1, 2, 3, 4]]]).shape).toEqual([1, 1, 4]);
  expect(Array.from(arrayToImg([[-1, 0, 1]]).data)).toEqual([0, 127, 255]);
  expect(Array.from(arrayToImg([[7, 7]]).data)).toEqual([0, 0]);
  expect(Array.from(arrayToImg([[0, 254.9]], { scale: false }).data)).toEqual([0, 254]);
  expect(() => arrayToImg([[[1, 2]]])).toThrow("arrayToImg: got shape (1, 1, 2)");
  expect(() => imgToArray([])).toThrow(ShapeError);
  expect(() => arrayToImg([[Number.NaN, 1]])).toThrow(ArgumentError);
  expect(() => arrayToImg([[1]], { scale: 1 } as never)).toThrow("scale is 1");
});

test("the EXIF block of a JPEG is hidden from browsers, and nothing else", () => {
  const [turned, photo] = [fileOf("turned.jpg"), fileOf("photo.jpg")];
  const hidden = withoutOrientation(turned);
  const changed = Array.from(hidden.keys()).filter((i) => hidden[i] !== turned[i]);
  expect(changed.map((i) => [turned[i - 1], turned[i], hidden[i]])).toEqual([[0xff, 0xe1, 0xef]]);
  expect(withoutOrientation(photo)).toBe(photo);
  expect(withoutOrientation(fileOf("rgb.png"))).toEqual(fileOf("rgb.png"));
  for (let length = 0; length < 40; length++) withoutOrientation(turned.subarray(0, length));
});

describe("imageDatasetFromDirectory", () => {
  test.each(golden.directories)(
    "resizes $name to $imageSize as Keras does: $interpolation, $fit",
    async ({ name, floats, fit, ...options }) => {
      const folder = await temporaryFolder();
      await writeFile(join(folder, name), fileOf(name));
      const data = await imageDatasetFromDirectory(folder, {
        ...(options as object),
        labels: null,
        cropToAspectRatio: fit === "crop",
        padToAspectRatio: fit === "pad",
      });
      const expected = new Float32Array(decoded(floats).buffer);
      for await (const images of data) {
        expect([images.dtype, images.shape.slice(1, 3)]).toEqual(["float32", options.imageSize]);
        // TensorFlow reads the cubic from a table of 1024 places.
        expect(largestGap(images.data, expected)).toBeLessThan(options.interpolation === "bicubic" ? 0.2 : 1e-3);
      }
    },
  );

  async function classes(): Promise<string> {
    const path = await temporaryFolder();
    for (const [i, name] of ["cat", "dog"].entries()) {
      await mkdir(join(path, name));
      for (let n = 0; n < 5; n++)
        await saveImg(join(path, name, `${n}.png`), new Tensor(new Uint8Array(12).fill(100 * i + n), [2, 2, 3]), {
          scale: false,
        });
    }
    return path;
  }
  const all = async <T>(data: AsyncIterable<T>) => {
    const found: T[] = [];
    for await (const each of data) found.push(each);
    return found;
  };

  test("gives labels in every form, beside their images", async () => {
    const path = await classes();
    const options: ImageDirectoryOptions = { imageSize: 2, batchSize: 4, seed: 5 };
    const data = await imageDatasetFromDirectory(path, options);
    expect([data.classNames, data.length, data.filePaths.length]).toEqual([["cat", "dog"], 3, 10]);
    const orders: string[] = [];
    for (let pass = 0; pass < 2; pass++) {
      const seen: number[] = [];
      for await (const [x, y] of data) {
        expect([x.dtype, x.shape.slice(1), y.dtype]).toEqual(["float32", [2, 2, 3], "int32"]);
        for (let row = 0; row < y.size; row++) {
          const value = x.at(row).data[0]!;
          expect(y.data[row]).toBe(Math.floor(value / 100));
          seen.push(value);
        }
      }
      orders.push(seen.join());
      expect(seen.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 100, 101, 102, 103, 104]);
    }
    expect(orders[0]).not.toBe(orders[1]);
    const one = async (more: ImageDirectoryOptions) =>
      (await all(await imageDatasetFromDirectory(path, { ...options, ...more })))[0] as [Tensor, Tensor];
    expect((await one({ labelMode: "binary", shuffle: false, batchSize: 6 }))[1].toArray()).toEqual([
      [0],
      [0],
      [0],
      [0],
      [0],
      [1],
    ]);
    expect((await one({ labelMode: "categorical", shuffle: false, batchSize: 6 }))[1].slice(4).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect((await one({ labels: [2, 1, 0, 0, 0, 0, 0, 0, 0, 2], shuffle: false }))[1].toArray()).toEqual([2, 1, 0, 0]);
    const single = await one({ batchSize: null, shuffle: false });
    expect([single[0].shape, single[1].shape, single[1].item()]).toEqual([[2, 2, 3], [], 0]);
    const none = await all(await imageDatasetFromDirectory(path, { ...options, labelMode: null }));
    expect(none.map((x) => (x as Tensor).shape[0])).toEqual([4, 4, 2]);
  });

  test("both parts of a split are those of the single ones", async () => {
    const path = await classes();
    const options = { imageSize: 2, validationSplit: 0.3, seed: 9 } as const;
    const [training, validation] = await imageDatasetFromDirectory(path, { ...options, subset: "both" });
    expect([training.filePaths.length, validation.filePaths.length]).toEqual([7, 3]);
    expect((await imageDatasetFromDirectory(path, { ...options, subset: "training" })).filePaths).toEqual(
      training.filePaths,
    );
    expect((await imageDatasetFromDirectory(path, { ...options, subset: "validation" })).filePaths).toEqual(
      validation.filePaths,
    );
    expect(new Set([...training.filePaths, ...validation.filePaths]).size).toBe(10);
  });

  test("names a damaged file, or leaves it out on request", async () => {
    const path = await classes();
    const bad = join(path, "dog", "1.png");
    await writeFile(bad, (await readFile(bad)).subarray(0, 40));
    const options: ImageDirectoryOptions = { imageSize: 2, batchSize: 3, shuffle: false };
    await expect(all(await imageDatasetFromDirectory(path, options))).rejects.toThrow(
      "dog/1.png is damaged: its PNG data",
    );
    const told: string[] = [];
    const onCorrupt = (file: string, error: Error) => told.push(`${file} ${error.name}`);
    for (const batchSize of [3, null]) {
      const data = await imageDatasetFromDirectory(path, { ...options, batchSize, onCorrupt });
      const values = (await all(data)).flatMap(([x]) =>
        Array.from(x.reshape([-1, 12]).data).filter((_, i) => i % 12 === 0),
      );
      expect([data.length, values]).toEqual([undefined, [0, 1, 2, 3, 4, 100, 102, 103, 104]]);
    }
    expect(told).toEqual([`${bad} FormatError`, `${bad} FormatError`]);
    expect(
      await all(await imageDatasetFromDirectory(path, { ...options, batchSize: 1, onCorrupt: "skip" })),
    ).toHaveLength(9);
  });

  test.each<[object, string]>([
    [{ labelMode: "one-hot" }, 'Unknown labelMode "one-hot"'],
    [{ labels: ["a"] }, "labels is"],
    [{ labels: [0, 1] }, "labels has 2 entries, and"],
    [{ labels: null, classNames: ["cat"] }, "classNames are names of folders"],
    [{ classNames: ["cats"] }, 'classNames has "cats", and there is no such folder. Did you mean "cat"?'],
    [{ labels: [0, 0, 0, 0, 0, 0, 0, 0, 0, 7], labelMode: "categorical" }, "labels holds 7, and there are 2 classes"],
    [{ classNames: ["cat"], labelMode: "binary" }, 'labelMode "binary" is for two classes; there are 1: cat.'],
    [{ batchSize: 0 }, "batchSize is 0"],
    [{ seed: -1 }, "seed is -1"],
    [{ validationSplit: 1, subset: "both" }, "validationSplit is 1"],
    [{ validationSplit: 0.2 }, "validationSplit and subset go together; subset is missing"],
    [{ validationSplit: 0.2, subset: "both" }, "a shuffled split needs a seed"],
    [{ validationSplit: 0.01, subset: "both", seed: 1 }, "leaves 10 to train on and 0 to validate on"],
    [{ cropToAspectRatio: true, padToAspectRatio: true }, "only one of"],
    [{ colorMode: "bgr" }, 'Unknown colorMode "bgr"'],
    [{ interpolation: "linear" }, 'Unknown interpolation "linear"'],
    [{ imageSize: [0, 3] }, "imageSize is [0,3]"],
    [{ onCorrupt: "ignore" }, 'Unknown onCorrupt "ignore"'],
    [{ image_size: 3 }, 'unknown option "image_size". Did you mean "imageSize"?'],
  ])("refuses the options %j", async (options, message) => {
    const loading = imageDatasetFromDirectory(await classes(), options);
    await expect(loading).rejects.toThrow(ArgumentError);
    await expect(loading).rejects.toThrow(message);
  });

  test("says what is missing in a folder", async () => {
    const path = await temporaryFolder();
    await expect(imageDatasetFromDirectory(join(path, "none"))).rejects.toThrow("it does not exist");
    await expect(imageDatasetFromDirectory(path)).rejects.toThrow("holds no folders, and each class is one");
    await expect(imageDatasetFromDirectory(path, { labels: null })).rejects.toThrow(
      "holds no files that end in .bmp, .gif",
    );
    await expect(imageDatasetFromDirectory(7 as never)).rejects.toThrow("directory is 7");
  });
});
