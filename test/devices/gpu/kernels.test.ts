/**
 * The GPU kernels that share work among threads, each alone, as hardware and as software renderers run them: shapes of many tiles and splits,
 * with poison in dead rows. The case table is the conformance test's.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sizeOf } from "../../../src/base/shape.ts";
import { findAdapter } from "../../../src/devices/gpu/adapter.ts";
import type { EmitKernel, Features } from "../../../src/devices/gpu/kernel.ts";
import { emitConv2d } from "../../../src/devices/gpu/kernels/conv2d.ts";
import { emitConv2dGradInput } from "../../../src/devices/gpu/kernels/conv2d-grad-input.ts";
import { emitConv2dGradKernel } from "../../../src/devices/gpu/kernels/conv2d-grad-kernel.ts";
import { emitDepthwiseConv2d } from "../../../src/devices/gpu/kernels/depthwise-conv2d.ts";
import { emitDepthwiseConv2dGradInput } from "../../../src/devices/gpu/kernels/depthwise-conv2d-grad-input.ts";
import { emitDepthwiseConv2dGradKernel } from "../../../src/devices/gpu/kernels/depthwise-conv2d-grad-kernel.ts";
import { emitMatMul } from "../../../src/devices/gpu/kernels/mat-mul.ts";
import { emitReduceMax, emitReduceSum } from "../../../src/devices/gpu/kernels/reduce.ts";
import { type OpName, ops } from "../../../src/ops/index.ts";
import { type OpCase, rows, whole } from "../../cases/op-case.ts";
import { relativeError } from "../../ir/closeness.ts";
import { capacityOf, type NamedCase } from "../../ops/case-graph.ts";
import { KernelRunner, referenceOf } from "./run-kernel.ts";

const kernels: Partial<Record<OpName, EmitKernel>> = {
  matMul: emitMatMul,
  conv2d: emitConv2d,
  conv2dGradInput: emitConv2dGradInput,
  conv2dGradKernel: emitConv2dGradKernel,
  depthwiseConv2d: emitDepthwiseConv2d,
  depthwiseConv2dGradInput: emitDepthwiseConv2dGradInput,
  depthwiseConv2dGradKernel: emitDepthwiseConv2dGradKernel,
  reduceMax: emitReduceMax,
  reduceSum: emitReduceSum,
};

let runner: KernelRunner;
beforeAll(async () => {
  runner = await KernelRunner.start();
});
afterAll(() => runner.dispose());

async function check(
  { op, attrs, inputs: described, tolerance = 1e-5 }: NamedCase,
  live: number,
  emit: EmitKernel,
  features: Features,
) {
  const inputs = described.map(({ shape, batched, draw }) => ({
    shape,
    batched,
    data: Float32Array.from({ length: sizeOf(shape) }, (_, i) =>
      Array.isArray(draw) ? draw[i % draw.length] : 2 * Math.random() - 1,
    ),
  }));
  const run = { op, attrs, inputs, rows: live };
  const [made, wanted] = [await runner.run(emit, run, features), referenceOf(run)];
  expect(relativeError(made, wanted.map(Math.fround)), `${live} rows`).toBeLessThanOrEqual(tolerance);
  return { run, made };
}

const plain = {
  strides: [1, 1],
  pad: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
  inputDilation: [1, 1],
  groups: 1,
};
const same = [
  [1, 1],
  [1, 1],
];

/** What takes several tiles on every axis, or several splits of k. */
const large: readonly (OpCase & { readonly kernel: OpName })[] = [
  { name: "vectors", kernel: "matMul", inputs: [rows([150, 132]), whole([132, 100])], attrs: { transposeA: false } },
  { name: "no vectors", kernel: "matMul", inputs: [rows([150, 133]), whole([133, 101])], attrs: { transposeA: false } },
  { name: "split", kernel: "matMul", inputs: [rows([40, 1602]), whole([1602, 10])], attrs: { transposeA: false } },
  { name: "wide tile", kernel: "matMul", inputs: [rows([4500, 12]), whole([12, 256])], attrs: { transposeA: false } },
  {
    name: "sum over rows",
    kernel: "matMul",
    inputs: [rows([600, 2, 76]), rows([600, 2, 72])],
    attrs: { transposeA: true },
  },
  { name: "odd sum", kernel: "matMul", inputs: [rows([600, 2, 77]), rows([600, 2, 71])], attrs: { transposeA: true } },
  { name: "one channel", kernel: "conv2d", inputs: [rows([6, 28, 28, 1]), whole([3, 3, 1, 32])], attrs: plain },
  {
    name: "channels",
    kernel: "conv2d",
    inputs: [rows([6, 13, 13, 32]), whole([3, 3, 32, 72])],
    attrs: { ...plain, pad: same },
  },
  {
    name: "groups",
    kernel: "conv2d",
    inputs: [rows([5, 12, 9, 40]), whole([3, 3, 20, 72])],
    attrs: { ...plain, groups: 2, strides: [2, 1] },
  },
  {
    name: "channels",
    kernel: "conv2dGradInput",
    inputs: [rows([6, 11, 11, 64]), whole([3, 3, 36, 64])],
    attrs: { ...plain, size: [13, 13] },
  },
  {
    name: "groups and strides",
    kernel: "conv2dGradInput",
    inputs: [rows([5, 5, 7, 72]), whole([3, 3, 20, 72])],
    attrs: { ...plain, groups: 2, strides: [2, 1], size: [12, 9] },
  },
  {
    name: "one channel",
    kernel: "conv2dGradKernel",
    inputs: [rows([6, 28, 28, 1]), rows([6, 26, 26, 32])],
    attrs: { ...plain, kernel: [3, 3] },
  },
  {
    name: "channels",
    kernel: "conv2dGradKernel",
    inputs: [rows([16, 13, 13, 32]), rows([16, 11, 11, 72])],
    attrs: { ...plain, kernel: [3, 3] },
  },
  {
    name: "groups",
    kernel: "conv2dGradKernel",
    inputs: [rows([5, 12, 9, 40]), rows([5, 5, 7, 72])],
    attrs: { ...plain, groups: 2, strides: [2, 1], kernel: [3, 3] },
  },
  {
    name: "channels",
    kernel: "depthwiseConv2dGradKernel",
    inputs: [rows([24, 12, 12, 40]), rows([24, 10, 10, 40])],
    attrs: { ...plain, kernel: [3, 3, 40, 1] },
  },
].map((each) => ({ ...each, kernel: each.kernel as OpName, gradients: [] }));

const reductions: typeof large = [
  { name: "rows", kernel: "reduceSum", inputs: [rows([37, 1200])], attrs: { axes: [1] } },
  { name: "columns", kernel: "reduceSum", inputs: [rows([700, 50])], attrs: { axes: [0] } },
  // Of one sign mostly: a single sum that cancels to nearly nothing has no relative error to speak of.
  {
    name: "all",
    kernel: "reduceSum",
    inputs: [rows([900, 70], [1.25, 0.37, -0.21, 2.03, 0.71])],
    attrs: { axes: [0, 1] },
  },
  { name: "rows", kernel: "reduceMax", inputs: [rows([37, 1201])], attrs: { axes: [1] } },
  { name: "columns", kernel: "reduceMax", inputs: [whole([1000, 3])], attrs: { axes: [0] } },
  {
    name: "not a number among them",
    kernel: "reduceMax",
    inputs: [{ ...rows([5, 130]), draw: [...new Array<number>(129).fill(-1), Number.NaN] }],
    attrs: { axes: [1] },
  },
  {
    name: "all the least",
    kernel: "reduceMax",
    inputs: [{ ...whole([300]), draw: [Number.NEGATIVE_INFINITY] }],
    attrs: { axes: [0] },
  },
].map((each) => ({ ...each, kernel: each.kernel as OpName, gradients: [] }));

const variants: readonly (Features & { readonly cases: typeof large })[] = [
  { software: false, subgroups: false, cases: [...large, ...reductions] },
  { software: false, subgroups: true, cases: reductions },
  { software: true, subgroups: false, cases: [...large, ...reductions] },
];

/** Deno's wgpu has no subgroups in its shaders. */
const { subgroups } = await findAdapter();

describe.each(variants)("software: $software, subgroups: $subgroups", ({ cases, ...features }) => {
  test.skipIf(features.subgroups && !subgroups).each(cases)("$kernel, $name", async ({ kernel, ...each }) => {
    const named = { ...each, op: ops[kernel] } as unknown as NamedCase;
    const capacity = capacityOf(named);
    for (const live of [capacity, Math.ceil(capacity / 3), 1]) {
      const { run, made } = await check(named, live, kernels[kernel]!, features);
      expect(await runner.run(kernels[kernel]!, run, features), "a second run").toEqual(made);
    }
  });
});
