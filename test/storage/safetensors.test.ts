/** `.safetensors`: a file of the reference implementation, all dtypes, damage, and the way there and back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormatError, FoveaError, input, loadModel, Model, Sequential, setSeed, type Tensor, tensor } from "fovea";
import { Concatenate, Dense } from "fovea/layers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { memorySource } from "../../src/io/byte-source.ts";
import { openSafetensors, safetensorsPieces } from "../../src/storage/safetensors.ts";
import {
  checkPredictions,
  goldenBytes,
  goldenJson,
  goldenPath,
  Softmax,
  tensorsOf,
  type Values,
} from "./golden-files.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-safetensors-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with any header. */
function file(header: unknown, data: ArrayLike<number> = [], length?: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}
const open = (bytes: Uint8Array) => openSafetensors(memorySource("a.safetensors", bytes));
const f32 = (shape: readonly number[], from: number, to: number) => ({ dtype: "F32", shape, data_offsets: [from, to] });

test("a file that the reference implementation wrote is read, and written the same byte for byte", async () => {
  const bytes = goldenBytes("merge.safetensors");
  const { arrays, metadata } = await openSafetensors(memorySource("merge.safetensors", bytes));
  expect(metadata).toEqual({ format: "keras", model: "zoo_merge" });
  const read = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  for (const [name, array] of [...arrays].reverse()) read.set(name, { shape: array.shape, values: await array.read() });
  expect(new Uint8Array(Buffer.concat([...safetensorsPieces(read, metadata)]))).toEqual(bytes);
});

test("its weights give Keras's predictions", async () => {
  const { inputs, outputs } =
    goldenJson<Record<string, { inputs: Values; outputs: Values }>>("files/index.json").merge!;
  const model = await loadModel(goldenPath("merge.keras"), { customObjects: { Softmax } });
  model.setWeights(model.getWeights().map(({ data, shape }) => tensor(data.slice().fill(0), shape)));
  expect(await model.loadWeights(goldenPath("merge.safetensors"))).toEqual({ loaded: 2, skipped: [] });
  await checkPredictions(model, tensorsOf(inputs), tensorsOf(outputs));
});

test.each([
  ["F64", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5],
  ["F32", [0, 0, 0xc0, 0x3f], 1.5],
  ["F16", [0, 0x3e], 1.5],
  ["BF16", [0xc0, 0x3f], 1.5],
  ["I64", [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -2],
  ["I32", [0xfe, 0xff, 0xff, 0xff], -2],
  ["I16", [0xfe, 0xff], -2],
  ["I8", [0xfe], -2],
  ["U64", [2, 1, 0, 0, 0, 0, 0, 0], 258],
  ["U32", [2, 1, 0, 0], 258],
  ["U16", [2, 1], 258],
  ["U8", [0xfe], 254],
  ["BOOL", [1], 1],
])("%s", async (dtype, data, value) => {
  // The second array lies at an odd place.
  const header = {
    first: { dtype: "U8", shape: [1], data_offsets: [0, 1] },
    x: { dtype, shape: [], data_offsets: [1, 1 + data.length] },
  };
  const { arrays } = await open(file(header, [7, ...data]));
  expect(Array.from(await arrays.get("x")!.read())).toEqual([value]);
});

test.each<[string, Uint8Array, string]>([
  ["no bytes for the length", new Uint8Array(5), "it has 5 bytes, and the length of its header takes 8"],
  ["a header beyond the end", file({}, [], 3000), "its header would have 3000 bytes, and 2 follow"],
  ["an endless header", new Uint8Array(20).fill(0xff), "its header would have Infinity bytes"],
  ["a header larger than any", file({}, [], 2 ** 40), "its header would have 1099511627776 bytes"],
  ["no JSON", file("{a}"), "The header of a.safetensors is no JSON"],
  ["a list", file("[]"), "expected an object"],
  [
    "an unknown dtype",
    file({ x: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } }, [1]),
    '"x" has the dtype "F8_E4M3"',
  ],
  ["no dtype", file({ x: { shape: [1], data_offsets: [0, 1] } }, [1]), 'the dtype is undefined of "x"'],
  ["a shape below 0", file({ x: f32([-1], 0, 4) }, [0, 0, 0, 0]), 'the shape is [-1] of "x"'],
  [
    "a shape beyond counting",
    file({ x: f32([2 ** 40, 2 ** 40], 0, 4) }, [0, 0, 0, 0]),
    "4 bytes do not hold the F32 values",
  ],
  [
    "a shape without its bytes",
    file({ x: f32([2], 0, 4) }, [0, 0, 0, 0]),
    "4 bytes do not hold the F32 values of shape [2]",
  ],
  ["offsets that are none", file({ x: { ...f32([1], 0, 4), data_offsets: [0] } }), "data_offsets is [0]"],
  ["offsets backwards", file({ x: f32([1], 4, 0) }, [0, 0, 0, 0]), "-4 bytes do not hold"],
  [
    "arrays on each other",
    file({ x: f32([1], 0, 4), y: f32([1], 0, 4) }, [0, 0, 0, 0]),
    '"y" begins at byte 0 of the data, and the array before it ends at 4',
  ],
  [
    "a hole",
    file({ x: f32([1], 4, 8) }, [0, 0, 0, 0, 0, 0, 0, 0]),
    '"x" begins at byte 4 of the data, and the array before it ends at 0',
  ],
  [
    "the end is missing",
    file({ x: f32([2], 0, 8) }, [0, 0, 0, 0]),
    "a.safetensors is cut off: its arrays take 8 bytes, and the file has 4",
  ],
  [
    "bytes behind the arrays",
    file({ x: f32([1], 0, 4) }, [0, 0, 0, 0, 0]),
    "is damaged: its arrays take 4 bytes, and the file has 5",
  ],
])("damaged: %s", async (_what, bytes, words) => {
  await expect(open(bytes)).rejects.toThrow(words);
  await expect(open(bytes)).rejects.toBeInstanceOf(FormatError);
});

test("a file that is changed anywhere loads or is refused with words", async () => {
  const whole = goldenBytes("merge.safetensors");
  const model = await loadModel(goldenPath("merge.keras"), { customObjects: { Softmax } });
  for (let at = 0; at < 220; at++)
    for (const change of [1, 0x80]) {
      const bytes = whole.slice();
      bytes[at] = bytes[at]! ^ change;
      await model.loadWeights(bytes).catch((error: unknown) => {
        if (!(error instanceof FoveaError)) throw new Error(`byte ${at}: ${error}`, { cause: error });
      });
    }
});

const two = (names: readonly string[], units = 2) =>
  new Sequential(names.map((name, i) => new Dense({ units, name, ...(i === 0 ? { inputShape: [2] } : {}) })));
const values = (model: { getWeights(): Tensor[] }) => model.getWeights().map(({ data }) => Array.from(data));

test("weights that were saved come back by their paths, whatever the name of the Sequential is", async () => {
  setSeed(1);
  const path = join(folder, "a.safetensors");
  const [model, other] = [two(["a", "b"]), two(["a", "b"])];
  expect(model.name).not.toBe(other.name);
  await model.saveWeights(path);
  expect(await other.loadWeights(path)).toEqual({ loaded: 4, skipped: [] });
  expect(values(other)).toEqual(values(model));
});

test("the order of layers does not count in a functional model", async () => {
  const make = (names: readonly string[]) => {
    const x = input({ shape: [2] });
    const branches = names.map((name) => new Dense({ units: 2, name }).apply(x));
    return new Model({ inputs: x, outputs: new Concatenate().apply(branches) });
  };
  const path = join(folder, "branches.safetensors");
  const [model, other] = [make(["left", "right"]), make(["right", "left"])];
  await model.saveWeights(path);
  await other.loadWeights(path);
  expect(values(other.getLayer("left"))).toEqual(values(model.getLayer("left")));
});

test("what does not fit is an error with words; byName and skipMismatch say what they left out", async () => {
  const path = join(folder, "b.safetensors");
  await two(["a", "b"]).saveWeights(path);
  const [renamed, wider] = [two(["a", "last"]), two(["a", "b"], 3)];
  const before = values(renamed);
  await expect(renamed.loadWeights(path)).rejects.toThrow(
    /b\.safetensors: Dense "last": the file has no array ".*last\/kernel"/,
  );
  expect(values(renamed)).toEqual(before);
  const { loaded, skipped } = await renamed.loadWeights(path, { byName: true });
  expect([loaded, skipped.length]).toEqual([2, 3]);
  expect(skipped[2]).toMatch(/the model has no weight for ".*b\/bias", ".*b\/kernel" of the file/);
  await expect(wider.loadWeights(path)).rejects.toThrow(
    /the weight ".*a\/kernel" has shape \(2, 3\), and the array in the file \(2, 2\)/,
  );
  expect((await wider.loadWeights(path, { skipMismatch: true })).loaded).toBe(0);
});

test("two weights of one path cannot be told apart", async () => {
  const encoder = () => {
    const x = input({ shape: [2] });
    return new Model({ inputs: x, outputs: new Dense({ units: 2, name: "same" }).apply(x) });
  };
  const x = input({ shape: [2] });
  const model = new Model({ inputs: x, outputs: encoder().apply(encoder().apply(x)) });
  await expect(model.saveWeights(join(folder, "c.safetensors"))).rejects.toThrow(
    'two weights have the path "same/kernel"',
  );
});

test("it holds weights, not models", async () => {
  const path = join(folder, "d.safetensors");
  const model = two(["a"]);
  await expect(model.save(path)).rejects.toThrow("is a file of weights alone. Call model.saveWeights(");
  await model.saveWeights(path);
  await expect(loadModel(path)).rejects.toThrow("d.safetensors holds weights alone, no architecture");
  writeFileSync(join(folder, "e.safetensors"), "<html>");
  await expect(model.loadWeights(join(folder, "e.safetensors"))).rejects.toThrow(
    "e.safetensors is no whole .safetensors file",
  );
});
