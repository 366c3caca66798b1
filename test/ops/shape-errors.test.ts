import { expect, test } from "vitest";
import { InternalError, ShapeError } from "../../src/base/errors.ts";
import { GraphBuilder } from "../../src/ir/graph.ts";
import { add } from "../../src/ops/elementwise.ts";
import { ops } from "../../src/ops/index.ts";
import { rows, whole } from "../cases/op-case.ts";

test("elementwise ops refuse shapes that do not stretch", () => {
  expect(() => ops.add.infer([whole([2, 3]), whole([4])], { operands: [null, null] })).toThrow(
    new ShapeError("Shapes (2, 3) and (4,) cannot be broadcast together."),
  );
});

test("elementwise ops refuse a value that would follow the batch but is not batched", () => {
  const refusal = new InternalError(
    "An elementwise op reads a value along the batch axis that does not follow the batch.",
  );
  expect(() => ops.add.infer([rows([4, 3]), whole([4, 1])], { operands: [null, null] })).toThrow(refusal);
  expect(() => ops.add.infer([rows([3]), whole([4, 3])], { operands: [null, null] })).toThrow(refusal);
});

test("elementwise ops need a value", () => {
  expect(() => add(1, 2)).toThrow(new InternalError('"add" of numbers alone.'));
});

test("matMul refuses sizes that do not meet, and batched weights", () => {
  const attrs = { transposeA: false };
  expect(() => ops.matMul.infer([rows([5, 3]), whole([4, 2])], attrs)).toThrow(
    "matMul cannot multiply [5,3] by [4,2].",
  );
  expect(() => ops.matMul.infer([rows([5, 3]), rows([3, 2])], attrs)).toThrow("matMul cannot multiply");
  expect(() => ops.matMul.infer([rows([5, 3]), rows([4, 2])], { transposeA: true })).toThrow("the same leading axes");
  expect(() => ops.matMul.infer([rows([5, 3]), whole([5, 2])], { transposeA: true })).toThrow("the same leading axes");
});

test("reshape refuses another size and another batch", () => {
  expect(() => ops.reshape.infer([whole([2, 3])], { shape: [4] })).toThrow(
    new ShapeError("Cannot reshape (2, 3) to (4,): sizes differ."),
  );
  expect(() => ops.reshape.infer([rows([2, 3])], { shape: [3, 2] })).toThrow("moves the batch axis");
});

test("transpose and reduceMax leave the batch axis alone", () => {
  expect(() => ops.transpose.infer([rows([2, 3])], { permutation: [1, 0] })).toThrow("moves the batch axis");
  expect(() => ops.reduceMax.infer([rows([2, 3])], { axes: [0], keepDims: false })).toThrow("not a sum over rows");
});

test("a sum over the batch is not batched, any other stays so", () => {
  const infer = (axes: number[]) => ops.reduceSum.infer([rows([5, 3])], { axes, keepDims: true })[0];
  expect(infer([0])).toEqual({ shape: [1, 3], dtype: "float32", batched: false });
  expect(infer([1])).toEqual({ shape: [5, 1], dtype: "float32", batched: true });
  expect(new GraphBuilder().rows().spec).toEqual({ shape: [], dtype: "float32", batched: false });
});
