/** Good values: what arguments should look like, and one working object of each exported class. */
import { Dataset, type FileStore, History, input, Model, PyDataset, Sequential, type Tensor, tensor } from "fovea";
import { BackupAndRestore, Callback, LambdaCallback, LearningRateScheduler, ModelCheckpoint } from "fovea/callbacks";
import { Constraint } from "fovea/constraints";
import { Initializer } from "fovea/initializers";
import {
  Bidirectional,
  Conv2D,
  Dense,
  Discretization,
  EinsumDense,
  Flatten,
  KerasTensor,
  Lambda,
  Layer,
  LSTM,
  LSTMCell,
  RNN,
  SpectralNormalization,
  StackedRNNCells,
  TimeDistributed,
  Variable,
} from "fovea/layers";
import { Loss } from "fovea/losses";
import { Mean, Metric } from "fovea/metrics";
import { mean, multiply, Operation, type Sym, square } from "fovea/ops";
import { Adam, LossScaleOptimizer, Optimizer, SGD } from "fovea/optimizers";
import { Regularizer } from "fovea/regularizers";
import { LearningRateSchedule } from "fovea/schedules";
import type { RandomStream } from "../../src/base/random.ts";
import type { GraphBuilder } from "../../src/ir/graph.ts";
import type { OptionTable } from "../../src/nn/option-kinds.ts";
import type { Class } from "./exports.ts";

const rows = (shape: number[]): Tensor => {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    shape,
  );
};

const x = rows([6, 3]);
const y = tensor(
  Float32Array.from({ length: 6 }, (_, i) => i % 2),
  [6, 1],
);

export function smallModel(device: "reference" | "cpu" = "reference"): Sequential {
  const model = new Sequential([
    new Dense({ units: 4, activation: "relu", inputShape: [3] }),
    new Dense({ units: 1, activation: "sigmoid" }),
  ]);
  const threads = device === "cpu" ? { threads: 1 } : {};
  model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "mse", metrics: ["accuracy"], device, ...threads });
  return model;
}

/** Trains a new model as anybody would; what the calls before it did must not matter. */
export async function trainGoodModel(device: "reference" | "cpu"): Promise<readonly number[]> {
  const { history } = await smallModel(device).fit(x, y, { epochs: 3, batchSize: 2, verbose: 0 });
  return history.loss;
}

/** A model of images, and images for it. */
function imageModel(): Sequential {
  const model = new Sequential([
    new Conv2D({ filters: 2, kernelSize: 3, activation: "relu", name: "conv", inputShape: [6, 6, 1] }),
    new Flatten(),
    new Dense({ units: 3, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "sgd", loss: "categorical_crossentropy", device: "reference" });
  return model;
}

function functionalModel(): Model {
  const start = input({ shape: [3] });
  const model = new Model({ inputs: start, outputs: new Dense({ units: 1 }).apply(start) as KerasTensor });
  model.compile({ optimizer: "sgd", loss: "mse", device: "reference" });
  return model;
}

/** A value of the step that is being written. */
const sym =
  (shape: number[], batched = true) =>
  (step: GraphBuilder) =>
    step.input(`${batched ? "x" : "w"}${shape.join("x")}`, { shape, dtype: "float32", batched });

/** Values of a step, for calls that write one. */
const symbols: readonly ((step: GraphBuilder) => unknown)[] = [
  ...[[4, 3], [4, 3], [4, 1], [4, 6, 6, 3], [4, 6, 3], [4]].map((shape) => sym(shape)),
  ...[[3, 3, 3, 2], [3, 2], [3], []].map((shape) => sym(shape, false)),
  (step) => [sym([4, 3])(step), sym([4, 3])(step)],
];

/** What a call may sensibly be given; which of them fits, chance finds out. */
export const good: readonly ((step: GraphBuilder) => unknown)[] = [
  ...[0, 1, 2, 3, 4, 0.5, -1].map((value) => () => value),
  ...["same", "float32", "int32", "sum", "dense", "loss", "adam", "accuracy", "ij,jk->ik", "bilinear"].map(
    (value) => () => value,
  ),
  ...[
    [1],
    [2, 2],
    [4],
    [3, 1],
    [0, 1],
    [4, 4, 3],
    [null, 3],
    [1, 0, 2],
    [
      [1, 1],
      [0, 0],
    ],
  ].map((value) => () => value),
  () => input({ shape: [4] }),
  () => input({ shape: [4] }),
  () => input({ shape: [3] }),
  () => input({ shape: [4, 4] }),
  () => input({ shape: [6, 6, 3] }),
  () => input({ shape: [6, 6, 3] }),
  () => input({ shape: [6, 3] }),
  () => [input({ shape: [4] }), input({ shape: [4] })],
  () => [input({ shape: [4, 4] }), input({ shape: [4, 4] })],
  () => rows([4]),
  () => rows([3, 3, 3, 2]),
  () => rows([3, 3, 3, 1]),
  () => rows([3, 3, 2]),
  () => rows([1, 1, 3, 2]),
  () => x,
  () => x,
  () => y,
  () => [
    [1, 2, 3],
    [4, 5, 6],
  ],
  () => new Int32Array([0, 1, 2]),
  () => tensor([0, 1, 1, 2], undefined, "int32"),
  () => [x, x],
  () => [x, y],
  () => Dataset.from([x, y]).batch(2),
  () => smallModel(),
  () => imageModel(),
  () => rows([2, 6, 6, 1]),
  () => ({ layer: "conv" }),
  () => ({ layer: "conv", channel: 1, steps: 2 }),
  () => new Dense({ units: 2 }),
  () => new Mean(),
  () => new Adam(),
  () => smallModel().toJSON(),
  () => (value: Sym) => square(value),
  () => (value: unknown) => value,
  () => ({}),
  () => ({ verbose: 0 }),
  () => ({ shape: [3] }),
  () => ({ device: "reference" }),
  ...symbols,
  ...symbols,
  () => ({ devices: ["reference"], warmup: 1, seconds: 0.01, steps: 1, epochs: 1, batchSize: 2 }),
];

class OwnLayer extends Layer {
  factor!: Variable;
  override build() {
    this.factor = this.addWeight({ name: "factor", shape: [1], initializer: "ones" });
  }
  override call(value: Sym) {
    return multiply(value, this.factor);
  }
}

class OwnInitializer extends Initializer {
  override initialize(shape: readonly number[]) {
    return new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
  }
}

class OwnLoss extends Loss {
  override call(yTrue: Sym, yPred: Sym) {
    return mean(square(multiply(yTrue, yPred)), -1);
  }
}

class OwnData extends PyDataset {
  override readonly length = 2;
  override get(index: number) {
    return [rows([2, 3]), tensor([[index], [1]])];
  }
}

class OwnCallback extends Callback {
  override onEpochEnd() {}
}

const abstract = (base: unknown, members: object): (() => object) => {
  const Own = class extends (base as new (options?: object) => object) {};
  Object.assign(Own.prototype, members);
  return () => new Own({});
};

/** The layer that records a function of symbolic tensors. */
const operation = (): object => {
  const start: KerasTensor = input({ shape: [3] });
  return square(start).layer;
};

/** Files that go nowhere. */
const emptyStore: FileStore = { open: async () => undefined, write: async () => {}, remove: async () => {} };

/** Classes that a table of options does not tell how to make: abstract ones by a class of one's own. */
const recipes: ReadonlyMap<unknown, () => object> = new Map<unknown, () => object>()
  .set(Dataset, () => Dataset.from([x, y]).shuffle(6).batch(2))
  .set(History, () => new History())
  .set(Model, functionalModel)
  .set(Sequential, () => smallModel())
  .set(PyDataset, () => new OwnData())
  .set(Callback, () => new OwnCallback())
  .set(KerasTensor, () => input({ shape: [3] }))
  .set(LearningRateScheduler, () => new LearningRateScheduler((_epoch, rate) => rate))
  .set(LossScaleOptimizer, () => new LossScaleOptimizer({ innerOptimizer: "sgd" }))
  .set(LambdaCallback, () => new LambdaCallback({ onEpochEnd: () => undefined }))
  .set(BackupAndRestore, () => new BackupAndRestore({ backupDir: { store: emptyStore, name: "run" } }))
  .set(ModelCheckpoint, () => new ModelCheckpoint({ filepath: { store: emptyStore, name: "a.keras" } }))
  .set(Layer, () => new OwnLayer())
  .set(Lambda, () => new Lambda({ function: (value: Sym) => square(value) }))
  .set(Discretization, () => new Discretization({ binBoundaries: [0, 1] }))
  .set(EinsumDense, () => new EinsumDense({ equation: "ab,bc->ac", outputShape: 2 }))
  .set(Bidirectional, () => new Bidirectional({ layer: new LSTM({ units: 2 }) }))
  .set(RNN, () => new RNN({ cell: new LSTMCell({ units: 2 }) }))
  .set(SpectralNormalization, () => new SpectralNormalization({ layer: new Dense({ units: 2 }) }))
  .set(StackedRNNCells, () => new StackedRNNCells({ cells: [new LSTMCell({ units: 2 })] }))
  .set(TimeDistributed, () => new TimeDistributed({ layer: new Dense({ units: 2 }) }))
  .set(Loss, () => new OwnLoss())
  .set(Initializer, () => new OwnInitializer({}))
  .set(Operation, operation)
  .set(Metric, abstract(Metric, { update() {}, result: () => new Mean().result() }))
  .set(Constraint, abstract(Constraint, { call: (value: unknown) => value }))
  .set(Regularizer, abstract(Regularizer, { call: (value: unknown) => value }))
  .set(LearningRateSchedule, abstract(LearningRateSchedule, { call: (step: Sym) => multiply(step, 0.1) }))
  .set(Optimizer, abstract(Optimizer, { update: () => ({}) }))
  .set(Variable, () => new Variable({ name: "v", shape: [2], trainable: true, value: new Float32Array(2) }));

/** Values that required options may have; the first set that a class takes makes its object. */
const candidates: readonly unknown[] = [3, 1, 0.5, [1], [2, 2], [1, 0.5], "relu", (value: unknown) => value, [2, 1]];

/** Options with which the class can be made. */
export function goodOptions(made: Class, table: OptionTable): Record<string, unknown> | undefined {
  const required = Object.keys(table).filter((name) => table[name]!.required);
  const search = (options: Record<string, unknown>, rest: readonly string[]): Record<string, unknown> | undefined => {
    const [name, ...others] = rest;
    if (name === undefined) {
      try {
        new (made as new (options: object) => object)(options);
        return options;
      } catch {
        return undefined;
      }
    }
    for (const value of candidates) {
      try {
        table[name]!.read(value, "test", name);
      } catch {
        continue;
      }
      const found = search({ ...options, [name]: value }, others);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search({}, required);
}

/** Makes a working object of the class; undefined where nobody said how. */
export function makerOf(made: Class, table: OptionTable | undefined): (() => object) | undefined {
  const recipe = recipes.get(made);
  if (recipe !== undefined) return recipe;
  const Made = made as unknown as new (...args: unknown[]) => object;
  if (table !== undefined) {
    const options = goodOptions(made, table);
    return options === undefined ? undefined : () => new Made({ ...options });
  }
  for (const args of [[], [x.data, x.shape], ["a message"]]) {
    try {
      new Made(...args);
      return () => new Made(...args);
    } catch {}
  }
  return undefined;
}

export const pick = <T>(random: RandomStream, list: readonly T[]): T => list[random.below(list.length)]!;
