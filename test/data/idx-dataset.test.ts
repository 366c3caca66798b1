import { mkdir, readdir, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { ArgumentError, FormatError, InputOutputError } from "../../src/base/errors.ts";
import { cacheFolderOf, type DataHost, Disk, thisHost } from "../../src/data/data-host.ts";
import { type LoadOptions, loadIdxDataset } from "../../src/data/idx-dataset.ts";
import { fileOf, idxFile, temporaryFolder, tinyDataset } from "./idx-files.ts";

const { spec, files } = tinyDataset(["http://127.0.0.1:1/"]);
const browser: DataHost = { disk: undefined, dataFolder: undefined, cacheFolder: undefined };

/** This machine's disk, and the folders of a test. */
async function hostWith(folders: Partial<DataHost> = {}): Promise<DataHost> {
  return { ...thisHost(), dataFolder: undefined, cacheFolder: undefined, ...folders };
}

async function put(folder: string, { gz = false, only = [...files.keys()] } = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of only) {
    const bytes = files.get(name)!;
    await writeFile(join(folder, gz ? `${name}.gz` : name), gz ? gzipSync(bytes) : bytes);
  }
}

describe("what is loaded", () => {
  test.each([false, true])("images and labels, gz: %s", async (gz) => {
    const dir = await temporaryFolder();
    await put(dir, { gz });
    const set = await loadIdxDataset(spec, { dir }, await hostWith());
    expect(set).toMatchObject({ name: "tiny", source: dir, classNames: ["a", "b", "c"] });
    expect(set.train.images).toMatchObject({ shape: [5, 3, 2, 1], dtype: "float32" });
    expect(set.train.images.data).toEqual(Float32Array.from({ length: 30 }, (_, i) => ((i * 37) % 256) / 255));
    expect(set.train.labels).toMatchObject({ shape: [5], dtype: "int32", data: new Int32Array([0, 1, 2, 0, 1]) });
    expect(set.test.images.shape).toEqual([2, 3, 2, 1]);
    expect(set.test.labels.data).toEqual(new Int32Array([0, 1]));
  });

  test("bytes on request, as a plain Uint8Array", async () => {
    const dir = await temporaryFolder();
    await put(dir);
    const set = await loadIdxDataset(spec, { dir, dtype: "uint8" }, await hostWith());
    expect(set.train.images).toMatchObject({ shape: [5, 3, 2, 1], dtype: "uint8" });
    expect(set.train.images.data.constructor).toBe(Uint8Array);
    expect(Array.from(set.train.images.data)).toEqual(Array.from({ length: 30 }, (_, i) => (i * 37) % 256));
  });
});

describe("where it is looked for", () => {
  test("dir, then $FOVEA_DATA/name, then the cache folder", async () => {
    const [dir, dataFolder, cacheFolder] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
    const host = await hostWith({ dataFolder, cacheFolder });
    const sourceOf = async (options: LoadOptions) => (await loadIdxDataset(spec, options, host)).source;
    await put(join(cacheFolder, "tiny"));
    expect(await sourceOf({ offline: true })).toBe(join(cacheFolder, "tiny"));
    await put(join(dataFolder, "tiny"), { gz: true });
    expect(await sourceOf({ offline: true })).toBe(join(dataFolder, "tiny"));
    await put(dir);
    expect(await sourceOf({ dir })).toBe(dir);
  });

  test("a dir that lacks a file is an error, even when the cache has everything", async () => {
    const [dir, cacheFolder] = [await temporaryFolder(), await temporaryFolder()];
    await put(join(cacheFolder, "tiny"));
    await put(dir, { only: ["train-labels", "test-images"] });
    const host = await hostWith({ cacheFolder });
    const loading = loadIdxDataset(spec, { dir }, host);
    await expect(loading).rejects.toThrow(InputOutputError);
    await expect(loading).rejects.toThrow(
      `dir ${dir} lacks train-images, test-labels (plain or with .gz). Put the files there, or leave dir out to have them downloaded.`,
    );
    await expect(loadIdxDataset(spec, { dir: join(dir, "none") }, host)).rejects.toThrow(
      `There is no folder ${join(dir, "none")} (dir).`,
    );
  });

  test("half a $FOVEA_DATA folder is an error", async () => {
    const [dataFolder, cacheFolder] = [await temporaryFolder(), await temporaryFolder()];
    await put(join(cacheFolder, "tiny"));
    await put(join(dataFolder, "tiny"), { only: ["test-labels"] });
    await expect(loadIdxDataset(spec, {}, await hostWith({ dataFolder, cacheFolder }))).rejects.toThrow(
      `${join(dataFolder, "tiny")} ($FOVEA_DATA) is incomplete, it lacks train-labels, train-images, test-images`,
    );
  });

  test("offline with nothing there says where to put the files", async () => {
    const cacheFolder = await temporaryFolder();
    await expect(loadIdxDataset(spec, { offline: true }, await hostWith({ cacheFolder }))).rejects.toThrow(
      `tiny is not complete on this machine (offline: true, so nothing is downloaded): ${join(cacheFolder, "tiny")} lacks train-labels, train-images, test-labels, test-images`,
    );
    await expect(loadIdxDataset(spec, { offline: true }, browser)).rejects.toThrow(
      "a browser, which has no cache folder",
    );
  });

  test("the environment names the data folder", async () => {
    const dataFolder = await temporaryFolder();
    vi.stubEnv("FOVEA_DATA", dataFolder);
    await put(join(dataFolder, "tiny"));
    expect((await loadIdxDataset(spec, { offline: true })).source).toBe(join(dataFolder, "tiny"));
    vi.unstubAllEnvs();
  });

  test("the cache folder follows each system's custom", () => {
    const { posix, win32 } = path;
    expect(cacheFolderOf("linux", {}, "/home/ada", posix)).toBe("/home/ada/.cache/fovea");
    expect(cacheFolderOf("linux", { XDG_CACHE_HOME: "/big" }, "/home/ada", posix)).toBe("/big/fovea");
    expect(cacheFolderOf("linux", { XDG_CACHE_HOME: "relative" }, "/home/ada", posix)).toBe("/home/ada/.cache/fovea");
    expect(cacheFolderOf("darwin", {}, "/Users/ada", posix)).toBe("/Users/ada/Library/Caches/fovea");
    expect(cacheFolderOf("win32", { LOCALAPPDATA: "C:\\L" }, "C:\\ada", win32)).toBe("C:\\L\\fovea");
    expect(cacheFolderOf("win32", {}, "C:\\ada", win32)).toBe("C:\\ada\\AppData\\Local\\fovea");
  });
});

describe("what is refused", () => {
  test("a wrong checksum, plain or packed, names the file, both hashes and the remedy", async () => {
    for (const gz of [false, true]) {
      const dir = await temporaryFolder();
      await put(dir, { gz });
      const other = files.get("train-images")!.slice();
      other[other.length - 1]! ^= 1;
      const file = join(dir, gz ? "train-images.gz" : "train-images");
      await writeFile(file, gz ? gzipSync(other) : other);
      const loading = loadIdxDataset(spec, { dir }, await hostWith());
      await expect(loading).rejects.toThrow(FormatError);
      await expect(loading).rejects.toThrow(
        `${file} has the wrong checksum: unpacked (46 bytes) its SHA-256 is ${fileOf("", other).sha256}, expected ${spec.train.images.sha256} (46 bytes). Put the right file in its place, or pass another dir.`,
      );
    }
  });

  test("a wrong checksum in the cache, offline, says how to have the file fetched anew", async () => {
    const cacheFolder = await temporaryFolder();
    await put(join(cacheFolder, "tiny"));
    await writeFile(join(cacheFolder, "tiny", "test-labels"), "");
    await expect(loadIdxDataset(spec, { offline: true }, await hostWith({ cacheFolder }))).rejects.toThrow(
      /test-labels has the wrong checksum: unpacked \(0 bytes\).* Load again without offline: true to have it fetched anew, or pass another dir\.$/,
    );
  });

  test("a file that is far too long is not even read", async () => {
    const dir = await temporaryFolder();
    await put(dir);
    await writeFile(join(dir, "train-labels"), new Uint8Array(100_000));
    await expect(loadIdxDataset(spec, { dir }, await hostWith())).rejects.toThrow(
      `${join(dir, "train-labels")} has 100000 bytes, more than the 65549 that this file can have. Delete it.`,
    );
  });

  test("a packed file that unpacks to more than it should, or is cut off", async () => {
    const dir = await temporaryFolder();
    await put(dir, { gz: true });
    await writeFile(join(dir, "train-labels.gz"), gzipSync(new Uint8Array(1e6)));
    await expect(loadIdxDataset(spec, { dir }, await hostWith())).rejects.toThrow(
      "train-labels.gz: its gzip size field says 1000000 bytes, at most 13 were expected",
    );
    await writeFile(join(dir, "train-labels.gz"), gzipSync(files.get("train-labels")!).subarray(0, 20));
    await expect(loadIdxDataset(spec, { dir }, await hostWith())).rejects.toThrow(
      /train-labels\.gz: its gzip size field says \d+ bytes, at most 13 were expected; it is damaged, cut off or another file/,
    );
  });

  test("files that are right by checksum but do not fit together", async () => {
    const dir = await temporaryFolder();
    await put(dir);
    const swap = async (bytes: Uint8Array) => {
      await writeFile(join(dir, "train-labels"), bytes);
      const labels = fileOf("train-labels", bytes);
      return loadIdxDataset({ ...spec, train: { ...spec.train, labels } }, { dir }, await hostWith());
    };
    await expect(swap(idxFile([4], [0, 1, 2, 0]))).rejects.toThrow(
      "train-images holds (5, 3, 2) and train-labels (4,); expected images (n, height, width) and as many labels (n,).",
    );
    await expect(swap(idxFile([5], [0, 1, 2, 3, 0]))).rejects.toThrow(
      "train-labels: label 3 in row 3 is outside 0 … 2.",
    );
  });

  test("a file that cannot be read names it and the reason", async () => {
    const dir = await temporaryFolder();
    await put(dir);
    const real = await import("node:fs/promises");
    const denied = Object.assign(new Error("EACCES: no"), { code: "EACCES" });
    const disk = new Disk({ ...real, readFile: () => Promise.reject(denied) }, path);
    await expect(loadIdxDataset(spec, { dir }, { ...browser, disk })).rejects.toThrow(
      `Cannot read ${join(dir, "train-labels")}: permission was denied (EACCES). Mend its rights, or pass another dir.`,
    );
    const blind = new Disk({ ...real, stat: () => Promise.reject(denied) }, path);
    await expect(loadIdxDataset(spec, { dir }, { ...browser, disk: blind })).rejects.toThrow("Cannot look at");
  });

  test("options that make no sense", async () => {
    const load = (options: object) => loadIdxDataset(spec, options, browser);
    await expect(load({ dtype: "flaot32" })).rejects.toThrow('Unknown dtype "flaot32". Did you mean "float32"?');
    await expect(load({ timeoutMs: 0 })).rejects.toThrow("timeoutMs is 0; expected milliseconds, more than 0");
    await expect(load({ timeoutMs: Number.NaN })).rejects.toThrow(ArgumentError);
    await expect(load({ mirrors: [] })).rejects.toThrow("mirrors is empty; name at least one address");
    await expect(load({ dir: "data" })).rejects.toThrow('dir is "data", but a browser has no folders');
  });

  test("nothing is left in a folder that is only read", async () => {
    const dir = await temporaryFolder();
    await put(dir);
    await loadIdxDataset(spec, { dir }, await hostWith());
    expect((await readdir(dir)).sort()).toEqual([...files.keys()].sort());
  });
});
