/** Masks of queries and values in attention layers, as Keras has them: `bench/golden/attention_masks.py`. */
import { readFileSync } from "node:fs";
import { input, Model, tensor } from "fovea";
import { AdditiveAttention, Attention, Embedding } from "fovea/layers";
import { expect, test } from "vitest";

interface Golden {
  readonly table: readonly number[];
  readonly width: number;
  readonly query: number[][];
  readonly value: number[][];
  readonly cases: readonly {
    layer: "Attention" | "AdditiveAttention";
    masked: [query: boolean, value: boolean];
    output: readonly number[];
    shape: readonly number[];
  }[];
}

const { table, width, query, value, cases }: Golden = JSON.parse(
  readFileSync(new URL("../golden/attention-masks.json", import.meta.url), "utf8"),
);
const layers = { Attention, AdditiveAttention };

test.each(cases)("$layer with masks of query and value: $masked", async ({ layer, masked, output, shape }) => {
  const inputs = [input({ shape: [query[0]!.length] }), input({ shape: [value[0]!.length] })] as const;
  const words = inputs.map((each, i) => {
    const embedding = new Embedding({ inputDim: table.length / width, outputDim: width, maskZero: masked[i]! });
    const embedded = embedding.apply(each);
    embedding.setWeights([tensor(Float32Array.from(table), [table.length / width, width])]);
    return embedded;
  });
  const outputs = new layers[layer]({ useScale: false }).apply(words);
  const model = new Model({ inputs: [...inputs], outputs });
  model.compile({ device: "reference" });
  const made = await model.predict([tensor(query), tensor(value)]);
  expect(made.shape).toEqual(shape);
  output.forEach((expected, i) => {
    expect(made.data[i]).toBeCloseTo(expected, 5);
  });
});
