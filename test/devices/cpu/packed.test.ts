/** Weights in strips: packing, and products that read them, on any shape against the plain ops. */
import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";
import { STRIP_COLUMNS } from "../../../src/devices/cpu/kernels/gemm.ts";
import { packedKernels } from "../../../src/devices/cpu/packed/index.ts";
import { matrixOf, packedConv2dOp, packedMatMulOp, packStripsOp } from "../../../src/devices/cpu/packed/ops.ts";
import { type Trace, traceGraph } from "../../../src/engine/session.ts";
import type { Spec } from "../../../src/ir/graph.ts";
import type { Op } from "../../../src/ir/op.ts";
import { type Conv2dAttrs, conv2d, conv2dOp } from "../../../src/ops/conv2d.ts";
import { add } from "../../../src/ops/elementwise.ts";
import { matMul, matMulOp } from "../../../src/ops/mat-mul.ts";
import { reduceSum } from "../../../src/ops/reduce.ts";
import { fc } from "../../properties.ts";
import { featureSets, randomFloats, sumError, TOLERANCE } from "./plain-loops.ts";
import { runKernel } from "./run-kernel.ts";

beforeAll(() => {
  expect(detectFeatures()).toMatchObject({ relaxed: true });
});

const spec = (shape: readonly number[], batched = false): Spec => ({ shape, dtype: "float32", batched });
const size = (shape: readonly number[]) => shape.reduce((product, axis) => product * axis, 1);

/** Column k of group g lies in strip ⌊k / 16⌋ of the group, row after row. */
function packed(weights: readonly number[], groups: number, values: Float32Array): Float32Array {
  const [depth, columns] = matrixOf(weights);
  const strips = packStripsOp.infer([spec(weights)], { groups })[0]!.shape;
  const made = new Float32Array(size(strips));
  for (let row = 0; row < depth; row++)
    for (let column = 0; column < columns; column++) {
      const [group, own] = [Math.floor((column * groups) / columns), column % (columns / groups)];
      const strip = (group * strips[0]!) / groups + Math.floor(own / STRIP_COLUMNS);
      made[(strip * depth + row) * STRIP_COLUMNS + (own % STRIP_COLUMNS)] = values[row * columns + column]!;
    }
  return made;
}

/** The plain op in doubles. */
function plain<A extends object>(
  op: Op<A>,
  attrs: A,
  inputs: readonly { readonly shape: readonly number[]; readonly data: Float32Array }[],
): { readonly shape: readonly number[]; readonly values: Float64Array } {
  const specs = inputs.map(({ shape }) => spec(shape));
  const [made] = op.infer(specs, attrs);
  const values = new Float64Array(size(made!.shape));
  op.reference(
    inputs.map(({ data }) => Float64Array.from(data)),
    [values],
    { attrs, inputs: specs, outputs: [made!], firstRow: 0 },
  );
  return { shape: made!.shape, values };
}

const convolutions = fc
  .record({
    rows: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 3, max: 8 }),
    width: fc.integer({ min: 3, max: 8 }),
    kernel: fc.constantFrom([1, 1], [3, 3], [2, 3]),
    groups: fc.constantFrom(1, 1, 1, 2, 3),
    depth: fc.integer({ min: 1, max: 9 }),
    filters: fc.integer({ min: 1, max: 37 }),
    stride: fc.integer({ min: 1, max: 2 }),
    pad: fc.integer({ min: 0, max: 1 }),
    batched: fc.boolean(),
    parts: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map(({ kernel, groups, depth, filters, stride, pad, ...rest }) => ({
    ...rest,
    channels: groups * depth,
    weights: [kernel[0]!, kernel[1]!, depth, groups * filters],
    attrs: {
      strides: [stride, stride],
      pad: [
        [pad, pad],
        [pad, 0],
      ],
      dilation: [1, 1],
      inputDilation: [1, 1],
      groups,
    } satisfies Conv2dAttrs,
  }));

describe.each(featureSets)("weights in strips, %s", (_, features) => {
  test("strips of any matrix and groups", () => {
    fc.assert(
      fc.property(
        fc.record({
          depth: fc.integer({ min: 1, max: 40 }),
          width: fc.integer({ min: 1, max: 40 }),
          groups: fc.integer({ min: 1, max: 3 }),
          parts: fc.integer({ min: 1, max: 4 }),
          seed: fc.nat(),
        }),
        ({ depth, width, groups, parts, seed }) => {
          const weights = [depth, width * groups];
          const data = randomFloats(seed, size(weights));
          const [made] = runKernel({
            emit: packedKernels.packStrips,
            op: packStripsOp,
            attrs: { groups },
            mode: "whole",
            inputs: [{ shape: weights, data }],
            features,
            parts,
          });
          const expected = packed(weights, groups, data);
          const [ofGroup, rest] = [Math.ceil(width / STRIP_COLUMNS), width % STRIP_COLUMNS];
          const isOwn = (_: number, at: number) => {
            const [strip, column] = [Math.floor(at / STRIP_COLUMNS / depth), at % STRIP_COLUMNS];
            return rest === 0 || strip % ofGroup < ofGroup - 1 || column < rest;
          };
          expect(made!.filter(isOwn)).toEqual(expected.filter(isOwn));
        },
      ),
    );
  });

  test("convolutions of any shape", () => {
    fc.assert(
      fc.property(convolutions, ({ rows, height, width, channels, weights, attrs, batched, parts, seed }) => {
        const x = {
          shape: [rows, height, width, channels],
          data: randomFloats(seed, rows * height * width * channels),
        };
        const w = randomFloats(seed + 1, size(weights));
        const strips = packStripsOp.infer([spec(weights)], { groups: attrs.groups })[0]!.shape;
        const expected = plain(conv2dOp, attrs, [x, { shape: weights, data: w }]);
        const [y] = runKernel({
          emit: packedKernels.packedConv2d,
          op: packedConv2dOp,
          attrs: { ...attrs, weights },
          mode: batched ? "map" : "whole",
          inputs: [
            { ...x, batched },
            { shape: strips, data: packed(weights, attrs.groups, w) },
          ],
          features,
          parts,
        });
        const depth = weights[0]! * weights[1]! * weights[2]!;
        expect(sumError(y!, expected.values, depth)).toBeLessThan(TOLERANCE);
      }),
    );
  });

  test("products of any shape, in long sums, too", () => {
    fc.assert(
      fc.property(
        fc.record({
          rows: fc.integer({ min: 1, max: 9 }),
          middle: fc.integer({ min: 1, max: 3 }),
          depth: fc.oneof(
            { weight: 7, arbitrary: fc.integer({ min: 1, max: 50 }) },
            { weight: 1, arbitrary: fc.constantFrom(2048, 2049, 4100) },
          ),
          columns: fc.integer({ min: 1, max: 40 }),
          batched: fc.boolean(),
          parts: fc.integer({ min: 1, max: 3 }),
          seed: fc.nat(),
        }),
        ({ rows, middle, depth, columns, batched, parts, seed }) => {
          const weights = [depth, columns];
          const shape = middle === 1 ? [rows, depth] : [rows, middle, depth];
          const x = { shape, data: randomFloats(seed, size(shape)) };
          const w = randomFloats(seed + 1, size(weights));
          const strips = packStripsOp.infer([spec(weights)], { groups: 1 })[0]!.shape;
          const expected = plain(matMulOp, { transposeA: false }, [x, { shape: weights, data: w }]);
          const [y] = runKernel({
            emit: packedKernels.packedMatMul,
            op: packedMatMulOp,
            attrs: { transposeA: false, weights },
            mode: batched ? "map" : "whole",
            inputs: [
              { ...x, batched },
              { shape: strips, data: packed(weights, 1, w) },
            ],
            features,
            parts,
          });
          expect(sumError(y!, expected.values, depth)).toBeLessThan(TOLERANCE);
        },
      ),
    );
  });
});

test("the plain meaning is that of the ops which are replaced", () => {
  const attrs: Conv2dAttrs = {
    strides: [1, 1],
    pad: [
      [1, 1],
      [0, 0],
    ],
    dilation: [1, 1],
    inputDilation: [1, 1],
    groups: 2,
  };
  const weights = [2, 2, 3, 34];
  const [x, w] = [randomFloats(5, 2 * 4 * 4 * 6), randomFloats(6, size(weights))];
  const image = { shape: [2, 4, 4, 6], data: x };
  const strips = packStripsOp.infer([spec(weights)], { groups: 2 })[0]!.shape;
  const known = plain(packStripsOp, { groups: 2 }, [{ shape: weights, data: w }]);
  expect(Array.from(known.values)).toEqual(Array.from(packed(weights, 2, w)));
  const made = plain(packedConv2dOp, { ...attrs, weights }, [image, { shape: strips, data: packed(weights, 2, w) }]);
  expect(made).toEqual(plain(conv2dOp, attrs, [image, { shape: weights, data: w }]));
});

describe("what reads strips", () => {
  const attrs = {
    strides: [1, 1],
    pad: [
      [0, 0],
      [0, 0],
    ],
    dilation: [1, 1],
    groups: 1,
  } as const;
  const namesOf = async (trace: Trace) => {
    const cpu = await CpuDevice.start({ inline: true });
    const { phases, prepared } = compile(traceGraph(trace), cpu.traits);
    cpu.dispose();
    const names = (some: typeof phases) => some.flatMap(({ calls }) => calls.map(({ op }) => op.name));
    return { before: names(phases.slice(0, prepared)), after: names(phases.slice(prepared)) };
  };
  const network =
    (trains: boolean, fed: boolean): Trace =>
    (builder) => {
      const x = builder.input("x", { shape: [2, 5, 5, 8], dtype: "float32", batched: true });
      const w = fed
        ? builder.input("w", { shape: [1, 1, 8, 32], dtype: "float32", batched: false })
        : builder.variable("w", [1, 1, 8, 32]);
      const d = builder.variable("d", [32, 48]);
      const y = matMul(conv2d(x, w, attrs), d);
      if (trains) builder.update("d", add(d, reduceSum(y, [0, 1, 2, 3])));
      builder.output("y", y);
    };

  test("products of batches with variables, packed once", async () => {
    expect(await namesOf(network(false, false))).toEqual({
      before: ["packStrips", "packStrips"],
      after: ["packedConv2d", "packedMatMul"],
    });
  });

  test("neither weights that are fed, nor steps that change variables", async () => {
    expect((await namesOf(network(false, true))).after).toEqual(["conv2d", "packedMatMul"]);
    const { after } = await namesOf(network(true, false));
    expect(after).toEqual(expect.arrayContaining(["conv2d", "matMul"]));
    expect(after).not.toContain("packStrips");
  });
});
