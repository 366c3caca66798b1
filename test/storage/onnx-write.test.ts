/** Models that fovea writes as ONNX: what stands in the file, and that it predicts the same when it is read again. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type AnyModel,
  ArgumentError,
  input,
  loadModel,
  Model,
  Sequential,
  StateError,
  type Tensor,
  tensor,
} from "fovea";
import {
  Activation,
  Add,
  AveragePooling2D,
  BatchNormalization,
  Concatenate,
  Conv1D,
  Conv2D,
  Conv2DTranspose,
  Dense,
  DepthwiseConv2D,
  Embedding,
  Flatten,
  GlobalAveragePooling2D,
  Lambda,
  LeakyReLU,
  MaxPooling2D,
  Multiply,
  ReLU,
  Resizing,
  UpSampling1D,
  UpSampling2D,
  ZeroPadding2D,
} from "fovea/layers";
import {
  argmax,
  expandDims,
  getItem,
  image,
  layerNormalization,
  mean,
  multiply,
  pad,
  random,
  type Sym,
  split,
} from "fovea/ops";
import { expect, test } from "vitest";
import { memorySource } from "../../src/io/byte-source.ts";
import { readMessage } from "../../src/io/protobuf/reader.ts";
import { modelSchema } from "../../src/storage/onnx/messages.ts";
import { assertClose } from "../ir/closeness.ts";

async function bytesOf(model: AnyModel): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const store = {
    open: async (name: string) => memorySource(name, new Uint8Array()),
    write: async (_name: string, given: Iterable<Uint8Array>) => void pieces.push(...given),
  };
  await model.save({ store, name: "m.onnx" });
  return new Uint8Array(Buffer.concat(pieces));
}

let seed = 3;
const noise = (shape: readonly number[], scale = 1) => {
  const next = () => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return scale * (seed / 2 ** 31 - 1);
  };
  return tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next), [...shape]);
};

/** Gives all weights numbers that they do not begin with. */
function shaken<M>(model: M): M {
  for (const variable of (model as AnyModel).weights) {
    const { data } = noise(variable.shape, 0.4);
    variable.value = Float32Array.from(data, (each) => (variable.name === "moving_variance" ? 1 + each : each));
  }
  return model;
}

const graphOf = (bytes: Uint8Array) => readMessage(modelSchema, bytes, "m.onnx").graph!;
const opsOf = (bytes: Uint8Array) => graphOf(bytes).node.map(({ opType }) => opType!);

/** The model and what is read of its file predict the same. @returns the file's bytes, and its model */
async function roundTrip(
  given: unknown,
  x = (given as AnyModel).inputs.map(({ shape }) => noise([3, ...(shape.slice(1) as number[])])),
) {
  const model = given as AnyModel;
  const bytes = await bytesOf(model);
  const again = await loadModel(bytes);
  const all = async (each: AnyModel) => {
    each.compile({ device: "reference" });
    const y = (await each.predict((x.length === 1 ? x[0] : x) as never, { verbose: 0 })) as unknown as
      | Tensor
      | Tensor[];
    return Array.isArray(y) ? y : [y];
  };
  const [expected, actual] = [await all(model), await all(again)];
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  for (const [i, { data }] of expected.entries())
    assertClose(Array.from(actual[i]!.data), Array.from(data), 1e-5, `output ${i}`);
  return { bytes, again };
}

const cnn = () =>
  shaken(
    new Sequential([
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [9, 9, 2] }),
      new Conv2D({ filters: 3, kernelSize: 3, padding: "same", strides: 2 }),
      new Flatten(),
      new Dense({ units: 5, activation: "softmax" }),
    ]),
  );

test("the handout's kind of model is two Convs with biases and a Gemm, and moves no axes but the image's", async () => {
  const { bytes, again } = await roundTrip(cnn());
  expect(opsOf(bytes)).toEqual(["Transpose", "Conv", "Relu", "Conv", "Reshape", "Gemm", "Softmax"]);
  expect(again.layers.map(({ className }) => className)).toEqual([
    "InputLayer",
    "Conv2D",
    "ReLU",
    "Conv2D",
    "Flatten",
    "Dense",
    "Activation",
  ]);
});

test("the file is of set 17, its batch has any size, and weights have their paths", async () => {
  const model = cnn();
  const message = readMessage(modelSchema, await bytesOf(model as unknown as AnyModel), "m.onnx");
  expect([message.irVersion, message.opsetImport, message.producerName]).toEqual([
    8,
    [{ domain: "", version: 17 }],
    "fovea",
  ]);
  const { input: inputs, output: outputs, initializer } = message.graph!;
  const dims = (info: (typeof inputs)[number]) =>
    info.type!.tensorType!.shape!.dim.map(({ value, param }) => param ?? value);
  expect(inputs.map(dims)).toEqual([["batch", 9, 9, 2]]);
  expect(outputs.map(dims)).toEqual([["batch", 5]]);
  const kernel = initializer.find(({ name }) => name === model.layers[0]!.weights[0]!.path)!;
  expect(kernel.dims).toEqual([4, 2, 3, 3]);
  const raw = kernel.rawData!;
  // [2, 0, 1, 3] of Keras's [height, width, in, out] is [3, 1, 2, 0] of ONNX's [out, in, height, width].
  const at = 4 * (((3 * 2 + 1) * 3 + 2) * 3 + 0);
  expect(new DataView(raw.buffer, raw.byteOffset).getFloat32(at, true)).toBe(
    model.layers[0]!.weights[0]!.value[((2 * 3 + 0) * 2 + 1) * 4 + 3],
  );
});

test("the smallest file is byte for byte what ONNX's own library writes", async () => {
  const x = input({ shape: [2], name: "x" });
  const layer = new ReLU({ name: "r" });
  const model = new Model({ inputs: x, outputs: layer.apply(x), name: "g" });
  const expected = readFileSync(fileURLToPath(new URL("../golden/onnx/relu_by_onnx.bin", import.meta.url)));
  expect(Buffer.from(await bytesOf(model as unknown as AnyModel)).toString("hex")).toBe(expected.toString("hex"));
});

test("a residual network keeps its channels first from end to end, and its normalisations", async () => {
  const x = input({ shape: [17, 17, 3] });
  const conv = (from: typeof x, strides = 1) =>
    new BatchNormalization().apply(
      new Conv2D({ filters: 6, kernelSize: 3, strides, padding: "same", useBias: false }).apply(from),
    );
  const stem = new ReLU().apply(conv(x, 2));
  const pooled = new MaxPooling2D({ poolSize: 3, strides: 2, padding: "same" }).apply(stem);
  const sum = new Add().apply([conv(new ReLU().apply(conv(pooled))), pooled]);
  const head = new Dense({ units: 5 }).apply(new GlobalAveragePooling2D().apply(sum));
  const model = shaken(new Model({ inputs: x, outputs: head }));
  const { bytes, again } = await roundTrip(model);
  expect(opsOf(bytes).filter((op) => op === "Transpose")).toHaveLength(1);
  expect(opsOf(bytes).filter((op) => op === "BatchNormalization")).toHaveLength(3);
  const norms = (each: AnyModel) =>
    each.layers.flatMap((layer) => (layer instanceof BatchNormalization ? [layer.movingVariance.value] : []));
  expect(norms(again)).toEqual(norms(model as unknown as AnyModel));
  expect(again.countParams()).toBe(model.countParams());
});

test("a mobile block: the padding of its own layer becomes the convolution's, and relu6 a Clip", async () => {
  const x = input({ shape: [10, 10, 3] });
  const padded = new ZeroPadding2D({
    padding: [
      [0, 1],
      [0, 1],
    ],
  }).apply(x);
  const stem = new Conv2D({ filters: 4, kernelSize: 3, strides: 2, activation: "relu6" }).apply(padded);
  const wide = new DepthwiseConv2D({ kernelSize: 3, padding: "same", depthMultiplier: 2 }).apply(stem);
  const squeezed = new GlobalAveragePooling2D({ keepdims: true }).apply(wide);
  const gate = new Conv2D({ filters: 8, kernelSize: 1, activation: "sigmoid" }).apply(squeezed);
  const { bytes } = await roundTrip(
    shaken(new Model({ inputs: x, outputs: new Flatten().apply(new Multiply().apply([wide, gate])) })),
  );
  expect(opsOf(bytes)).not.toContain("Pad");
  const [conv, depthwise] = graphOf(bytes).node.filter(({ opType }) => opType === "Conv");
  const ints = (node: typeof conv, name: string) => node!.attribute.find((each) => each.name === name)!.ints;
  expect([ints(conv, "pads"), ints(depthwise, "pads")]).toEqual([
    [0, 0, 1, 1],
    [1, 1, 1, 1],
  ]);
  expect(opsOf(bytes)).toContain("Clip");
});

test("an encoder and decoder: transposed convolutions, Dense on images as a Conv, two outputs", async () => {
  const x = input({ shape: [8, 8, 3] });
  const down = new Conv2D({ filters: 4, kernelSize: 3, padding: "same", activation: "elu" }).apply(x);
  const low = new AveragePooling2D({ poolSize: 3, strides: 2, padding: "same" }).apply(down);
  const up = [2, 3, 4].map((kernelSize) =>
    new Conv2DTranspose({ filters: 3, kernelSize, strides: 2, padding: "same" }).apply(low),
  );
  const scores = new Dense({ units: 3, activation: "softmax" }).apply(
    new LeakyReLU().apply(new Concatenate().apply([down, ...up])),
  );
  const model = shaken(new Model({ inputs: x, outputs: [scores, new Flatten().apply(low)] }));
  const { bytes } = await roundTrip(model);
  expect(opsOf(bytes)).not.toContain("MatMul");
  expect(opsOf(bytes)).toContain("LeakyRelu");
});

test("sequences, tables and matrices", async () => {
  const model = shaken(
    new Sequential([
      new Embedding({ inputDim: 7, outputDim: 4, inputShape: [8] }),
      new Conv1D({ filters: 5, kernelSize: 3, padding: "causal", activation: "softplus" }),
      new BatchNormalization(),
      new Dense({ units: 3, activation: "tanh" }),
      new Flatten(),
      new Dense({ units: 2, useBias: false }),
    ]),
  );
  const words = tensor(
    Float32Array.from({ length: 24 }, (_, i) => i % 7),
    [3, 8],
  );
  const bytes = await bytesOf(model as unknown as AnyModel);
  expect(opsOf(bytes)).toContain("Gather");
  expect(bytes.length).toBeGreaterThan(500);
  expect((await model.predict(words, { verbose: 0 })).shape).toEqual([3, 2]);
});

const attributesOf = (bytes: Uint8Array, opType: string) =>
  graphOf(bytes)
    .node.filter((node) => node.opType === opType)
    .map(({ attribute }) =>
      Object.fromEntries(attribute.map(({ name, s: text, i, f }) => [name, text ?? (i === undefined ? f : Number(i))])),
    );

test("repeated pixels are a Resize, with channels first or last, and come back as such", async () => {
  const x = input({ shape: [3, 4, 2] });
  const large = new UpSampling2D({ size: [2, 3] }).apply(
    new Conv2D({ filters: 3, kernelSize: 2, padding: "same" }).apply(x),
  );
  const cnn = await roundTrip(
    shaken(new Model({ inputs: x, outputs: new Conv2D({ filters: 2, kernelSize: 3 }).apply(large) })),
  );
  expect(opsOf(cnn.bytes)).toEqual(["Transpose", "Conv", "Resize", "Conv", "Transpose"]);
  const nearest = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
  expect(attributesOf(cnn.bytes, "Resize")).toEqual([nearest]);
  const first = new UpSampling2D({ dataFormat: "channels_first" }).apply(x);
  const { bytes } = await roundTrip(shaken(new Model({ inputs: x, outputs: first })));
  expect(opsOf(bytes)).toEqual(["Resize"]);
});

test("a repeated axis that is none of an image is an Expand", async () => {
  const x = input({ shape: [3, 2] });
  const { bytes } = await roundTrip(new Model({ inputs: x, outputs: new UpSampling1D({ size: 3 }).apply(x) }));
  expect(opsOf(bytes)).toContain("Expand");
  expect(opsOf(bytes)).not.toContain("Resize");
});

test.each([
  ["bilinear", [9, 10], { mode: "linear" }],
  ["bilinear", [3, 2], { mode: "linear" }],
  ["bicubic", [7, 13], { mode: "cubic", exclude_outside: 1, cubic_coeff_a: -0.5 }],
  ["nearest", [7, 9], { mode: "nearest", nearest_mode: "round_prefer_ceil" }],
] as const)("%s resizing to %j is a Resize, and is read as the same again", async (interpolation, size, attributes) => {
  const x = input({ shape: [5, 6, 2] });
  const [height, width] = size;
  const { bytes, again } = await roundTrip(
    new Model({ inputs: x, outputs: new Resizing({ height, width, interpolation }).apply(x) }),
  );
  expect(opsOf(bytes)).toEqual(["Transpose", "Resize", "Transpose"]);
  expect(attributesOf(bytes, "Resize")).toEqual([{ coordinate_transformation_mode: "half_pixel", ...attributes }]);
  const parts = again.toJSON().config.layers as readonly { readonly class_name: string; readonly config: object }[];
  expect(parts.map(({ class_name }) => class_name)).toEqual(["InputLayer", "Resize"]);
  expect(parts[1]!.config).toMatchObject({ size: [...size], interpolation });
});

test("sizes hold in float32, whatever they are", async () => {
  const x = input({ shape: [3, 7, 2] });
  const sizes = Array.from({ length: 22 }, (_, i) => [i + 1, 30 - i] as const);
  const outputs = sizes.map(([height, width]) => new Resizing({ height, width }).apply(x));
  const bytes = await bytesOf(new Model({ inputs: x, outputs }) as unknown as AnyModel);
  const tensors = graphOf(bytes).initializer.filter(({ name }) => name!.startsWith("scales"));
  const scales = tensors.map(({ rawData, dims }) => {
    const view = new DataView(rawData!.buffer, rawData!.byteOffset);
    return Array.from({ length: Number(dims[0]) }, (_, i) => view.getFloat32(4 * i, true));
  });
  const made = scales.map(([, , height, width]) => [
    Math.floor(Math.fround(3 * height!)),
    Math.floor(Math.fround(7 * width!)),
  ]);
  expect(made).toEqual(sizes);
});

test("methods that ONNX has no words for are products", async () => {
  const x = input({ shape: [6, 5, 2] });
  const outputs = [
    new Resizing({ height: 4, width: 7, interpolation: "lanczos3" }).apply(x),
    new Resizing({ height: 3, width: 3, antialias: true }).apply(x),
    new Resizing({ height: 3, width: 4, interpolation: "area" }).apply(x),
  ];
  const { bytes } = await roundTrip(new Model({ inputs: x, outputs }));
  expect(opsOf(bytes)).not.toContain("Resize");
});

test("functions between layers", async () => {
  const x = input({ shape: [6, 6, 4] });
  const y = new Conv2D({ filters: 4, kernelSize: 3, padding: "same", activation: "gelu" }).apply(x);
  const [first, second] = split(y, 2, -1);
  const resized = image.resize(new Concatenate().apply([second!, first!] as never), [12, 9]);
  const cut = getItem(
    pad(resized, [
      [0, 0],
      [1, 2],
      [0, 0],
      [0, 1],
    ]),
    [":", [14, 2, -3], [0, 8]],
  );
  const place = expandDims(argmax(y, -1), -1);
  await roundTrip(shaken(new Model({ inputs: x, outputs: [cut, layerNormalization(y), place] as never })));
});

test("images of one channel, and images that are prepared before the first layer, keep their shape", async () => {
  const x = input({ shape: [8, 6, 1] });
  const grey = new Conv2D({ filters: 2, kernelSize: 3 });
  expect((await roundTrip(shaken(new Model({ inputs: x, outputs: grey.apply(x) })))).again.inputShape).toEqual([
    null,
    8,
    6,
    1,
  ]);
  const colour = input({ shape: [8, 6, 3] });
  const scaled = multiply(colour, 1 / 255);
  const { again } = await roundTrip(
    shaken(
      new Model({
        inputs: colour,
        outputs: [new Conv2D({ filters: 2, kernelSize: 3 }).apply(scaled), mean(colour, [1, 2])],
      }),
    ),
  );
  expect(again.inputShape).toEqual([null, 8, 6, 3]);
});

test("activations by their expressions", async () => {
  const names = [
    "elu",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "leaky_relu",
    "log_softmax",
    "mish",
    "selu",
    "silu",
  ] as const;
  const x = input({ shape: [12] });
  const outputs = names.map((activation) => new Activation({ activation }).apply(x));
  await roundTrip(new Model({ inputs: x, outputs }), [noise([3, 12], 4)]);
});

test("what a file cannot say is an error that names the layer", async () => {
  const draws = new Sequential([
    new Dense({ units: 2, inputShape: [3] }),
    new Lambda({ name: "noisy", function: (x: Sym) => random.dropout(x, 0.5) }),
  ]);
  const save = (model: unknown) => bytesOf(model as AnyModel);
  await expect(save(draws)).rejects.toThrow('layer "noisy" cannot be written as ONNX: it draws random numbers');
  await expect(save(draws)).rejects.toBeInstanceOf(ArgumentError);
  await expect(save(new Sequential([new Dense({ units: 2 })]))).rejects.toBeInstanceOf(StateError);
  const photo = input({ shape: [null, null, 3], name: "photo" });
  const open = new Model({ inputs: photo, outputs: new Conv2D({ filters: 2, kernelSize: 1 }).apply(photo) });
  await expect(save(open)).rejects.toThrow("needs the sizes of its rows");
});
