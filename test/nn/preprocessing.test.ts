/** What layers learn of data before they are used, and what they refuse. */
import { Dataset, tensor } from "fovea";
import {
  CategoryEncoding,
  CenterCrop,
  Discretization,
  Hashing,
  IntegerLookup,
  Normalization,
  Rescaling,
  Resizing,
  StringLookup,
  TextVectorization,
} from "fovea/layers";
import { describe, expect, test } from "vitest";
import { relativeError } from "../ir/closeness.ts";

const device = "reference";

describe("Normalization", () => {
  const rows = [
    [1, 10],
    [3, 30],
    [5, 80],
  ];

  test("learns of a tensor, of batches and of rows, with labels or without", async () => {
    const labels = tensor([0, 1, 0]);
    const sources = [
      rows,
      tensor(rows),
      Dataset.from([tensor(rows), labels]).batch(2),
      Dataset.from(tensor(rows)),
      [tensor(rows).slice(0, 1), tensor(rows).slice(1)].values(),
    ];
    for (const data of sources) {
      const layer = new Normalization();
      await layer.adapt(data);
      expect([...layer.mean!.value]).toEqual([3, 40]);
      expect(relativeError(layer.variance!.value, [8 / 3, 2600 / 3])).toBeLessThan(1e-6);
      const [first] = (await layer.run(rows, { device })).toArray() as number[][];
      expect(relativeError(first!, [-2 / Math.sqrt(8 / 3), -30 / Math.sqrt(2600 / 3)])).toBeLessThan(1e-6);
    }
  });

  test("learns anew, one mean for all, and of so many steps", async () => {
    const layer = new Normalization({ axis: null });
    await layer.adapt(rows);
    expect(layer.mean!.value[0]).toBeCloseTo(21.5, 5);
    await layer.adapt(Dataset.from(tensor(rows)).batch(1), { steps: 1 });
    expect([layer.mean!.value[0], layer.variance!.value[0]]).toEqual([5.5, 20.25]);
  });

  test("turns numbers back", async () => {
    const layer = new Normalization({ invert: true });
    await layer.adapt(rows);
    const [first] = (await layer.run([[0, 1]], { device })).toArray() as number[][];
    expect(relativeError(first!, [3, 40 + Math.sqrt(2600 / 3)])).toBeLessThan(1e-6);
  });

  test("refuses what makes no sense", async () => {
    expect(() => new Normalization({ mean: 1 })).toThrow(/give both mean and variance/);
    expect(() => new Normalization({ mean: [1, 2], variance: 1 })).toThrow(
      /shapes \(2,\) and \(\), expected equal ones/,
    );
    expect(() => new Normalization({ axis: null, mean: [1], variance: [1] })).toThrow(/of at most 0 axes/);
    expect(() => new Normalization({ mean: [1, 2], variance: [1, 2] }).build([null, 3])).toThrow(
      /2 means for the 3 entries/,
    );
    expect(() => new Normalization().build([null, null])).toThrow(/must know axis 1/);
    await expect(new Normalization({ mean: 1, variance: 1 }).adapt(rows)).rejects.toThrow(/are stated/);
    await expect(new Normalization().adapt(rows, { step: 1 } as never)).rejects.toThrow(/unknown option "step"/);
    await expect(new Normalization().adapt(Dataset.from([{ a: 1 }]))).rejects.toThrow(/expected numbers, or \[x, y\]/);
    await expect(new Normalization().adapt([].values())).rejects.toThrow(/the data has no elements/);
    const layer = new Normalization();
    await layer.adapt(rows);
    await expect(layer.adapt([[1, 2, 3]])).rejects.toThrow(/has means of the shape \(2,\) and cannot take \(None, 3\)/);
  });
});

test("Rescaling refuses lists that do not fit", () => {
  expect(() => new Rescaling({ scale: [1, 2] }).build([null, 3])).toThrow(
    /scale has the shape \(2,\), which does not fit/,
  );
  expect(() => new Rescaling({ scale: 1, offset: "a" as never })).toThrow(/offset is "a", expected a number or a list/);
});

describe("images", () => {
  test("area takes the mean of what a pixel covers", async () => {
    const image = tensor([0, 1, 2, 3, 4, 5], [1, 2, 3, 1]);
    const layer = new Resizing({ height: 1, width: 2, interpolation: "area" });
    expect([...(await layer.run(image, { device })).data].map((value) => Math.fround(value * 3))).toEqual([
      Math.fround(5.5),
      Math.fround(9.5),
    ]);
  });

  test("of another rank are refused, and both ratios at a time", () => {
    expect(() => new CenterCrop({ height: 2, width: 2 }).build([null, 4, 4])).toThrow(/takes inputs of 4 axes/);
    const both = { height: 2, width: 2, cropToAspectRatio: true, padToAspectRatio: true };
    expect(() => new Resizing(both)).toThrow(/not both/);
    expect(() => new Resizing({ height: 2, width: 2, fillMode: "reflect" as never })).toThrow(/only "constant"/);
  });
});

describe("TextVectorization", () => {
  const texts = ["the cat sat", "The dog!"];

  test("learns of lists, of texts one by one, of batches and of texts with labels", async () => {
    const sources = [
      texts,
      [["the cat sat"], ["The dog!"]],
      Dataset.from(texts),
      Dataset.from([texts, texts]).take(1),
      Dataset.from([
        ["the cat sat", 1],
        ["The dog!", 0],
      ]),
    ];
    for (const data of sources) {
      const layer = new TextVectorization();
      await layer.adapt(data);
      expect(layer.getVocabulary()).toEqual(["", "[UNK]", "the", "sat", "dog", "cat"]);
      expect(layer.getVocabulary({ includeSpecialTokens: false })).toEqual(["the", "sat", "dog", "cat"]);
      expect(layer.vocabularySize()).toBe(6);
    }
  });

  test("maps a Dataset, and takes one text", async () => {
    const layer = new TextVectorization({ outputSequenceLength: 3 });
    await layer.adapt(texts);
    const rows = [];
    for await (const row of Dataset.from(texts).map((text) => layer.run(text))) rows.push(row.toArray());
    expect(rows).toEqual([
      [2, 5, 3],
      [2, 4, 0],
    ]);
  });

  test("takes functions, and words that are stated", async () => {
    const layer = new TextVectorization({
      standardize: (text) => text.replaceAll("-", " "),
      split: (text) => text.split(" "),
      ngrams: [2],
    });
    layer.setVocabulary(["a b", "b c"]);
    expect((await layer.run(["a-b c"])).toArray()).toEqual([[2, 3]]);
  });

  test("refuses what makes no sense", async () => {
    const layer = new TextVectorization({ name: "words" });
    await expect(layer.run(texts)).rejects.toThrow(/TextVectorization "words" has no vocabulary yet: call adapt/);
    await layer.adapt(texts);
    await expect(layer.run([[1]])).rejects.toThrow(/words": run takes texts, or nested lists of them, got 1/);
    await expect(layer.run([texts])).rejects.toThrow(/takes texts \[batch\] or \[batch, 1\]/);
    await expect(layer.run(["a", ["b"]])).rejects.toThrow(/the lists are ragged/);
    await expect(layer.adapt([""])).rejects.toThrow(/adapt found no words/);
    expect(() => layer.call(undefined as never)).toThrow(/works on the host, before a step|outside of a step/);
    expect(() => new TextVectorization({ vocabulary: ["a", "a"] })).toThrow(/the vocabulary has "a" twice/);
    expect(() => new TextVectorization({ vocabulary: [] })).toThrow(/is empty/);
    expect(() => new TextVectorization({ outputMode: "tf_idf", vocabulary: ["a"] })).toThrow(/needs idfWeights/);
    expect(() => new TextVectorization({ padToMaxTokens: true })).toThrow(/padToMaxTokens needs maxTokens/);
    expect(() => new TextVectorization({ outputMode: "count", outputSequenceLength: 3 })).toThrow(
      /needs outputMode "int"/,
    );
    expect(() => new TextVectorization({ maxTokens: 3, vocabulary: ["a", "b"] })).toThrow(
      /has 4 tokens .* maxTokens is 3/,
    );
    expect(() => new TextVectorization({ ngrams: 0 })).toThrow(/ngrams is 0/);
    expect(() => new TextVectorization({ split: "word" as never })).toThrow(/split of TextVectorization/);
    await expect(new TextVectorization({ vocabulary: ["a"] }).adapt(texts)).rejects.toThrow(/the vocabulary is stated/);
  });
});

describe("lookups", () => {
  test("unknown words are errors without a number for them", async () => {
    const layer = new StringLookup({ vocabulary: ["a"], numOovIndices: 0 });
    await expect(layer.run(["b"])).rejects.toThrow(/"b" is not in the vocabulary; numOovIndices 1/);
  });

  test("decode gives words; run of a layer that is there for numbers says so", async () => {
    const layer = new StringLookup({ vocabulary: ["a", "b"], invert: true });
    expect(layer.decode([[1, 2, 5]])).toEqual([["a", "b", "[UNK]"]]);
    await expect(layer.run([1])).rejects.toThrow(/layer\.decode\(numbers\) gives words/);
    expect(() => new StringLookup({ vocabulary: ["[UNK]"], numOovIndices: 0, invert: true })).toThrow(
      /has the token of the unknown words/,
    );
  });

  test("IntegerLookup learns of tensors and Datasets", async () => {
    for (const data of [[5, 7, 5], tensor([5, 7, 5], [3], "int32"), Dataset.from(tensor([5, 7, 5], [3], "int32"))]) {
      const layer = new IntegerLookup();
      await layer.adapt(data);
      expect(layer.getVocabulary()).toEqual([-1, 5, 7]);
    }
    expect(() => new IntegerLookup({ salt: 1 })).toThrow(/oovMethod is "floormod", expected "farmhash" with a salt/);
  });

  test("Hashing keeps the dtype of its config", () => {
    const layer = new Hashing({ numBins: 2 });
    expect(layer.getConfig().dtype).toMatchObject({ config: { name: "int64" } });
    expect(new Hashing(layer.getConfig() as never).getConfig()).toEqual(layer.getConfig());
  });
});

describe("bins", () => {
  test("other ones can be learned after use", async () => {
    const layer = new Discretization({ numBins: 2 });
    expect(() => layer.build([null, 1])).not.toThrow();
    await expect(layer.run([[1]], { device })).rejects.toThrow(/has no boundaries yet: call adapt\(data\) first/);
    await layer.adapt([[0], [2], [4], [6]]);
    const before = (await layer.run([[1], [5]], { device })).toArray();
    await layer.adapt([[10], [20], [30], [40]]);
    expect([before, (await layer.run([[1], [35]], { device })).toArray()]).toEqual([
      [[0], [1]],
      [[0], [1]],
    ]);
  });

  test("are refused where they make no sense", async () => {
    expect(() => new Discretization({})).toThrow(/give binBoundaries, or numBins and call adapt/);
    expect(() => new Discretization({ binBoundaries: [2, 1] })).toThrow(/a list of numbers in ascending order/);
    await expect(new Discretization({ binBoundaries: [1] }).adapt([1])).rejects.toThrow(/adapt needs numBins/);
    const counts = new CategoryEncoding({ numTokens: 3, outputMode: "count" });
    expect(() => counts.build([null, 2, 2])).toThrow(/takes inputs \[batch, count\], got \(None, 2, 2\)/);
  });
});
