/** The architecture as JSON: key by key what Keras 3.15.1 writes into config.json. */
import { clearSession, input, Model, Sequential, setSeed } from "fovea";
import { HeNormal } from "fovea/initializers";
import { Activation, Conv2D, Dense, Dropout, Flatten, MaxPooling2D, MultiHeadAttention, Reshape } from "fovea/layers";
import { beforeEach, expect, test } from "vitest";

beforeEach(() => clearSession());

const policy = { module: "keras", class_name: "DTypePolicy", config: { name: "float32" }, registered_name: null };
const object = (module: string, className: string, config: object) => ({
  module,
  class_name: className,
  config,
  registered_name: null,
});
const glorot = object("keras.initializers", "GlorotUniform", { seed: null, input_axes: null, output_axes: null });
const zeros = object("keras.initializers", "Zeros", {});
const layer = (className: string, config: object, inputShape?: readonly (number | null)[]) => ({
  ...object("keras.layers", className, config),
  ...(inputShape === undefined ? {} : { build_config: { input_shape: inputShape } }),
});
const named = (name: string) => ({ name, trainable: true, dtype: policy });

/** A Conv2D's config with the values that all of them have here. */
const convolution = (name: string, filters: number, padding = "valid") => ({
  ...named(name),
  filters,
  kernel_size: [3, 3],
  strides: [1, 1],
  padding,
  data_format: "channels_last",
  dilation_rate: [1, 1],
  groups: 1,
  activation: "relu",
  use_bias: true,
  kernel_initializer: glorot,
  bias_initializer: zeros,
  kernel_regularizer: null,
  bias_regularizer: null,
  activity_regularizer: null,
  kernel_constraint: null,
  bias_constraint: null,
});

const dense = (name: string, units: number, activation: string, kernelInitializer: object = glorot) => ({
  ...named(name),
  units,
  activation,
  use_bias: true,
  kernel_initializer: kernelInitializer,
  bias_initializer: zeros,
  kernel_regularizer: null,
  bias_regularizer: null,
  kernel_constraint: null,
  bias_constraint: null,
  quantization_config: null,
});

const entry = (name: string, batchShape: readonly (number | null)[]) =>
  layer("InputLayer", {
    batch_shape: batchShape,
    dtype: "float32",
    sparse: false,
    ragged: false,
    name,
    optional: false,
  });

const image = [null, 28, 28, 1];

function handoutModel() {
  return new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
}

// The golden file `seed_cnn.json` with the numbers that its process had given to the names taken off.
test("the handout's model", () => {
  expect(JSON.parse(JSON.stringify(handoutModel().toJSON()))).toEqual({
    ...object("keras", "Sequential", {
      ...named("sequential"),
      layers: [
        entry("input_layer", image),
        layer("Conv2D", convolution("conv2d", 64), image),
        layer("Conv2D", convolution("conv2d_1", 32), [null, 26, 26, 64]),
        layer("Flatten", { ...named("flatten"), data_format: "channels_last" }, [null, 24, 24, 32]),
        layer("Dense", dense("dense", 10, "softmax"), [null, 18432]),
      ],
      build_input_shape: image,
    }),
    build_config: { input_shape: image },
  });
});

test("layers without a state have no build_config, and options are those that were given", () => {
  const model = new Sequential([
    new Reshape({ targetShape: [4, 4, 1], inputShape: [16] }),
    new MaxPooling2D({ padding: "same" }),
    new Dropout({ rate: 0.25, seed: 3 }),
    new Activation("tanh"),
    new Flatten(),
    new Dense({ units: 2, kernelInitializer: new HeNormal({ seed: 7 }), name: "out" }),
  ]);
  const json = JSON.parse(JSON.stringify(model.toJSON())) as { config: { layers: unknown[] } };
  const he = object("keras.initializers", "HeNormal", { seed: 7, input_axes: null, output_axes: null });
  expect(json.config.layers).toEqual([
    entry("input_layer", [null, 16]),
    layer("Reshape", { ...named("reshape"), target_shape: [4, 4, 1] }),
    layer("MaxPooling2D", {
      ...named("max_pooling2d"),
      pool_size: [2, 2],
      padding: "same",
      strides: [2, 2],
      data_format: "channels_last",
    }),
    layer("Dropout", { ...named("dropout"), rate: 0.25, seed: 3, noise_shape: null }),
    layer("Activation", { ...named("activation"), activation: "tanh" }),
    layer("Flatten", { ...named("flatten"), data_format: "channels_last" }, [null, 2, 2, 1]),
    layer("Dense", dense("out", 2, "linear", he), [null, 4]),
  ]);
});

test("a functional model lists where each layer's inputs come from", () => {
  const x = input({ shape: [3], name: "in" });
  const shared = new Dense({ units: 3, name: "shared" });
  const model = new Model({ inputs: x, outputs: shared.apply(shared.apply(x)), name: "twice" });
  const tensorOf = (name: string, node: number) => ({
    class_name: "__keras_tensor__",
    config: { shape: [null, 3], dtype: "float32", keras_history: [name, node, 0] },
  });
  expect(JSON.parse(JSON.stringify(model.toJSON()))).toEqual({
    module: "keras.src.models.functional",
    class_name: "Functional",
    config: {
      name: "twice",
      trainable: true,
      layers: [
        { ...entry("in", [null, 3]), name: "in", inbound_nodes: [] },
        {
          ...layer("Dense", dense("shared", 3, "linear"), [null, 3]),
          name: "shared",
          inbound_nodes: [
            { args: [tensorOf("in", 0)], kwargs: {} },
            { args: [tensorOf("shared", 0)], kwargs: {} },
          ],
        },
      ],
      input_layers: [["in", 0, 0]],
      output_layers: [["shared", 1, 0]],
    },
    registered_name: "Functional",
    build_config: { input_shape: [null, 3] },
  });
});

test("a frozen layer says so, and the config does not depend on the weights", () => {
  setSeed(1);
  const model = handoutModel();
  const before = JSON.stringify(model.toJSON());
  model.setWeights(model.getWeights().map((weight) => weight));
  expect(JSON.stringify(model.toJSON())).toBe(before);
  model.layers[0]!.trainable = false;
  expect(JSON.stringify(model.toJSON())).not.toBe(before);
});

test("before it is built there is nothing to write", () => {
  expect(() => new Sequential([new Dense({ units: 1 })], { name: "open" }).toJSON()).toThrow(
    'Model "open" is not built: give its first layer an inputShape, or call fit or build first.',
  );
});

test("a layer whose inputs are arguments in Keras has a shape for each by name, as Keras 3.15 writes and reads it", () => {
  const [query, value] = [input({ shape: [6, 8] }), input({ shape: [5, 8] })];
  const outputs = new MultiHeadAttention({ numHeads: 2, keyDim: 4 }).apply([query, value]);
  const { layers } = new Model({ inputs: [query, value], outputs }).toJSON().config as {
    layers: { class_name: string }[];
  };
  expect(layers.find(({ class_name }) => class_name === "MultiHeadAttention")).toMatchObject({
    build_config: { shapes_dict: { query_shape: [null, 6, 8], value_shape: [null, 5, 8] } },
  });
});
