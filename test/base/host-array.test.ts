import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import type { Float16ArrayLike } from "../../src/base/host-array.ts";
import { Tensor, type TensorLike, tensor } from "../../src/base/tensor.ts";

describe("typed arrays", () => {
  test.each<[TensorLike, string, readonly number[]]>([
    [new Float64Array([0.1, -1e300, Number.NaN, 2 ** -150]), "float32", [Math.fround(0.1), -Infinity, Number.NaN, 0]],
    [new Int8Array([-128, 127]), "int32", [-128, 127]],
    [new Int16Array([-32768, 32767]), "int32", [-32768, 32767]],
    [new Uint16Array([0, 65535]), "int32", [0, 65535]],
    [new Uint32Array([0, 2147483647]), "int32", [0, 2147483647]],
    [new Uint8ClampedArray([0, 255]), "uint8", [0, 255]],
    [Buffer.from([1, 2, 255]), "uint8", [1, 2, 255]],
    [new Float64Array(0), "float32", []],
  ])("%o becomes %s", (array, dtype, values) => {
    const x = tensor(array);
    expect([x.dtype, [...x.data], x.shape]).toEqual([dtype, values, [values.length]]);
  });

  test("float16, where the host has it, becomes float32", () => {
    const { Float16Array: Float16 } = globalThis as {
      Float16Array?: new (values: readonly number[]) => Float16ArrayLike;
    };
    if (Float16 === undefined) return expect(process.versions.node.split(".")[0]).toMatch(/^(20|22|23)$/);
    const x = tensor(new Float16([1.5, 65504, 0.1]), [3, 1]);
    expect([x.dtype, [...x.data]]).toEqual(["float32", [1.5, 65504, 0.0999755859375]]);
  });

  test("bytes of other classes are viewed as plain bytes, without a copy", () => {
    const bytes = new Uint8Array([9, 1, 2, 3, 9]).buffer;
    for (const view of [Buffer.from(bytes, 1, 3), new Uint8ClampedArray(bytes, 1, 3)]) {
      for (const { data } of [tensor(view), new Tensor(view as Uint8Array, [3])]) {
        expect(Object.getPrototypeOf(data)).toBe(Uint8Array.prototype);
        expect([data.buffer === bytes, [...data]]).toEqual([true, [1, 2, 3]]);
      }
    }
  });

  test("an array of another realm is an array", () => {
    const foreign = runInNewContext("new Float32Array([1, 2.5])") as Float32Array;
    expect(foreign instanceof Float32Array).toBe(false);
    expect(tensor(foreign).data).toEqual(new Float32Array([1, 2.5]));
  });

  test("what has no dtype is refused with the way out", () => {
    expect(() => tensor(new Uint32Array([1, 2 ** 31]))).toThrow(
      new ArgumentError(
        "Value 2147483648 at position 1 does not fit int32 (-2147483648 … 2147483647). Scale or clip the values, or use float32.",
      ),
    );
    const refused = (value: unknown) => () => tensor(value as TensorLike);
    expect(refused(new BigInt64Array(2))).toThrow(
      new ArgumentError(
        "A BigInt64Array holds 64-bit integers, which tensors do not. Convert it: Int32Array.from(values, Number), or Float32Array.from(values, Number) where values exceed 2^31 - 1.",
      ),
    );
    expect(refused(new BigUint64Array(2))).toThrow("A BigUint64Array holds 64-bit integers");
    expect(refused(new DataView(new ArrayBuffer(4)))).toThrow("A DataView has no element type. View its bytes");
    expect(refused([new DataView(new ArrayBuffer(4))])).toThrow("A DataView has no element type.");
    expect(refused(new ArrayBuffer(4))).toThrow("got an ArrayBuffer (view it: new Float32Array(buffer)");
    expect(refused(1n)).toThrow(new ShapeError("A tensor's values must be numbers, got 1n."));
    expect(refused([1, undefined])).toThrow("got undefined.");
    expect(refused({ a: 1n })).toThrow('got {"a":1n}.');
  });
});

describe("lists of arrays and tensors", () => {
  test("rows of typed arrays are stacked; the dtype holds all of them", () => {
    const x = tensor([new Uint8Array([1, 2, 3]), new Uint8Array([4, 5, 255])]);
    expect([x.shape, x.dtype, [...x.data]]).toEqual([[2, 3], "uint8", [1, 2, 3, 4, 5, 255]]);
    expect(tensor([new Uint8Array([1]), new Int16Array([-2])])).toEqual(tensor(new Int32Array([1, -2]), [2, 1]));
    expect(tensor([new Int32Array([1]), new Float64Array([0.5])])).toEqual(tensor([[1], [0.5]]));
    expect(tensor([Buffer.from([7]), [1.5]])).toEqual(tensor([[7], [1.5]]));
  });

  test("tensors are stacked, nested mixes too", () => {
    const row = tensor(new Int32Array([1, 2]));
    expect(tensor([row, row]).dtype).toBe("int32");
    expect(
      tensor([
        [row, [3, 4]],
        [new Float32Array([5, 6]), row],
      ]).toArray(),
    ).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [1, 2],
      ],
    ]);
    expect(tensor([tensor(1), 2, tensor(3)]).toArray()).toEqual([1, 2, 3]);
    expect(tensor([tensor([[1, 2]]), [new Float32Array([3, 4])]]).shape).toEqual([2, 1, 2]);
  });

  test("unequal entries are named", () => {
    expect(() => tensor([new Float32Array(2), new Float32Array(3)])).toThrow(
      new ShapeError("Nested arrays are ragged: at depth 1 expected 2 entries, got 3."),
    );
    expect(() => tensor([tensor([1, 2]), tensor([[1, 2]])])).toThrow("at depth 1 expected shape (2,), got (1, 2).");
    expect(() => tensor([1, new Float32Array(1)])).toThrow("at depth 1 expected a number, got 1.");
    expect(() => tensor([new Float32Array(1), 1])).toThrow("at depth 1 expected 1 entries, got a number.");
  });
});

describe("dtype and shape are checked", () => {
  test("an unknown dtype, with the nearest name", () => {
    expect(() => tensor([1], [1], "floot32" as "float32")).toThrow(
      new ArgumentError('Unknown dtype "floot32". Did you mean "float32"? Known: float32, int32, uint8.'),
    );
    expect(() => tensor([1]).astype("float64" as "float32")).toThrow(ArgumentError);
    expect(() => tensor([1], [1], "toString" as "float32")).toThrow('Unknown dtype "toString".');
    expect(() => tensor([1], [1], null as unknown as "float32")).toThrow("Unknown dtype null.");
  });

  test.each([[[-2]], [[Number.NaN]], [[1.5]], [[Infinity]], [[2 ** 60]], [["1"]], [[-1, Number.NaN]], [[null]]])(
    "shape %o is refused",
    (shape) => expect(() => tensor([1], shape as number[])).toThrow(ShapeError),
  );

  test("a shape that is no list", () => {
    expect(() => tensor([1], 1 as unknown as number[])).toThrow(
      new ShapeError("A shape is a list of whole numbers, such as [2, 3]; got 1."),
    );
  });
});

describe("astype, at, item", () => {
  test("astype cuts fractions and refuses what does not fit", () => {
    const x = tensor([1.9, -1.9, 0]);
    expect(x.astype("float32")).toBe(x);
    expect(x.astype("int32").data).toEqual(new Int32Array([1, -1, 0]));
    expect(
      tensor([[255.9], [-0.9]])
        .astype("uint8")
        .toArray(),
    ).toEqual([[255], [0]]);
    expect(() => tensor([0, 256]).astype("uint8")).toThrow("Value 256 at position 1 does not fit uint8 (0 … 255).");
    expect(() => tensor([Number.NaN]).astype("int32")).toThrow("Value NaN at position 0 does not fit int32");
    expect(() => tensor([2 ** 31]).astype("int32")).toThrow(ArgumentError);
  });

  test("at gives a row that shares memory; a scalar's value is item()", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(x.at(1).toArray()).toEqual([4, 5, 6]);
    expect(x.at(-2).at(-1).item()).toBe(3);
    expect(x.at(0).data.buffer).toBe(x.data.buffer);
    for (const index of [2, -3, 0.5, Number.NaN])
      expect(() => x.at(index)).toThrow(
        new ArgumentError(`Row ${index} is outside a tensor of shape (2, 3); use -2 … 1.`),
      );
    expect(() => tensor(1).at(0)).toThrow("A scalar has no rows; item() gives its value.");
    expect(() => x.item()).toThrow("item() of a tensor of shape (2, 3): it has 6 values, not one.");
  });
});
