/** Quantized weights against Keras's and NumPy's numbers, in files of both. `bench/golden/quantization.py` makes them. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, Model, modelFromJSON, Sequential, type Tensor, tensor } from "fovea";
import {
  BatchNormalization,
  Conv2D,
  Conv2DTranspose,
  Dense,
  DepthwiseConv2D,
  EinsumDense,
  Embedding,
  Flatten,
  type Layer,
  LSTM,
  MultiHeadAttention,
  SeparableConv2D,
  TimeDistributed,
} from "fovea/layers";
import { afterAll, describe, expect, test } from "vitest";
import { memorySource } from "../../src/io/byte-source.ts";
import { openHdf5 } from "../../src/io/hdf5/group.ts";
import { halfToFloat, halvesOf } from "../../src/io/numbers.ts";
import { Float16Form, Int8Form } from "../../src/nn/compact-form.ts";
import { assertClose } from "../ir/closeness.ts";
import { goldenBytes, goldenJson } from "./golden-files.ts";

interface Golden {
  readonly int8: readonly {
    readonly shape: readonly number[];
    readonly axes: readonly number[];
    readonly values: readonly number[];
    readonly codes: readonly number[];
    readonly scales: readonly number[];
  }[];
  readonly float16: { readonly values: readonly number[]; readonly bits: readonly number[] };
  readonly models: Readonly<
    Record<string, { readonly outputs: readonly number[][]; readonly plain: readonly number[][] }>
  >;
  readonly inputs: readonly number[][];
  readonly weights: readonly number[][];
}
const golden = goldenJson<Golden>("quantization.json");

const folder = mkdtempSync(join(tmpdir(), "fovea-quantization-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

const drawn = (size: number) => Float32Array.from({ length: size }, () => 2 * Math.random() - 1);
const weight = (shape: readonly number[]) => ({ path: "layer/kernel", shape });
const gap = (a: Tensor, b: Tensor) => Math.max(...Array.from(a.data, (value, i) => Math.abs(value - b.data[i]!)));

/** Weights of other sizes, and values around them, than initializers draw. */
function scramble(model: {
  readonly weights: readonly { value: Float32Array; readonly shape: readonly number[] }[];
}): void {
  for (const variable of model.weights) {
    const isVariance = variable.shape.length === 1;
    variable.value = drawn(variable.value.length).map((value) => (isVariance ? Math.abs(value) + 0.5 : value));
  }
}

/** Every kind of convolution, of odd sizes. */
function makeConvolutions(): Sequential {
  const model = new Sequential([
    new Conv2D({ filters: 5, kernelSize: 3, useBias: false, inputShape: [11, 9, 3] }),
    new BatchNormalization(),
    new DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 2 }),
    new SeparableConv2D({ filters: 7, kernelSize: [1, 2], activation: "relu" }),
    new Conv2DTranspose({ filters: 3, kernelSize: 2, strides: 2 }),
    new Conv2D({ filters: 4, kernelSize: 3, groups: 1, padding: "same" }),
    new Flatten(),
    new Dense({ units: 3, activation: "softmax" }),
  ]);
  scramble(model);
  return model;
}
const images = (rows: number) => tensor(drawn(rows * 11 * 9 * 3), [rows, 11, 9, 3]);

describe("numbers", () => {
  test.each(golden.int8.map((each, i) => ({ ...each, i })))("int8 of shape $shape is Keras's", (each) => {
    const { shape, axes, values, codes, scales } = each;
    const form = Int8Form.encode(weight(shape), { axes }, Float32Array.from(values));
    expect([...form.wholeNumbers]).toEqual(codes);
    expect([...form.scales.value]).toEqual([...Float32Array.from(scales)]);
    const decoded = form.decode();
    // Half a level of the channel, and what the rounding of float32 adds.
    const largest = Math.max(...values.map(Math.abs));
    decoded.forEach((value, i) => {
      expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual((0.5001 * largest) / 127 + 1e-7);
    });
  });

  test("halves go to the even whole number, as in Keras 3.15.1", () => {
    // The scale is 64: the largest value and Keras's 1e-7 are 127/64 in float32.
    const values = [127 / 64 - 2 ** -23, ...[0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5].map((level) => level / 64)];
    const form = Int8Form.encode(weight([8]), { axes: [] }, Float32Array.from(values));
    expect([...form.scales.value]).toEqual([64]);
    expect([...form.wholeNumbers].map((code) => code + 0)).toEqual([127, 0, 2, 2, 4, 0, -2, -2]);
  });

  test("float16 is NumPy's", () => {
    const { values, bits } = golden.float16;
    expect([...halvesOf(Float32Array.from(values))]).toEqual(bits);
    const form = Float16Form.encode(weight([values.length]), Float32Array.from(values));
    expect([...form.halves]).toEqual(bits);
    expect([...form.decode()]).toEqual(bits.map(halfToFloat));
    expect([...halvesOf(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -1e9, 65520))]).toEqual([
      0x7e00, 0x7c00, 0xfc00, 0x7c00,
    ]);
    // All halves are themselves.
    const all = Uint16Array.from({ length: 0x7c00 }, (_, half) => half);
    expect(halvesOf(Float32Array.from(all, halfToFloat))).toEqual(all);
  });

  test("NaN, infinities and numbers beyond float16 are refused, and nothing is changed", async () => {
    for (const [value, mode, message] of [
      [Number.NaN, "int8", 'quantize: "last/kernel" holds NaN at position 2, which int8 cannot keep'],
      [Number.NEGATIVE_INFINITY, "float16", "holds -Infinity at position 2, which float16 cannot keep"],
      [65520, "float16", 'holds 65520 at position 2, and the largest number of float16 is 65504; use "int8"'],
    ] as const) {
      const model = new Sequential([new Dense({ units: 2, inputShape: [2] }), new Dense({ units: 2, name: "last" })]);
      const kernel = (model.getLayer("last") as Dense).kernel;
      kernel.path = "last/kernel";
      kernel.value = Float32Array.of(1, 2, value, 4);
      await expect(model.quantize(mode)).rejects.toThrow(message);
      expect(model.weights.every(({ form }) => form === undefined)).toBe(true);
    }
  });

  test.each(["cpu", "reference"] as const)("a step on %s makes the numbers that the host makes", async (device) => {
    for (const mode of ["int8", "float16"] as const) {
      const table = new Embedding({ inputDim: 37, outputDim: 5, inputShape: [1] });
      const model = new Sequential([table, new Flatten()]);
      model.compile({ device, threads: 2 });
      const values = golden.float16.values
        .filter((value) => mode === "float16" || Math.abs(value) > 1e-6)
        .slice(0, 185);
      table.embeddings.value = Float32Array.from({ length: 185 }, (_, i) => values[i] ?? 0);
      await model.quantize(mode);
      const found = await model.predict(
        tensor(
          Float32Array.from({ length: 37 }, (_, i) => i),
          [37, 1],
        ),
      );
      expect([...found.data]).toEqual([...table.embeddings.value]);
    }
  });
});

describe("Keras's files", () => {
  const inputs = tensor(Int32Array.from(golden.inputs.flat()), [4, 5]);
  const outputsOf = async (model: { predict(x: never, options: object): Promise<unknown> }) =>
    (await model.predict(inputs as never, { verbose: 0 })) as readonly Tensor[];

  test.each(["int8", "int8_activations"])("%s.keras predicts as in Keras, and is written as it was", async (name) => {
    const model = await loadModel(new File([goldenBytes(`${name}.keras`)], `${name}.keras`), { device: "reference" });
    const { outputs } = golden.models[name]!;
    (await outputsOf(model)).forEach(({ data }, i) => {
      assertClose([...data], outputs[i]!, 1e-5, `output ${i}`);
    });
    await model.save(file(`${name}.keras`));
    const again = await loadModel(file(`${name}.keras`), { device: "reference" });
    expect(again.toJSON()).toEqual(model.toJSON());
    expect(again.weights.map(({ form }) => form?.kind)).toEqual(model.weights.map(({ form }) => form?.kind));
    (await outputsOf(again)).forEach(({ data }, i) => {
      assertClose([...data], outputs[i]!, 1e-5, `output ${i}`);
    });
  });

  test("the same weights are quantized to the same predictions", async () => {
    const loaded = await loadModel(new File([goldenBytes("int8.keras")], "int8.keras"), { device: "reference" });
    await loaded.dequantize();
    const config = JSON.stringify(loaded.toJSON());
    expect(config).not.toMatch(/int8|Quantized/);
    for (const [name, activations] of [
      ["int8", false],
      ["int8_activations", true],
    ] as const) {
      const model = modelFromJSON(config);
      model.compile({ device: "reference" });
      model.setWeights(golden.weights.map((values, i) => tensor(Float32Array.from(values), model.weights[i]!.shape)));
      const { outputs, plain } = golden.models[name]!;
      (await outputsOf(model)).forEach(({ data }, i) => {
        assertClose([...data], plain[i]!, 1e-5, `plain output ${i}`);
      });
      const report = await model.quantize("int8", { activations, data: inputs });
      expect(report.left).toEqual([]);
      const found = await outputsOf(model);
      found.forEach(({ data }, i) => {
        assertClose([...data], outputs[i]!, 1e-5, `output ${i}`);
      });
      const gaps = outputs.flatMap((each, i) => each.map((value, at) => Math.abs(value - plain[i]![at]!)));
      expect(report.predictions!.largestGap).toBeCloseTo(Math.max(...gaps), 4);
      expect(report.predictions!.meanGap).toBeCloseTo(gaps.reduce((sum, each) => sum + each, 0) / gaps.length, 5);
    }
  });

  test("a file of int8 holds Keras's arrays", async () => {
    const model = new Sequential([
      new Dense({ units: 3, name: "full", inputShape: [4] }),
      new Dense({ units: 2, useBias: false, name: "bare" }),
    ]);
    await model.quantize("int8");
    await model.saveWeights(file("a.weights.h5"));
    const root = await openHdf5(memorySource("a", readFileSync(file("a.weights.h5"))));
    const types = async (path: string) => {
      const group = (await root.group(path))!;
      return Promise.all(
        group.names.map(async (name) => {
          const { datatype, shape } = (await group.dataset(name))!;
          return `${name} ${datatype.kind}${8 * datatype.bytes} [${shape}]`;
        }),
      );
    };
    expect(await types("layers/dense/vars")).toEqual(["0 int8 [4,3]", "1 float32 [3]", "2 float32 [3]"]);
    expect(await types("layers/dense_1/vars")).toEqual(["0 int8 [3,2]", "1 float32 [2]"]);
  });
});

describe("round trips", () => {
  test.each(["int8", "float16"] as const)("%s: convolutions through every format", async (mode) => {
    const model = makeConvolutions();
    model.compile({ device: "cpu", threads: 1, optimizer: "adam", loss: "mse" });
    const x = images(3);
    const before = await model.predict(x);
    const report = await model.quantize(mode, { data: x, labels: [0, 1, 2] });
    const after = await model.predict(x);
    expect(report.predictions!.largestGap).toBe(gap(before, after));
    expect(report.layers.map(({ className }) => className)).toEqual([
      "Conv2D",
      "DepthwiseConv2D",
      "SeparableConv2D",
      "Conv2DTranspose",
      "Conv2D",
      "Dense",
    ]);
    // A scale for each filter, wherever the kernel has them.
    if (mode === "int8")
      expect(model.weights.flatMap(({ form }) => (form instanceof Int8Form ? [form.scales.value.length] : []))).toEqual(
        [5, 10, 10, 7, 3, 4, 3],
      );
    const bound = mode === "int8" ? 1 / 254 : 2 ** -11;
    for (const { largestError, meanError } of report.layers.flatMap(({ weights }) => weights)) {
      expect(largestError).toBeLessThan(1.001 * bound);
      expect(largestError).toBeGreaterThan(0.2 * bound);
      expect(meanError).toBeLessThan(2 * bound);
    }
    await model.save(file("small.keras"));
    const loaded = await loadModel(file("small.keras"), { device: "cpu", threads: 1 });
    expect(loaded.weights.map(({ form }) => form?.kind)).toEqual(model.weights.map(({ form }) => form?.kind));
    expect(gap(after, (await loaded.predict(x as never)) as unknown as Tensor)).toBe(0);
    for (const ending of ["weights.h5", "weights.json", "safetensors"]) {
      await model.saveWeights(file(`small.${ending}`));
      const other = modelFromJSON(model.toJSON());
      if (mode === "float16") await other.quantize("float16");
      other.compile({ device: "cpu", threads: 1 });
      await other.loadWeights(file(`small.${ending}`));
      expect(gap(after, (await other.predict(x as never)) as unknown as Tensor)).toBe(0);
    }
    // Nothing but the numbers and the header.
    const { size } = statSync(file("small.safetensors"));
    expect(size - report.bytes.after).toBe(8 + Number(readFileSync(file("small.safetensors")).readBigUInt64LE(0)));
  });
});

describe("what a quantized model does not do", () => {
  const small = () => {
    const model = new Sequential([
      new Dense({ units: 3, name: "first", inputShape: [4] }),
      new Dense({ units: 2, name: "last" }),
    ]);
    model.compile({ device: "reference", optimizer: "sgd", loss: "mse" });
    return model;
  };
  const x = tensor([
    [1, 2, 3, 4],
    [0, 1, 0, -1],
  ]);
  const y = tensor([
    [1, 0],
    [0, 1],
  ]);

  test("its layers train when they are frozen no more", async () => {
    const model = small();
    await model.quantize("int8", { filters: "^first$" });
    const refused =
      'Dense "first" keeps its weight "kernel" as int8, which training cannot change. Call model.dequantize()';
    await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow(refused);
    await expect(model.trainOnBatch(x, y)).rejects.toThrow(refused);
    const first = model.getLayer("first") as Dense;
    first.trainable = false;
    const before = model.getWeights();
    await model.fit(x, y, { verbose: 0 });
    const after = model.getWeights();
    expect(gap(before[0]!, after[0]!)).toBe(0);
    expect(gap(before[2]!, after[2]!)).toBeGreaterThan(0);
    expect(first.kernel.form?.kind).toBe("int8");
    // What is evaluated is what is predicted.
    const { loss } = await model.evaluate(x, y, { verbose: 0 });
    const found = await model.predict(x);
    expect(loss).toBeCloseTo([...found.data].reduce((sum, value, i) => sum + (value - y.data[i]!) ** 2, 0) / 4, 5);
    first.trainable = true;
    await model.dequantize();
    expect(gap(after[0]!, model.getWeights()[0]!)).toBe(0);
    await model.fit(x, y, { verbose: 0 });
    expect(gap(after[0]!, model.getWeights()[0]!)).toBeGreaterThan(0);
  });

  test("other numbers are not set, its own are", async () => {
    for (const mode of ["int8", "float16"] as const) {
      const model = small();
      await model.quantize(mode);
      const weights = model.getWeights();
      model.setWeights(weights);
      const others = weights.map(({ data, shape }) =>
        tensor(
          Float32Array.from(data, (value) => value + 1),
          shape,
        ),
      );
      expect(() => model.setWeights(others)).toThrow(`is kept as ${mode} and cannot change`);
      expect(model.getWeights()).toEqual(weights);
    }
  });

  test("quantizing twice, what is no mode and what has no weights for it are errors", async () => {
    const model = small();
    await expect(model.quantize("int4" as never)).rejects.toThrow('quantization mode "int4"');
    await expect(model.quantize("int8", { filters: "nothing" })).rejects.toThrow(
      "that is chosen has weights that int8 keeps",
    );
    await expect(model.quantize("int8", { filters: 3 as never })).rejects.toThrow("quantize: filters is 3");
    await expect(model.quantize("float16", { activations: true })).rejects.toThrow('with mode "int8"');
    await expect(model.quantize("int8", { labels: [1, 0] })).rejects.toThrow("`data`, which is missing");
    await expect(model.quantize("int8", { data: x, labels: [1] })).rejects.toThrow(
      "labels have shape [1], expected [2] or [2, 2]",
    );
    await expect(new Sequential([new Dense({ units: 2 })]).quantize("int8")).rejects.toThrow("is not built");
    expect(model.weights.every(({ form }) => form === undefined)).toBe(true);
    await model.quantize("int8", { filters: [/^first/] });
    await expect(model.quantize("int8")).rejects.toThrow(
      'Dense "first" is already int8; call model.dequantize() first',
    );
    const report = await model.quantize("float16", { filters: (layer: Layer) => layer.name === "last" });
    expect(model.weights.map(({ form }) => form?.kind)).toEqual(["int8", undefined, "float16", undefined]);
    expect(report.bytes).toEqual({ before: 12 + 12 + 12 + 24 + 8, after: 12 + 12 + 12 + 12 + 8 });
    await model.save(file("mixed.keras"));
    const again = await loadModel(file("mixed.keras"), { device: "reference" });
    expect(again.getWeights()).toEqual(model.getWeights());
    expect(again.weights.map(({ form }) => form?.kind)).toEqual(["int8", undefined, "float16", undefined]);
  });

  test("files of another kind than the model are refused with what mends it", async () => {
    const [plain, int8, half] = [small(), small(), small()];
    await int8.quantize("int8");
    await half.quantize("float16");
    await plain.saveWeights(file("plain.weights.h5"));
    await int8.saveWeights(file("int8.weights.h5"));
    await half.saveWeights(file("half.weights.h5"));
    await expect(plain.loadWeights(file("int8.weights.h5"))).rejects.toThrow(
      'those of the file are int8: call model.quantize("int8") before',
    );
    await expect(int8.loadWeights(file("plain.weights.h5"))).rejects.toThrow(
      "its weights are int8, those of the file are not: call model.dequantize()",
    );
    await expect(half.loadWeights(file("plain.weights.h5"))).rejects.toThrow(
      'first/kernel" is kept as float16, and the array in the file is float32',
    );
    // Halves are numbers like others to a model of float32.
    await plain.loadWeights(file("half.weights.h5"));
    expect(plain.getWeights()).toEqual(half.getWeights());
    expect(plain.weights.every(({ form }) => form === undefined)).toBe(true);
    for (const ending of ["h5", "json"])
      await expect(int8.save(file(`model.${ending}`))).rejects.toThrow('Dense "first" is int8, which');
    await half.save(file("half.h5"));
    expect((await loadModel(file("half.h5"))).getWeights()).toEqual(half.getWeights());
    // A kernel of int8 in the place of one of float32, with a scale of the bias's shape.
    const [bare, full] = [true, false].map(
      (isBare) => new Sequential([new Dense({ units: 2, useBias: !isBare, name: "d", inputShape: [3] })]),
    );
    await bare!.quantize("int8");
    await bare!.saveWeights(file("bare.weights.h5"));
    await expect(full!.loadWeights(file("bare.weights.h5"))).rejects.toThrow(
      "is kept as float32, and the array in the file is int8",
    );
  });

  test("scales that are none are refused before anything is set", async () => {
    const model = small();
    await model.quantize("int8");
    const { kernel } = model.getLayer("last") as Dense;
    const { scales } = kernel.form as Int8Form;
    for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const good = scales.value;
      scales.value = Float32Array.of(1, bad);
      await model.saveWeights(file("bad.safetensors"));
      scales.value = good;
      const before = model.getWeights();
      await expect(model.loadWeights(file("bad.safetensors"))).rejects.toThrow(
        `last/kernel_scale" holds ${bad} at position 1`,
      );
      expect(model.getWeights()).toEqual(before);
    }
  });

  test("layers inside of others stay, those of wrappers do not", async () => {
    const model = new Sequential([
      new TimeDistributed({ layer: new Dense({ units: 4, name: "inner" }), inputShape: [3, 5] }),
      new LSTM({ units: 2, name: "lstm", returnSequences: true }),
      new EinsumDense({ equation: "abc,cd->abd", outputShape: [null, 4], name: "einsum" }),
    ]);
    const attention = new MultiHeadAttention({ numHeads: 2, keyDim: 2 });
    const [input] = model.inputs;
    const functional = new Model({
      inputs: input!,
      outputs: attention.apply([model.output, model.output] as never) as never,
    });
    const report = await functional.quantize("int8");
    expect(report.layers.map(({ name }) => name)).toEqual(["inner", "einsum"]);
    expect(report.left).toContain("query");
    await functional.save(file("inside.keras"));
    const again = await loadModel(file("inside.keras"));
    expect(again.getWeights()).toEqual(functional.getWeights());
    const halves = await again.quantize("float16", { filters: (layer) => !["inner", "einsum"].includes(layer.name) });
    expect(halves.left).toEqual(["inner", "einsum"]);
    await again.save(file("inside.keras"));
    expect((await loadModel(file("inside.keras"))).getWeights()).toEqual(again.getWeights());
  });
});

test("the device holds bytes, and a prediction of few rows prepares what it did before", async () => {
  const sizes = async (quantized: boolean) => {
    const model = makeConvolutions();
    model.compile({ device: "cpu", threads: 1 });
    if (quantized) await model.quantize("int8");
    await model.predict(images(2));
    const { program } = [...model.compiledSteps()!.steps.values()][0]!;
    const held = program.buffers.filter(({ kind }) => kind === "variable").reduce((sum, { bytes }) => sum + bytes, 0);
    const calls = program.phases.slice(program.prepared).flatMap((phase) => phase.calls.map(({ op }) => op.name));
    return {
      held,
      calls,
      bytes: model.weights.reduce((sum, { size }) => sum + 4 * size, 0),
    };
  };
  const [plain, small] = [await sizes(false), await sizes(true)];
  expect(plain.held).toBe(plain.bytes);
  expect(small.held).toBeLessThan(0.5 * plain.held);
  // Nothing of the dequantization is left in the part that runs in each step.
  expect(small.calls).toEqual(plain.calls);
});

test("weights are made float32 and packed one after the other, not all at once", async () => {
  const [layers, kernel] = [8, 4 * 64 * 64];
  const shared = async (quantized: boolean) => {
    const model = new Sequential(
      Array.from({ length: layers }, (_, i) => new Dense({ units: 64, ...(i === 0 ? { inputShape: [64] } : {}) })),
    );
    model.compile({ device: "cpu", threads: 1 });
    if (quantized) await model.quantize("int8");
    await model.predict(tensor(drawn(64), [1, 64]));
    return [...model.compiledSteps()!.steps.values()][0]!.program.regions.shared;
  };
  expect((await shared(true)) - (await shared(false))).toBeLessThan(2.5 * kernel);
});

test("an ONNX file holds the numbers that int8 stands for", async () => {
  const model = makeConvolutions();
  await model.quantize("int8");
  await model.save(file("small.onnx"));
  const again = await loadModel(file("small.onnx"));
  model.compile({ device: "reference" });
  again.compile({ device: "reference" });
  const x = images(2);
  expect(gap(await model.predict(x), (await again.predict(x as never)) as unknown as Tensor)).toBeLessThan(1e-6);
});
