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
  expect(new GraphBuilder().localRows().spec).toEqual({ shape: [], dtype: "float32", batched: false });
});

test("batchMatMul needs the same leading axes and sizes that meet", () => {
  const attrs = { transposeA: false, transposeB: false };
  const infer = (a: ReturnType<typeof rows>, b: ReturnType<typeof rows>) => ops.batchMatMul.infer([a, b], attrs);
  expect(() => infer(rows([5, 2, 3]), whole([5, 3, 2]))).toThrow("the same leading axes");
  expect(() => infer(rows([5, 2, 3]), rows([5, 1, 3, 2]))).toThrow("the same leading axes");
  expect(() => infer(whole([2, 3]), whole([3, 2]))).toThrow("the same leading axes");
  expect(() => infer(rows([5, 2, 3]), rows([5, 2, 3]))).toThrow("batchMatMul cannot multiply [5,2,3] by [5,2,3].");
});

test("gather and scatterAdd need a table of their own and a row for each index", () => {
  expect(() => ops.gather.infer([rows([5, 3]), rows([5])], { outside: 0 })).toThrow("does not follow the batch");
  expect(() => ops.gather.infer([whole([5, 3], "normal", "int32"), rows([5])], { outside: 0 })).toThrow("float32");
  expect(() => ops.scatterAdd.infer([rows([5, 2]), rows([5, 3])], { rows: 4 })).toThrow("a row for each index");
  expect(() => ops.scatterAdd.infer([whole([5]), rows([5, 3])], { rows: 4 })).toThrow("a row for each index");
});

test("blocks lie inside, and follow the batch together", () => {
  const outside = "crop of axis 1 takes entries 2 … 4 of 4.";
  expect(() => ops.crop.infer([rows([3, 4])], { start: [0, 2], size: [3] })).toThrow(outside);
  expect(() => ops.crop.infer([rows([3, 4])], { start: [0, 1], size: [2], strides: [1, -2] })).toThrow("1 … -1 of 4");
  expect(() => ops.crop.infer([rows([3, 4])], { start: [0, 1], size: [2], strides: [2, 1] })).toThrow("leading axis");
  expect(() => ops.pad.infer([rows([3, 4])], { pads: [[0, 0]] })).toThrow("zeros for 1 axes");
  expect(() => ops.concatenate.infer([rows([3, 4]), whole([3, 1])], { axis: 1 })).toThrow(
    "values of the batch beside values that do not follow it",
  );
});
