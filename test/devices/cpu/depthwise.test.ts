/** Depthwise kernels on any shape, against the plain meaning; `runKernel` throws where one writes what is not its own. */

import { beforeAll, describe, expect, test } from "vitest";
import { sizeOf } from "../../../src/base/shape.ts";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";
import type { EmitKernel } from "../../../src/devices/cpu/kernel.ts";
import {
  emitDepthwiseConv2d,
  emitDepthwiseConv2dGradInput,
} from "../../../src/devices/cpu/kernels/depthwise-conv2d.ts";
import { emitDepthwiseConv2dGradKernel } from "../../../src/devices/cpu/kernels/depthwise-conv2d-grad-kernel.ts";
import type { Op } from "../../../src/ir/op.ts";
import {
  depthwiseConv2dGradInputOp,
  depthwiseConv2dGradKernelOp,
  depthwiseConv2dOp,
} from "../../../src/ops/depthwise-conv2d.ts";
import { fc } from "../../properties.ts";
import { featureSets, randomFloats, sumError, TOLERANCE } from "./plain-loops.ts";
import { runKernel } from "./run-kernel.ts";

beforeAll(async () => {
  expect(detectFeatures()).toMatchObject({ relaxed: true });
});

const pair = (least: number, most: number) => {
  const number = fc.integer({ min: least, max: most });
  return fc.tuple(number, number);
};

/** Mostly plain attributes, so that each is also met alone. */
const rarely = <T>(plain: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(plain) }, { weight: 1, arbitrary: other });

const cases = fc
  .record({
    images: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 21 }),
    kernel: fc.oneof(pair(1, 4), pair(1, 9)),
    channels: fc.integer({ min: 1, max: 19 }),
    multiplier: rarely(1, fc.integer({ min: 2, max: 4 })),
    strides: rarely<[number, number]>([1, 1], pair(1, 4)),
    rows: rarely<[number, number]>([0, 0], pair(0, 4)),
    columns: rarely<[number, number]>([0, 0], pair(0, 4)),
    dilation: rarely<[number, number]>([1, 1], pair(1, 3)),
    batched: fc.boolean(),
    parts: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map(({ images, height, width, kernel, channels, multiplier, strides, rows, columns, dilation, ...rest }) => {
    const attrs = { strides, pad: [rows, columns] as const, dilation };
    const x = [images, height, width, channels];
    const w = [kernel[0], kernel[1], channels, multiplier] as const;
    const [y] = depthwiseConv2dOp.infer(
      [x, w].map((shape) => ({ shape, dtype: "float32", batched: false })),
      attrs,
    );
    return { ...rest, attrs, x, w, y: y!.shape, size: [height, width] as const };
  })
  .filter(({ y }) => y[1]! >= 1 && y[2]! >= 1);

describe.each(featureSets)("depthwise convolutions with %s", (_, features) => {
  /** Runs a kernel in the modes that its call can have, and the op's meaning beside it. */
  function check<A extends object>(
    op: Op<A>,
    emit: EmitKernel,
    attrs: A,
    shapes: readonly { readonly shape: readonly number[]; readonly batched: boolean }[],
    { parts, seed, sums }: { readonly parts: number; readonly seed: number; readonly sums: boolean },
  ) {
    const inputs = shapes.map(({ shape, batched }, i) => ({
      shape,
      batched,
      data: randomFloats(seed + i, sizeOf(shape)),
    }));
    const specs = shapes.map(({ shape, batched }) => ({ shape, batched, dtype: "float32" as const }));
    const outputs = op.infer(specs, attrs);
    const expected = outputs.map(({ shape }) => new Float64Array(sizeOf(shape)));
    op.reference(
      inputs.map(({ data }) => Float64Array.from(data)),
      expected,
      { attrs, inputs: specs, outputs, firstRow: 0 },
    );
    const batched = shapes[0]!.batched;
    const mode = !batched ? "whole" : sums ? "accumulate" : "map";
    const before = randomFloats(seed + 9, expected[0]!.length);
    const [made] = runKernel({
      emit,
      op,
      attrs,
      mode,
      inputs,
      features,
      parts: sums && !batched ? 1 : parts,
      ...(mode === "accumulate" ? { before: [before] } : {}),
    });
    const wanted = expected[0]!.map((value, i) => (mode === "accumulate" ? value + before[i]! : value));
    expect(sumError(made!, wanted, 1)).toBeLessThan(TOLERANCE);
  }

  test("forward of any shape", () => {
    fc.assert(
      fc.property(cases, ({ attrs, x, w, batched, parts, seed }) => {
        const shapes = [
          { shape: x, batched },
          { shape: w, batched: false },
        ];
        check(depthwiseConv2dOp, emitDepthwiseConv2d, attrs, shapes, { parts, seed, sums: false });
      }),
      { numRuns: 60 },
    );
  });

  test("gradient by the input of any shape", () => {
    fc.assert(
      fc.property(cases, ({ attrs, y, w, size, batched, parts, seed }) => {
        const shapes = [
          { shape: y, batched },
          { shape: w, batched: false },
        ];
        const own = { ...attrs, size };
        check(depthwiseConv2dGradInputOp, emitDepthwiseConv2dGradInput, own, shapes, { parts, seed, sums: false });
      }),
      { numRuns: 60 },
    );
  });

  test("gradient by the kernel of any shape, added to what was there", () => {
    fc.assert(
      fc.property(cases, ({ attrs, x, y, w, batched, parts, seed }) => {
        const shapes = [
          { shape: x, batched },
          { shape: y, batched },
        ];
        const own = { ...attrs, kernel: w };
        check(depthwiseConv2dGradKernelOp, emitDepthwiseConv2dGradKernel, own, shapes, { parts, seed, sums: true });
      }),
      { numRuns: 60 },
    );
  });
});
