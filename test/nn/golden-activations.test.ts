/** Every activation of real Keras: the same values and gradients from -30 to 25. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gradients } from "../../src/compile/differentiate.ts";
import { CpuDevice } from "../../src/devices/cpu/cpu-device.ts";
import { GpuDevice } from "../../src/devices/gpu/gpu-device.ts";
import type { Device } from "../../src/ir/device.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { activate, activationNames, resolveActivation } from "../../src/nn/activations.ts";
import { ReLU } from "../../src/nn/layers/relu.ts";
import { Trace } from "../../src/nn/trace.ts";
import { celu, elu, gelu, threshold } from "../../src/ops/activations.ts";
import { softmax } from "../../src/ops/softmax.ts";
import { runGraph } from "../devices/run-graph.ts";
import golden from "../golden/activations.json" with { type: "json" };
import { evaluateGraph } from "../ir/evaluate-graph.ts";

interface Case {
  readonly title: string;
  readonly shape: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly cotangent: readonly number[];
  readonly inputGrad: readonly number[];
  apply(x: Sym): Sym;
}

const relu = new ReLU({ negativeSlope: 0.1, maxValue: 1.5, threshold: 0.2 });

/** The functions with options, which no name has. */
const configured: Readonly<Record<string, (x: Sym) => Sym>> = {
  'relu {"negative_slope":0.1,"max_value":1.5,"threshold":0.2}': (x) =>
    new Trace({ builder: x.builder, training: false }).write(() => relu.call(x)),
  'elu {"alpha":0.5}': (x) => elu(x, 0.5),
  'celu {"alpha":0.5}': (x) => celu(x, 0.5),
  'gelu {"approximate":true}': (x) => gelu(x, true),
  'softmax {"axis":0}': (x) => softmax(x, 0),
  'threshold {"threshold":0.5,"default_value":-1}': (x) => threshold(x, 0.5, -1),
};

const cases = golden.activations.map((each): Case => {
  const options = JSON.stringify(each.config);
  const title = options === "{}" ? each.activation : `${each.activation} ${options}`;
  const apply = configured[title] ?? ((x: Sym) => activate(resolveActivation(title, each.activation), x));
  const { shape, data } = each.input;
  return {
    title,
    shape,
    input: data,
    output: each.output.data,
    cotangent: each.cotangent.data,
    inputGrad: each.inputGrad.data,
    apply,
  };
});

/** Names that Keras has twice. */
const second: Readonly<Record<string, string>> = { swish: "silu", hard_swish: "hard_silu" };

test.each(activationNames)("%s has numbers of Keras", (name) => {
  expect(golden.activations.map(({ activation }) => activation)).toContain(second[name] ?? name);
});

/** Writes the case with its names prefixed, forward and back. Not batched: one softmax runs over axis 0. */
function write(builder: GraphBuilder, each: Case, prefix = ""): void {
  const x = builder.input(`${prefix}x`, { shape: each.shape, dtype: "float32", batched: false });
  const y = each.apply(x);
  const [dx] = gradients(y, [x], builder.input(`${prefix}seed`, y.spec));
  builder.output(`${prefix}y`, y);
  builder.output(`${prefix}dx`, dx!);
}

/** Largest error, relative to what is expected where that is larger than 1. */
const errorOf = (actual: ArrayLike<number> | undefined, expected: readonly number[]) =>
  actual?.length === expected.length
    ? Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value))))
    : Number.NaN;

test("there is a case of each", () => {
  expect(cases.length).toBeGreaterThan(30);
});

test.each(cases)("$title", (each) => {
  const builder = new GraphBuilder();
  write(builder, each);
  const { outputs } = evaluateGraph(verifyGraph(builder.finish()), { x: each.input, seed: each.cotangent }, 1);
  expect(errorOf(outputs.y, each.output)).toBeLessThan(1e-6);
  expect(errorOf(outputs.dx, each.inputGrad)).toBeLessThan(1e-6);
});

describe.each([
  { name: "cpu", start: (): Promise<Device> => CpuDevice.start({ inline: true }), tolerance: 1e-6 },
  { name: "gpu", start: (): Promise<Device> => GpuDevice.start(), tolerance: 1e-6 },
])("$name", ({ start, tolerance }) => {
  let device: Device | undefined;
  beforeAll(async () => {
    device = await start();
  });
  afterAll(() => device?.dispose());

  test("gives the same for all of them", async () => {
    const feeds = cases.flatMap(({ input, cotangent }, i) => [
      [`${i} x`, Float32Array.from(input)],
      [`${i} seed`, Float32Array.from(cotangent)],
    ]);
    const { outputs } = await runGraph(
      device!,
      (builder) => {
        cases.forEach((each, i) => {
          write(builder, each, `${i} `);
        });
      },
      Object.fromEntries(feeds),
      1,
    );
    cases.forEach(({ title, output, inputGrad }, i) => {
      expect(errorOf(outputs[`${i} y`], output), title).toBeLessThan(tolerance);
      expect(errorOf(outputs[`${i} dx`], inputGrad), `gradient of ${title}`).toBeLessThan(tolerance);
    });
  });
});
