/** Tables of words in models: a file of real Keras (bench/files/vocabularies.py), and what a model computes with them. */
import { loadModel, memorySource, Sequential, type Tensor, tensor } from "fovea";
import { InputLayer, IntegerLookup, type IntegerLookupOptions } from "fovea/layers";
import { expect, test } from "vitest";
import { withVocabularies } from "../../src/storage/vocabularies.ts";
import { checkPredictions, goldenJson, goldenPath, tensorsOf, type Values } from "./golden-files.ts";

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
  const { config } = (await withVocabularies(layer("int"), assets("-1\r\n5\n\n"))) as ReturnType<typeof layer>;
  expect(config.layers[0]!.config.vocabulary).toEqual([-1, 5]);
});
