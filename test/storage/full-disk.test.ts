/** A disk that fills up while a model is saved, and processes that save to the same file at once. */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sequential } from "fovea";
import { BackupAndRestore } from "fovea/callbacks";
import { Dense } from "fovea/layers";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-full-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function makeModel(units = 40): Sequential {
  const model = new Sequential([new Dense({ units, inputShape: [8] }), new Dense({ units: 1 })], { name: "m" });
  model.compile({ optimizer: "adam", loss: "mse", device: "reference" });
  return model;
}

function setAll({ weights }: Sequential, value: number): void {
  for (const weight of weights) weight.value = new Float32Array(weight.size).fill(value);
}

/** Files by name, with their bytes. */
const contents = (where = folder) =>
  Object.fromEntries(readdirSync(where).map((name) => [name, readFileSync(join(where, name)).toString("base64")]));

/** Lets a disk have room for so many bytes, of all files together. */
function limitDisk(bytes: number): void {
  const open = fs.open;
  let left = bytes;
  vi.spyOn(fs, "open").mockImplementation(async (...args) => {
    const handle = await open(...args);
    const write = handle.write.bind(handle) as (data: Uint8Array, offset: number) => Promise<unknown>;
    handle.write = (async (data: Uint8Array, offset: number) => {
      // A disk takes what it has room for, and then nothing.
      const room = Math.min(left, data.length - offset);
      left -= room;
      if (room === 0) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      return write(data.subarray(0, offset + room), offset);
    }) as never;
    return handle;
  });
}

const words = /^Cannot write .*: the disk is full; free some space \(ENOSPC\)\. What was there before is unchanged\.$/;

describe.each(["a.keras", "a.h5", "a.weights.h5", "a.safetensors", "a.weights.json", "model.json", "a.onnx", "folder"])(
  "%s",
  (name) => {
    test.each([0, 100, 1500])("a disk with room for %i bytes keeps what was there before", async (bytes) => {
      const model = makeModel();
      const path = join(folder, name);
      if (name === "folder") mkdirSync(path);
      const where = name === "folder" ? path : folder;
      const isWeights = /weights|safetensors/.test(name);
      const save = () => (isWeights ? model.saveWeights(path, { maxShardSize: 500 }) : model.save(path));
      setAll(model, 1);
      await save();
      const before = contents(where);
      setAll(model, 2);
      limitDisk(bytes);
      await expect(save()).rejects.toThrow(words);
      expect(contents(where)).toEqual(before);
      vi.restoreAllMocks();
      await save();
      expect(contents(where)).not.toEqual(before);
      expect(Object.keys(contents(where))).toEqual(Object.keys(before));
    });
  },
);

test("a checkpoint that finds no room ends the training with words, and the one before it is whole", async () => {
  const model = makeModel();
  const train = (epochs: number) => {
    const backup = new BackupAndRestore({ backupDir: folder, deleteCheckpoint: false });
    return model.fit([[1, 2, 3, 4, 5, 6, 7, 8]], [[1]], { epochs, callbacks: [backup], verbose: 0 });
  };
  await train(1);
  const before = contents();
  limitDisk(3000);
  await expect(train(2)).rejects.toThrow("the disk is full; free some space (ENOSPC)");
  expect(contents()).toEqual(before);
  vi.restoreAllMocks();
  expect((await train(2)).epoch).toEqual([0, 1]);
});

describe("a small file system of its own", () => {
  const mountPoint = mkdtempSync(join(tmpdir(), "fovea-mount-"));
  let mounted = false;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", mountPoint], { stdio: "ignore" });
    mounted = true;
  } catch {
    // Only the superuser may, and not in every container.
  }
  afterAll(() => {
    if (mounted) execFileSync("umount", [mountPoint]);
    rmSync(mountPoint, { recursive: true });
  });

  test.skipIf(!mounted)("is full: the old file stays whole", async () => {
    const path = join(mountPoint, "a.keras");
    const model = makeModel();
    await model.save(path);
    const before = contents(mountPoint);
    await expect(makeModel(4000).save(path)).rejects.toThrow(words);
    expect(contents(mountPoint)).toEqual(before);
  });
});

test("two processes that save to one file at once do not mix, and a third one reads whole files", async () => {
  const library = new URL("../../dist/node/index.js", import.meta.url).href;
  const layers = new URL("../../dist/node/layers.js", import.meta.url).href;
  const path = join(folder, "shared.weights.h5");
  const script = join(folder, "save.mjs");
  writeFileSync(
    script,
    `import { Sequential } from ${JSON.stringify(library)};
     import { Dense } from ${JSON.stringify(layers)};
     const value = Number(process.argv[2]);
     const model = new Sequential([new Dense({ units: 3000, inputShape: [20] })]);
     for (const weight of model.weights) weight.value = new Float32Array(weight.size).fill(value);
     for (let i = 0; i < 20; i++) await model.saveWeights(${JSON.stringify(path)});`,
  );
  let running = 2;
  const ended = [1, 2].map(
    (value) =>
      new Promise<number | null>((resolve) => {
        spawn(process.execPath, [script, String(value)], { stdio: "inherit" }).on("close", (code) => {
          running--;
          resolve(code);
        });
      }),
  );
  const model = new Sequential([new Dense({ units: 3000, inputShape: [20] })]);
  const seen = new Set<number>();
  const read = async () => {
    await model.loadWeights(path);
    const values = new Set(model.getWeights().flatMap(({ data }) => [...new Set(data)]));
    expect(values.size).toBe(1);
    for (const value of values) seen.add(value);
  };
  while (running > 0) {
    if (readdirSync(folder).includes("shared.weights.h5")) await read();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await Promise.all(ended)).toEqual([0, 0]);
  await read();
  expect([...seen].every((value) => value === 1 || value === 2)).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(["save.mjs", "shared.weights.h5"]);
});
