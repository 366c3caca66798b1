/** IMDB and Reuters: what Keras's own loaders make of the same archives, and pickles that are none. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, FormatError } from "fovea";
import { imdb, reuters } from "fovea/datasets";
import { padSequences } from "fovea/utils";
import { expect, test } from "vitest";
import { parsePickledLists } from "../../src/data/formats/pickled-lists.ts";
import { loadImdb } from "../../src/data/imdb.ts";
import { loadReuters } from "../../src/data/reuters.ts";
import type { TextOptions } from "../../src/data/text-dataset.ts";
import golden from "../golden/data-files.json" with { type: "json" };
import { fc } from "../properties.ts";
import { temporaryFolder } from "./idx-files.ts";

const decoded = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** Options in Keras's spelling → ours. */
const renamed = (options: object) =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value as unknown,
    ]),
  ) as TextOptions;

test.each(golden.texts.archives)("$name is what Keras makes of the same archive", async ({ name, file, cases }) => {
  const dir = await temporaryFolder();
  const bytes = decoded(file);
  await writeFile(join(dir, "a.npz"), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const spec = { name, file: "a.npz", sha256, mirrors: [], maxBytes: 1e6 };
  for (const { options, ...expected } of cases) {
    const load = name === "imdb" ? loadImdb : loadReuters;
    const { train, test: tested } = await load({ ...renamed(options), dir }, spec);
    expect([train.sequences, tested.sequences]).toEqual([expected.train, expected.test]);
    expect([train.labels.toArray(), tested.labels.toArray()]).toEqual([expected.trainLabels, expected.testLabels]);
  }
  await expect(loadImdb({ dir, maxlen: 1 }, spec)).rejects.toThrow(
    name === "imdb" ? "no text is shorter than maxlen (1)" : "lacks x_train",
  );
});

test.each(golden.texts.pickles)("lists in protocol $protocol of pickle", ({ file, rows }) => {
  expect(parsePickledLists(decoded(file), "x.npy")).toEqual(rows);
});

test("changed and cut pickles give lists or an error of the library", () => {
  const files = golden.texts.pickles.map(({ file }) => decoded(file));
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.nat(), fc.nat(255), fc.nat(), (file, at, byte, cut) => {
      const changed = file.slice(0, cut % 3 === 0 ? cut % file.length : file.length);
      if (changed.length > 0) changed[at % changed.length] = byte;
      try {
        parsePickledLists(changed, "x.npy");
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a pickle that names a function is refused", () => {
  const { file } = golden.texts.pickles[0]!;
  const text = Buffer.from(decoded(file)).toString("latin1").replace("_reconstruct\n", "system_call_\n");
  expect(() => parsePickledLists(new Uint8Array(Buffer.from(text, "latin1")), "x.npy")).toThrow(
    'it names "system_call_", which no list of numbers needs',
  );
});

test("options are checked", async () => {
  await expect(imdb.load({ numWords: -1 })).rejects.toThrow("numWords is -1");
  await expect(imdb.load({ seed: 2 ** 32 })).rejects.toThrow("seed is 4294967296");
  await expect(imdb.load({ testSplit: 0.1 } as never)).rejects.toThrow('unknown option "testSplit"');
  await expect(reuters.load({ testSplit: 1 })).rejects.toThrow(ArgumentError);
  await expect(reuters.load({ startChar: "a" } as never)).rejects.toThrow(
    "expected a whole number of 0 or more or null",
  );
});

test("padSequences is Keras's", () => {
  const rows = [[1], [2, 3], [4, 5, 6]];
  expect(padSequences(rows).toArray()).toEqual([
    [0, 0, 1],
    [0, 2, 3],
    [4, 5, 6],
  ]);
  expect(padSequences(rows, { maxlen: 2, padding: "post", truncating: "post", value: 9 }).toArray()).toEqual([
    [1, 9],
    [2, 3],
    [4, 5],
  ]);
  expect(padSequences([[0.5]], { dtype: "float32", maxlen: 2 }).data).toEqual(new Float32Array([0, 0.5]));
  expect([padSequences([]).shape, padSequences([[255]], { dtype: "uint8" }).dtype]).toEqual([[0, 0], "uint8"]);
  expect(() => padSequences([1] as never)).toThrow(ArgumentError);
  expect(() => padSequences([[1]], { padding: "both" } as never)).toThrow('Unknown padding "both"');
  expect(() => padSequences([[256]], { dtype: "uint8" })).toThrow("does not fit uint8");
});
