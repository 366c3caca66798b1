import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import {
  broadcastShapes,
  broadcastStrides,
  dilatedExtent,
  formatShape,
  resolveAxis,
  sameShape,
  sizeOf,
  stridesOf,
  windowOutput,
  windowPad,
} from "../../src/base/shape.ts";
import { fc } from "../properties.ts";

test("sizes and strides", () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([2, 3, 4])).toBe(24);
  expect(sizeOf([2, 0])).toBe(0);
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  expect(stridesOf([])).toEqual([]);
});

test("formatShape prints Python's tuples", () => {
  expect(formatShape([])).toBe("()");
  expect(formatShape([3])).toBe("(3,)");
  expect(formatShape([2, 3])).toBe("(2, 3)");
  expect(formatShape([null, 28, 28, 1])).toBe("(None, 28, 28, 1)");
  expect(formatShape([32, 10], true)).toBe("(None, 10)");
});

test("sameShape", () => {
  expect(sameShape([1, 2], [1, 2])).toBe(true);
  expect(sameShape([null, 2], [null, 2])).toBe(true);
  expect(sameShape([1, 2], [2, 1])).toBe(false);
  expect(sameShape([1, 2], [1, 2, 1])).toBe(false);
});

describe("broadcasting", () => {
  test("NumPy's examples", () => {
    expect(broadcastShapes()).toEqual([]);
    expect(broadcastShapes([2, 3])).toEqual([2, 3]);
    expect(broadcastShapes([256, 256, 3], [3])).toEqual([256, 256, 3]);
    expect(broadcastShapes([8, 1, 6, 1], [7, 1, 5])).toEqual([8, 7, 6, 5]);
    expect(broadcastShapes([1], [0])).toEqual([0]);
    expect(broadcastShapes([], [2, 1], [1, 3])).toEqual([2, 3]);
    expect(() => broadcastShapes([2, 3], [4, 3])).toThrow(
      new ShapeError("Shapes (2, 3) and (4, 3) cannot be broadcast together."),
    );
    expect(() => broadcastShapes([5], [0])).toThrow(ShapeError);
  });

  const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });

  test("hiding axes of a shape and broadcasting back gives the shape", () => {
    const hidden = shape.chain((full) =>
      fc.tuple(
        fc.constant(full),
        fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
        fc.nat(full.length),
      ),
    );
    fc.assert(
      fc.property(hidden, ([full, ones, drop]) => {
        const part = full.map((axis, i) => (ones[i] ? 1 : axis)).slice(drop);
        expect(broadcastShapes(full, part)).toEqual(full);
        expect(broadcastShapes(part, full)).toEqual(full);
      }),
    );
  });

  test("fails exactly when two axes differ and neither is 1", () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const pairs = Array.from({ length: Math.min(a.length, b.length) }, (_, i) => [a.at(-1 - i)!, b.at(-1 - i)!]);
        if (pairs.every(([x, y]) => x === y || x === 1 || y === 1)) {
          const made = broadcastShapes(a, b);
          expect(made).toHaveLength(Math.max(a.length, b.length));
          expect(broadcastShapes(b, a)).toEqual(made);
          expect(broadcastShapes(made, a, b)).toEqual(made);
        } else expect(() => broadcastShapes(a, b)).toThrow(ShapeError);
      }),
    );
  });

  test("broadcastStrides reads each axis that repeats with step 0", () => {
    expect(broadcastStrides([3], [2, 3])).toEqual([0, 1]);
    expect(broadcastStrides([2, 1], [4, 2, 3])).toEqual([0, 1, 0]);
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        fc.pre(a.length <= b.length);
        // Axis i of the target is a's own where both fit, else 1: a always broadcasts to it.
        const target = b.map((axis, i) => {
          const own = a[i - b.length + a.length];
          return own === undefined || own === 1 ? axis : own;
        });
        const strides = broadcastStrides(a, target);
        const targetStrides = stridesOf(target);
        for (let flat = 0; flat < sizeOf(target); flat++) {
          const index = target.map((axis, i) => Math.floor(flat / targetStrides[i]!) % axis);
          const own = index.slice(target.length - a.length).map((at, i) => (a[i] === 1 ? 0 : at));
          const expected = own.reduce((sum, at, i) => sum + at * stridesOf(a)[i]!, 0);
          expect(index.reduce((sum, at, i) => sum + at * strides[i]!, 0)).toBe(expected);
        }
      }),
    );
  });
});

test("resolveAxis", () => {
  expect(resolveAxis(-1, 4)).toBe(3);
  expect(resolveAxis(0, 1)).toBe(0);
  for (const [axis, rank] of [
    [4, 4],
    [-5, 4],
    [0, 0],
    [0.5, 2],
    [Number.NaN, 2],
  ] as const)
    expect(() => resolveAxis(axis, rank)).toThrow(ArgumentError);
  expect(() => resolveAxis(4, 4)).toThrow("Axis 4 is outside a tensor of rank 4; use -4 … 3.");
});

describe("windows (Keras ops/operation_utils.py)", () => {
  test("valid: floor((n - ke)/s) + 1, the handout's layers", () => {
    expect(windowOutput(28, 3, 1, 1, "valid")).toBe(26);
    expect(windowOutput(26, 3, 1, 1, "valid")).toBe(24);
    expect(windowOutput(28, 2, 2, 1, "valid")).toBe(14);
    expect(windowOutput(7, 3, 2, 1, "valid")).toBe(3);
    expect(dilatedExtent(3, 2)).toBe(5);
    expect(windowOutput(28, 3, 1, 2, "valid")).toBe(24);
    expect(windowOutput(2, 3, 1, 1, "valid")).toBe(0);
    expect(windowPad(7, 3, 2, 1, "valid")).toEqual([0, 0]);
  });

  test("same: ceil(n/s) whatever the window and the dilation", () => {
    for (const [window, dilation] of [
      [1, 1],
      [2, 1],
      [3, 1],
      [3, 2],
      [5, 3],
    ] as const) {
      expect(windowOutput(28, window, 1, dilation, "same")).toBe(28);
      expect(windowOutput(27, window, 2, dilation, "same")).toBe(14);
    }
  });

  test.each([
    // n, k, s, d, before, after
    [28, 3, 1, 1, 1, 1],
    [28, 2, 1, 1, 0, 1],
    [28, 3, 2, 1, 0, 1],
    [27, 3, 2, 1, 1, 1],
    [28, 5, 1, 1, 2, 2],
    [28, 5, 2, 1, 1, 2],
    [28, 4, 1, 1, 1, 2],
    [28, 3, 1, 2, 2, 2],
    [28, 1, 2, 1, 0, 0],
    [5, 2, 3, 1, 0, 0],
  ])("same padding, n=%i k=%i s=%i d=%i: %i before, %i after", (n, k, s, d, before, after) => {
    expect(windowPad(n, k, s, d, "same")).toEqual([before, after]);
  });

  test("padded with these amounts, a valid window gives the same output; the extra cell is at the end", () => {
    const size = fc.integer({ min: 1, max: 40 });
    const small = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(size, small, small, small, (n, k, s, d) => {
        const [before, after] = windowPad(n, k, s, d, "same");
        expect(before).toBeGreaterThanOrEqual(0);
        expect([0, 1]).toContain(after - before);
        const output = windowOutput(n, k, s, d, "same");
        expect(output).toBe(Math.floor((n - 1) / s) + 1);
        expect(windowOutput(n + before + after, k, s, d, "valid")).toBe(output);
      }),
    );
  });
});
