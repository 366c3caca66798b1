/** What recurrent layers keep from batch to batch, and the masks of their gates. */
import { input, jit, Model, Sequential, setSeed, tensor } from "fovea";
import { Bidirectional, Dense, GRU, LSTM, RNN, SimpleRNNCell, StackedRNNCells } from "fovea/layers";
import type { Sym } from "fovea/ops";
import { describe, expect, test } from "vitest";

const device = "reference";
const sequence = tensor(
  Array.from({ length: 3 * 6 * 2 }, (_, i) => Math.sin(i)),
  [3, 6, 2],
);
const part = (from: number, to: number) =>
  tensor((sequence.toArray() as number[][][]).map((row) => row.slice(from, to)));

describe.each(["reference", "cpu"] as const)("stateful layers on %s", (device) => {
  test("go on where the last batch ended, until they are reset", async () => {
    setSeed(1);
    const whole = new LSTM({ units: 4, returnSequences: true });
    const all = (await whole.run(sequence, { device })).toArray() as number[][][];
    const layer = new LSTM({ units: 4, returnSequences: true, stateful: true, batchInputShape: [3, null, 2] });
    layer.build([3, null, 2]);
    layer.setWeights(whole.getWeights());
    const closeTo = async (given: ReturnType<typeof part>, expected: number[][][]) => {
      const made = (await layer.run(given, { device })).toArray() as number[][][];
      made.flat(2).forEach((value, i) => void expect(value).toBeCloseTo(expected.flat(2)[i]!, 6));
    };
    const steps = (from: number, to: number) => all.map((row) => row.slice(from, to));
    await closeTo(part(0, 2), steps(0, 2));
    await closeTo(part(2, 4), steps(2, 4));
    layer.resetStates();
    await closeTo(part(0, 2), steps(0, 2));
    await closeTo(part(2, 6), steps(2, 6));
  });
});

test("models train and predict with states of their batches", async () => {
  setSeed(2);
  const layer = new GRU({ units: 3, stateful: true });
  const start = input({ batchShape: [3, 2, 2] });
  const model = new Model({ inputs: start, outputs: new Dense({ units: 1 }).apply(layer.apply(start)) });
  model.compile({ optimizer: "sgd", loss: "mse", device });
  const first = await model.predict(part(0, 2), { batchSize: 3 });
  const second = await model.predict(part(0, 2), { batchSize: 3 });
  expect([...second.data]).not.toEqual([...first.data]);
  layer.resetStates();
  expect([...(await model.predict(part(0, 2), { batchSize: 3 })).data]).toEqual([...first.data]);
  layer.resetStates();
  await model.fit(part(0, 2), tensor([[0], [0], [0]]), { batchSize: 3, verbose: 0 });
  layer.resetStates();
  expect([...(await model.predict(part(0, 2), { batchSize: 3 })).data]).not.toEqual([...first.data]);
  expect(model.weights.map(({ name }) => name)).toEqual(["kernel", "recurrent_kernel", "bias", "kernel", "bias"]);
});

test("stacks of cells and both directions keep states, too", async () => {
  const cell = new StackedRNNCells({ cells: [new SimpleRNNCell({ units: 2 }), new SimpleRNNCell({ units: 3 })] });
  const layers = [
    new RNN({ cell, stateful: true, batchInputShape: [3, 2, 2] }),
    new Bidirectional({ layer: new LSTM({ units: 2, stateful: true }), batchInputShape: [3, 2, 2] }),
  ];
  for (const layer of layers) {
    const run = async () => [...(await layer.run(part(0, 2), { device })).data];
    const first = await run();
    expect(await run()).not.toEqual(first);
    layer.resetStates();
    expect(await run()).toEqual(first);
  }
});

test("what is asked of them in vain is an error with words", async () => {
  const layer = new LSTM({ units: 2, stateful: true });
  expect(() => layer.build([null, 3, 2])).toThrow(/LSTM .*is stateful: .*Give the layer batchInputShape: \[8, …\]/);
  expect(() => new LSTM({ units: 2 }).resetStates()).toThrow(/is not stateful/);
  const small = new Sequential([new LSTM({ units: 2, stateful: true, batchInputShape: [2, 6, 2] })]);
  small.compile({ optimizer: "sgd", loss: "mse", device });
  await expect(small.predict(sequence)).rejects.toThrow(/keeps the states of 2 rows, .*set batchSize to 2/);
});

test("each gate has masks of its own with recurrentDropout, as in Keras", async () => {
  // With identities for kernels the gates are the masks, 0 or 2 each: z h + (1 − z) r g of a state of ones.
  const units = 64;
  const layer = new GRU({
    units,
    activation: "linear",
    recurrentActivation: "linear",
    recurrentDropout: 0.5,
    seed: 3,
  });
  layer.build([null, 1, 1]);
  const identities = Array.from({ length: units }, (_, row) =>
    Array.from({ length: 3 * units }, (_, column) => (column % units === row ? 1 : 0)),
  );
  layer.setWeights([
    tensor(new Float32Array(3 * units), [1, 3 * units]),
    tensor(identities),
    tensor(new Float32Array(6 * units), [2, 3 * units]),
  ]);
  const step = jit((x: Sym, h: Sym) => layer.call(x, { initialState: h }), { device, training: true });
  const outputs = await step([[[0]]], tensor(new Float32Array(units).fill(1), [1, units]));
  expect([...new Set(outputs.data)].sort((a, b) => a - b)).toEqual([-2, 0, 2, 4]);
});
