import { describe, expect, test } from "vitest";
import type { Pad } from "../../../src/base/shape.ts";
import { sizeOf } from "../../../src/base/shape.ts";
import { emitMaxPool2d, emitMaxPool2dGrad } from "../../../src/devices/cpu/kernels/max-pool2d.ts";
import { maxPool2dGradOp, maxPool2dOp, type Pool2dAttrs } from "../../../src/ops/max-pool2d.ts";
import { relativeError } from "../../ir/closeness.ts";
import { fc } from "../../properties.ts";
import { infinity, nan, randomFloats, randomInput, referenceOf } from "./random-values.ts";
import { type KernelInput, runKernel } from "./run-kernel.ts";

const features = { relaxed: false, wide: false };
const modeOf = ({ batched }: KernelInput) => (batched ? "map" : "whole");

const forward = (attrs: Pool2dAttrs, x: KernelInput, parts = 1) =>
  runKernel({ emit: emitMaxPool2d, op: maxPool2dOp, attrs, mode: modeOf(x), inputs: [x], features, parts })[0]!;
const backward = (attrs: Pool2dAttrs, x: KernelInput, dy: KernelInput, parts = 1) =>
  runKernel({
    emit: emitMaxPool2dGrad,
    op: maxPool2dGradOp,
    attrs,
    mode: modeOf(x),
    inputs: [x, dy],
    features,
    parts,
  })[0]!;

const pool = (window: [number, number], strides: [number, number], ...pad: number[]): Pool2dAttrs => ({
  window,
  strides,
  pad: [
    [pad[0] ?? 0, pad[1] ?? 0],
    [pad[2] ?? 0, pad[3] ?? 0],
  ],
});

/** Few different values, so that ties are common. */
const ties = (shape: readonly number[], batched = true): KernelInput => ({
  shape,
  batched,
  data: Float32Array.from({ length: sizeOf(shape) }, () => Math.floor(Math.random() * 5) - 2),
});

function check(attrs: Pool2dAttrs, x: KernelInput, parts: number): void {
  const [y] = referenceOf(maxPool2dOp, attrs, [x]);
  expect(forward(attrs, x, parts)).toEqual(Float32Array.from(y!));
  const [spec] = maxPool2dOp.infer([{ shape: x.shape, dtype: "float32", batched: x.batched ?? false }], attrs);
  // Positive, so that what meets in one cell of dx cannot cancel.
  const data = randomFloats(sizeOf(spec!.shape), 0.5, 2);
  const dy: KernelInput = { shape: spec!.shape, data, batched: x.batched ?? false };
  const [dx] = referenceOf(maxPool2dGradOp, attrs, [x, dy]);
  expect(relativeError(backward(attrs, x, dy, parts), dx!)).toBeLessThan(1e-6);
}

describe("maxPool2d and its gradient", () => {
  test.each([
    { name: "2x2, exact", shape: [3, 6, 4, 5], attrs: pool([2, 2], [2, 2]) },
    { name: "2x2, 64 channels", shape: [2, 4, 4, 64], attrs: pool([2, 2], [2, 2]) },
    { name: "unread border", shape: [2, 5, 7, 3], attrs: pool([2, 2], [2, 2]) },
    { name: "overlapping", shape: [2, 5, 6, 9], attrs: pool([3, 3], [1, 1]) },
    { name: "overlapping, strided", shape: [2, 7, 7, 4], attrs: pool([3, 3], [2, 2]) },
    { name: "gaps", shape: [2, 7, 8, 2], attrs: pool([2, 2], [5, 5]) },
    { name: "1x1", shape: [1, 2, 3, 1], attrs: pool([1, 1], [1, 1]) },
    { name: "whole image", shape: [3, 7, 6, 7], attrs: pool([7, 6], [7, 6]) },
    { name: "padded", shape: [2, 5, 4, 3], attrs: pool([3, 3], [2, 2], 1, 1, 0, 1) },
    { name: "padded, many channels", shape: [2, 9, 8, 13], attrs: pool([3, 3], [1, 1], 1, 1, 1, 1) },
    { name: "large padded window", shape: [2, 6, 6, 5], attrs: pool([5, 5], [2, 2], 2, 2, 2, 2) },
    { name: "oblong", shape: [2, 5, 9, 2], attrs: pool([2, 3], [1, 2], 0, 1, 0, 0) },
    { name: "window larger than the image", shape: [2, 2, 2, 6], attrs: pool([3, 3], [2, 2], 1, 0, 1, 0) },
  ])("$name", ({ shape, attrs }) => {
    for (const batched of [true, false]) for (const parts of [1, 2]) check(attrs, ties(shape, batched), parts);
    check(attrs, randomInput(shape, true), 1);
  });

  test("any geometry", () => {
    const size = fc.integer({ min: 1, max: 7 });
    const cases = fc
      .record({
        h: size,
        w: size,
        c: fc.integer({ min: 1, max: 9 }),
        kh: size,
        kw: size,
        sh: size,
        sw: size,
        pads: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
      })
      .map(({ pads, ...rest }) => {
        // A window must reach at least one cell of the image.
        const clip = (cells: number, window: number) => Math.min(cells, window - 1);
        const pad: [Pad, Pad] = [
          [clip(pads[0]!, rest.kh), clip(pads[1]!, rest.kh)],
          [clip(pads[2]!, rest.kw), clip(pads[3]!, rest.kw)],
        ];
        return { ...rest, pad };
      })
      .filter(({ h, w, kh, kw, pad }) => h + pad[0][0] + pad[0][1] >= kh && w + pad[1][0] + pad[1][1] >= kw);
    fc.assert(
      fc.property(cases, ({ h, w, c, kh, kw, sh, sw, pad }) => {
        check({ window: [kh, kw], strides: [sh, sw], pad }, ties([2, h, w, c]), 1);
      }),
      { numRuns: 150 },
    );
  });

  test("NaN wins, −∞ is a value, and the first of them takes the gradient", () => {
    const attrs = pool([2, 2], [2, 2]);
    const data = Float32Array.of(1, nan, nan, 9, -infinity, -infinity, -infinity, -infinity);
    const x = { shape: [2, 2, 2, 1], data, batched: true };
    const dy = { shape: [2, 1, 1, 1], data: Float32Array.of(5, 7), batched: true };
    expect([...forward(attrs, x)]).toEqual([nan, -infinity]);
    expect([...backward(attrs, x, dy)]).toEqual([0, 5, 0, 0, 7, 0, 0, 0]);
    // The same through the looped windows of a padded image.
    const padded = pool([5, 5], [5, 5], 2, 1, 2, 1);
    expect([...forward(padded, x)]).toEqual([nan, -infinity]);
    expect([...backward(padded, x, dy)]).toEqual([0, 5, 0, 0, 7, 0, 0, 0]);
  });
});
