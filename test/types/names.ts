/** Names given as strings are literal unions: the editor completes them, and the compiler refuses misspelt ones. */
import { type DeviceName, input, jit, Model, Sequential, tensor } from "fovea";
import { EarlyStopping, type LogName } from "fovea/callbacks";
import { MaxNorm } from "fovea/constraints";
import { HeNormal } from "fovea/initializers";
import {
  Activation,
  AveragePooling2D,
  BatchNormalization,
  Conv1D,
  Conv2D,
  Conv2DTranspose,
  Dense,
  DepthwiseConv2D,
  Embedding,
  MaxPooling2D,
  SeparableConv2D,
} from "fovea/layers";
import { BinaryCrossentropy, MeanSquaredError } from "fovea/losses";
import { AUC, BinaryAccuracy } from "fovea/metrics";
import { matmul, max, relu, type Sym } from "fovea/ops";
import { Adam } from "fovea/optimizers";
import { L2 } from "fovea/regularizers";
import { expectTypeOf } from "vitest";

// Activations: a name, a function of symbolic values, null for none.
new Dense({ units: 1, activation: "relu" });
new Dense({ units: 1, activation: "log_softmax" });
new Dense({ units: 1, activation: null });
new Dense({ units: 1, activation: (x) => relu(x) });
new Activation("softmax");
new Activation({ activation: "tanh" });
// @ts-expect-error no such activation
new Dense({ units: 1, activation: "reluu" });
// @ts-expect-error no such activation
new Activation("soft_max");
// @ts-expect-error no such activation
new Conv2D({ filters: 1, kernelSize: 3, activation: "Relu" });
// @ts-expect-error no function of symbolic values
new Dense({ units: 1, activation: (x: string) => x });

// Initializers, regularizers, constraints: a name in either spelling, an object, a function.
new Dense({
  units: 1,
  kernelInitializer: "he_normal",
  biasInitializer: "Zeros",
  kernelRegularizer: "l2",
  biasRegularizer: "L1",
  activityRegularizer: "l1_l2",
  kernelConstraint: "max_norm",
  biasConstraint: "NonNeg",
});
new Dense({
  units: 1,
  kernelInitializer: new HeNormal({ seed: 1 }),
  kernelRegularizer: new L2(1e-4),
  kernelConstraint: new MaxNorm(),
});
new Dense({ units: 1, kernelRegularizer: null, kernelConstraint: null });
new Dense({ units: 1, kernelInitializer: (shape) => new Float32Array(shape.length), kernelRegularizer: (w) => max(w) });
// @ts-expect-error no such initializer
new Dense({ units: 1, kernelInitializer: "he_norm" });
// @ts-expect-error no such regularizer
new Dense({ units: 1, kernelRegularizer: "l3" });
// @ts-expect-error no such constraint
new Dense({ units: 1, kernelConstraint: "maxnorm" });
// @ts-expect-error no such initializer
new BatchNormalization({ gammaInitializer: "one_s" });
// @ts-expect-error no such initializer
new Embedding({ inputDim: 4, outputDim: 2, embeddingsInitializer: "unifrom" });

// Padding and data format.
new Conv2D({ filters: 1, kernelSize: 3, padding: "same" });
new Conv1D({ filters: 1, kernelSize: 3, padding: "causal" });
new Conv2D({ filters: 1, kernelSize: 3, dataFormat: "channels_last" });
// @ts-expect-error sequences alone have causal padding
new Conv2D({ filters: 1, kernelSize: 3, padding: "causal" });
// @ts-expect-error no such padding
new MaxPooling2D({ padding: "full" });
// @ts-expect-error no such padding
new AveragePooling2D({ padding: "sam" });
// @ts-expect-error no such padding
new Conv2DTranspose({ filters: 1, kernelSize: 3, padding: "causal" });
// @ts-expect-error no such padding
new DepthwiseConv2D({ kernelSize: 3, padding: "s" });
// @ts-expect-error no such padding
new SeparableConv2D({ filters: 1, kernelSize: 3, padding: "s" });
// @ts-expect-error no such format
new Conv2D({ filters: 1, kernelSize: 3, dataFormat: "channels_second" });
new Conv2D({ filters: 1, kernelSize: 3, dataFormat: "channels_first" });

// Dtypes.
input({ shape: [3], dtype: "int32" });
tensor([1], [1], "uint8");
// @ts-expect-error no such dtype
input({ shape: [3], dtype: "float64" });
// @ts-expect-error no such dtype
tensor([1], [1], "int64");
// @ts-expect-error no such policy
new Dense({ units: 1, dtype: "float64" });

// Losses, metrics, optimizers, devices.
const model = new Sequential([new Dense({ units: 1, inputShape: [3] })]);
model.compile({
  optimizer: "adamw",
  loss: "mse",
  metrics: ["accuracy", "auc", "AUC", "mean_absolute_error"],
  device: "cpu",
});
model.compile({ optimizer: new Adam(), loss: new MeanSquaredError(), metrics: [new AUC(), (y, p) => matmul(y, p)] });
model.compile({ loss: (yTrue, yPred) => matmul(yTrue, yPred), weightedMetrics: "mse", metrics: "accuracy" });
model.compile({ loss: null });
// @ts-expect-error no such optimizer
model.compile({ optimizer: "adm", loss: "mse" });
// @ts-expect-error no such loss
model.compile({ loss: "mean_square_error" });
// @ts-expect-error no such metric
model.compile({ metrics: ["acuracy"] });
// @ts-expect-error no such metric
model.compile({ weightedMetrics: ["acuracy"] });
// @ts-expect-error no such device
model.compile({ loss: "mse", device: "cuda" });
// @ts-expect-error no such device
jit((x: Sym) => x, { device: "webgl" });
// @ts-expect-error a metric is no loss
model.compile({ loss: new BinaryAccuracy() });
// @ts-expect-error no such option
model.compile({ los: "mse" });
// @ts-expect-error no such reduction
new MeanSquaredError({ reduction: "avg" });
new BinaryCrossentropy({ reduction: "mean_with_sample_weight" });
// @ts-expect-error no such curve
new AUC({ curve: "roc" });
// @ts-expect-error no such method of summation
new AUC({ summationMethod: "trapezoid" });
expectTypeOf<DeviceName>().toEqualTypeOf<"auto" | "cpu" | "gpu" | "reference">();

// Options of training.
new EarlyStopping({ monitor: "val_loss", mode: "min" });
new EarlyStopping({ monitor: "val_digit_accuracy" });
expectTypeOf<"val_mean_absolute_error">().toExtend<LogName>();
// @ts-expect-error no such mode
new EarlyStopping({ mode: "most" });
// @ts-expect-error no text
new EarlyStopping({ monitor: 1 });
const x = input({ shape: [3] });
const functional = new Model({ inputs: x, outputs: x });
void functional.fit([[1, 2, 3]], [[1, 2, 3]], { verbose: 0, shuffle: "batch" });
// @ts-expect-error no such order
void functional.fit([[1, 2, 3]], [[1, 2, 3]], { shuffle: "rows" });
// @ts-expect-error no such verbosity
void functional.fit([[1, 2, 3]], [[1, 2, 3]], { verbose: 3 });
