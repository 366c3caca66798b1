/** Files of real Keras load, predict the same and train on. */
import { type AnyModel, loadModel, type Tensor, tensor } from "fovea";
import { expect, test } from "vitest";
import { assertClose } from "../ir/closeness.ts";
import {
  checkPredictions,
  firstRows,
  goldenBytes,
  goldenJson,
  goldenPath,
  Softmax,
  tensorsOf,
  type Values,
} from "./golden-files.ts";

interface Run {
  readonly data: { readonly x: Values; readonly y: Values };
  readonly fit: { readonly batch_size: number };
  readonly predictions: Values;
  readonly weights: readonly unknown[];
}
type Index = Readonly<Record<string, { readonly inputs: Values; readonly outputs: Values }>>;

const runOf = (name: string) => goldenJson<Run>(`runs/${name}.json`);
const index = goldenJson<Index>("files/index.json");
const customObjects = { Softmax };
const device = "reference" as const;

const predictsLike = async (model: AnyModel, name: string) => {
  const { data, predictions } = runOf(name);
  await checkPredictions(model, firstRows(tensorsOf(data.x), 4), tensorsOf(predictions));
};

test.each([
  ["regular.keras", "regular"],
  ["regular.h5", "regular"],
  ["nested.keras", "nested"],
  ["nested.h5", "nested"],
  ["mobile.keras", "mobile"],
])("%s predicts as in Keras", async (file, run) => {
  await predictsLike(await loadModel(goldenPath(file), { device }), run);
});

test.each([
  ["merge.keras", "merge"],
  ["rnn.keras", "rnn"],
  ["no_shape_built.keras", "no_shape_built"],
])("%s predicts as in Keras", async (file, name) => {
  const { inputs, outputs } = index[name]!;
  await checkPredictions(await loadModel(goldenPath(file), { customObjects }), tensorsOf(inputs), tensorsOf(outputs));
});

test("a model of mixed precision computes in float32, and says so", async () => {
  const { inputs, outputs } = index.mixed_float16!;
  const model = await loadModel(goldenPath("mixed_float16.keras"));
  // Keras rounds the first layer to 11 bits.
  await checkPredictions(model, tensorsOf(inputs), tensorsOf(outputs), 1e-2);
  expect(model.runner.takeNotices().join()).toContain(
    'Layers have the dtype policy "mixed_float16"; fovea computes in float32',
  );
  // The file keeps the policy of the one layer that has it.
  expect(JSON.stringify(model.toJSON()).match(/"mixed_float16"/g)).toHaveLength(1);
});

test("bytes, a Blob, a File and a file: URL are places to load from", async () => {
  const bytes = goldenBytes("regular.keras");
  const places = [
    bytes,
    bytes.buffer,
    new Blob([bytes]),
    new File([bytes], "regular.keras"),
    new URL(`file://${goldenPath("regular.keras")}`),
  ];
  for (const place of places) await predictsLike(await loadModel(place, { device }), "regular");
});

test("a Sequential that was never built is built by its first data", async () => {
  const model = await loadModel(goldenPath("no_shape_unbuilt.keras"));
  expect(model.built).toBe(false);
  const made = (await model.predict([[1, 2, 3]] as never, { verbose: 0 })) as unknown as Tensor;
  expect(made.shape).toEqual([1, 2]);
});

test.each(["regular", "nested", "mobile"])("training goes on from %s.keras as it does in Keras", async (name) => {
  const steps = goldenJson<Record<string, Record<string, number>[]>>("files/continued.json")[name]!;
  const { data, fit } = runOf(name);
  const model = await loadModel(goldenPath(`${name}.keras`), { device });
  const seen: Record<string, number>[] = [];
  await model.fit(tensorsOf(data.x) as never, tensorsOf(data.y) as never, {
    epochs: 1,
    batchSize: fit.batch_size,
    shuffle: false,
    verbose: 0,
    callbacks: { onTrainBatchEnd: (_batch, logs) => seen.push({ ...logs }) },
  });
  expect(seen.map(Object.keys)).toEqual(steps.map(Object.keys));
  for (const [i, logs] of steps.entries())
    for (const [key, value] of Object.entries(logs))
      assertClose([seen[i]![key]!], [value], 1e-4, `${key} of step ${i}`);
});

test("the old format restores the optimizer, too", async () => {
  const [one, two] = [
    await loadModel(goldenPath("regular.keras"), { device }),
    await loadModel(goldenPath("regular.h5"), { device }),
  ];
  const state = (model: AnyModel) =>
    model.optimizer!.variablesOf(model.trainableWeights).map(({ value }) => Array.from(value));
  expect(state(two)).toEqual(state(one));
  expect(one.optimizer!.iterations).toBe(9);
});

test("without compile there is no optimizer", async () => {
  const model = await loadModel(goldenPath("regular.keras"), { compile: false });
  expect(model.optimizer).toBeUndefined();
});

test("weights of Keras go into a model that is there", async () => {
  const model = await loadModel(goldenPath("regular.keras"), { device });
  for (const file of ["regular.weights.h5", "regular.h5", "regular.keras"]) {
    model.setWeights(model.getWeights().map(({ data, shape }) => tensor(data.slice().fill(0), shape)));
    const { loaded, skipped } = await model.loadWeights(goldenPath(file));
    expect(loaded).toBeGreaterThanOrEqual(6);
    expect(skipped).toEqual([]);
    await predictsLike(model, "regular");
  }
});
