/**
 * Configs of Keras 1, 2 and tf.keras in the form of Keras 3. K: `legacy/saving/`, and the compatibility code of the layers
 * themselves. Configs that are new already stay as they are.
 */
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

/** An object of a config and all that it holds. */
export function modernConfig(json: Json): Json {
  const { class_name: className, config } = json;
  if (typeof className !== "string") return json;
  // A Sequential of Keras 1 and 2 is a bare list of layers.
  if (Array.isArray(config)) return { ...json, config: { name: "sequential", layers: config.map(modernLayer) } };
  if (!isJsonObject(config)) return json;
  if (Array.isArray(config.layers)) return { ...json, config: modernModel(config) };
  return { ...json, config: modernOptions(className, config) };
}

const modernModel = (config: Json): Json => ({ ...config, layers: (config.layers as unknown[]).map(modernLayer) });

function modernLayer(layer: unknown): unknown {
  if (!isJsonObject(layer)) return layer;
  const { inbound_nodes: nodes } = layer;
  const made = modernConfig(layer);
  return Array.isArray(nodes) ? { ...made, inbound_nodes: nodes.map(modernNode) } : made;
}

function modernOptions(className: string, config: Json): Json {
  const leave = [...droppedAnywhere, ...(own(dropped, className) ?? [])];
  const names = own(renamed, className) ?? {};
  const keep = className === "InputLayer" ? ["ragged"] : [];
  const entries = Object.entries(config)
    .filter(([key]) => keep.includes(key) || !leave.includes(key))
    .map(([key, value]) => [own(names, key) ?? key, modernValue(className, key, value)]);
  return Object.fromEntries(entries) as Json;
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
function modernNode(node: unknown): unknown {
  if (!Array.isArray(node)) return node;
  const tensors = node.filter((each) => Array.isArray(each) && typeof each[0] === "string") as unknown[][];
  const args = tensors.map(([name, call = 0, tensor = 0]) => ({
    class_name: "__keras_tensor__",
    config: { keras_history: [name, call, tensor] },
  }));
  const kwargs = tensors.find((each) => isJsonObject(each[3]))?.[3] ?? {};
  return { args: [args.length === 1 ? args[0] : args], kwargs };
}
