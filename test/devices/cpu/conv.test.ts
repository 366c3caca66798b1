import { beforeAll, describe, expect, test } from "vitest";
import { sizeOf } from "../../../src/base/shape.ts";
import { detectFeatures } from "../../../src/devices/cpu/features.ts";
import type { Features } from "../../../src/devices/cpu/kernel.ts";
import { emitConv2d } from "../../../src/devices/cpu/kernels/conv2d.ts";
import { emitConv2dGradKernel } from "../../../src/devices/cpu/kernels/conv2d-grad-kernel.ts";
import { emitRotateKernel } from "../../../src/devices/cpu/kernels/transpose.ts";
import {
  type Conv2dAttrs,
  conv2dGradInputOp,
  conv2dGradKernelOp,
  conv2dOp,
  rotateKernelOp,
} from "../../../src/ops/conv2d.ts";
import { convolutions } from "../../cases/convolutions.ts";
import { fc } from "../../properties.ts";
import { testSeed } from "../../seed.ts";
import {
  type ConvShape,
  featureSets,
  plainConvolution,
  plainKernelGradient,
  randomFloats,
  sumError,
  TOLERANCE,
} from "./plain-loops.ts";
import { runKernel } from "./run-kernel.ts";

beforeAll(async () => {
  expect(detectFeatures()).toMatchObject({ relaxed: true });
});

interface Case {
  readonly shape: ConvShape;
  readonly batched: boolean;
  readonly parts: number;
  readonly seed: number;
}

/** Output cells of a window over one axis; 0 or less where it does not fit. */
const cells = (size: number, kernel: number, stride: number, dilation: number) =>
  Math.floor((size - (kernel - 1) * dilation - 1) / stride) + 1;

const pair = (least: number, most: number) => {
  const number = fc.integer({ min: least, max: most });
  return fc.tuple(number, number);
};

/** Mostly plain attributes, so that each is also met alone. */
const rarely = <T>(plain: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(plain) }, { weight: 1, arbitrary: other });

const ones: [number, number] = [1, 1];
const zeros: [number, number] = [0, 0];

const cases: fc.Arbitrary<Case> = fc
  .record({
    images: fc.integer({ min: 1, max: 3 }),
    size: pair(1, 11),
    kernel: pair(1, 4),
    depth: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 19 })),
    filters: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 21 })),
    groups: rarely(1, fc.integer({ min: 2, max: 3 })),
    strides: rarely(ones, pair(1, 3)),
    // Negative padding cuts cells off: gradients of convolutions that padded more than their kernel reaches need it.
    rows: rarely(zeros, pair(-1, 3)),
    columns: rarely(zeros, pair(-1, 3)),
    dilation: rarely(ones, pair(1, 3)),
    inputDilation: rarely(ones, pair(1, 3)),
    batched: fc.boolean(),
    parts: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .filter((c) => c.depth * c.groups <= 20)
  .map((c): Case => {
    const attrs: Conv2dAttrs = {
      strides: c.strides,
      pad: [c.rows, c.columns],
      dilation: c.dilation,
      inputDilation: c.inputDilation,
      groups: c.groups,
    };
    const out = ([0, 1] as const).map((axis) => {
      const stretched = (c.size[axis] - 1) * c.inputDilation[axis] + 1 + attrs.pad[axis][0] + attrs.pad[axis][1];
      return cells(stretched, c.kernel[axis], c.strides[axis], c.dilation[axis]);
    });
    const cout = c.filters * c.groups;
    return {
      shape: {
        x: [c.images, ...c.size, c.depth * c.groups],
        w: [...c.kernel, c.depth, cout],
        y: [c.images, out[0]!, out[1]!, cout],
        attrs,
      },
      batched: c.batched,
      parts: c.parts,
      seed: c.seed,
    };
  })
  .filter(({ shape }) => shape.y[1] >= 1 && shape.y[2] >= 1);

function checkForward({ shape, batched, parts, seed }: Case, features: Features): void {
  const x = randomFloats(seed, sizeOf(shape.x));
  const w = randomFloats(seed + 1, sizeOf(shape.w));
  const inputs = [
    { shape: shape.x, data: x, batched },
    { shape: shape.w, data: w },
  ];
  const mode = batched ? "map" : "whole";
  const [y] = runKernel({ emit: emitConv2d, op: conv2dOp, attrs: shape.attrs, mode, inputs, features, parts });
  expect(sumError(y!, plainConvolution(shape, x, w), sizeOf(shape.w.slice(0, 3)))).toBeLessThan(TOLERANCE);
}

function checkKernelGradient(
  { shape, parts, seed }: Case,
  mode: "accumulate" | "whole",
  batched: boolean,
  features: Features,
): void {
  const x = randomFloats(seed, sizeOf(shape.x));
  const dy = randomFloats(seed + 1, sizeOf(shape.y));
  const before = randomFloats(seed + 2, sizeOf(shape.w));
  const inputs = [
    { shape: shape.x, data: x, batched },
    { shape: shape.y, data: dy, batched },
  ];
  const attrs = { ...shape.attrs, kernel: [shape.w[0], shape.w[1]] as const };
  const [dw] = runKernel({
    emit: emitConv2dGradKernel,
    op: conv2dGradKernelOp,
    attrs,
    mode,
    inputs,
    features,
    parts: mode === "whole" ? 1 : parts,
    before: [before],
  });
  const sums = plainKernelGradient(shape, x, dy);
  const expected = mode === "whole" ? sums : sums.map((sum, i) => sum + before[i]!);
  expect(sumError(dw!, expected, sizeOf(shape.y.slice(0, 3)))).toBeLessThan(TOLERANCE);
}

const four = (shape: readonly number[]) => shape as readonly [number, number, number, number];

describe.each(featureSets)("convolutions with %s", (_, features) => {
  test("forward of any shape", () => {
    fc.assert(
      fc.property(cases, (each) => checkForward(each, features)),
      { numRuns: 200 },
    );
  });

  test("the kernel's gradient of any shape, added to what is there", () => {
    fc.assert(
      fc.property(cases, (each) => checkKernelGradient(each, "accumulate", true, features)),
      { numRuns: 200 },
    );
  });

  test("the kernel's gradient in whole overwrites", () => {
    fc.assert(
      fc.property(cases, (each) => checkKernelGradient(each, "whole", each.batched, features)),
      { numRuns: 60 },
    );
  });

  test.each(convolutions)("the known trap: $name", ({ x, w, y, attrs, batched }) => {
    const shape = { x: four(x), w: four(w), y: four(y), attrs };
    const each = { shape, batched, parts: 2, seed: testSeed };
    checkForward(each, features);
    checkKernelGradient(each, "accumulate", true, features);
  });

  // Wide enough that rows of tiles, strips of columns and remainders all occur several times.
  test("large images", () => {
    const plain = { pad: [zeros, zeros], strides: ones, dilation: ones, inputDilation: ones, groups: 1 } as const;
    const shapes: ConvShape[] = [
      { x: [1, 9, 29, 23], w: [3, 3, 23, 19], y: [1, 7, 27, 19], attrs: plain },
      { x: [1, 12, 31, 1], w: [3, 3, 1, 34], y: [1, 10, 29, 34], attrs: plain },
      {
        x: [1, 9, 27, 2],
        w: [5, 5, 2, 9],
        y: [1, 9, 27, 9],
        attrs: {
          ...plain,
          pad: [
            [2, 2],
            [2, 2],
          ],
        },
      },
    ];
    for (const shape of shapes) {
      const each = { shape, batched: true, parts: 1, seed: testSeed };
      checkForward(each, features);
      checkKernelGradient(each, "accumulate", true, features);
    }
  });

  test("few live rows of a batch: the others are left alone", () => {
    const attrs = { pad: [ones, ones], strides: ones, dilation: ones, inputDilation: ones, groups: 1 } as const;
    const shape: ConvShape = { x: [2, 5, 5, 3], w: [3, 3, 3, 5], y: [2, 5, 5, 5], attrs };
    const full = { ...shape, x: [4, 5, 5, 3] as const };
    const x = randomFloats(1, sizeOf(full.x));
    const w = randomFloats(2, sizeOf(shape.w));
    const inputs = [
      { shape: full.x, data: x, batched: true },
      { shape: shape.w, data: w },
    ];
    const [y] = runKernel({ emit: emitConv2d, op: conv2dOp, attrs, mode: "map", inputs, features, rows: 2 });
    const half = y!.length / 2;
    expect(sumError(y!.subarray(0, half), plainConvolution(shape, x, w), 27)).toBeLessThan(TOLERANCE);
    expect(y!.subarray(half).every(Number.isNaN)).toBe(true);
  });

  test("an infinite pixel spoils the windows that see it and no others", () => {
    const attrs = { pad: [ones, ones], strides: ones, dilation: ones, inputDilation: ones, groups: 1 } as const;
    const x = new Float32Array(5 * 5 * 16).fill(1);
    x[0] = Number.POSITIVE_INFINITY;
    const inputs = [
      { shape: [1, 5, 5, 16], data: x, batched: true },
      { shape: [3, 3, 16, 2], data: new Float32Array(3 * 3 * 16 * 2).fill(1) },
    ];
    const [y] = runKernel({ emit: emitConv2d, op: conv2dOp, attrs, mode: "map", inputs, features });
    const finite = Array.from({ length: 25 }, (_value, pixel) => Number.isFinite(y![2 * pixel]!));
    const touched = [0, 1, 5, 6];
    expect(finite).toEqual(finite.map((_value, pixel) => !touched.includes(pixel)));
  });
});

/** r[y,x,j, g·ci+i] = w[kh−1−y, kw−1−x, i, g·co+j], by four-dimensional indices. */
function plainRotation(w: Float32Array, [kh, kw, ci, cout]: readonly number[], groups: number): Float32Array {
  const co = cout! / groups;
  const cin = ci! * groups;
  return Float32Array.from(w, (_, at) => {
    const [input, j] = [at % cin, Math.floor(at / cin) % co];
    const [x, y] = [Math.floor(at / (cin * co)) % kw!, Math.floor(at / (cin * co * kw!))];
    const [group, i] = [Math.floor(input / ci!), input % ci!];
    return w[(((kh! - 1 - y) * kw! + (kw! - 1 - x)) * ci! + i) * cout! + group * co + j]!;
  });
}

describe("rotateKernel", () => {
  const kernels = fc.record({
    kernel: pair(1, 5),
    depth: fc.integer({ min: 1, max: 21 }),
    filters: fc.integer({ min: 1, max: 21 }),
    groups: fc.integer({ min: 1, max: 3 }),
    parts: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  });

  test("turns every kernel, shared among workers", () => {
    fc.assert(
      fc.property(kernels, ({ kernel, depth, filters, groups, parts, seed }) => {
        const shape = [...kernel, depth, filters * groups];
        const data = randomFloats(seed, sizeOf(shape));
        const [r] = runKernel({
          emit: emitRotateKernel,
          op: rotateKernelOp,
          attrs: { groups },
          mode: "whole",
          inputs: [{ shape, data }],
          features: { relaxed: false, wide: false },
          parts,
        });
        expect(r).toEqual(plainRotation(data, shape, groups));
      }),
      { numRuns: 100 },
    );
  });

  test.each(convolutions)("with conv2d gives the input's gradient: $name", ({ x, w, y, attrs }) => {
    const features = { relaxed: true, wide: false };
    const dy = randomFloats(testSeed, sizeOf(y));
    const weights = randomFloats(testSeed + 1, sizeOf(w));
    const [r] = runKernel({
      emit: emitRotateKernel,
      op: rotateKernelOp,
      attrs: { groups: attrs.groups },
      mode: "whole",
      inputs: [{ shape: w, data: weights }],
      features,
    });
    // What conv2dGradInput decomposes into: its padding may be negative.
    const pad = ([0, 1] as const).map((axis): [number, number] => {
      const extent = (w[axis]! - 1) * attrs.dilation[axis];
      const before = extent - attrs.pad[axis][0];
      return [before, x[1 + axis]! + extent - ((y[1 + axis]! - 1) * attrs.strides[axis] + 1) - before];
    });
    const [dx] = runKernel({
      emit: emitConv2d,
      op: conv2dOp,
      attrs: {
        ...attrs,
        strides: ones,
        inputDilation: attrs.strides,
        pad: pad as [[number, number], [number, number]],
      },
      mode: "map",
      inputs: [
        { shape: y, data: dy, batched: true },
        { shape: [w[0]!, w[1]!, w[3]! / attrs.groups, w[2]! * attrs.groups], data: r! },
      ],
      features,
    });
    if (attrs.inputDilation.some((step) => step > 1)) return;
    const expected = new Float64Array(sizeOf(x));
    const specs = [
      { shape: y, dtype: "float32", batched: true },
      { shape: w, dtype: "float32", batched: false },
    ] as const;
    const gradient = { ...attrs, size: [x[1]!, x[2]!] as const };
    const call = { attrs: gradient, inputs: specs, outputs: conv2dGradInputOp.infer(specs, gradient), firstRow: 0 };
    conv2dGradInputOp.reference([Float64Array.from(dy), Float64Array.from(weights)], [expected], call);
    expect(sumError(dx!, expected, w[0]! * w[1]! * w[3]!)).toBeLessThan(TOLERANCE);
  });
});
