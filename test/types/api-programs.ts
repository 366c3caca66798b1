/**
 * The programs that the API was designed by, as people write them: they compile without casts. Each is a function, so that a
 * test can run it. What is not there yet is replaced: MobileNetV2 by a small Sequential, the random augmentation by Dropout,
 * images from a directory by arrays, ModelCheckpoint and ReduceLROnPlateau by EarlyStopping, files and clusters left out.
 */
import {
  Dataset,
  type DeviceName,
  gradients,
  input,
  jit,
  Model,
  Sequential,
  type StepBatch,
  type StepValues,
  type Sym,
  type Tensor,
  type TensorLike,
  type TrainStep,
  tensor,
  valueAndGrad,
} from "fovea";
import { EarlyStopping } from "fovea/callbacks";
import {
  type CallContext,
  Concatenate,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  GlobalAveragePooling2D,
  Lambda,
  Layer,
  type BatchShape as Shape,
  type Variable,
} from "fovea/layers";
import { Metric } from "fovea/metrics";
import * as ops from "fovea/ops";
import { Adam, AdamW } from "fovea/optimizers";
import { integer } from "fovea/options";
import { L2 } from "fovea/regularizers";
import { CosineDecay } from "fovea/schedules";

/** Where the programs compute, and that they say nothing. */
export interface Place {
  readonly device: DeviceName;
}
const verbose = 0;

// 1 Two inputs, two outputs. predict is typed by how the model was made.
export async function twoInputs(
  { device }: Place,
  images: Tensor,
  numbers: Tensor,
  labels: Int32Array,
  slants: Tensor,
) {
  const image = input({ shape: [28, 28, 1], name: "image" });
  const meta = input({ shape: [4], name: "meta" });
  const features = new Flatten().apply(new Conv2D({ filters: 8, kernelSize: 3, activation: "relu" }).apply(image));
  const both = new Concatenate().apply([features, meta]);
  const model = new Model({
    inputs: { image, meta },
    outputs: {
      digit: new Dense({ units: 10, activation: "softmax" }).apply(both),
      slant: new Dense({ units: 1 }).apply(both),
    },
  });
  model.compile({
    optimizer: "adam",
    loss: { digit: "sparse_categorical_crossentropy", slant: "mse" },
    lossWeights: { slant: 0.1 },
    metrics: { digit: ["accuracy"] },
    device,
  });
  await model.fit({ image: images, meta: numbers }, { digit: labels, slant: slants }, { epochs: 2, verbose });
  const { digit } = await model.predict({ image: images, meta: numbers }, { verbose });
  return digit;
}

// 2 A model is a layer; a feature extractor is a model.
export function layeredModels({ device }: Place) {
  const augment = new Sequential([new Dropout({ rate: 0.1 })]);
  const base = new Sequential([
    new Conv2D({ filters: 4, kernelSize: 3, inputShape: [96, 96, 3] }),
    new Conv2D({ filters: 4, kernelSize: 3, strides: 2 }),
    new GlobalAveragePooling2D(),
  ]);
  base.trainable = false;
  const x = input({ shape: [96, 96, 3] });
  const net = new Model({
    inputs: x,
    outputs: new Dense({ units: 5, activation: "softmax" }).apply(base.apply(augment.apply(x), { training: false })),
  });
  const maps = new Model({
    inputs: base.inputs,
    outputs: base.layers.filter((l) => l instanceof Conv2D).map((l) => l.output),
  });
  net.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device });
  return { net, maps };
}

// 3 An own layer: weights in build, ops in call, the output shape found by tracing.
export class Involution extends Layer<{ groups: number }> {
  static override options = { groups: integer({ min: 1, default: 1 }) };
  kernel!: Variable;
  mix = new Dense({ units: 16 });
  override build([, , , channels]: Shape) {
    this.kernel = this.addWeight({ name: "kernel", shape: [3, 3, channels!] });
  }
  override call(x: Sym, { training }: CallContext): Sym {
    return ops.relu(this.mix.apply(ops.mean(x, [1, 2]), { training }));
  }
}
export const double = new Lambda((x: Sym) => ops.multiply(x, 2));

// 4 Own loss and metric: a function, or a class with state.
export class OwnMeanIoU extends Metric {
  readonly classes = 3;
  confusion = this.addState("confusion", [this.classes, this.classes]);
  override update(yTrue: Sym, yPred: Sym) {
    const truth = ops.oneHot(ops.reshape(yTrue, [-1]), this.classes);
    const answer = ops.oneHot(ops.argmax(yPred, -1), this.classes);
    this.confusion.assignAdd(ops.einsum("nt,np->tp", truth, answer));
  }
  override result() {
    const both = ops.diagonal(this.confusion);
    const either = ops.subtract(ops.add(ops.sum(this.confusion, 0), ops.sum(this.confusion, 1)), both);
    return ops.mean(ops.divide(both, ops.maximum(either, 1)));
  }
}
export function compileOwnLoss(model: Sequential, { device }: Place) {
  model.compile({
    optimizer: "adam",
    loss: (yTrue, yPred) => ops.mean(ops.square(ops.subtract(yTrue, yPred)), -1),
    metrics: [new OwnMeanIoU()],
    device,
  });
}

// 5 Own training: traced once, compiled into one program, as fast as fit.
export class Vae extends Model {
  readonly encode = new Dense({ units: 2 });
  readonly decode = new Dense({ units: 4 });
  klLoss!: Sym;
  override call(x: Sym) {
    const code = this.encode.call(x);
    this.klLoss = ops.multiply(ops.mean(ops.square(code)), 0.5);
    return this.decode.call(code);
  }
  override computeLoss({ x, yPred }: StepValues) {
    return ops.add(super.computeLoss({ x, y: x, yPred }), this.klLoss);
  }
}
const bce = (yTrue: Sym, yPred: Sym) => ops.mean(ops.binaryCrossentropy(yTrue, yPred, { fromLogits: true }));
export class Gan extends Model {
  readonly generator = new Sequential([new Dense({ units: 4 })]);
  readonly discriminator = new Sequential([new Dense({ units: 1 })]);
  readonly gOptimizer = new Adam();
  readonly dOptimizer = new Adam();
  override trainStep({ x }: StepBatch, step: TrainStep) {
    const fake = this.generator.call(ops.random.normal([step.rows, 64]), { training: true });
    const real = this.discriminator.call(x, { training: true });
    const judgedFake = this.discriminator.call(ops.stopGradient(fake));
    const dLoss = ops.add(bce(ops.onesLike(real), real), bce(ops.zerosLike(judgedFake), judgedFake));
    step.minimize(dLoss, this.discriminator.trainableWeights, this.dOptimizer);
    const judged = this.discriminator.call(fake);
    const gLoss = bce(ops.onesLike(judged), judged);
    step.minimize(gLoss, this.generator.trainableWeights, this.gOptimizer);
    return { dLoss, gLoss };
  }
}

// 6 Functions of tensors: traced, compiled once per shape, called with numbers.
export async function functions(
  { device }: Place,
  net: Model,
  images: Tensor,
  w: TensorLike,
  x: TensorLike,
  y: TensorLike,
) {
  const saliency = jit((x: Sym) => ops.abs(gradients(ops.max(net.call(x), -1), [x])[0]), { device });
  const heat = await saliency(images);
  const loss = (w: Sym, x: Sym, y: Sym) => ops.mean(ops.square(ops.subtract(ops.matmul(x, w), y)));
  const step = jit(valueAndGrad(loss), { device });
  const [value, slope] = await step(w, x, y);
  return { heat, value, slope };
}

// 7 Data: anything that can be iterated; the device computes while the next batch is made.
interface Row {
  readonly pixels: TensorLike;
  readonly label: TensorLike;
}
export async function data(net: Model, readRows: () => AsyncIterable<Row>, write: (text: string) => void) {
  const rescale = (x: Tensor) =>
    tensor(
      x.data.map((value) => value / 255),
      x.shape,
    );
  async function* stream() {
    for await (const row of readRows()) yield [row.pixels, row.label] as const;
  }
  const train = Dataset.from(stream).batch(4);
  const cached = train
    .cache()
    .shuffle(1000, { seed: 1 })
    .map(([x, y]) => [rescale(x), y], { parallel: 4 })
    .prefetch();
  await net.fit(cached, {
    epochs: 2,
    validationData: cached,
    verbose,
    callbacks: [
      new EarlyStopping({ monitor: "val_accuracy", patience: 2 }),
      { onEpochEnd: (epoch, logs) => write(`${epoch} ${logs.val_accuracy}`) },
    ],
  });
  return net.fit(Dataset.from(stream).batch(2), { stepsPerEpoch: 3, verbose });
}

// 9 A server: calls overlap, answers come in order.
interface Request {
  readonly body: Uint8Array;
}
interface App {
  post(path: string, answer: (request: Request) => Promise<unknown>): void;
}
export function serve(app: App, net: Model, decode: (body: Uint8Array) => Promise<Tensor>) {
  app.post("/predict", async (request) => (await net.predict(await decode(request.body))).toArray());
}

// 11 Schedules, regularizers, groups of weights.
export function scheduled({ device }: Place, net: Model) {
  net.compile({
    optimizer: new AdamW({
      learningRate: new CosineDecay({ initialLearningRate: 0, warmupTarget: 1e-3, warmupSteps: 100, decaySteps: 1000 }),
      weightDecay: 1e-2,
      excludeFromWeightDecay: ["bias"],
    }),
    loss: "categorical_crossentropy",
    device,
  });
  return new Conv2D({ filters: 32, kernelSize: 3, kernelRegularizer: new L2(1e-4), kernelConstraint: "max_norm" });
}

// 12 Where Keras has an operator or a positional argument, TypeScript has a function or an option; the error says so.
export function positional() {
  // @ts-expect-error: Dense takes one object of options
  return new Dense(10);
}
