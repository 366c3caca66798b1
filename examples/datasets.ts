/** Data in all of its forms: tensors, a generator, numbered batches, an endless stream, a data set that validates. */
import { Dataset, type DeviceName, PyDataset, Sequential, setSeed, tensor } from "fovea";
import { Dense } from "fovea/layers";

const rows = 24;
const rowOf = (i: number) => [Math.sin(i), Math.cos(i * 1.7), Math.sin(i * 0.3)];
const targetOf = ([a, b]: readonly number[]) => a! - 2 * b!;

function* generateRows() {
  for (let i = 0; i < rows; i++) yield [rowOf(i), targetOf(rowOf(i))] as const;
}

const batchOf = (index: number) => {
  const x = Array.from({ length: 8 }, (_, i) => rowOf(index * 8 + i));
  return [tensor(x), tensor(x.map(targetOf))] as const;
};

class Numbered extends PyDataset {
  get length() {
    return rows / 8;
  }
  async get(index: number) {
    return batchOf(index);
  }
}

/** Batches without end; `closed` counts the loops that were left. */
const closed = { count: 0 };
async function* stream() {
  try {
    for (let i = 0; ; i++) yield batchOf(i % 3);
  } finally {
    closed.count++;
  }
}

const sources = {
  generator: () => Dataset.from(generateRows).batch(8),
  prepared: () =>
    Dataset.from(generateRows)
      .map(async ([x, y]) => [x, y] as const, { parallel: 3 })
      .cache()
      .batch(8)
      .prefetch(),
  numbered: () => new Numbered({ workers: 2 }),
  stream: () => stream(),
  endless: () => Dataset.from(stream),
};

function makeModel(device: DeviceName) {
  setSeed(12);
  const model = new Sequential([new Dense({ units: 4, activation: "tanh", inputShape: [3] }), new Dense({ units: 1 })]);
  model.compile({ optimizer: "adam", loss: "mse", device });
  return model;
}

/** Six epochs over the same rows in the same order. */
export async function trainOnTensors(device: DeviceName) {
  const model = makeModel(device);
  const all = Array.from({ length: rows }, (_, i) => rowOf(i));
  const data = [tensor(all), tensor(all.map(targetOf))] as const;
  const { history } = await model.fit(...data, {
    epochs: 6,
    batchSize: 8,
    shuffle: false,
    validationData: data,
    verbose: 0,
  });
  const predicted = await model.predict(data[0], { verbose: 0 });
  return { history, weights: model.getWeights(), predicted };
}

export async function trainOnDataset(device: DeviceName, kind: keyof typeof sources) {
  const model = makeModel(device);
  const before = closed.count;
  const stepsPerEpoch = kind === "stream" || kind === "endless" ? rows / 8 : undefined;
  const validationData = Dataset.from(generateRows).batch(5);
  const { history } = await model.fit(sources[kind](), {
    epochs: 6,
    shuffle: false,
    stepsPerEpoch,
    validationData,
    verbose: 0,
  });
  const predicted = await model.predict(validationData, { verbose: 0 });
  const logs = await model.evaluate(validationData, { verbose: 0 });
  return { history, weights: model.getWeights(), predicted, logs, closed: closed.count - before };
}

export const datasetKinds = Object.keys(sources) as (keyof typeof sources)[];
