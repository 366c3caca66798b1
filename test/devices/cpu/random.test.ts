import { expect, test } from "vitest";
import { type Key, threefry, unitInterval } from "../../../src/base/random.ts";
import { sizeOf } from "../../../src/base/shape.ts";
import { emitRandomUniform } from "../../../src/devices/cpu/kernels/random-uniform.ts";
import { randomUniformOp } from "../../../src/ops/random-uniform.ts";
import { randomInput } from "./random-values.ts";
import { runKernel } from "./run-kernel.ts";

const draw = (key: Key, step: number, rows: number, rowShape: readonly number[], batched: boolean, parts: number) =>
  runKernel({
    emit: emitRandomUniform,
    op: randomUniformOp,
    attrs: { key, rowShape },
    mode: batched ? "map" : "whole",
    inputs: [{ shape: [], data: Float32Array.of(step) }, randomInput([rows, 2], batched)],
    features: { relaxed: false, wide: false },
    parts,
  })[0]!;

test.each([
  { key: [7, 11], step: 3, rows: 5, rowShape: [7] },
  { key: [1, 2], step: 0, rows: 5, rowShape: [] },
  { key: [-1, 5], step: 1e6, rows: 3, rowShape: [3, 5, 2] },
  { key: [0xdeadbeef, -0x80000000], step: 2 ** 24, rows: 4, rowShape: [32] },
  { key: [0, 0], step: 1, rows: 1, rowShape: [1] },
] satisfies { key: Key; step: number; rows: number; rowShape: number[] }[])(
  "bit for bit the host's numbers: key $key, step $step, $rows rows of $rowShape",
  ({ key, step, rows, rowShape }) => {
    const length = rows * sizeOf(rowShape);
    const wanted = Float32Array.from({ length }, (_, i) => unitInterval(threefry(key, i, step)[0]));
    for (const batched of [true, false])
      for (const parts of [1, 2, 3]) expect(draw(key, step, rows, rowShape, batched, parts)).toEqual(wanted);
  },
);

test("numbers fill [0, 1) evenly", () => {
  const values = draw([3, 4], 5, 100, [1000], true, 1);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.005);
  expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
});
