import { expect, test } from "vitest";
import { allocate, bytesPerElement, type DType, dtypeOf, promoteDTypes } from "../../src/base/dtype.ts";

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

test("memory that is not to be had is an error that says how much", () => {
  expect(() => allocate("float32", 2 ** 50)).toThrow(
    "1125899906842624 values of float32 (4.00 PB) cannot be allocated.",
  );
});

test("promoteDTypes: float32 before int32 before uint8", () => {
  expect(promoteDTypes(["uint8", "uint8"])).toBe("uint8");
  expect(promoteDTypes(["uint8", "int32"])).toBe("int32");
  expect(promoteDTypes(["uint8", "float32", "int32"])).toBe("float32");
  expect(promoteDTypes([])).toBe("float32");
});
