/** Convolution, its gradient and pooling over three axes, against plain loops over arrays of random sizes. */
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { dilatedExtent, type Pad, type Shape, sizeOf, stridesOf } from "../../src/base/shape.ts";
import { averagePool2d } from "../../src/ops/average-pool2d.ts";
import { type Conv3dAttrs, conv3d, conv3dGradInput } from "../../src/ops/conv3d.ts";
import { maxPool2d } from "../../src/ops/max-pool2d.ts";
import { adaptivePool, type Pool3dAttrs, pool3d } from "../../src/ops/pool3d.ts";
import { relativeError } from "../ir/closeness.ts";
import { testSeed } from "../seed.ts";
import { differentiate, evaluate, type Given, given, slopes } from "./run-composition.ts";

type Three<T> = readonly [T, T, T];
/** Each run draws from a stream of its own. */
let random: RandomStream;
const begin = (run: number) => {
  random = new RandomStream(keyOf(testSeed + run));
};
const between = (least: number, most: number) => least + Math.floor(random.uniform() * (most - least + 1));
const three = <T>(make: (axis: 0 | 1 | 2) => T): Three<T> => [make(0), make(1), make(2)];
const values = (shape: Shape, batched = false): Given =>
  given(
    shape,
    Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal())),
    batched,
  );
const read = ({ shape, data }: Pick<Given, "shape" | "data">, at: readonly number[]) =>
  data[stridesOf(shape).reduce((sum, stride, axis) => sum + stride * at[axis]!, 0)]!;
const table = (shape: Shape, entry: (at: number[]) => number) => {
  const strides = stridesOf(shape);
  return Array.from({ length: sizeOf(shape) }, (_, i) =>
    entry(shape.map((size, axis) => Math.floor(i / strides[axis]!) % size)),
  );
};
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Cells of a window at a place of the output, those in the padding left out; the taps with them. */
function cellsOf(
  place: readonly number[],
  kernel: readonly number[],
  size: readonly number[],
  attrs: Omit<Conv3dAttrs, "groups">,
) {
  const found: { cell: number[]; tap: number[] }[] = [];
  for (let t = 0; t < sizeOf(kernel); t++) {
    const tap = kernel.map((extent, axis) => Math.floor(t / stridesOf(kernel)[axis]!) % extent);
    const cell = place.map((at, i) => {
      const axis = i as 0 | 1 | 2;
      return at * attrs.strides[axis] + tap[axis]! * attrs.dilation[axis] - attrs.pad[axis][0];
    });
    if (cell.every((at, axis) => at >= 0 && at < size[axis]!)) found.push({ cell, tap });
  }
  return found;
}

describe("conv3d", () => {
  const drawn = Array.from({ length: 8 }, (_, run) => {
    begin(run);
    const groups = between(1, 2);
    const [kernel, strides] = [three(() => between(1, 3)), three(() => between(1, 3))];
    const dilation = three(() => between(1, 2));
    const pad = three((axis): Pad => [between(0, 2), between(0, kernel[axis])]);
    const size = three((axis) =>
      Math.max(1, dilatedExtent(kernel[axis], dilation[axis]) + between(0, 2) - pad[axis][0] - pad[axis][1]),
    );
    return {
      run,
      kernel,
      size,
      channels: between(1, 2),
      filters: between(1, 2),
      attrs: { strides, dilation, pad, groups },
    };
  });

  test.each(drawn)("$run: kernel $kernel, $attrs", ({ run, kernel, size, channels, filters, attrs }) => {
    begin(100 + run);
    const { groups } = attrs;
    const x = values([2, ...size, channels * groups], true);
    const w = values([...kernel, channels, filters * groups]);
    const write = (image: Parameters<typeof conv3d>[0], weights: typeof image) => conv3d(image, weights, attrs);
    const [y] = evaluate([x, w], write);
    const outputs = size.map((cells, i) => {
      const axis = i as 0 | 1 | 2;
      const free = cells + attrs.pad[axis][0] + attrs.pad[axis][1] - dilatedExtent(kernel[axis], attrs.dilation[axis]);
      return Math.floor(free / attrs.strides[axis]) + 1;
    });
    expect(y!.shape).toEqual([2, ...outputs, filters * groups]);
    const wanted = table(y!.shape, ([n, ...at]) => {
      const filter = at.pop()!;
      const first = Math.floor(filter / filters) * channels;
      return cellsOf(at, kernel, size, attrs).reduce((sum, { cell, tap }) => {
        for (let c = 0; c < channels; c++) sum += read(x, [n!, ...cell, first + c]) * read(w, [...tap, c, filter]);
        return sum;
      }, 0);
    });
    expect(relativeError(y!.data, wanted)).toBeLessThan(1e-9);
    // ⟨conv3d(x), g⟩ = ⟨x, conv3dGradInput(g)⟩, and both are what differentiation finds.
    const g = values(y!.shape, true);
    const [dx] = evaluate([g, w], (dy, weights) => conv3dGradInput(dy!, weights!, size, attrs));
    expect(dot(dx!.data, x.data)).toBeCloseTo(dot(y!.data, g.data), 6);
    const [byInput, byKernel] = differentiate([x, w], write as never, g.data);
    expect(relativeError(byInput!, dx!.data)).toBeLessThan(1e-9);
    expect(relativeError(byKernel!, slopes([x, w], write as never, g.data, 1))).toBeLessThan(1e-6);
  });
});

describe("pooling of volumes", () => {
  test.each([0, 1, 2, 3])("windows, run %i", (run) => {
    begin(run);
    const [window, strides] = [three(() => between(1, 3)), three(() => between(1, 3))];
    const pad = three((axis): Pad => [between(0, window[axis] - 1), between(0, window[axis] - 1)]);
    const size = three((axis) => window[axis] + between(0, 3));
    const x = values([2, ...size, 2], true);
    if (random.uniform() < 0.5) (x.data as number[])[between(0, x.data.length - 1)] = Number.NaN;
    const attrs: Pool3dAttrs = { window, strides, pad };
    const [largest, mean] = evaluate([x], (image) => [
      pool3d(image!, attrs, maxPool2d),
      pool3d(image!, attrs, averagePool2d),
    ]);
    const seen = (at: readonly number[]) =>
      cellsOf(at.slice(1, 4), window, size, { strides, pad, dilation: [1, 1, 1] }).map(({ cell }) =>
        read(x, [at[0]!, ...cell, at[4]!]),
      );
    expect(
      relativeError(
        largest!.data,
        table(largest!.shape, (at) => Math.max(...seen(at))),
      ),
    ).toBe(0);
    const means = table(mean!.shape, (at) => seen(at).reduce((sum, value) => sum + value, 0) / seen(at).length);
    expect(relativeError(mean!.data, means)).toBeLessThan(1e-12);
  });

  test.each([0, 1, 2, 3])("adaptive windows, run %i", (run) => {
    begin(run);
    const size = three(() => between(1, 7));
    const sizes = three(() => between(1, 7));
    const x = values([1, ...size, 2], true);
    const [largest, mean] = evaluate([x], (image) => [
      adaptivePool(image!, sizes, maxPool2d),
      adaptivePool(image!, sizes, averagePool2d),
    ]);
    const range = (i: number, axis: number) => {
      const [n, m] = [size[axis as 0 | 1 | 2], sizes[axis as 0 | 1 | 2]];
      const start = Math.floor((i * n) / m);
      return Array.from({ length: Math.ceil(((i + 1) * n) / m) - start }, (_, at) => start + at);
    };
    const seen = ([n, d, h, w, c]: number[]) =>
      range(d!, 0).flatMap((i) => range(h!, 1).flatMap((j) => range(w!, 2).map((k) => read(x, [n!, i, j, k, c!]))));
    expect(largest!.shape).toEqual([1, ...sizes, 2]);
    expect(largest!.data).toEqual(table(largest!.shape, (at) => Math.max(...seen(at))));
    const means = table(mean!.shape, (at) => seen(at).reduce((sum, value) => sum + value, 0) / seen(at).length);
    expect(relativeError(mean!.data, means)).toBeLessThan(1e-12);
  });
});
