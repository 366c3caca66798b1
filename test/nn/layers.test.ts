import { beforeEach, describe, expect, test } from "vitest";
import { toSnakeCaseKeys } from "../../src/base/case.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import {
  Activation,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  InputLayer,
  input,
  MaxPooling2D,
  Reshape,
} from "../../src/nn/layers/index.ts";
import { clearSession, setSeed } from "../../src/nn/process-state.ts";
import { mean } from "./numbers.ts";
import { runLayer } from "./run-layer.ts";

beforeEach(() => clearSession());

/** Options that TypeScript would refuse, as a user of plain JavaScript can pass them. */
const bad = <T>(options: unknown) => options as T;

describe("options", () => {
  const conv = { filters: 4, kernelSize: 3 };
  const refused: [title: string, make: () => unknown, message: RegExp][] = [
    [
      "misspelt",
      () => new Conv2D(bad({ ...conv, kernalSize: 3 })),
      /^Conv2D: unknown option "kernalSize"\. Did you mean "kernelSize"\? It takes: .*filters, /,
    ],
    [
      "snake case",
      () => new Dense(bad({ units: 3, use_bias: false })),
      /unknown option "use_bias"\. Did you mean "useBias"\?/,
    ],
    [
      "not an object",
      () => new Conv2D(bad(32)),
      /^Conv2D takes its options as one object \{ … \}, got 32\. Write new Conv2D\(\{ filters: … \}\)\.$/,
    ],
    [
      "no filters",
      () => new Conv2D(bad({ kernelSize: 3 })),
      /^Conv2D "conv2d": filters is undefined, expected a whole number of 1 or more\.$/,
    ],
    ["0 filters", () => new Conv2D({ ...conv, filters: 0 }), /filters is 0, expected a whole number of 1 or more/],
    ["half a filter", () => new Conv2D({ ...conv, filters: 2.5 }), /filters is 2\.5/],
    ["no kernelSize", () => new Conv2D(bad({ filters: 3 })), /kernelSize is undefined/],
    [
      "three kernel sizes",
      () => new Conv2D(bad({ ...conv, kernelSize: [3, 3, 3] })),
      /kernelSize is \[3,3,3\], expected .* \[height, width\]/,
    ],
    ["stride 0", () => new Conv2D({ ...conv, strides: [1, 0] }), /strides is \[1,0\]/],
    [
      "padding",
      () => new Conv2D(bad({ ...conv, padding: "smae" })),
      /padding of Conv2D "conv2d" "smae"\. Did you mean "same"\?/,
    ],
    [
      "place of the channels",
      () => new Conv2D(bad({ ...conv, dataFormat: "channels_frist" })),
      /dataFormat of Conv2D "conv2d" "channels_frist"\. Did you mean "channels_first"\?/,
    ],
    ["groups", () => new Conv2D({ ...conv, groups: 3 }), /4 filters cannot be cut into 3 groups/],
    [
      "strides and dilation",
      () => new Conv2D({ ...conv, strides: 2, dilationRate: 2 }),
      /strides and dilationRate cannot both be above 1/,
    ],
    [
      "activation",
      () => new Conv2D({ ...conv, activation: bad("rellu") }),
      /Unknown activation of Conv2D "conv2d" "rellu"\. Did you mean "relu"\?/,
    ],
    [
      "initializer",
      () => new Dense({ units: 3, kernelInitializer: bad("glorot_unifrom") }),
      /Unknown initializer "glorot_unifrom"\. Did you mean "glorot_uniform"\?/,
    ],
    ["useBias", () => new Dense(bad({ units: 3, useBias: 1 })), /useBias is 1, expected true or false/],
    ["units", () => new Dense(bad({ units: "10" })), /units is "10"/],
    ["rate", () => new Dropout({ rate: 1.5 }), /^Dropout "dropout": rate is 1\.5, expected a number from 0 to 1\.$/],
    ["no rate", () => new Dropout(bad({})), /rate is undefined/],
    ["seed", () => new Dropout({ rate: 0.5, seed: 0.5 }), /seed is 0\.5, expected a whole number/],
    [
      "a mask for all rows",
      () => new Dropout({ rate: 0.5, noiseShape: [1, 3] }),
      /noiseShape is \[1,3\], expected null as its first entry/,
    ],
    ["pool size", () => new MaxPooling2D({ poolSize: -2 }), /poolSize is -2/],
    [
      "target shape",
      () => new Reshape({ targetShape: [-1, -1] }),
      /targetShape is \[-1,-1\], expected whole numbers of 1 or more, at most one of them -1/,
    ],
    ["no activation", () => new Activation(bad({})), /the option activation is missing/],
    ["name with a slash", () => new Flatten({ name: "a/b" }), /name is "a\/b", expected a string without "\/"/],
    ["dtype", () => new Flatten(bad({ dtype: "float64" })), /Unknown dtype of Flatten/],
    [
      "input shape",
      () => new Flatten({ inputShape: [28, 0] }),
      /inputShape is \[28,0\], expected a list of whole numbers of 1 or more, or null/,
    ],
    [
      "two input shapes",
      () => new Flatten({ inputShape: [2], batchInputShape: [null, 2] }),
      /give inputShape or batchInputShape, not both/,
    ],
    ["input without shape", () => input({}), /^InputLayer: give shape or batchShape, one of the two\.$/],
    [
      "misspelt input",
      () => input(bad<{ shape: [2] }>({ shapes: [2] })),
      /^InputLayer: unknown option "shapes"\. Did you mean "shape"\?/,
    ],
    [
      "input dtype",
      () => input(bad<{ shape: [2] }>({ shape: [2], dtype: "int64" })),
      /Unknown dtype of InputLayer "int64"/,
    ],
  ];

  test.each(refused)("%s", (_title, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });

  test("undefined is the default", () => {
    expect(new Dense(bad({ units: 3, useBias: undefined })).options.useBias).toBe(true);
  });

  test("null is no activation", () => {
    expect(new Dense({ units: 3, activation: null }).getConfig().activation).toBe("linear");
  });

  test("padding in any case", () => {
    expect(new Conv2D(bad({ ...conv, padding: "SAME" })).padding).toBe("same");
  });
});

describe("shapes that do not fit", () => {
  const refused: [title: string, make: () => unknown, message: RegExp][] = [
    [
      "a kernel larger than the image",
      () => new Conv2D({ filters: 1, kernelSize: 5 }).build([null, 3, 3, 1]),
      /^Conv2D "conv2d": kernel 5x5 does not fit input 3x3 \(padding "valid"\)\. Use padding "same" or kernelSize <= 3\.$/,
    ],
    [
      "a dilated kernel larger than the image",
      () => new Conv2D({ filters: 1, kernelSize: 3, dilationRate: 2 }).build([null, 4, 9, 1]),
      /kernel 3x3, dilated to 5x5, does not fit input 4x9/,
    ],
    [
      "images without channels",
      () => new Conv2D({ filters: 1, kernelSize: 3 }).build([null, 28, 28]),
      /takes inputs of 4 axes \[batch, height, width, channels\], got 3: \(None, 28, 28\)/,
    ],
    [
      "channels in groups",
      () => new Conv2D({ filters: 4, kernelSize: 1, groups: 2 }).build([null, 2, 2, 3]),
      /3 input channels cannot be cut into 2 groups/,
    ],
    [
      "a pool larger than the image",
      () => new MaxPooling2D({ poolSize: 4 }).build([null, 3, 8, 1]),
      /^MaxPooling2D "max_pooling2d": window 4x4 does not fit input 3x8 .* poolSize <= 3\.$/,
    ],
    [
      "numbers for Dense",
      () => new Dense({ units: 2 }).build([null]),
      /takes inputs of 2 or more axes .* got \(None,\)/,
    ],
    [
      "an open last axis",
      () => new Dense({ units: 2 }).build([null, null]),
      /must know axis -1 of its input, got \(None, None\)/,
    ],
    [
      "other sizes",
      () => new Reshape({ targetShape: [5, -1] }).build([null, 4, 3]),
      /rows of shape \(4, 3\) \(12 values\) cannot become \(5, -1\)/,
    ],
    [
      "a mask of another shape",
      () => new Dropout({ rate: 0.5, noiseShape: [null, 2] }).build([null, 3]),
      /noiseShape \(None, 2\) does not fit the input \(None, 3\)/,
    ],
  ];

  test.each(refused)("%s", (_title, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ShapeError);
  });

  test("softmax of a row of numbers", () => {
    const activation = new Activation("softmax");
    expect(() => runLayer(activation, { shape: [3], data: [1, 2, 3] })).toThrow(/got \(None,\)/);
  });

  test("a failed build leaves no weights behind", () => {
    const layer = new Conv2D({ filters: 1, kernelSize: 5 });
    expect(() => layer.build([null, 3, 3, 1])).toThrow(ShapeError);
    expect(layer.built).toBe(false);
    layer.build([null, 6, 6, 2]);
    expect(layer.weights.map(({ shape }) => shape)).toEqual([[5, 5, 2, 1], [1]]);
  });
});

describe("the functional API", () => {
  test("records every call", () => {
    const image = input({ shape: [28, 28, 1] });
    const conv = new Conv2D({ filters: 4, kernelSize: 3 });
    const [first, second] = [conv.apply(image), conv.apply([image])];
    expect(first).toMatchObject({ shape: [null, 26, 26, 4], layer: conv, nodeIndex: 0, tensorIndex: 0 });
    expect(second.nodeIndex).toBe(1);
    expect(conv.inboundNodes.map(({ inputs }) => inputs)).toEqual([[image], [image]]);
    expect(conv.weights).toHaveLength(2);
    expect(image.layer).toBeInstanceOf(InputLayer);
    expect(image.layer.inboundNodes).toMatchObject([{ inputs: [], outputs: [image] }]);
  });

  test("a shared layer takes the inputs that it was built for, and no others", () => {
    const dense = new Dense({ units: 2 });
    dense.apply(input({ shape: [3] }));
    expect(() => dense.apply(input({ shape: [4] }))).toThrow(
      /^Dense "dense" was built for inputs \(None, 3\) and cannot take \(None, 4\)/,
    );
  });

  test("refuses several inputs and numbers", () => {
    const x = input({ shape: [3] });
    // @ts-expect-error one input
    expect(() => new Dense({ units: 2 }).apply([x, x])).toThrow(/takes one input, got 2/);
    expect(() => new Dense({ units: 2 }).apply(bad<typeof x>([[1, 2]]))).toThrow(
      /numbers go to layer\.run or model\.predict/,
    );
  });

  test("a fixed batch size", () => {
    expect(input({ shape: [3], batchSize: 8 }).shape).toEqual([8, 3]);
    expect(input({ batchShape: [8, 3] }).shape).toEqual([8, 3]);
    expect(() => input({ batchShape: [8, 3], batchSize: 8 })).toThrow(/batchSize goes with shape/);
  });
});

describe("weights", () => {
  test("freezing moves them to the others", () => {
    const dense = new Dense({ units: 2, trainable: false });
    dense.build([null, 3]);
    expect(dense.trainableWeights).toEqual([]);
    expect(dense.nonTrainableWeights.map(({ name }) => name)).toEqual(["kernel", "bias"]);
    dense.trainable = true;
    expect(dense.trainableWeights.map(({ name }) => name)).toEqual(["kernel", "bias"]);
    expect(dense.nonTrainableWeights).toEqual([]);
    expect(dense.countParams()).toBe(8);
  });

  test("the seed decides them", () => {
    const draw = (seed: number) => {
      setSeed(seed);
      const dense = new Dense({ units: 4 });
      dense.build([null, 5]);
      const second = new Dense({ units: 4 });
      second.build([null, 5]);
      return [dense.weights[0]!.value, second.weights[0]!.value] as const;
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)[0]).not.toEqual(draw(2)[0]);
    const [first, second] = draw(1);
    expect(first).not.toEqual(second);
  });

  test("are GlorotUniform and zeros by default", () => {
    const conv = new Conv2D({ filters: 32, kernelSize: 3 });
    conv.build([null, 8, 8, 16]);
    const [kernel, bias] = conv.weights;
    const limit = Math.sqrt(6 / (9 * 16 + 9 * 32));
    expect(Math.max(...kernel!.value)).toBeLessThanOrEqual(limit);
    expect(Math.max(...kernel!.value)).toBeGreaterThan(0.95 * limit);
    expect(Math.min(...kernel!.value)).toBeLessThan(-0.95 * limit);
    expect(bias!.value).toEqual(new Float32Array(32));
  });
});

describe("Dropout", () => {
  const shape = [40, 250];
  const ones = { shape, data: new Float32Array(10_000).fill(1) };
  const run = (dropout: Dropout, step = 0) => runLayer(dropout, ones, { training: true, step }).output;

  test("drops the rate's share and scales the rest up", () => {
    const output = run(new Dropout({ rate: 0.25, seed: 3 }));
    const dropped = output.filter((value) => value === 0).length / output.length;
    expect(dropped).toBeGreaterThan(0.23);
    expect(dropped).toBeLessThan(0.27);
    expect(new Set(output)).toEqual(new Set([0, 1 / 0.75]));
    expect(mean(output)).toBeCloseTo(1, 1);
  });

  test("draws another mask at each step and for each row, the same for the same seed", () => {
    const [a, b] = [new Dropout({ rate: 0.5, seed: 3 }), new Dropout({ rate: 0.5, seed: 3 })];
    expect(run(a)).toEqual(run(b));
    expect(run(a, 1)).not.toEqual(run(a, 0));
    expect(run(a).subarray(0, 250)).not.toEqual(run(a).subarray(250, 500));
    expect(run(new Dropout({ rate: 0.5, seed: 4 }))).not.toEqual(run(a));
  });

  test("draws by setSeed without a seed of its own", () => {
    const draw = () => {
      setSeed(11);
      return [run(new Dropout({ rate: 0.5 })), run(new Dropout({ rate: 0.5 }))] as const;
    };
    expect(draw()).toEqual(draw());
    expect(draw()[0]).not.toEqual(draw()[1]);
  });

  test("drops whole channels by a noise shape", () => {
    const images = { shape: [2, 3, 3, 8], data: new Float32Array(144).fill(1) };
    const { output } = runLayer(new Dropout({ rate: 0.5, seed: 1, noiseShape: [null, 1, 1, 8] }), images, {
      training: true,
    });
    for (let i = 0; i < 144; i++) expect(output[i]).toBe(output[Math.floor(i / 72) * 72 + (i % 8)]);
    expect(new Set(output)).toEqual(new Set([0, 2]));
  });

  test("lets everything through outside training, nothing at rate 1", () => {
    expect(runLayer(new Dropout({ rate: 0.9 }), ones).output).toEqual(Float64Array.from(ones.data));
    const wild = { shape: [2, 2], data: [Number.NaN, Number.POSITIVE_INFINITY, 1, -1] };
    expect(runLayer(new Dropout({ rate: 1 }), wild, { training: true }).output).toEqual(new Float64Array(4));
  });
});

describe("getConfig", () => {
  const dtype = { module: "keras", class_name: "DTypePolicy", config: { name: "float32" }, registered_name: null };
  const initializer = (class_name: string, config: object) => ({
    module: "keras.initializers",
    class_name,
    config,
    registered_name: null,
  });
  const glorot = initializer("GlorotUniform", { seed: null, input_axes: null, output_axes: null });

  // Each as Keras 3.15.1 wrote it to config.json.
  test.each([
    [
      new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", name: "conv2d_6" }),
      {
        name: "conv2d_6",
        trainable: true,
        dtype,
        filters: 64,
        kernel_size: [3, 3],
        strides: [1, 1],
        padding: "valid",
        data_format: "channels_last",
        dilation_rate: [1, 1],
        groups: 1,
        activation: "relu",
        use_bias: true,
        kernel_initializer: glorot,
        bias_initializer: initializer("Zeros", {}),
        kernel_regularizer: null,
        bias_regularizer: null,
        activity_regularizer: null,
        kernel_constraint: null,
        bias_constraint: null,
      },
    ],
    [
      new Dense({ units: 10, name: "dense_5" }),
      {
        name: "dense_5",
        trainable: true,
        dtype,
        units: 10,
        activation: "linear",
        use_bias: true,
        kernel_initializer: glorot,
        bias_initializer: initializer("Zeros", {}),
        kernel_regularizer: null,
        bias_regularizer: null,
        kernel_constraint: null,
        bias_constraint: null,
        quantization_config: null,
      },
    ],
    [
      new MaxPooling2D({ name: "max_pooling2d_2" }),
      {
        name: "max_pooling2d_2",
        trainable: true,
        dtype,
        pool_size: [2, 2],
        padding: "valid",
        strides: [2, 2],
        data_format: "channels_last",
      },
    ],
    [new Flatten({ name: "flatten_1" }), { name: "flatten_1", trainable: true, dtype, data_format: "channels_last" }],
    [
      input({ shape: [28, 28, 1], name: "input_layer" }).layer,
      {
        batch_shape: [null, 28, 28, 1],
        dtype: "float32",
        sparse: false,
        ragged: false,
        name: "input_layer",
        optional: false,
      },
    ],
  ])("$className is Keras's, key by key", (layer, expected) => {
    expect(JSON.stringify(toSnakeCaseKeys(layer.getConfig()))).toBe(JSON.stringify(expected));
  });

  test("holds the options that were given", () => {
    const conv = new Conv2D({ filters: 2, kernelSize: [3, 5], strides: 2, padding: "same", kernelInitializer: "ones" });
    expect(conv.getConfig()).toMatchObject({
      kernelSize: [3, 5],
      strides: [2, 2],
      padding: "same",
      kernelInitializer: { className: "Ones" },
    });
    expect(new Dropout({ rate: 0.5, seed: 7 }).getConfig()).toMatchObject({ rate: 0.5, seed: 7, noiseShape: null });
    expect(new Reshape({ targetShape: [7, -1] }).getConfig()).toMatchObject({ targetShape: [7, -1] });
    expect(new Activation("tanh").getConfig()).toMatchObject({ activation: "tanh" });
  });
});
