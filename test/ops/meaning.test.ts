/** The plain meaning of the ops against numbers found another way: by hand, by the formula written differently, from the papers. */
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream, threefry, unitInterval } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import type { Op } from "../../src/ir/op.ts";
import { abs, clip, relu } from "../../src/ops/elementwise.ts";
import { ops } from "../../src/ops/index.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { reduceMax } from "../../src/ops/reduce-max.ts";
import { convolutions } from "../cases/convolutions.ts";
import { whole } from "../cases/op-case.ts";
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

/** Runs an op's meaning on unbatched inputs given as [shape, values]. */
function run<A extends object>(
  op: Op<A>,
  inputs: readonly [readonly number[], ArrayLike<number>][],
  attrs: A,
): number[] {
  const specs = inputs.map(([shape]) => whole(shape));
  const outputs = op.infer(specs, attrs);
  const made = outputs.map(({ shape }) => new Float64Array(sizeOf(shape)));
  const values = inputs.map(([, value]) => Float64Array.from(value));
  op.reference(values, made, { attrs, inputs: specs, outputs, firstRow: 0 });
  return [...made[0]!];
}
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const unary = { operands: [null] };
const noise = (length: number) => {
  const random = new RandomStream(keyOf(3));
  return Float64Array.from({ length }, () => random.normal());
};

describe("conv2d", () => {
  const plain = { strides: [1, 1], dilation: [1, 1], inputDilation: [1, 1], groups: 1 } as const;
  const image: [number[], number[]] = [
    [1, 3, 3, 1],
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  ];
  const kernel: [number[], number[]] = [
    [2, 2, 1, 1],
    [1, 2, 3, 4],
  ];

  test("is a cross-correlation: the kernel is not turned", () => {
    const pad = [[0, 0], [0, 0]] as const; // biome-ignore format: a matrix
    expect(run(ops.conv2d, [image, kernel], { ...plain, pad })).toEqual([37, 47, 67, 77]);
  });

  test("same padding of an even kernel puts the extra cell at the end", () => {
    const pad = [[0, 1], [0, 1]] as const; // biome-ignore format: a matrix
    expect(run(ops.conv2d, [image, kernel], { ...plain, pad })).toEqual([37, 47, 21, 67, 77, 33, 23, 26, 9]);
  });

  test.each(convolutions)("$name: the sum over the window, cell by cell", ({ x, w, y, attrs }) => {
    const [xs, ws] = [noise(sizeOf(x)), noise(sizeOf(w))];
    const stretched = (image: number, row: number, column: number, channel: number) => {
      const [r, c] = [row / attrs.inputDilation[0], column / attrs.inputDilation[1]];
      const inside = Number.isInteger(r) && Number.isInteger(c) && r >= 0 && c >= 0 && r < x[1]! && c < x[2]!;
      return inside ? xs[((image * x[1]! + r) * x[2]! + c) * x[3]! + channel]! : 0;
    };
    const perGroup = y[3]! / attrs.groups;
    const expected: number[] = [];
    for (let cell = 0; cell < sizeOf(y); cell++) {
      const f = cell % y[3]!;
      const j = Math.floor(cell / y[3]!) % y[2]!;
      const i = Math.floor(cell / (y[3]! * y[2]!)) % y[1]!;
      const image = Math.floor(cell / (y[3]! * y[2]! * y[1]!));
      let sum = 0;
      for (let tap = 0; tap < sizeOf(w.slice(0, 3)); tap++) {
        const c = tap % w[2]!;
        const b = Math.floor(tap / w[2]!) % w[1]!;
        const a = Math.floor(tap / (w[2]! * w[1]!));
        const row = i * attrs.strides[0] + a * attrs.dilation[0] - attrs.pad[0][0];
        const column = j * attrs.strides[1] + b * attrs.dilation[1] - attrs.pad[1][0];
        sum += stretched(image, row, column, Math.floor(f / perGroup) * w[2]! + c) * ws[tap * y[3]! + f]!;
      }
      expected.push(sum);
    }
    expect(ops.conv2d.infer([whole(x), whole(w)], attrs)[0]!.shape).toEqual(y);
    expect(
      relativeError(
        run(
          ops.conv2d,
          [
            [x, xs],
            [w, ws],
          ],
          attrs,
        ),
        expected,
      ),
    ).toBeLessThan(1e-12);
  });

  test.each(convolutions)("$name: both backward ops are the adjoint of the forward op", ({ x, w, y, attrs }) => {
    // ⟨conv(x, w), dy⟩ = ⟨x, dx(dy, w)⟩ = ⟨w, dw(x, dy)⟩
    const [xs, ws, dy] = [noise(sizeOf(x)), noise(sizeOf(w)), noise(sizeOf(y)).map(Math.sin)];
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, v, i) => sum + v * b[i]!, 0);
    const forward = dot(
      run(
        ops.conv2d,
        [
          [x, xs],
          [w, ws],
        ],
        attrs,
      ),
      dy,
    );
    const size = [x[1]!, x[2]!] as const;
    const dx = run(
      ops.conv2dGradInput,
      [
        [y, dy],
        [w, ws],
      ],
      { ...attrs, size },
    );
    const dw = run(
      ops.conv2dGradKernel,
      [
        [x, xs],
        [y, dy],
      ],
      { ...attrs, kernel: [w[0]!, w[1]!] },
    );
    expect(dot(xs, dx)).toBeCloseTo(forward, 9);
    expect(dot(ws, dw)).toBeCloseTo(forward, 9);
  });
});

describe("maxPool2d", () => {
  const attrs = { window: [2, 2], strides: [2, 2], pad: [[0, 0], [0, 0]] } as const; // biome-ignore format: a matrix
  const x: [number[], number[]] = [
    [1, 2, 4, 1],
    [3, 3, nan, 7, 3, 1, 8, nan],
  ];

  test("NaN wins", () => {
    expect(run(ops.maxPool2d, [x], attrs)).toEqual([3, nan]);
  });

  test("the first of equal maxima takes the gradient, and the first NaN", () => {
    expect(
      run(
        ops.maxPool2dGrad,
        [
          x,
          [
            [1, 1, 2, 1],
            [5, 6],
          ],
        ],
        attrs,
      ),
    ).toEqual([5, 0, 6, 0, 0, 0, 0, 0]);
  });

  test("padding is less than any number", () => {
    const pad = [[1, 0], [1, 0]] as const; // biome-ignore format: a matrix
    expect(run(ops.maxPool2d, [[[1, 1, 1, 1], [-9]]], { ...attrs, pad })).toEqual([-9]);
  });

  test("a cell that wins several windows gets the sum of their gradients", () => {
    const overlap = { ...attrs, strides: [1, 1] } as const;
    const grads = run(
      ops.maxPool2dGrad,
      [
        [
          [1, 3, 3, 1],
          [0, 0, 0, 0, 9, 0, 0, 0, 0],
        ],
        [
          [1, 2, 2, 1],
          [1, 2, 3, 4],
        ],
      ],
      overlap,
    );
    expect(grads).toEqual([0, 0, 0, 0, 10, 0, 0, 0, 0]);
  });
});

describe("NaN is not swallowed", () => {
  test("by relu, clip and reduceMax", () => {
    expect(run(ops.relu, [[[3], [nan, -1, 2]]], unary)).toEqual([nan, 0, 2]);
    expect(run(ops.clip, [[[3], [nan, -9, 9]]], { operands: [null, 0, 6] })).toEqual([nan, 0, 6]);
    const max = (values: number[]) => run(ops.reduceMax, [[[3], values]], { axes: [0], keepDims: false });
    expect([max([nan, 1, 2]), max([1, nan, 2]), max([1, 2, nan])]).toEqual([[nan], [nan], [nan]]);
  });

  test("by softmax", () => {
    expect(run(ops.softmax, [[[2], [nan, 1]]], {})).toEqual([nan, nan]);
  });
});

describe("softmax", () => {
  test("does not overflow or underflow", () => {
    expect(
      run(
        ops.softmax,
        [
          [
            [2, 2],
            [1000, 1000, -1000, 1000],
          ],
        ],
        {},
      ),
    ).toEqual([0.5, 0.5, 0, 1]);
    expect(
      run(
        ops.logSoftmax,
        [
          [
            [2, 2],
            [1000, 1000, -1000, 1000],
          ],
        ],
        {},
      ),
    ).toEqual([-Math.LN2, -Math.LN2, -2000, 0]);
  });

  test("is exp(x) / Σ exp(x)", () => {
    const x = [1, 2, 3, -1, 0, 0.5];
    const rows = [x.slice(0, 3), x.slice(3)];
    const expected = rows.flatMap((row) => row.map((v) => Math.exp(v) / row.reduce((sum, u) => sum + Math.exp(u), 0)));
    expect(relativeError(run(ops.softmax, [[[2, 3], x]], {}), expected)).toBeLessThan(1e-15);
    expect(relativeError(run(ops.logSoftmax, [[[2, 3], x]], {}), expected.map(Math.log))).toBeLessThan(1e-14);
  });
});

test("argMax takes the first of equal maxima", () => {
  expect(
    run(
      ops.argMax,
      [
        [
          [3, 3],
          [1, 5, 5, 7, 7, 7, -1, -2, -1],
        ],
      ],
      {},
    ),
  ).toEqual([1, 0, 0]);
});

test("reduceSum and reduceMax over scattered axes", () => {
  const x = Float64Array.from({ length: 24 }, (_, i) => i);
  const attrs = { axes: [0, 2], keepDims: false };
  expect(run(ops.reduceSum, [[[2, 3, 4], x]], attrs)).toEqual([60, 92, 124]);
  expect(run(ops.reduceMax, [[[2, 3, 4], x]], attrs)).toEqual([15, 19, 23]);
});

describe("matMul", () => {
  const [a, b] = [[1, 2, 3, 4, 5, 6], [1, -1, 0, 2, 3, 1]]; // biome-ignore format: matrices

  test("multiplies", () => {
    expect(
      run(
        ops.matMul,
        [
          [[2, 3], a],
          [[3, 2], b],
        ],
        { transposeA: false },
      ),
    ).toEqual([10, 6, 22, 12]);
  });

  test("sums over leading axes when transposed", () => {
    expect(
      run(
        ops.matMul,
        [
          [[3, 2], a],
          [[3, 2], b],
        ],
        { transposeA: true },
      ),
    ).toEqual([16, 10, 20, 12]);
    expect(
      run(
        ops.matMul,
        [
          [[3, 1, 2], a],
          [[3, 1, 2], b],
        ],
        { transposeA: true },
      ),
    ).toEqual([16, 10, 20, 12]);
  });
});

test("transpose moves axes", () => {
  const x = Float64Array.from({ length: 6 }, (_, i) => i);
  expect(run(ops.transpose, [[[1, 2, 3], x]], { permutation: [2, 0, 1] })).toEqual([0, 3, 1, 4, 2, 5]);
});

describe("randomUniform", () => {
  const key = [7, 11] as const;

  test("is Threefry of (key, place in the batch, step)", () => {
    const y = run(
      ops.randomUniform,
      [
        [[], [5]],
        [
          [2, 1],
          [0, 0],
        ],
      ],
      { key, rowShape: [3] },
    );
    expect(y).toEqual([0, 1, 2, 3, 4, 5].map((i) => unitInterval(threefry(key, i, 5)[0])));
    expect(new Set(y).size).toBe(6);
  });

  test("a slice draws what the whole batch draws", () => {
    const specs = [whole([]), whole([1, 1])];
    const attrs = { key, rowShape: [3] };
    const y = new Float64Array(3);
    const call = { attrs, inputs: specs, outputs: ops.randomUniform.infer(specs, attrs), firstRow: 1 };
    ops.randomUniform.reference([Float64Array.of(5), Float64Array.of(0)], [y], call);
    expect([...y]).toEqual([3, 4, 5].map((i) => unitInterval(threefry(key, i, 5)[0])));
  });
});

test("comparisons with NaN are false, and -0 is 0", () => {
  expect(run(ops.abs, [[[3], [-0, -2, infinity]]], unary)).toEqual([0, 2, infinity]);
  expect(run(ops.where, [[[3], [nan, -1, 1]]], { operands: [null, 0, 1, 2] })).toEqual([2, 1, 2]);
  expect(run(ops.equal, [[[3], [nan, -0, 1]]], { operands: [null, 0] })).toEqual([0, 1, 0]);
});

test("slopes at kinks: relu'(0) = 0, abs'(0) = 0, clip passes at its limits, equal maxima share", () => {
  const slope = (emit: (x: Sym) => Sym, x: readonly number[]) => {
    const builder = new GraphBuilder();
    const input = builder.input("x", whole([x.length]));
    builder.output("dx", gradients(reduceSum(emit(input), [0]), [input])[0]!);
    return [...evaluateGraph(builder.finish(), { x }, 1).outputs.dx!];
  };
  expect(slope(relu, [-1, 0, 1])).toEqual([0, 0, 1]);
  expect(slope(abs, [-1, 0, 1])).toEqual([-1, 0, 1]);
  expect(slope((x) => clip(x, -1, 1), [-2, -1, 1, 2])).toEqual([0, 1, 1, 0]);
  expect(slope((x) => reduceMax(x, [0], true), [3, 1, 3])).toEqual([0.5, 0, 0.5]);
});
