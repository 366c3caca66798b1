/** A model of own parts, as functions and as classes, beside one of the built-in parts that they repeat. */
import { type DeviceName, Sequential, setSeed, tensor } from "fovea";
import { Constant } from "fovea/initializers";
import { Dense } from "fovea/layers";
import { MeanSquaredError } from "fovea/losses";
import { MeanAbsoluteError } from "fovea/metrics";
import { SGD } from "fovea/optimizers";
import { L2 } from "fovea/regularizers";
import { Distance, Falling, NotNegative, Penalty, Squares, Twentieths } from "./own-classes.ts";
import { distances, falling, leaky, notNegative, penalty, squares, twentieths } from "./own-functions.ts";

/** What a model is trained with. */
const kinds = {
  functions: {
    loss: squares,
    metric: distances,
    regularizer: penalty,
    initializer: twentieths,
    constraint: notNegative,
    activation: leaky,
    rate: falling,
  },
  classes: {
    loss: new Squares(),
    metric: new Distance({ name: "distances" }),
    regularizer: new Penalty(),
    initializer: new Twentieths(),
    constraint: new NotNegative(),
    activation: leaky,
    rate: new Falling(),
  },
  builtIn: {
    loss: new MeanSquaredError(),
    metric: new MeanAbsoluteError({ name: "distances" }),
    regularizer: new L2(0.02),
    initializer: new Constant({ value: 0.05 }),
    constraint: "non_neg",
    activation: leaky,
    rate: falling,
  },
} as const;

export async function trainOwnParts(device: DeviceName, kind: keyof typeof kinds) {
  setSeed(4);
  const { loss, metric, regularizer, initializer, constraint, activation, rate } = kinds[kind];
  const x = tensor(
    Float32Array.from({ length: 24 * 3 }, (_, i) => Math.sin(i * 1.7)),
    [24, 3],
  );
  const y = Float32Array.from({ length: 24 }, (_, row) => x.data[row * 3]! - 0.5 * x.data[row * 3 + 1]!);
  const hidden = new Dense({
    units: 4,
    activation,
    kernelInitializer: initializer,
    kernelRegularizer: regularizer,
    kernelConstraint: constraint,
    inputShape: [3],
  });
  const model = new Sequential([hidden, new Dense({ units: 1 })]);
  model.compile({ optimizer: new SGD({ learningRate: rate }), loss, metrics: [metric], device });
  const { history } = await model.fit(x, y, { epochs: 4, batchSize: 6, shuffle: false, verbose: 0 });
  return { history, weights: model.getWeights(), kernel: hidden.kernel.value, rate: model.optimizer!.learningRate };
}
