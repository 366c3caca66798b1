/** What the golden numbers do not show: NaN, short batches, random numbers, errors, operations of the functional API, types. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { tensor } from "../../../src/base/tensor.ts";
import { GraphBuilder, type Sym } from "../../../src/ir/graph.ts";
import type { KerasTensor } from "../../../src/nn/keras-tensor.ts";
import * as ops from "../../../src/nn/operations/index.ts";
import { clearSession } from "../../../src/nn/process-state.ts";
import { Trace } from "../../../src/nn/trace.ts";
import { Variable } from "../../../src/nn/variable.ts";
import { evaluateGraph } from "../../ir/evaluate-graph.ts";
import { placeholder, runOperation } from "./run-operation.ts";

const run = (write: (...x: Sym[]) => unknown, kinds: string, ...shapes: (readonly number[])[]) =>
  runOperation(
    write,
    shapes.map((shape) => ({ shape, data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1) })),
    kinds,
  );
const NaNs = { shape: [1, 3], data: [Number.NaN, -1, 2] };

describe("NaN", () => {
  test.each<[string, (x: Sym) => unknown, readonly number[]]>([
    ["relu", (x) => ops.relu(x), [Number.NaN, 0, 2]],
    ["relu6", (x) => ops.relu6(x), [Number.NaN, 0, 2]],
    ["clip", (x) => ops.clip(x, 0, 1), [Number.NaN, 0, 1]],
    ["maximum of a number and it", (x) => ops.maximum(0, x), [Number.NaN, 0, 2]],
    ["minimum of it as second operand", (x) => ops.minimum(ops.onesLike(x), x), [Number.NaN, -1, 1]],
    ["maximum of it as second operand", (x) => ops.maximum(ops.onesLike(x), x), [Number.NaN, 1, 2]],
    ["max", (x) => ops.max(x, -1), [Number.NaN]],
    ["min", (x) => ops.min(x, -1), [Number.NaN]],
    ["isnan", (x) => ops.isnan(x), [1, 0, 0]],
    ["isfinite", (x) => ops.isfinite(ops.divide(x, ops.subtract(x, 2))), [0, 1, 0]],
    ["isinf", (x) => ops.isinf(ops.divide(x, ops.subtract(x, 2))), [0, 0, 1]],
    ["notEqual to itself", (x) => ops.notEqual(x, x), [1, 0, 0]],
    ["cumsum before it", (x) => ops.flip(ops.cumsum(ops.flip(x, 1), 1), 1), [Number.NaN, 1, 2]],
    ["take beside it", (x) => ops.take(x, [1, 7], 1), [-1, Number.NaN]],
    ["where of the other branch", (x) => ops.where(ops.isnan(x), 0, x), [0, -1, 2]],
  ])("%s", (_, write, expected) => {
    expect([...runOperation(write as (...x: Sym[]) => unknown, [NaNs], "b").values]).toEqual(expected);
  });
});

test("sums and means over the batch count the live rows only", () => {
  const x = { shape: [4, 1], data: [1, 3, 8, 1000] };
  const over = (write: (x: Sym) => unknown) => runOperation(write as never, [x], "b", { live: 3 }).values[0];
  expect(over((value) => ops.mean(value))).toBe(4);
  expect(over((value) => ops.sum(value, 0))).toBe(12);
  expect(over((value) => ops.variance(value))).toBeCloseTo(26 / 3, 12);
  expect(over((value) => ops.std(value))).toBeCloseTo(Math.sqrt(26 / 3), 12);
  expect(over((value) => ops.moments(value, 0)[0])).toBe(4);
});

test("constants: creation, variables, tensors and nested numbers", () => {
  const variable = new Variable({ name: "w", shape: [2], trainable: true, value: Float32Array.of(5, 7) });
  const builder = new GraphBuilder();
  new Trace({ builder, training: true }).write(() => {
    builder.output("a", ops.add(variable, [[1, 2]]));
    builder.output("b", ops.multiply(ops.full([2, 2], 3), tensor([1, 2])));
    builder.output("c", ops.add(1, 2));
    builder.output("d", ops.matmul(ops.eye(2), ops.stack([ops.zeros([2]), ops.ones([2])])));
  });
  const { outputs } = evaluateGraph(builder.finish(), {}, 1, { w: [5, 7] });
  expect([...outputs.a!, ...outputs.b!, ...outputs.c!, ...outputs.d!]).toEqual([6, 9, 3, 6, 3, 6, 3, 0, 0, 1, 1]);
  expect(run((x) => ops.zeros([5], { like: x! }), "b", [3, 2]).sym.spec).toMatchObject({
    shape: [3, 5],
    batched: true,
  });
});

describe("random numbers", () => {
  const draw = (write: (x: Sym) => unknown, rows = 400) => run(write as never, "b", [rows, 2]);
  const moments = (values: Float64Array) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return [mean, Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)] as const;
  };

  test("have the moments that were asked for", () => {
    const normal = moments(draw((x) => ops.random.normal([50], { like: x, mean: 2, stddev: 3 })).values);
    expect(normal[0]).toBeCloseTo(2, 1);
    expect(normal[1]).toBeCloseTo(3, 1);
    const uniform = draw((x) => ops.random.uniform([50], { like: x, minval: -1, maxval: 3 })).values;
    expect(moments(uniform)[0]).toBeCloseTo(1, 1);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...uniform)).toBeLessThan(3);
    expect(moments(draw(() => ops.random.bernoulli([20000], 0.3)).values)[0]).toBeCloseTo(0.3, 1);
    const kept = draw((x) => ops.random.dropout(ops.ones([50], { like: x }), 0.25)).values;
    expect(new Set(kept)).toEqual(new Set([0, 4 / 3]));
    expect(moments(kept)[0]).toBeCloseTo(1, 1);
    const classes = draw((x) => ops.random.categorical(ops.add(ops.multiply(x, 0), [0, Math.log(3)]), 50)).values;
    expect(moments(classes)[0]).toBeCloseTo(0.75, 1);
  });

  test("differ from call to call, and repeat for a seed", () => {
    const two = (seed?: number) => {
      const options = seed === undefined ? {} : { seed };
      const both = draw(() => ops.stack([ops.random.normal([4], options), ops.random.normal([4], options)]));
      return [both.values.slice(0, 4), both.values.slice(4)] as const;
    };
    const [a, b] = two();
    expect(a).not.toEqual(b);
    const [c, d] = two(7);
    expect(c).toEqual(d);
    expect(two(8)[0]).not.toEqual(c);
  });
});

describe("errors", () => {
  test.each<[string, (a: Sym, b: Sym) => unknown, string]>([
    ["sizes", (a) => ops.add(a, [1, 2, 3, 4]), "add: shapes (None, 2, 3) and (4,) cannot be broadcast together"],
    [
      "rank",
      (a, b) => ops.add(ops.sum(a, [1, 2]), ops.sum(b, 1, { keepdims: true })),
      "(None,) has its batch where others have axis",
    ],
    ["constant rows", (a) => ops.multiply(a, ops.ones([5, 2, 3])), "does not follow the batch but has 5 rows"],
    ["axis", (a) => ops.sum(a, 3), "sum: axis 3 is outside of (None, 2, 3); use -3 … 2"],
    ["axis twice", (a) => ops.mean(a, [1, -2]), "names an axis of (None, 2, 3) twice"],
    ["max of the batch", (a) => ops.max(a), "max would run along axis 0 of (None, 2, 3), the batch"],
    ["reshape of the batch", (a) => ops.reshape(a, [2, -1]), "the first axis is the batch and stays it; write null"],
    ["reshape sizes", (a) => ops.reshape(a, [null, 4]), "a row has 6 values, the new shape 4"],
    ["joined rows", (a) => ops.reshape(a, [-1, 3]), "Rows of the batch cannot be joined or split"],
    ["two open axes", (a) => ops.reshape(a, [-1, -1]), "only one axis may be -1; write null for the batch"],
    ["transpose", (a) => ops.transpose(a), "the batch stays axis 0; give axes that begin with 0, like [0, 2, 1]"],
    ["matmul", (a) => ops.matmul(a, ops.ones([4, 2])), "the last axis of the first is 3, axis -2 of the second 4"],
    [
      "rows by rows",
      (a) => ops.einsum("abc,dbc->ad", a, ops.square(a)),
      "each row of (None, 2, 3) would meet each row",
    ],
    ["einsum term", (a) => ops.einsum("ab,bc->ac", a, a), 'term "ab" does not name the 3 axes of (None, 2, 3)'],
    ["einsum result", (a) => ops.einsum("abc->bac", a), 'the batch, axis "a", must be the first of the result'],
    ["batch meets constant", (a) => ops.einsum("abc,ad->bcd", a, ops.ones([5, 4])), "does not follow the batch"],
    [
      "concatenate",
      (a, b) => ops.concatenate([a, b], 1),
      "concatenate: (None, 2, 3) and (None, 3) must have equal shapes",
    ],
    ["concatenate batches", (a) => ops.concatenate([a, a]), "concatenate would run along axis 0"],
    [
      "a place that is none",
      (a) => ops.getItem(a, [":", null as never]),
      "key null of axis 1, expected an entry's number",
    ],
    ["a range of texts", (a) => ops.getItem(a, [":", ["0" as never]]), 'key ["0"] of axis 1'],
    ["split", (a) => ops.split(a, 2, -1), "axis 2 cannot be cut into 2 equal parts"],
    ["squeeze", (a) => ops.squeeze(a, 1), "axis 1 has size 2, not 1"],
    ["expandDims", (a) => ops.expandDims(a, 0), "the batch stays first"],
    ["conv window", (a) => ops.conv(a, ops.ones([5, 3, 1])), "a window of 5 does not fit 2 cells"],
    ["conv channels", (a) => ops.conv(a, ops.ones([1, 2, 1])), "3 channels do not fit the kernel (1, 2, 1)"],
    ["cast", (a) => ops.cast(a, "int64" as "int32"), "int64"],
    ["like", () => ops.random.normal([2], { like: ops.ones([3]) }), "which does not follow the batch; leave it out"],
    ["nothing", (a) => ops.add(a, "2" as never), 'add got "2"; it takes values of a step'],
    ["sparse target", (a) => ops.sparseCategoricalCrossentropy(a, a), "use categoricalCrossentropy"],
  ])("%s", (_, write, message) => {
    expect(() => run(write as never, "bb", [5, 2, 3], [5, 3])).toThrow(message);
  });

  test("numbers alone outside of a step", () => {
    expect(() => ops.relu(tensor([1, 2]))).toThrow("await jit((x) => relu(x))(tensor)");
    expect(() => ops.zeros([2])).toThrow("zeros is used outside of a step");
  });

  test("a value of another step, and a mixture with symbolic tensors", () => {
    const { sym } = run((x) => x, "b", [2, 3]);
    expect(() => run((x) => ops.add(x!, sym), "b", [2, 3])).toThrow("add got a value of another step");
    expect(() => ops.add(sym, placeholder([null, 3]) as never)).toThrow("beside a value of a step");
  });
});

describe("operations of the functional API", () => {
  test("are layers without weights that know Keras's class", () => {
    clearSession();
    const x = placeholder([null, 4, 3]);
    const [first, second] = [ops.mean(x, [1], { keepdims: true }), ops.mean(x, -1)];
    const layer = first.layer as unknown as ops.Operation;
    expect([layer.name, second.layer.name]).toEqual(["mean", "mean_1"]);
    expect(layer.isOperation).toBe(true);
    expect(layer.weights).toEqual([]);
    expect(layer.describe()).toEqual({
      module: "keras.src.ops.numpy",
      className: "Mean",
      config: { name: "mean", axis: [1], keepdims: true },
      registeredName: null,
    });
    expect(ops.add(1, x).layer.inboundNodes[0]!.inputs).toEqual([x]);
  });

  test("unknown axes stay unknown", () => {
    const x = placeholder([null, null, null, 3]);
    expect(ops.add(x, [1, 2, 3]).shape).toEqual([null, null, null, 3]);
    expect(ops.mean(x, [1, 2]).shape).toEqual([null, 3]);
    expect(ops.maxPool(x, 2).shape).toEqual([null, null, null, 3]);
    expect(ops.image.resize(x, [8, 8]).shape).toEqual([null, 8, 8, 3]);
    expect(ops.split(x, [1], 3).map(({ shape }) => shape)).toEqual([
      [null, null, null, 1],
      [null, null, null, 2],
    ]);
    expect(ops.shape(x)).toEqual([null, null, null, 3]);
  });
});

test("types: a symbolic tensor among the operands makes one; unary functions keep the rank", () => {
  const typed = (sym: Sym, x: KerasTensor<4>, w: Variable) => {
    expectTypeOf(ops.add(sym, 1)).toEqualTypeOf<Sym>();
    expectTypeOf(ops.add(w, [1, 2])).toEqualTypeOf<Sym>();
    expectTypeOf(ops.add(x, w)).toEqualTypeOf<KerasTensor>();
    expectTypeOf(ops.relu(x)).toEqualTypeOf<KerasTensor<4>>();
    expectTypeOf(ops.split(sym, 2)).toEqualTypeOf<Sym[]>();
    // @ts-expect-error: a text is no operand
    ops.add(sym, "1");
  };
  expect(typed).toBeTypeOf("function");
});
