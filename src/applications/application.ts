/** What all applications share: their options, the image, the top or the pooling in its place, and the weights. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { refuseOption } from "../base/options.ts";
import type { LoadPlace } from "../io/place.ts";
import { type ActivationLike, activation } from "../nn/activations.ts";
import { type BatchShape, isKerasTensor, type KerasTensor } from "../nn/keras-tensor.ts";
import { checkShape } from "../nn/layers/arguments.ts";
import { Dense } from "../nn/layers/dense.ts";
import { GlobalAveragePooling2D } from "../nn/layers/global-average-pooling2d.ts";
import { GlobalMaxPooling2D } from "../nn/layers/global-max-pooling2d.ts";
import { choice, flag, integer, type OptionTable, text, value } from "../nn/option-kinds.ts";
import { readOptions } from "../nn/options.ts";
import { Model } from "../train/model.ts";
import { through } from "./blocks.ts";
import { type ImageRules, imageShape, imageTensor, sourcesOf } from "./image-input.ts";
import { type PublishedFile, publishedFile } from "./published-file.ts";

/** Options of every application; names and defaults are Keras's. */
export interface ApplicationOptions {
  /** Whether the model ends with the classifier of ImageNet, or with features. Default true. */
  readonly includeTop?: boolean | undefined;
  /** "imagenet": trained ones, downloaded once; null: drawn; or a file with weights (`LoadPlace`). Default "imagenet". */
  readonly weights?: LoadPlace | null | undefined;
  /** A symbolic tensor [batch, height, width, channels] to build on. Default null: a new input. */
  readonly inputTensor?: KerasTensor | null | undefined;
  /** Shape [height, width, channels] of the images. Default null: what the top takes; without the top any size. */
  readonly inputShape?: BatchShape | null | undefined;
  /** Without the top: "avg" or "max" over the image, or null for the whole feature map. Default null. */
  readonly pooling?: "avg" | "max" | null | undefined;
  /** Outputs of the top. Default 1000. */
  readonly classes?: number | undefined;
  /** Activation of the top; null gives logits. Default "softmax". */
  readonly classifierActivation?: ActivationLike | null | undefined;
  /** Name of the model. */
  readonly name?: string | undefined;
}

/** The options, checked, with their defaults. */
export interface CheckedOptions {
  readonly includeTop: boolean;
  readonly weights: LoadPlace | null;
  readonly inputTensor: KerasTensor | null;
  readonly inputShape: BatchShape | null;
  readonly pooling: "avg" | "max" | null;
  readonly classes: number;
  readonly classifierActivation: ActivationLike;
  readonly name: string | null;
}

const applicationOptions = {
  includeTop: /* @__PURE__ */ flag({ default: true }),
  weights: /* @__PURE__ */ value<LoadPlace | null, "imagenet">(
    (weights, owner, name) =>
      weights === null || typeof weights === "string" || typeof weights === "object"
        ? (weights as LoadPlace | null)
        : refuseOption(owner, name, weights, '"imagenet", null or a file with weights'),
    { default: "imagenet" },
  ),
  inputTensor: /* @__PURE__ */ value<KerasTensor, null>(
    (tensor, owner, name) =>
      isKerasTensor(tensor)
        ? tensor
        : refuseOption(owner, name, tensor, "what input({ shape }) or layer.apply(x) gives"),
    { default: null },
  ),
  inputShape: /* @__PURE__ */ value<BatchShape, null>(
    (shape, owner, name) => {
      checkShape(owner, name, shape as BatchShape);
      return shape as BatchShape;
    },
    { default: null },
  ),
  pooling: /* @__PURE__ */ choice(["avg", "max"], { default: null }),
  classes: /* @__PURE__ */ integer({ min: 1, default: 1000 }),
  classifierActivation: /* @__PURE__ */ activation("softmax"),
  name: /* @__PURE__ */ text({ default: null }),
};

/** An architecture. `O` are its options, checked. */
export interface Architecture<O extends CheckedOptions = CheckedOptions> {
  /** Keras's name of the function, for messages. */
  readonly title: string;
  /** Its own options. */
  readonly options?: OptionTable;
  /** What it asks of the images. */
  image(options: O): ImageRules;
  /** Default name of the model; `shape` is that of the images. */
  name(options: O, shape: BatchShape): string;
  /** The layers up to the features. */
  body(image: KerasTensor, options: O): KerasTensor;
  /** The classifier on top of the features. */
  top(features: KerasTensor, options: O): KerasTensor;
  /** Names of the layers that pool in the top's place. Default: the classes' own. */
  readonly poolNames?: { readonly avg: string; readonly max: string };
  /** What follows the pooling. Default: nothing. */
  afterPooling?(features: KerasTensor): KerasTensor;
  /** The weights "imagenet". @throws ArgumentError for options that they are not for */
  published(options: O, shape: BatchShape): PublishedFile;
}

/** Makes the model of an architecture. */
export async function buildApplication<O extends CheckedOptions>(
  architecture: Architecture<O>,
  given: ApplicationOptions,
): Promise<Model> {
  const { title } = architecture;
  const table = { ...applicationOptions, ...architecture.options };
  const options = readOptions(title, title, given, table) as unknown as O;
  checkTop(title, options);
  const shape = imageShape(title, options, architecture.image(options));
  const published = options.weights === "imagenet" ? architecture.published(options, shape) : undefined;
  const image = imageTensor(options, shape);
  const features = architecture.body(image, options);
  const outputs = options.includeTop ? architecture.top(features, options) : pooled(architecture, features, options);
  const sources = sourcesOf(image);
  const inputs = (sources.length === 1 ? sources[0]! : sources) as KerasTensor;
  const model = new Model({ inputs, outputs, name: options.name ?? architecture.name(options, shape) });
  if (published !== undefined) {
    const remedy = "Or pass weights: null, or the path of a file with weights.";
    const { path, bytes } = await publishedFile(title, published, remedy);
    await model.loadWeights(path ?? bytes);
  } else if (options.weights !== null) await model.loadWeights(options.weights);
  return model;
}

function checkTop(title: string, { includeTop, weights, classes, classifierActivation }: CheckedOptions): void {
  if (!includeTop || weights === null) return;
  if (weights === "imagenet" && classes !== 1000)
    throw new ArgumentError(
      `${title}: classes is ${classes}, but weights "imagenet" are for 1000. Set includeTop: false, or weights: null.`,
    );
  if (classifierActivation !== "softmax" && classifierActivation !== "linear")
    throw new ArgumentError(
      `${title}: classifierActivation is ${formatValue(classifierActivation)}, expected "softmax" or null, for which trained weights are.`,
    );
}

function pooled<O extends CheckedOptions>(
  { poolNames, afterPooling }: Architecture<O>,
  features: KerasTensor,
  { pooling }: O,
): KerasTensor {
  const name = pooling === null ? undefined : poolNames?.[pooling];
  const made =
    pooling === null
      ? features
      : pooling === "avg"
        ? new GlobalAveragePooling2D({ name }).apply(features)
        : new GlobalMaxPooling2D({ name }).apply(features);
  return afterPooling === undefined ? made : afterPooling(made);
}

/** Average over the image, then a Dense layer: the top of most architectures. */
export const denseTop =
  (poolName?: string) =>
  (features: KerasTensor, { classes, classifierActivation }: CheckedOptions): KerasTensor =>
    through(
      features,
      new GlobalAveragePooling2D({ name: poolName }),
      new Dense({ units: classes, activation: classifierActivation, name: "predictions" }),
    );

/** Weights that are published in a file with the top and in one without. */
export const withTopOrNot =
  (top: PublishedFile, noTop: PublishedFile) =>
  ({ includeTop }: CheckedOptions): PublishedFile =>
    includeTop ? top : noTop;
