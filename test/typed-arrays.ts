/** `toEqual` of typed arrays in one loop: vitest compares them as objects, entry by entry, which takes seconds for a million numbers. */
import { expect } from "vitest";

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

const isNumbers = (value: unknown): value is Numbers =>
  value instanceof Float32Array ||
  value instanceof Float64Array ||
  value instanceof Int32Array ||
  value instanceof Uint8Array;

expect.addEqualityTesters([
  function sameNumbers(a: unknown, b: unknown): boolean | undefined {
    if (!isNumbers(a) || !isNumbers(b) || a.constructor !== b.constructor || a.length !== b.length) return undefined;
    for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return undefined;
    return true;
  },
]);
