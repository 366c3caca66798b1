import { expect, test } from "vitest";
import { DeviceError } from "../../src/base/errors.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { ReferenceDevice } from "../../src/devices/reference/reference-device.ts";
import { add, div, log, mul, neg, relu, sub } from "../../src/ops/elementwise.ts";
import { matMul } from "../../src/ops/mat-mul.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { softmax } from "../../src/ops/softmax.ts";
import { runGraph } from "./run-graph.ts";

test("a training step of a two-layer network moves its variables against the gradient", async () => {
  const variables = {
    w1: { shape: [3, 4], value: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)) },
    b1: { shape: [4], value: new Float32Array(4) },
    w2: { shape: [4, 2], value: Float32Array.from({ length: 8 }, (_, i) => Math.cos(i)) },
  };
  const step = (rows: number) =>
    runGraph(
      new ReferenceDevice(),
      (builder) => {
        const x = builder.input("x", { shape: [4, 3], dtype: "float32", batched: true });
        const t = builder.input("t", { shape: [4, 2], dtype: "float32", batched: true });
        const [w1, b1, w2] = [
          builder.variable("w1", [3, 4]),
          builder.variable("b1", [4]),
          builder.variable("w2", [4, 2]),
        ];
        const y = softmax(matMul(relu(add(matMul(x, w1), b1)), w2));
        const loss = div(reduceSum(neg(mul(t, log(y))), [0, 1]), builder.localRows());
        builder.output("loss", loss);
        builder.output("y", y);
        gradients(loss, [w1, b1, w2]).forEach((gradient, i) => {
          const variable = [w1, b1, w2][i]!;
          builder.update(["w1", "b1", "w2"][i]!, sub(variable, mul(0.1, gradient!)));
        });
      },
      { x: Float32Array.from({ length: 12 }, (_, i) => i / 12), t: Float32Array.from([1, 0, 0, 1, 1, 0, 0, 1]) },
      rows,
      variables,
      50,
    );
  const full = await step(4);
  expect(full.outputs.loss![0]).toBeLessThan(0.7);
  expect(full.outputs.y).toHaveLength(8);
  const short = await step(3);
  expect(short.outputs.y).toHaveLength(6);
  expect(short.variables.w1).not.toEqual(variables.w1.value);
});

test("a variable that was never added is named", async () => {
  const device = new ReferenceDevice();
  await expect(device.read("w")).rejects.toThrow(new DeviceError('The device holds no variable "w".'));
  device.addVariable("w", [2]);
  await device.write("w", Float32Array.of(1, 2));
  device.addVariable("w", [2]);
  expect(await device.read("w")).toEqual(Float32Array.of(1, 2));
  device.dispose();
  await expect(device.write("w", Float32Array.of(1, 2))).rejects.toThrow(DeviceError);
});
