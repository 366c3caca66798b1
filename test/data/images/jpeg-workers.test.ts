/** JPEGs of a folder: the pixels of libjpeg-turbo in WebAssembly, the threads that decode them, and the memory of batches. */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Tensor } from "fovea";
import { type ImageDirectoryOptions, imageDatasetFromDirectory } from "fovea/utils";
import sharp from "sharp";
import { afterEach, describe, expect, test, vi } from "vitest";
import { decodeImage } from "../../../src/data/images/image-codec.ts";
import { compileJpegDecoder, JpegDecoder } from "../../../src/data/images/jpeg-decoder.ts";
import type { ImageOptions, JpegsDone } from "../../../src/data/images/jpeg-worker.ts";
import * as workerFile from "../../../src/data/images/jpeg-worker-file.ts";
import { JpegWorkers } from "../../../src/data/images/jpeg-workers.ts";
import { ImageResizer } from "../../../src/data/images/resize.ts";
import { temporaryFolder } from "../idx-files.ts";

const wave = (channels: 1 | 3 | 4, width: number, height: number, phase: number) =>
  sharp(
    Uint8Array.from({ length: width * height * channels }, (_, i) => 127 + 120 * Math.sin(phase + i / 5 + (i % 7))),
    { raw: { width, height, channels } },
  );
const colored = (width: number, height: number, phase = 0) => wave(3, width, height, phase);
const options: ImageOptions = { size: [20, 24], interpolation: "bilinear", fit: "stretch", channels: 3 };

/** The image by sharp, resized on this thread. */
async function expected(bytes: Uint8Array, { size, channels, ...others }: ImageOptions): Promise<Float32Array> {
  const row = new Float32Array(size[0] * size[1] * channels);
  new ImageResizer({ size, ...others }).resize(
    await decodeImage(bytes, "a file", channels === 1 ? "grayscale" : "rgb"),
    row,
  );
  return row;
}

afterEach(() => void vi.restoreAllMocks());

describe("JpegDecoder", () => {
  const decode = (decoder: JpegDecoder, bytes: Uint8Array) => {
    decoder.roomFor(bytes.length)!.set(bytes);
    return decoder.decode(bytes.length);
  };

  test.each<[string, () => Promise<Uint8Array>]>([
    ["halved chroma", () => colored(61, 37).jpeg({ quality: 90 }).toBuffer()],
    ["full chroma", () => colored(64, 40).jpeg({ chromaSubsampling: "4:4:4" }).toBuffer()],
    ["grey", () => wave(1, 33, 17, 0).toColourspace("b-w").jpeg().toBuffer()],
    ["progressive", () => colored(130, 75).jpeg({ progressive: true, quality: 40 }).toBuffer()],
    ["one pixel", () => colored(1, 1).jpeg().toBuffer()],
  ])("gives sharp's pixels: %s", async (_, make) => {
    const bytes = await make();
    const decoder = new JpegDecoder(compileJpegDecoder());
    const pixels = decode(decoder, bytes)!;
    const known = await decodeImage(bytes, "a file", "rgb");
    expect({ ...pixels, data: Array.from(pixels.data) }).toEqual({ ...known, data: Array.from(known.data) });
  });

  test("refuses what is no whole JPEG of grey or colour", async () => {
    const whole = await colored(61, 37).jpeg().toBuffer();
    const print = await wave(4, 32, 32, 0).toColourspace("cmyk").jpeg().toBuffer();
    const decoder = new JpegDecoder(compileJpegDecoder());
    for (const bytes of [whole.subarray(0, whole.length / 2), print]) expect(decode(decoder, bytes)).toBeUndefined();
    expect(decode(decoder, whole)?.width).toBe(61);
    for (const bytes of [await colored(9, 9).png().toBuffer(), whole.subarray(0, 100), new Uint8Array(1)])
      expect(() => decode(new JpegDecoder(compileJpegDecoder()), bytes)).toThrow("libjpeg-turbo gave the file up.");
  });
});

describe("JpegWorkers", () => {
  async function files(): Promise<{ paths: string[]; bytes: Uint8Array[] }> {
    const folder = await temporaryFolder();
    const bytes: Uint8Array[] = [];
    for (let i = 0; i < 11; i++)
      bytes.push(
        await colored(30 + i, 50 - i, i)
          .jpeg()
          .toBuffer(),
      );
    bytes[3] = await colored(8, 8).png().toBuffer();
    bytes[6] = bytes[6]!.subarray(0, 200);
    const paths = bytes.map((_, i) => join(folder, `${i}.jpg`));
    for (const [i, path] of paths.entries()) await writeFile(path, bytes[i]!);
    return { paths: [...paths, join(folder, "none.jpg")], bytes };
  }

  test.each<Partial<ImageOptions>>([{}, { fit: "pad" }, { fit: "crop", channels: 1 }, { interpolation: "lanczos3" }])(
    "fill rows as this thread does, and say which they cannot fill: %j",
    async (more) => {
      const own = { ...options, ...more };
      const { paths, bytes } = await files();
      const workers = JpegWorkers.create(own, 8)!;
      const length = own.size[0] * own.size[1] * own.channels;
      const batch = workers.batches.allocate(13 * length).fill(7);
      const filled = await workers.fill(batch, [paths[0], undefined, ...paths.slice(1)]);
      expect(filled.flatMap((is, row) => (is ? [] : [row]))).toEqual([1, 4, 7, 12]);
      for (const [row, is] of filled.entries()) {
        const values = batch.slice(row * length, (row + 1) * length);
        if (is) expect(values).toEqual(await expected(bytes[row === 0 ? 0 : row - 1]!, own));
        else expect(values.every((value) => value === 7)).toBe(true);
      }
    },
  );

  test("where no thread starts, fill nothing and say so once", async () => {
    const { paths } = await files();
    vi.spyOn(workerFile, "jpegWorkerFile").mockReturnValue(new URL("file:///no/such/worker.js"));
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    const workers = JpegWorkers.create(options, availableParallelism())!;
    const batch = workers.batches.allocate(12 * 20 * 24 * 3);
    for (let pass = 0; pass < 2; pass++) expect(await workers.fill(batch, paths)).toEqual(paths.map(() => false));
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toContain("decoded on the main thread: a worker thread failed (Cannot find module");
  });

  test("the package has the worker's file beside the others", async () => {
    const { paths, bytes } = await files();
    const worker = new Worker(new URL("../../../dist/node/jpeg-worker.js", import.meta.url), { workerData: options });
    const batch = new Float32Array(new SharedArrayBuffer(20 * 24 * 3 * 4));
    const done = await new Promise<JpegsDone>((resolve, reject) => {
      worker.on("message", resolve).on("error", reject);
      worker.postMessage({ id: 5, batch, firstRow: 0, paths: [paths[0]] });
    });
    await worker.terminate();
    expect(done).toEqual({ id: 5, filled: [true] });
    expect(batch.slice()).toEqual(await expected(bytes[0]!, options));
  });
});

describe("a folder of JPEGs", () => {
  async function folder(): Promise<{ path: string; images: Map<string, Uint8Array> }> {
    const path = await temporaryFolder();
    const images = new Map<string, Uint8Array>();
    for (const [c, name] of ["a", "b"].entries()) {
      await mkdir(join(path, name));
      for (let i = 0; i < 6; i++) {
        const image = colored(40 + i, 30 + i, 6 * c + i);
        const file = `${6 * c + i}${i === 2 ? ".png" : ".jpg"}`;
        images.set(file, await (i === 2 ? image.png() : image.jpeg()).toBuffer());
        await writeFile(join(path, name, file), images.get(file)!);
      }
    }
    return { path, images };
  }
  const asked: ImageDirectoryOptions = { imageSize: [20, 24], batchSize: 5, shuffle: false };

  test("gives every image in its row, whoever decoded it", async () => {
    const { path, images } = await folder();
    const data = await imageDatasetFromDirectory(path, asked);
    let row = 0;
    for await (const [x, y] of data)
      for (let i = 0; i < y.size; i++, row++) {
        const file = data.filePaths[row]!;
        expect(y.data[i]).toBe(row < 6 ? 0 : 1);
        expect(Float32Array.from(x.at(i).data)).toEqual(await expected(images.get(basename(file))!, options));
      }
    expect(row).toBe(12);
  });

  test("names a damaged one, or leaves it out", async () => {
    const { path, images } = await folder();
    await writeFile(join(path, "b", "7.jpg"), images.get("7.jpg")!.subarray(0, 300));
    const all = async (more: ImageDirectoryOptions) => {
      const found: number[] = [];
      for await (const [x] of await imageDatasetFromDirectory(path, { ...asked, ...more })) found.push(x.shape[0]!);
      return found;
    };
    await expect(all({})).rejects.toThrow("b/7.jpg is damaged: its JPEG data cannot be decoded");
    expect(await all({ onCorrupt: "skip" })).toEqual([5, 4, 2]);
  });

  test("batches that come back are used again, black where the next image is padded", async () => {
    const { path, images } = await folder();
    const data = (await imageDatasetFromDirectory(path, { ...asked, padToAspectRatio: true })).take(1).repeat(3);
    const { source } = data;
    const buffers = new Set<unknown>();
    for await (const element of source.open({ epoch: 0, key: [1, 2], shuffle: false })) {
      const [x] = element as [Tensor, Tensor];
      buffers.add(x.data.buffer);
      const [file] = images.values();
      expect(Float32Array.from(x.at(0).data)).toEqual(await expected(file!, { ...options, fit: "pad" }));
      x.data.fill(9);
      source.recycle?.(element);
    }
    expect(buffers.size).toBeLessThan(3);
    // What a function or a cache may have kept is nobody's to take back.
    expect(data.map((element) => element).source.recycle).toBeUndefined();
    expect(data.cache().source.recycle).toBeUndefined();
  });
});
