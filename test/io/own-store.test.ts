/** Stores of the user's own: what they give is checked, and Node's Buffers, whose `slice` shares memory, are as good as other bytes. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ByteSource, type FileStore, loadModel } from "fovea";
import { expect, test } from "vitest";
import { goldenPath, Softmax } from "../storage/golden-files.ts";

/** A store whose sources give Buffers in a larger buffer, at an odd place. */
function bufferStore(files: ReadonlyMap<string, Buffer>): FileStore {
  return {
    async open(name) {
      const bytes = files.get(name);
      if (bytes === undefined) return undefined;
      const pool = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(2)]);
      return {
        name,
        size: bytes.length,
        read: async (offset, length) => pool.subarray(3 + offset, 3 + offset + length),
        close: async () => {},
      };
    },
    write: async () => {},
  };
}

const golden = (path: string) => fileURLToPath(new URL(`../golden/${path}`, import.meta.url));

test.each([
  ["files", "regular.keras"],
  ["files", "mobile.keras"],
  ["files", "merge.keras"],
  ["files", "nested.h5"],
  ["tfjs/cnn", "model.json"],
  ["tfjs/quantized-uint16", "model.json"],
  ["onnx", "resnet.onnx"],
])("%s/%s out of Buffers has the weights that it has out of a file", async (folder, name) => {
  const names = name === "model.json" ? readdirSync(golden(folder)) : [name];
  const files = new Map(names.map((each) => [each, readFileSync(golden(`${folder}/${each}`))]));
  const options = { customObjects: { Softmax }, device: "reference" } as const;
  const model = await loadModel({ store: bufferStore(files), name }, options);
  const same = await loadModel(golden(`${folder}/${name}`), options);
  expect(model.getWeights().map(({ data }) => data)).toEqual(same.getWeights().map(({ data }) => data));
});

test("weights out of Buffers", async () => {
  const model = await loadModel(goldenPath("regular.keras"), { device: "reference" });
  const before = model.getWeights().map(({ data }) => data);
  const bytes = readFileSync(goldenPath("regular.weights.h5"));
  await model.loadWeights({ store: bufferStore(new Map([["w.h5", bytes]])), name: "w.h5" });
  expect(model.getWeights().map(({ data }) => data)).toEqual(before);
});

const giving = (source: unknown): FileStore => ({
  open: async () => source as ByteSource,
  write: async () => {},
});
const source = (read: unknown, size: unknown = 100) => ({ name: "a", size, read, close: async () => {} });

test.each([
  ["no store", null, "loadModel: the store is null, expected an object with the methods open(name) and write"],
  ["a store without write", { open: async () => undefined }, "expected an object with the methods open(name)"],
  ["no source", giving("bytes"), 'a.keras: the store\'s open gave "bytes", expected undefined or { name, size, read'],
  ["a size that is none", giving(source(() => {}, -1)), "expected undefined or { name, size"],
  [
    "too few bytes",
    giving(source(async () => new Uint8Array(1))),
    "a: the store gave 1 bytes for bytes 0 to 9, expected a Uint8Array of 9.",
  ],
  ["no bytes", giving(source(async () => "PK")), 'the store gave "PK" for bytes 0 to 9'],
])("%s is an error that says so", async (_what, store, words) => {
  await expect(loadModel({ store: store as FileStore, name: "a.keras" })).rejects.toThrow(words);
});
