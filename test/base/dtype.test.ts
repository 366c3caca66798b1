import { expect, test } from "vitest";
import { allocate, bytesPerElement, type DType, dtypeOf } from "../../src/base/dtype.ts";

const dtypes: DType[] = ["float32", "int32", "uint8"];

test.each(dtypes)("allocate(%s) gives zeros that dtypeOf recognizes, of the stated size", (dtype) => {
  const data = allocate(dtype, 3);
  expect([...data]).toEqual([0, 0, 0]);
  expect(dtypeOf(data)).toBe(dtype);
  expect(data.byteLength).toBe(3 * bytesPerElement[dtype]);
});

test("clamped bytes are bytes; other arrays have no dtype", () => {
  expect(dtypeOf(new Uint8ClampedArray(1))).toBe("uint8");
  for (const other of [new Float64Array(1), new Int8Array(1), new Uint32Array(1), [1], 1, "float32", null, undefined])
    expect(dtypeOf(other)).toBeUndefined();
});
