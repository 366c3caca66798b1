/** A user's program that imports from every subpath of the package. Compilers check it against the packed types. */
import { type DeviceName, Sequential, type Tensor, toCategorical } from "fovea";
import { MobileNetV2 } from "fovea/applications";
import { layers } from "fovea/browser";
import { EarlyStopping } from "fovea/callbacks";
import { type KerasCode, parseKeras } from "fovea/code";
import { MaxNorm } from "fovea/constraints";
import { type ImageDataset, mnist } from "fovea/datasets";
import { DataParallel, initialize, setDistribution } from "fovea/distribution";
import { HeNormal } from "fovea/initializers";
import { cost, receptiveField } from "fovea/insight";
import { Conv2D, Dense, Flatten } from "fovea/layers";
import { CategoricalCrossentropy } from "fovea/losses";
import { CategoricalAccuracy } from "fovea/metrics";
import { type Sym, square } from "fovea/ops";
import { AdamW } from "fovea/optimizers";
import { number } from "fovea/options";
import { barChart, type Scene, toPng, toSvg } from "fovea/plot";
import { L2 } from "fovea/regularizers";
import { CosineDecay } from "fovea/schedules";
import { loadImg, padSequences } from "fovea/utils";

export const slope = number({ min: 0, default: 1 });
export const penalty = (values: Sym): Sym => square(values);

export const tokens = (texts: number[][]): Tensor => padSequences(texts, { maxlen: 8 });
export const picture = (path: string): Promise<unknown> => loadImg(path, { targetSize: [28, 28] });

export async function join(): Promise<number> {
  await initialize({ timeout: 60 });
  const parallel = new DataParallel({ autoShardDataset: false });
  setDistribution(parallel);
  return parallel.rank / parallel.size;
}

export const parsed = (python: string): KerasCode => parseKeras(python);

export const figure = (probabilities: Tensor): Scene => barChart({ title: "Probabilities", values: probabilities });
export const drawing = (scene: Scene): string => toSvg(scene);
export const painting = async (scene: Scene): Promise<ArrayBuffer> => (await toPng(scene)).buffer;

export async function backbone(): Promise<number> {
  const model = await MobileNetV2({ weights: null, includeTop: false, inputShape: [96, 96, 3] });
  return model.countParams();
}

export async function train(device: DeviceName, signal: AbortSignal): Promise<Tensor> {
  const data: ImageDataset = await mnist.load({ signal });
  const model = new Sequential([
    new Conv2D({
      filters: 4,
      kernelSize: 3,
      activation: "relu",
      kernelInitializer: new HeNormal(),
      kernelRegularizer: new L2({ l2: 0.01 }),
      kernelConstraint: new MaxNorm({ maxValue: 3 }),
      inputShape: [28, 28, 1],
    }),
    new layers.Dropout({ rate: 0.1 }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({
    optimizer: new AdamW({ learningRate: new CosineDecay({ initialLearningRate: 0.01, decaySteps: 100 }) }),
    loss: new CategoricalCrossentropy(),
    metrics: [new CategoricalAccuracy()],
    device,
  });
  const { history } = await model.fit(data.train.images, toCategorical(data.train.labels, 10), {
    callbacks: [new EarlyStopping({ patience: 2 })],
    signal,
  });
  const first: number | undefined = history.loss?.[0];
  if (first === undefined || cost(model).layers.length !== 4 || receptiveField(model).length === 0)
    throw new Error("the model has four layers and was trained");
  return model.predict(data.test.images.slice(0, 4));
}
