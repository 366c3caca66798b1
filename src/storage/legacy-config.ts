/**
 * Configs of Keras 1, 2 and tf.keras in the form of Keras 3. K: `legacy/saving/`, and the compatibility code of the layers
 * themselves. Configs that are new already stay as they are.
 */
import { FormatError } from "../base/errors.ts";
import type { CustomObjects } from "../train/from-config.ts";
import { isJsonObject, type Json } from "./json.ts";

/** Options that old configs have, and Keras 3 has not: of every layer, and of single classes. */
const droppedAnywhere = ["ragged", "input_dtype"];
const dropped: Readonly<Record<string, readonly string[]>> = {
  BatchNormalization: ["virtual_batch_size", "adjustment", "fused"],
  DepthwiseConv2D: ["filters", "groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"],
  DepthwiseConv1D: ["filters", "groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"],
  SeparableConv2D: ["groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"],
  SeparableConv1D: ["groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint"],
  Conv1DTranspose: ["groups"],
  Conv2DTranspose: ["groups"],
  Conv3DTranspose: ["groups"],
  Embedding: ["input_length", "sparse"],
  LSTM: ["implementation", "time_major"],
  GRU: ["implementation", "time_major"],
  SimpleRNN: ["implementation", "time_major"],
  // Optimizers of tf.keras.
  Adam: ["decay", "jit_compile", "is_legacy_optimizer"],
  AdamW: ["decay", "jit_compile", "is_legacy_optimizer"],
  Adamax: ["decay", "jit_compile", "is_legacy_optimizer"],
  Nadam: ["decay", "jit_compile", "is_legacy_optimizer", "schedule_decay"],
  SGD: ["decay", "jit_compile", "is_legacy_optimizer"],
  RMSprop: ["decay", "jit_compile", "is_legacy_optimizer"],
  Adagrad: ["decay", "jit_compile", "is_legacy_optimizer"],
  Adadelta: ["decay", "jit_compile", "is_legacy_optimizer"],
  Ftrl: ["decay", "jit_compile", "is_legacy_optimizer"],
};

const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LeakyReLU: { alpha: "negative_slope" },
  InputLayer: { batch_input_shape: "batch_shape" },
  Adam: { lr: "learning_rate" },
  AdamW: { lr: "learning_rate" },
  Adamax: { lr: "learning_rate" },
  Nadam: { lr: "learning_rate" },
  SGD: { lr: "learning_rate" },
  RMSprop: { lr: "learning_rate" },
  Adagrad: { lr: "learning_rate" },
  Adadelta: { lr: "learning_rate" },
  Ftrl: { lr: "learning_rate" },
};

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** The package that classes of one's own are registered in, if no other is named, and tf.keras 2.11's own optimizers. */
const ownPackage = "Custom>";

/** An object of a config and all that it holds. */
export function modernConfig(given: Json): Json {
  if (typeof given.class_name !== "string") return given;
  const className = given.class_name.startsWith(ownPackage)
    ? given.class_name.slice(ownPackage.length)
    : given.class_name;
  const json: Json = { ...given, class_name: className };
  const { config } = json;
  // A Sequential of Keras 1 and 2 is a bare list of layers.
  if (Array.isArray(config))
    return { ...json, config: { name: "sequential", layers: config.map((layer) => modernLayer(layer)) } };
  if (!isJsonObject(config)) return json;
  if (Array.isArray(config.layers)) return { ...json, config: modernModel(config) };
  return { ...json, config: modernOptions(className, config) };
}

function modernModel(config: Json): Json {
  const first = firstCalls(config);
  const layers = (config.layers as unknown[]).map((layer) => modernLayer(layer, first));
  const outputs = config.output_layers;
  if (!Array.isArray(outputs)) return { ...config, layers };
  // One place, or a list of them.
  const moved = isPlace(outputs)
    ? shift(outputs, first)
    : outputs.map((each) => (isPlace(each) ? shift(each, first) : each));
  return { ...config, layers, output_layers: moved };
}

/** The output of a call: [layer, call, tensor]. */
type CallPlace = readonly [string, number, ...unknown[]];
const isPlace = (value: unknown): value is CallPlace =>
  Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "number";

/** The lowest number of a call that is named, by layer: a model in a model counts the call that made it as its first one. */
function firstCalls({ layers, output_layers: outputs }: Json): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  const note = (place: CallPlace) => first.set(place[0], Math.min(place[1], first.get(place[0]) ?? place[1]));
  const isModel = (layer: Json) => isJsonObject(layer.config) && Array.isArray(layer.config.layers);
  const list = (layers as unknown[]).filter(isJsonObject);
  for (const { inbound_nodes: nodes } of list) if (Array.isArray(nodes)) nodes.flat().filter(isPlace).forEach(note);
  if (isPlace(outputs)) note(outputs);
  else if (Array.isArray(outputs)) outputs.filter(isPlace).forEach(note);
  const models = new Set(list.filter(isModel).map(({ name, config }) => name ?? (config as Json).name));
  return new Map([...first].filter(([name, call]) => models.has(name) && call > 0));
}

const shift = ([name, call, ...rest]: CallPlace, first: ReadonlyMap<string, number>): CallPlace => [
  name,
  call - (first.get(name) ?? 0),
  ...rest,
];

function modernLayer(layer: unknown, first: ReadonlyMap<string, number> = new Map()): unknown {
  if (!isJsonObject(layer)) return layer;
  const { inbound_nodes: nodes } = layer;
  const made = modernConfig(layer);
  return Array.isArray(nodes) ? { ...made, inbound_nodes: nodes.map((node) => modernNode(node, first)) } : made;
}

function modernOptions(className: string, config: Json): Json {
  const leave = [...droppedAnywhere, ...(own(dropped, className) ?? [])];
  const names = own(renamed, className) ?? {};
  const keep = className === "InputLayer" ? ["ragged"] : [];
  // Keras 3 has no objects without a name; before 2.1.3 a GRU had no other form.
  const fallback = className === "GRU" ? { reset_after: false } : {};
  if (config.name === null) leave.push("name");
  const entries = Object.entries(config)
    .filter(([key]) => keep.includes(key) || !leave.includes(key))
    .map(([key, value]) => [own(names, key) ?? key, modernValue(className, key, value)]);
  return { ...fallback, ...(Object.fromEntries(entries) as Json) };
}

function modernValue(className: string, key: string, value: unknown): unknown {
  // tf.keras states one axis as a list.
  if (className === "BatchNormalization" && key === "axis" && Array.isArray(value) && value.length === 1)
    return value[0];
  if (className === "VarianceScaling" && key === "distribution" && value === "normal") return "truncated_normal";
  if (!isJsonObject(value)) return value;
  const { class_name: inner, config } = value;
  // Wrappers hold layers, layers hold initializers.
  if (typeof inner === "string" && isJsonObject(config)) return modernConfig(value);
  return value;
}

/** A call: [[layer, node, tensor, arguments], …], which Keras 3 writes as arguments by place and by name. */
function modernNode(node: unknown, first: ReadonlyMap<string, number>): unknown {
  if (!Array.isArray(node)) return node;
  const tensors = node.filter(isPlace).map((place) => shift(place, first));
  const args = tensors.map(([name, call, tensor = 0]) => ({
    class_name: "__keras_tensor__",
    config: { keras_history: [name, call, tensor] },
  }));
  const kwargs = tensors.find((each) => isJsonObject(each[3]))?.[3] ?? {};
  return { args: [args.length === 1 ? args[0] : args], kwargs };
}

const wrappers: readonly unknown[] = ["MeanMetricWrapper", "LossFunctionWrapper"];

/** What a training_config says, as a compile_config does. tf.keras lists the metrics of each output, also of one alone. */
export function modernTraining(training: Json): Json {
  const alone = (metrics: unknown) =>
    Array.isArray(metrics) && metrics.length === 1 && Array.isArray(metrics[0]) ? metrics[0] : metrics;
  const { optimizer_config: optimizer, ...objective } = training;
  const { metrics, weighted_metrics, ...rest } = modernObjective(objective) as Json;
  return {
    ...rest,
    optimizer: isJsonObject(optimizer) ? modernConfig(optimizer) : optimizer,
    metrics: alone(metrics),
    weighted_metrics: alone(weighted_metrics),
  };
}

/**
 * Losses, metrics and their structure out of a training_config. tf.keras writes those that were given by name as a wrapper of a
 * function: `{"class_name": "MeanMetricWrapper", "config": {"name": "accuracy", "fn": "categorical_accuracy"}}`.
 */
function modernObjective(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modernObjective);
  if (!isJsonObject(value)) return value;
  const { class_name: className, config } = value;
  if (typeof className !== "string" || !isJsonObject(config))
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, modernObjective(each)]));
  // "auto" is a sum over the batch's size, which is the default now.
  const { fn, reduction, ...rest } = config;
  const options = reduction === undefined || reduction === "auto" ? rest : { ...rest, reduction };
  if (!wrappers.includes(className))
    return modernConfig({ ...value, config: fn === undefined ? options : { ...options, fn } });
  const name = isJsonObject(fn) ? fn.config : fn;
  return typeof name === "string" ? { class_name: name, config: options } : value;
}

/**
 * Throws for the hard_sigmoid of Keras 1, 2 and TensorFlow.js, max(0, min(1, 0.2x + 0.5)), unless it is given: Keras 3 computes
 * another function under this name.
 *
 * @param maker whose model it is: "Keras 2"
 */
export function requireHardSigmoid(maker: string, config: unknown, customObjects: CustomObjects): void {
  if (typeof config !== "object" || config === null || Object.hasOwn(customObjects, "hard_sigmoid")) return;
  for (const [key, value] of Object.entries(config)) {
    if (key.endsWith("activation") && value === "hard_sigmoid")
      throw new FormatError(
        `the activation hard_sigmoid of ${maker} is another function than that of Keras 3; give it: { customObjects: { hard_sigmoid: (x) => clip(add(multiply(x, 0.2), 0.5), 0, 1) } }.`,
      );
    requireHardSigmoid(maker, value, customObjects);
  }
}
