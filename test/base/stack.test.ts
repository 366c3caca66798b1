import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { concatenate, stack } from "../../src/base/stack.ts";
import { type NestedArray, tensor } from "../../src/base/tensor.ts";
import { fc } from "../properties.ts";

const grid = (rows: number, columns: number, start: number) =>
  tensor(
    Float32Array.from({ length: rows * columns }, (_, i) => start + i),
    [rows, columns],
  );

describe("concatenate", () => {
  test("joins along either axis as arrays are joined", () => {
    const size = fc.integer({ min: 0, max: 4 });
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 4 }), (a, b, shared) => {
        const [top, below] = [grid(a, shared, 0), grid(b, shared, 100)];
        const rows = (x: { toArray(): NestedArray }) => x.toArray() as number[][];
        expect(concatenate([top, below]).toArray()).toEqual([...rows(top), ...rows(below)]);
        const [left, right] = [grid(shared, a, 0), grid(shared, b, 100)];
        const joined = concatenate([left, right], -1);
        expect(joined.shape).toEqual([shared, a + b]);
        expect(joined.toArray()).toEqual(rows(left).map((row, i) => [...row, ...rows(right)[i]!]));
      }),
    );
  });

  test("keeps the dtype that holds all", () => {
    expect(concatenate([new Uint8Array([1]), new Uint8Array([2])]).dtype).toBe("uint8");
    expect(concatenate([new Uint8Array([1]), new Int32Array([-2])])).toEqual(tensor(new Int32Array([1, -2])));
    expect(concatenate([new Uint8Array([1]), [0.5]]).dtype).toBe("float32");
  });

  test("mistakes are named", () => {
    expect(() => concatenate([])).toThrow(
      new ArgumentError("concatenate: the list is empty; pass at least one tensor."),
    );
    expect(() => concatenate([grid(2, 3, 0), grid(2, 2, 0)])).toThrow(
      new ShapeError("concatenate: tensor 1 has shape (2, 2), tensor 0 has (2, 3); all axes but axis 0 must agree."),
    );
    expect(() => concatenate([[1], [[1]]])).toThrow(ShapeError);
    expect(() => concatenate([grid(1, 1, 0)], 2)).toThrow("Axis 2 is outside a tensor of rank 2");
  });
});

describe("stack", () => {
  test("a new axis at any place", () => {
    const [a, b] = [
      [1, 2],
      [3, 4],
    ];
    expect(stack([a!, b!]).toArray()).toEqual([a, b]);
    expect(stack([a!, b!], 1).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(stack([a!, b!], -1)).toEqual(stack([a!, b!], 1));
    expect(stack([grid(1, 2, 0), grid(1, 2, 5)], 1).toArray()).toEqual([
      [
        [0, 1],
        [5, 6],
      ],
    ]);
    expect(stack([1, 2, 3]).toArray()).toEqual([1, 2, 3]);
  });

  test("mistakes are named", () => {
    expect(() => stack([])).toThrow("stack: the list is empty; pass at least one tensor.");
    expect(() => stack([[1], [1, 2]])).toThrow(
      new ShapeError("stack: tensor 1 has shape (2,), tensor 0 has (1,); all must agree."),
    );
  });
});
