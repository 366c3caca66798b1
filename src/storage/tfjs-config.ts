/**
 * Architectures in the form that TensorFlow.js reads, which is that of Keras 2. What it lacks, or computes otherwise, is refused
 * by name. T: `tfjs-layers/src/{layers,activations,initializers,regularizers}`.
 */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { isJsonObject, type Json } from "./json.ts";

type Options = Readonly<Record<string, unknown>>;

/** Of sequences and separable kernels it knows no other place of the channels. */
const last: Options = { data_format: "channels_last" };

/** The layers of both, each with the options that TensorFlow.js has not, and the values that they must have. */
const layers: Readonly<Record<string, Options>> = {
  Activation: {},
  Add: {},
  Average: {},
  AveragePooling1D: last,
  AveragePooling2D: {},
  BatchNormalization: {},
  Concatenate: {},
  Conv1D: { groups: 1, ...last },
  Conv2D: { groups: 1 },
  Conv2DTranspose: { output_padding: null },
  Cropping2D: {},
  Dense: {},
  DepthwiseConv2D: {},
  Dot: {},
  Dropout: {},
  Embedding: {},
  Flatten: {},
  GlobalAveragePooling1D: { keepdims: false, ...last },
  GlobalAveragePooling2D: { keepdims: false },
  GlobalMaxPooling1D: { keepdims: false, ...last },
  GlobalMaxPooling2D: { keepdims: false },
  InputLayer: {},
  LeakyReLU: {},
  MaxPooling1D: last,
  MaxPooling2D: {},
  Maximum: {},
  Minimum: {},
  Multiply: {},
  PReLU: {},
  Permute: {},
  ReLU: { negative_slope: 0, threshold: 0 },
  RepeatVector: {},
  Reshape: {},
  SeparableConv2D: last,
  // Its bilinear pixels lie elsewhere.
  UpSampling2D: { interpolation: "nearest" },
  ZeroPadding2D: {},
};

/** Its names of activations that compute the same. Its hard_sigmoid is another function, Keras 2's. */
const activations: Readonly<Record<string, string>> = {
  elu: "elu",
  gelu: "gelu",
  linear: "linear",
  log_softmax: "log_softmax",
  mish: "mish",
  relu: "relu",
  relu6: "relu6",
  selu: "selu",
  sigmoid: "sigmoid",
  silu: "swish",
  softmax: "softmax",
  softplus: "softplus",
  softsign: "softsign",
  swish: "swish",
  tanh: "tanh",
};

const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  InputLayer: { batch_shape: "batch_input_shape" },
  LeakyReLU: { negative_slope: "alpha" },
};

/** Its names of classes inside of layers; initializers, regularizers and constraints that are not here have Keras's. */
const parts: Readonly<Record<string, string>> = { LecunNormal: "LeCunNormal", LecunUniform: "LeCunUniform" };

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** A model's config as `toJSON` gives it, in the old form. @throws ArgumentError for what TensorFlow.js has not */
export function tfjsConfig(model: Json): Json {
  const { class_name: className, config } = model as { readonly class_name: string; readonly config: Json };
  if (!Array.isArray(config.layers))
    throw new ArgumentError(
      `save: ${className} "${config.name}" is a class of its own, which TensorFlow.js does not have; save as .keras.`,
    );
  const list = config.layers as Json[];
  const { name } = config;
  if (className === "Sequential") return { class_name: className, config: { name, layers: list.map(oldLayer) } };
  const models = new Set(list.filter(isModel).map((layer) => layer.name));
  const place = (value: unknown) => oldPlace(value, models);
  const nodes = (layer: Json) => (layer.inbound_nodes as Json[]).map((node) => oldNode(node, place));
  return {
    // "Functional" is unknown to the older versions, those of Teachable Machine among them.
    class_name: "Model",
    config: {
      name,
      layers: list.map((layer) => ({ ...oldLayer(layer), name: layer.name, inbound_nodes: nodes(layer) })),
      input_layers: placesIn(config.input_layers).map(place),
      output_layers: placesIn(config.output_layers).map(place),
    },
  };
}

const isModel = ({ config }: Json) => isJsonObject(config) && Array.isArray(config.layers);

/** A model in a model counts the call that made it as its first one. */
function oldPlace(value: unknown, models: ReadonlySet<unknown>): readonly [string, number, number] {
  const [name, call, tensor] = value as [string, number, number];
  return [name, call + (models.has(name) ? 1 : 0), tensor];
}

/** The places in one, a list or a record of them. */
function placesIn(value: unknown): unknown[] {
  if (Array.isArray(value) && typeof value[0] === "string") return [value];
  return Object.values(value as object).flatMap(placesIn);
}

/** A call as a list of the tensors that it reads, each with the call's options. */
function oldNode({ args, kwargs }: Json, place: (value: unknown) => readonly [string, number, number]): unknown {
  const tensors: unknown[] = [];
  const visit = (value: unknown): void => {
    if (isJsonObject(value) && value.class_name === "__keras_tensor__")
      tensors.push([...place((value.config as Json).keras_history), kwargs]);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  visit(args);
  return tensors;
}

function oldLayer(layer: Json): Json {
  if (isModel(layer)) return tfjsConfig(layer);
  const { class_name: className, config, module } = layer as { class_name: string; config: Json; module: unknown };
  const title = `${className} "${config.name}"`;
  const needed = module === "keras.layers" ? own(layers, className) : undefined;
  if (needed === undefined)
    throw new ArgumentError(`save: TensorFlow.js has no layer like ${title}; save as .keras, or leave it out.`);
  for (const [option, value] of Object.entries(needed))
    if (config[option] !== value && config[option] !== undefined)
      throw new ArgumentError(
        `save: ${title} has ${option} ${formatValue(config[option])}, which TensorFlow.js does not know; save as .keras.`,
      );
  const names = own(renamed, className) ?? {};
  const entries = Object.entries(config).map(([key, value]) => [own(names, key) ?? key, oldValue(title, key, value)]);
  return { class_name: className, config: Object.fromEntries(entries) as Json };
}

function oldValue(title: string, key: string, value: unknown): unknown {
  // Its dtypes are float32, int32 and bool.
  if (key === "dtype") return value === "int32" || value === "uint8" ? "int32" : "float32";
  if (key === "activation") return oldActivation(title, value);
  if (!isJsonObject(value) || typeof value.class_name !== "string") return value;
  const { class_name: className, config } = value as { readonly class_name: string; readonly config: Json };
  if (className === "L1" || className === "L2")
    return { class_name: "L1L2", config: { l1: config.l1 ?? 0, l2: config.l2 ?? 0 } };
  if (value.module === null || className === "OrthogonalRegularizer")
    throw new ArgumentError(
      `save: ${title} has the ${key} ${className}, which TensorFlow.js does not have; save as .keras.`,
    );
  return { class_name: own(parts, className) ?? className, config };
}

function oldActivation(title: string, value: unknown): unknown {
  const name = value === null ? "linear" : value;
  const known = typeof name === "string" ? own(activations, name) : undefined;
  if (known !== undefined) return known;
  const shown = typeof name === "string" ? name : "of one's own";
  throw new ArgumentError(
    `save: ${title} has the activation ${shown}, which TensorFlow.js does not have or computes otherwise; save as .keras.`,
  );
}
