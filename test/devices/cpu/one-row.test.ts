/** A prediction of one row: workers share its calls, and the numbers are those of one worker, bit for bit. */
import { input, Model, setSeed, type Tensor, tensor } from "fovea";
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
  Flatten,
  GlobalAveragePooling2D,
  type Layer,
  LayerNormalization,
  MaxPooling2D,
  MultiHeadAttention,
  ReLU,
  Reshape,
  UpSampling2D,
  ZeroPadding2D,
} from "fovea/layers";
import { beforeAll, expect, test } from "vitest";
import { sizeOf } from "../../../src/base/shape.ts";
import { compile } from "../../../src/compile/compile.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { isOfOneRow, shareTheRow } from "../../../src/devices/cpu/one-row.ts";
import { traceGraph } from "../../../src/engine/session.ts";
import { conv2d } from "../../../src/ops/conv2d.ts";
import { add } from "../../../src/ops/elementwise.ts";
import { reduceSum } from "../../../src/ops/reduce.ts";
import { relativeError } from "../../ir/closeness.ts";

type Value = ReturnType<typeof input>;
type Write = (x: Value) => Value;

const chain =
  (...layers: readonly Layer[]): Write =>
  (x) =>
    layers.reduce<Value>((value, layer) => layer.apply(value) as Value, x);

/** Each kernel whose parts are lines, pixels, planes or blocks of a single row; sizes are odd, or smaller than the workers. */
const nets: Readonly<Record<string, readonly [shape: readonly number[], write: () => Write]>> = {
  "patches of a first layer": [
    [13, 11, 3],
    () => chain(new Conv2D({ filters: 5, kernelSize: 3, strides: 2, padding: "same" })),
  ],
  "a convolution with a border": [
    [9, 7, 8],
    () => chain(new Conv2D({ filters: 6, kernelSize: 3, strides: 2, padding: "same" })),
  ],
  "dilated, in groups": [
    [11, 9, 8],
    () => chain(new Conv2D({ filters: 6, kernelSize: 3, dilationRate: 2, groups: 2, activation: "relu" })),
  ],
  "pixels of 1x1": [
    [7, 7, 20],
    () => chain(new Conv2D({ filters: 33, kernelSize: 1 }), new BatchNormalization(), new ReLU()),
  ],
  "every second pixel of 1x1": [[9, 8, 12], () => chain(new Conv2D({ filters: 17, kernelSize: 1, strides: 2 }))],
  "one line": [[1, 17, 4], () => chain(new Conv2D({ filters: 5, kernelSize: [1, 3] }))],
  "a signal": [[37, 4], () => chain(new Conv1D({ filters: 7, kernelSize: 5, padding: "causal" }))],
  "depthwise, with two kernels": [
    [9, 10, 6],
    () => chain(new DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 2, padding: "same" }), new BatchNormalization()),
  ],
  "depthwise with strides": [
    [15, 13, 16],
    () => chain(new DepthwiseConv2D({ kernelSize: 5, strides: 2, padding: "same" }), new ReLU({ maxValue: 6 })),
  ],
  "depthwise of crowded pixels": [[8, 6, 256], () => chain(new DepthwiseConv2D({ kernelSize: 3 }))],
  "Winograd's tiles of 4 with a border": [
    [16, 16, 16],
    () => chain(new Conv2D({ filters: 32, kernelSize: 3, padding: "same" }), new BatchNormalization(), new ReLU()),
  ],
  "Winograd's tiles of 6": [[38, 26, 16], () => chain(new Conv2D({ filters: 16, kernelSize: 3 }))],
  "Winograd's tiles of 2, few of them": [
    [4, 4, 64],
    () => chain(new Conv2D({ filters: 64, kernelSize: 3, padding: "same" })),
  ],
  "a transposed convolution": [
    [6, 5, 8],
    () => chain(new Conv2DTranspose({ filters: 7, kernelSize: 3, strides: 2, padding: "same" })),
  ],
  pools: [
    [11, 9, 5],
    () =>
      chain(
        new MaxPooling2D({ poolSize: 3, strides: 2, padding: "same" }),
        new AveragePooling2D({ poolSize: 2, padding: "same" }),
      ),
  ],
  "what has no parts": [
    [5, 6, 4],
    () => (x) => {
      const wide = chain(new ZeroPadding2D({ padding: 1 }), new UpSampling2D({ size: 2 }))(x);
      const both = new Concatenate().apply([wide, chain(new Activation("sigmoid"))(wide)]) as Value;
      return chain(new GlobalAveragePooling2D(), new Dense({ units: 200, activation: "softmax" }))(both);
    },
  ],
  "branches that meet": [
    [10, 10, 8],
    () => (x) => {
      const branch = () => chain(new Conv2D({ filters: 8, kernelSize: 3, padding: "same" }), new BatchNormalization());
      return chain(
        new ReLU(),
        new Flatten(),
        new Dense({ units: 10 }),
      )(new Add().apply([branch()(x), branch()(x)]) as Value);
    },
  ],
  "columns of a Dense layer": [
    [300],
    () => chain(new Dense({ units: 150, activation: "relu" }), new Dense({ units: 77 }), new Dense({ units: 5 })),
  ],
  attention: [
    [12, 16],
    () => (x) => {
      const seen = new MultiHeadAttention({ numHeads: 2, keyDim: 8 }).apply([x, x]) as Value;
      return chain(new LayerNormalization(), new Reshape({ targetShape: [192] }), new Dense({ units: 3 }))(seen);
    },
  ],
};

setSeed(7);
const names = Object.keys(nets);
const record = <T>(of: (name: string) => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, of(name)]));
const inputs = record((name) => input({ shape: nets[name]![0] }));
/** All nets side by side in one program: starting threads takes longer than all the rest. */
const model = new Model({ inputs, outputs: record((name) => nets[name]![1]()(inputs[name]!)) });
const x = record((name) => {
  const [shape] = nets[name]!;
  // A part of zeros, whose windows Winograd's kernels treat apart.
  const numbers = Float32Array.from({ length: sizeOf(shape) }, (_, i) => (i % 97 < 30 ? 0 : Math.random() - 0.3));
  return tensor(numbers, [1, ...shape]);
});

async function predict(options: { device: "cpu"; threads: number } | { device: "reference" }) {
  model.compile({ optimizer: "sgd", loss: "mse", ...options });
  // The second call finds what the first one prepared.
  await model.predict(x, { verbose: 0 });
  return (await model.predict(x, { verbose: 0 })) as Readonly<Record<string, Tensor>>;
}

let alone: Awaited<ReturnType<typeof predict>>;
let reference: typeof alone;
beforeAll(async () => {
  reference = await predict({ device: "reference" });
  alone = await predict({ device: "cpu", threads: 1 });
});

test.each(names)("%s: one worker gives the reference device's numbers", (name) => {
  expect(relativeError(alone[name]!.data, reference[name]!.data)).toBeLessThan(1e-5);
});

test.each([2, 3, 5])("%d workers give those of one", async (threads) => {
  const together = await predict({ device: "cpu", threads });
  for (const name of names) expect(together[name]!.data, name).toEqual(alone[name]!.data);
});

test("only a prediction of one row is shared so; calls that do not need each other are of one phase", async () => {
  const cpu = await CpuDevice.start({ inline: true });
  const program = (rows: number, train: boolean) =>
    compile(
      traceGraph((builder) => {
        const image = builder.input("x", { shape: [rows, 4, 4, 4], dtype: "float32", batched: true });
        const w = builder.variable("w", [1, 1, 4, 4]);
        const attrs = {
          strides: [1, 1],
          dilation: [1, 1],
          groups: 1,
          pad: [
            [0, 0],
            [0, 0],
          ],
        } as const;
        const y = add(conv2d(image, w, attrs), conv2d(image, builder.variable("v", [1, 1, 4, 4]), attrs));
        if (train) builder.update("w", add(w, reduceSum(y, [0, 1, 2], true)));
        builder.output("y", y);
      }),
      cpu.traits,
    );
  const shared = program(1, false);
  expect(isOfOneRow(shared, 2)).toBe(true);
  expect(isOfOneRow(shared, 1)).toBe(false);
  expect(isOfOneRow(program(2, false), 2)).toBe(false);
  expect(isOfOneRow(program(1, true), 2)).toBe(false);
  const phases = shareTheRow(shared.phases, () => undefined);
  expect(phases.map(({ kind }) => kind)).toEqual(phases.map(() => "whole"));
  const calls = phases.map((phase) => phase.calls.map(({ op }) => op.name));
  expect(calls.flat().filter((name) => name === "packedConv2d")).toHaveLength(2);
  expect(calls.length).toBeLessThan(calls.flat().length);
});
