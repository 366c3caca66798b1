/** Tables of words in models: a file of real Keras (bench/files/vocabularies.py), and what a model computes with them. */
import { type AnyModel, loadModel, memorySource, Sequential, type Tensor, tensor } from "fovea";
import { InputLayer, IntegerLookup, type IntegerLookupOptions } from "fovea/layers";
import { expect, test } from "vitest";
import { type ByteSource, readAll } from "../../src/io/byte-source.ts";
import { ZipArchive } from "../../src/io/zip-reader.ts";
import { withoutVocabularies, withVocabularies } from "../../src/storage/vocabularies.ts";
import { checkPredictions, goldenBytes, goldenJson, goldenPath, tensorsOf, type Values } from "./golden-files.ts";

test("learned vocabularies come out of Keras's files, and a file of fovea holds them", async () => {
  const { inputs, outputs } = goldenJson<{ inputs: Values; outputs: Values }>("files/vocabularies.json");
  const model = await loadModel(goldenPath("vocabularies.keras"));
  model.compile({ device: "reference" });
  await checkPredictions(model, tensorsOf(inputs), tensorsOf(outputs));
  let bytes = new Uint8Array();
  const store = {
    open: async (name: string) => memorySource(name, bytes),
    write: async (_: string, pieces: Iterable<Uint8Array>) => {
      bytes = new Uint8Array(Buffer.concat([...pieces]));
    },
  };
  await model.save({ store, name: "again.keras" });
  const again = await loadModel({ store, name: "again.keras" });
  again.compile({ device: "reference" });
  await checkPredictions(again, tensorsOf(inputs), tensorsOf(outputs));
  // Entry by entry as in Keras's file: which words stand in files, in which order, and that the config has them not.
  const [theirs, ours] = await Promise.all(
    [memorySource("k", goldenBytes("vocabularies.keras")), memorySource("f", bytes)].map(filesOf),
  );
  const vocabularies = (files: ReadonlyMap<string, string>) =>
    [...files].filter(([name]) => name.startsWith("assets/")).sort(([a], [b]) => (a < b ? -1 : 1));
  expect(vocabularies(ours!)).toHaveLength(3);
  expect(vocabularies(ours!)).toEqual(vocabularies(theirs!));
  const tables = (files: ReadonlyMap<string, string>) => files.get("config.json")!.match(/"vocabulary": ?(null|\[)/g)!;
  expect(tables(ours!).map((each) => each.replace(" ", ""))).toEqual(
    tables(theirs!).map((each) => each.replace(" ", "")),
  );
});

/** The texts of an archive by their names. */
async function filesOf(source: ByteSource): Promise<ReadonlyMap<string, string>> {
  const archive = await ZipArchive.open(source);
  const files = new Map<string, string>();
  for (const name of archive.names) {
    const entry = (await archive.open(name, 2 ** 24))!;
    files.set(name, new TextDecoder().decode(await readAll(entry, 2 ** 24)));
  }
  return files;
}

/** A model with one table, and a place to save it. */
function tableModel(options: IntegerLookupOptions) {
  const layer = new IntegerLookup(options);
  return { layer, model: () => new Sequential([new InputLayer({ shape: [4], dtype: "int32" }), layer]) };
}

function memoryStore() {
  const files = new Map<string, Uint8Array>();
  const store = {
    open: async (name: string) => {
      const bytes = files.get(name);
      return bytes === undefined ? undefined : memorySource(name, bytes);
    },
    write: async (name: string, pieces: Iterable<Uint8Array>) => {
      files.set(name, new Uint8Array(Buffer.concat([...pieces])));
    },
  };
  return { store, files };
}

test("learned words are learned ones again after loading: others may be learned; stated ones stay in the config", async () => {
  const { store, files } = memoryStore();
  const learned = tableModel({ maskToken: 0 });
  await learned.layer.adapt([7, 7, 3]);
  await learned.model().save({ store, name: "learned.keras" });
  const tableOf = (model: AnyModel) => model.layers.find((each) => each instanceof IntegerLookup) as IntegerLookup;
  const loaded = tableOf(await loadModel({ store, name: "learned.keras" }));
  expect(loaded.getVocabulary()).toEqual([0, -1, 7, 3]);
  await loaded.adapt([9]);
  expect(loaded.getVocabulary()).toEqual([0, -1, 9]);
  const stated = tableModel({ vocabulary: [5, 6] });
  await stated.model().save({ store, name: "stated.keras" });
  expect([...(await filesOf(memorySource("s", files.get("stated.keras")!))).keys()]).toEqual([
    "metadata.json",
    "config.json",
    "model.weights.h5",
  ]);
  const fixed = tableOf(await loadModel({ store, name: "stated.keras" }));
  expect(fixed.getVocabulary()).toEqual([-1, 5, 6]);
  await expect(fixed.adapt([9])).rejects.toThrow("the vocabulary is stated");
});

test("words that no line can hold stay in the config", () => {
  const config = { config: { layers: [{ class_name: "StringLookup", config: { vocabulary: ["[UNK]", "a"] } }] } };
  const saveable = (learnedWords: readonly string[]) => ({
    path: "layers/string_lookup",
    name: "",
    className: "",
    title: "",
    variables: [],
    table: { learnedWords, takeAsLearned: () => {} },
  });
  const [ok, ...rest] = [["[UNK]", "a"], ["[UNK]", "two\nlines"], ["a\u2028b"], ["a\x85"], ["a", ""]];
  const made = withoutVocabularies(config, [saveable(ok!)]);
  expect([...made.files]).toEqual([["assets/layers/string_lookup/vocabulary.txt", "[UNK]\na"]]);
  expect(made.config).toEqual({
    config: { layers: [{ class_name: "StringLookup", config: { vocabulary: null, idf_weights: null } }] },
  });
  for (const words of rest)
    expect(withoutVocabularies(config, [saveable(words)])).toEqual({ config, files: new Map() });
});

const x = tensor(Int32Array.of(7, 3, 0, 5, 5, -4, 100, 3), [2, 4]);

test.each<[string, IntegerLookupOptions]>([
  ["numbers", {}],
  ["a mask and several numbers for unknown words", { maskToken: 0, numOovIndices: 3 }],
  ["one_hot", { outputMode: "one_hot", maskToken: 0 }],
  ["multi_hot with room", { outputMode: "multi_hot", maxTokens: 9, padToMaxTokens: true }],
  ["count", { outputMode: "count", maskToken: 0, numOovIndices: 2 }],
  ["tf_idf", { outputMode: "tf_idf", idfWeights: [0.5, 1.5, 2], maxTokens: 8, padToMaxTokens: true }],
  ["the words of numbers", { invert: true, maskToken: 0 }],
])("a model gives what run gives: %s", async (_what, options) => {
  const layer = new IntegerLookup({ ...options, vocabulary: [5, 7, 3] });
  const model = new Sequential([new InputLayer({ shape: [4], dtype: "int32" }), layer]);
  model.compile({ device: "reference" });
  const [made, expected] = [(await model.predict(x, { verbose: 0 })) as Tensor, await layer.run(x)];
  expect(made.toArray()).toEqual(expected.toArray());
  expect(model.outputShape).toEqual([null, ...expected.shape.slice(1)]);
});

test("in a model an unknown word without a number is NaN, and what float32 or a step has not is refused", async () => {
  const apply = (options: IntegerLookupOptions) =>
    new Sequential([new InputLayer({ shape: [4] }), new IntegerLookup({ vocabulary: [5, 7, 3], ...options })]);
  const model = apply({ numOovIndices: 0 });
  model.compile({ device: "reference" });
  const made = (await model.predict(x, { verbose: 0 })) as Tensor;
  expect(made.toArray()).toEqual([
    [1, 2, Number.NaN, 0],
    [0, Number.NaN, Number.NaN, 2],
  ]);
  const refused = async (options: IntegerLookupOptions, words: string) =>
    await expect((async () => apply(options).predict(x, { verbose: 0 }))()).rejects.toThrow(words);
  await refused({ vocabulary: [2 ** 24 + 1] }, "a model takes words up to 16777216");
  await refused({ numOovIndices: 2, oovMethod: "farmhash" }, 'a model has no oovMethod "farmhash"');
  await refused({ vocabulary: null }, "has no vocabulary yet");
});

test("a file with a line that is no number is named, and so are weights that are missing", async () => {
  const layer = (mode: string) => ({
    config: { layers: [{ class_name: "IntegerLookup", config: { vocabulary: null, output_mode: mode } }] },
  });
  const assets = (text: string) => ({
    text: async (name: string) => (name === "assets/layers/integer_lookup/vocabulary.txt" ? text : undefined),
    weights: async () => ({ group: async () => undefined }) as never,
  });
  await expect(withVocabularies(layer("int"), assets("-1\nfive\n"))).rejects.toThrow('has the line "five"');
  await expect(withVocabularies(layer("tf_idf"), assets("-1\n5\n"))).rejects.toThrow('has no "idf_weights"');
  const { config, learned } = await withVocabularies(layer("int"), assets("-1\r\n5\n\n"));
  expect((config as ReturnType<typeof layer>).config.layers[0]!.config.vocabulary).toEqual([-1, 5]);
  expect([...learned]).toEqual(["layers/integer_lookup"]);
});
