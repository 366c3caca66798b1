/** Files that are downloaded once: CIFAR's archives, files of one's own, .gz files whose checksum is that of the packed bytes. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ArgumentError, FormatError, InputOutputError } from "fovea";
import { cifar10, cifar100, fashionMnist } from "fovea/datasets";
import { getFile } from "fovea/utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CifarSpec, loadCifar } from "../../src/data/cifar.ts";
import { tarFiles } from "../../src/data/formats/tar.ts";
import { loadIdxDataset } from "../../src/data/idx-dataset.ts";
import { temporaryFolder, tinyDataset } from "./idx-files.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

let cache: string;
/** What addresses give; others are not found. */
let web: Map<string, Uint8Array>;
let asked: string[];
beforeEach(async () => {
  cache = await temporaryFolder();
  web = new Map();
  asked = [];
  vi.stubEnv("XDG_CACHE_HOME", cache);
  vi.stubEnv("FOVEA_DATA", "");
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    const bytes = web.get(url);
    return bytes === undefined ? new Response("", { status: 404 }) : new Response(bytes as never);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

/** An archive of rows that `tar` packed. */
async function archiveOf(
  rows: Readonly<Record<string, readonly (readonly number[])[]>>,
  names: string,
): Promise<Uint8Array> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "bin"));
  for (const [name, each] of Object.entries(rows))
    await writeFile(
      join(folder, "bin", name),
      Buffer.concat(each.map(([label, ...others]) => Buffer.from([label!, ...planes(others)]))),
    );
  await writeFile(join(folder, "bin", "names.txt"), names);
  execFileSync("tar", ["--create", "--file", "a.tar", "bin"], { cwd: folder });
  return new Uint8Array(await readFile(join(folder, "a.tar")));
}

/** 32x32 pixels whose red, green and blue planes are filled with a value each. */
const planes = (values: readonly number[]) => values.flatMap((value) => new Array<number>(1024).fill(value));

const specOf = (packed: Uint8Array): CifarSpec => ({
  name: "tiny",
  file: "tiny.tar.gz",
  sha256: sha256(packed),
  mirrors: ["http://first/", "http://second"],
  maxBytes: 1e6,
  folder: "bin",
  train: ["a.bin", "b.bin"],
  test: ["c.bin"],
  labelBytes: 1,
  labelAt: 0,
  names: "names.txt",
});

describe("CIFAR", () => {
  const rows = { "a.bin": [[1, 10, 20, 30]], "b.bin": [[0, 255, 0, 1]], "c.bin": [[1, 1, 2, 3]] };

  test("is downloaded once, from the mirror that has it, and read from the cache then", async () => {
    const packed = new Uint8Array(gzipSync(await archiveOf(rows, "cat\ndog\n\n")));
    const spec = specOf(packed);
    web.set("http://first/tiny.tar.gz", packed.slice(1)).set("http://second/tiny.tar.gz", packed);
    const received: number[] = [];
    const progress = ({ receivedBytes }: { receivedBytes: number }) => received.push(receivedBytes);
    const loaded = await loadCifar(spec, { dtype: "uint8", progress });
    expect([loaded.classNames, loaded.train.images.shape, loaded.train.images.dtype]).toEqual([
      ["cat", "dog"],
      [2, 32, 32, 3],
      "uint8",
    ]);
    expect(Array.from(loaded.train.images.data.subarray(0, 6))).toEqual([10, 20, 30, 10, 20, 30]);
    expect([loaded.train.labels.toArray(), loaded.test.labels.toArray()]).toEqual([[1, 0], [1]]);
    expect(received.at(-1)).toBe(packed.length);
    expect(loaded.source).toBe(`downloaded from http://second, kept in ${join(cache, "fovea", "tiny")}`);
    expect(await readdir(join(cache, "fovea", "tiny"))).toEqual(["tiny.tar.gz"]);
    const again = await loadCifar(spec, {});
    expect(again.train.images.at(1).data.slice(0, 3)).toEqual(new Float32Array([1, 0, Math.fround(1 / 255)]));
    expect(asked).toHaveLength(2);
    // A damaged file of the cache is fetched anew, unless that is forbidden.
    await writeFile(join(cache, "fovea", "tiny", "tiny.tar.gz"), "damaged");
    await expect(loadCifar(spec, { offline: true })).rejects.toThrow("has the wrong checksum: as it is (7 bytes)");
    await loadCifar(spec, {});
    expect(asked).toHaveLength(4);
  });

  test("is looked for in dir and $FOVEA_DATA, and says where it could be put", async () => {
    const packed = new Uint8Array(gzipSync(await archiveOf(rows, "cat\ndog")));
    const spec = specOf(packed);
    const folder = await temporaryFolder();
    await expect(loadCifar(spec, { dir: folder })).rejects.toThrow(`dir ${folder} lacks tiny.tar.gz`);
    await expect(loadCifar(spec, { offline: true })).rejects.toThrow("is not on this machine (offline: true");
    const failing = loadCifar(spec, {});
    await expect(failing).rejects.toThrow(InputOutputError);
    await expect(failing).rejects.toThrow(/No mirror gave tiny.tar.gz:\n.*first.*404.*second.*put tiny.tar.gz into/s);
    await writeFile(join(folder, "tiny.tar.gz"), packed);
    expect((await loadCifar(spec, { dir: folder })).source).toBe(join(folder, "tiny.tar.gz"));
    vi.stubEnv("FOVEA_DATA", join(folder, ".."));
    expect((await loadCifar({ ...spec, name: folder.split("/").at(-1)! }, {})).source).toBe(
      join(folder, "tiny.tar.gz"),
    );
  });

  test("a label beyond the classes, half a row and a missing file are told", async () => {
    const load = async (changed: object, names = "cat\ndog") => {
      const packed = new Uint8Array(gzipSync(await archiveOf({ ...rows, ...changed }, names)));
      web.set("http://first/tiny.tar.gz", packed);
      return loadCifar(specOf(packed), {});
    };
    await expect(load({}, "cat")).rejects.toThrow("label 1 in row 0 is outside 0 … 0");
    await expect(load({ "a.bin": [[1, 2]] })).rejects.toThrow("no whole rows of 3073 bytes");
    const packed = new Uint8Array(gzipSync(await archiveOf({ "a.bin": [[1, 2, 3, 4]] }, "cat\ndog")));
    web.set("http://first/tiny.tar.gz", packed);
    await expect(loadCifar(specOf(packed), {})).rejects.toThrow("tiny.tar.gz lacks bin/b.bin");
  });

  test("options are checked, and the addresses are Keras's", async () => {
    await expect(cifar10.load({ labelMode: "fine" } as never)).rejects.toThrow('unknown option "labelMode"');
    await expect(cifar100.load({ labelMode: "medium" } as never)).rejects.toThrow('Unknown labelMode "medium"');
    await expect(cifar10.load({ mirrors: [] })).rejects.toThrow(ArgumentError);
    await expect(cifar10.load({ dtype: "int8" } as never)).rejects.toThrow('Unknown dtype "int8"');
    await expect(cifar100.load({ timeoutMs: 0 })).rejects.toThrow("timeoutMs is 0");
    await expect(cifar10.load()).rejects.toThrow(InputOutputError);
    await expect(fashionMnist.load()).rejects.toThrow(InputOutputError);
    expect(asked.slice(0, 2)).toEqual([
      "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
      "https://storage.googleapis.com/tensorflow/tf-keras-datasets/train-labels-idx1-ubyte.gz",
    ]);
  });
});

test("damaged tar archives are refused", async () => {
  const tar = await archiveOf({ "a.bin": [[1, 2, 3, 4]] }, "x");
  expect([...tarFiles(tar, "a.tar").keys()].sort()).toEqual(["bin/a.bin", "bin/names.txt"]);
  for (let length = 0; length < 4096; length += 100)
    expect(() => tarFiles(tar.subarray(0, length), "a.tar")).toThrow(FormatError);
  const damaged = tar.slice();
  damaged[3] = damaged[3]! ^ 1;
  expect(() => tarFiles(damaged, "a.tar")).toThrow("the header at byte 0 has a wrong checksum");
});

test("the checksum of packed IDX files is that of the .gz; unpacked ones are known by their size", async () => {
  const { spec, files } = tinyDataset();
  const packed = new Map([...files].map(([name, bytes]) => [name, new Uint8Array(gzipSync(bytes))]));
  const hashed = <F extends { readonly file: string }>(file: F) => ({
    ...file,
    hashed: "packed" as const,
    sha256: sha256(packed.get(file.file)!),
  });
  const both = (part: typeof spec.train) => ({ images: hashed(part.images), labels: hashed(part.labels) });
  const dir = await temporaryFolder();
  for (const [name, bytes] of packed) await writeFile(join(dir, `${name}.gz`), bytes);
  const packedSpec = { ...spec, train: both(spec.train), test: both(spec.test) };
  expect((await loadIdxDataset(packedSpec, { dir })).train.images.shape).toEqual([5, 3, 2, 1]);
  await writeFile(join(dir, "train-labels.gz"), gzipSync(files.get("train-labels")!, { level: 0 }));
  await expect(loadIdxDataset(packedSpec, { dir })).rejects.toThrow("wrong checksum: as it is");
  const plain = await temporaryFolder();
  for (const [name, bytes] of files) await writeFile(join(plain, name), bytes);
  expect((await loadIdxDataset(packedSpec, { dir: plain })).test.labels.shape).toEqual([2]);
  await writeFile(join(plain, "train-labels"), files.get("test-labels")!);
  await expect(loadIdxDataset(packedSpec, { dir: plain })).rejects.toThrow("has 10 bytes unpacked, expected 13");
});

describe("getFile", () => {
  const url = "https://example.org/data/my%20file.csv?version=2";

  test("downloads once, checks, and gives the path", async () => {
    web.set(url, new TextEncoder().encode("a,b"));
    const path = await getFile(url);
    expect(path).toBe(join(cache, "fovea", "files", "my file.csv"));
    expect(await readFile(path, "utf8")).toBe("a,b");
    expect(await getFile(new URL(url), { fileHash: sha256(Buffer.from("a,b")).toUpperCase() })).toBe(path);
    expect(asked).toEqual([url]);
    web.set(url, new TextEncoder().encode("c"));
    expect(await readFile(await getFile(url, { fileHash: sha256(Buffer.from("c")) }), "utf8")).toBe("c");
    expect(await getFile(url, { fname: "x", cacheSubdir: "mine" })).toBe(join(cache, "fovea", "mine", "x"));
    expect(await readdir(join(cache, "fovea"))).toEqual(["files", "mine"]);
  });

  test.each<[unknown, object, string]>([
    ["iris.csv", {}, 'origin is "iris.csv"'],
    [7, {}, "origin is 7"],
    [url, { fname: "../x" }, 'fname is "../x"'],
    [url, { cacheSubdir: ".." }, 'cacheSubdir is ".."'],
    [url, { fileHash: "abc" }, 'fileHash is "abc"'],
    [url, { maxBytes: 0 }, "maxBytes is 0"],
    ["https://example.org/", {}, 'fname is ""'],
    [url, { extract: true }, 'unknown option "extract"'],
  ])("refuses %j with %j", async (origin, options, message) => {
    const getting = getFile(origin as string, options);
    await expect(getting).rejects.toThrow(ArgumentError);
    await expect(getting).rejects.toThrow(message);
  });

  test("takes a name with broken escapes as it is", async () => {
    web.set("https://example.org/100%.csv", new Uint8Array(1));
    expect(await getFile("https://example.org/100%.csv")).toBe(join(cache, "fovea", "files", "100%.csv"));
  });

  test("says why there is no file", async () => {
    await expect(getFile(url)).rejects.toThrow("the server answered 404");
    web.set(url, new Uint8Array(11));
    await expect(getFile(url, { maxBytes: 10 })).rejects.toThrow("more than the 10 bytes came");
    await expect(getFile(url, { fileHash: "0".repeat(64) })).rejects.toThrow("has the wrong checksum");
    const readOnly = join(await temporaryFolder(), "file");
    await writeFile(readOnly, "");
    vi.stubEnv("XDG_CACHE_HOME", readOnly);
    await expect(getFile(url)).rejects.toThrow("not kept: Cannot make the folder");
  });
});
