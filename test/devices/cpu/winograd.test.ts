import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Pad } from "../../../src/base/shape.ts";
import { sizeOf } from "../../../src/base/shape.ts";
import { compile } from "../../../src/compile/compile.ts";
import { decompose } from "../../../src/compile/decompose.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { fastestTile, winogradLowering } from "../../../src/devices/cpu/winograd/lower.ts";
import { type Tile, winogradMatrices } from "../../../src/devices/cpu/winograd/matrices.ts";
import { traceGraph } from "../../../src/engine/session.ts";
import type { Graph } from "../../../src/ir/graph.ts";
import { emitOne } from "../../../src/ir/op.ts";
import { verifyGraph } from "../../../src/ir/verify.ts";
import { conv2d, conv2dGradInputOp, conv2dGradKernelOp } from "../../../src/ops/conv2d.ts";
import { mul } from "../../../src/ops/elementwise.ts";
import { pads } from "../../cases/convolutions.ts";
import { relativeError } from "../../ir/closeness.ts";
import { evaluateGraph } from "../../ir/evaluate-graph.ts";
import { randomFloats } from "./random-values.ts";

const tiles: readonly Tile[] = [2, 4, 6];

/** Largest errors relative to the largest value: the larger the tile, the more its transforms round. */
const tolerance = { 2: 5e-6, 4: 5e-6, 6: 1e-5 };

interface Shapes {
  readonly name: string;
  readonly rows: number;
  readonly size: readonly [number, number];
  readonly depth: number;
  readonly filters: number;
  readonly pad: readonly [Pad, Pad];
}

const shapes = (
  name: string,
  rows: number,
  size: readonly [number, number],
  depth: number,
  filters: number,
  pad = pads(0, 0, 0, 0),
): Shapes => ({ name, rows, size, depth, filters, pad });

const cases: readonly Shapes[] = [
  shapes("whole tiles", 3, [10, 14], 8, 16),
  shapes("one output", 2, [3, 3], 4, 4),
  shapes("one tile and a rest", 5, [7, 9], 4, 12),
  shapes("the handout's second layer, fewer channels", 6, [26, 26], 16, 8),
  shapes("same", 9, [8, 12], 8, 8, pads(1, 1, 1, 1)),
  shapes("same, odd", 7, [5, 11], 12, 4, pads(1, 1, 1, 1)),
  shapes("same, one pixel", 4, [1, 1], 4, 20, pads(1, 1, 1, 1)),
  shapes("padded on some sides", 3, [6, 7], 4, 8, pads(2, 0, 0, 2)),
  shapes("padded more than the kernel", 2, [4, 4], 4, 4, pads(3, 4, 5, 3)),
  shapes("prime number of tiles", 5, [22, 14], 4, 4),
];

/** y, dx and dw of one convolution, in one step. */
function traceConvolution({ rows, size, depth, filters, pad }: Shapes): Graph {
  const outputs = size.map((length, axis) => length + pad[axis]![0] + pad[axis]![1] - 2);
  const attrs = { strides: [1, 1], pad, dilation: [1, 1], groups: 1 } as const;
  const whole = { ...attrs, inputDilation: [1, 1] } as const;
  return traceGraph((builder) => {
    const x = builder.input("x", { shape: [rows, ...size, depth], dtype: "float32", batched: true });
    const w = builder.input("w", { shape: [3, 3, depth, filters], dtype: "float32", batched: false });
    const dy = builder.input("dy", { shape: [rows, ...outputs, filters], dtype: "float32", batched: true });
    builder.output("y", conv2d(x, w, attrs));
    builder.output("dx", emitOne(conv2dGradInputOp, [dy, w], { ...whole, size }));
    builder.output("dw", emitOne(conv2dGradKernelOp, [x, dy], { ...whole, kernel: [3, 3] }));
  });
}

function drawFeeds(graph: Graph): Record<string, Float32Array> {
  return Object.fromEntries([...graph.inputs].map(([name, { spec }]) => [name, randomFloats(sizeOf(spec.shape))]));
}

const convolutionOps = ["conv2d", "conv2dGradInput", "conv2dGradKernel"];

describe.each(tiles)("F(%i)", (tile) => {
  const lower = winogradLowering(() => tile);

  test("its matrices filter", () => {
    const { input, kernel, output } = winogradMatrices(tile);
    const times = (matrix: readonly (readonly number[])[], vector: readonly number[]) =>
      matrix.map((row) => row.reduce((sum, value, i) => sum + value * vector[i]!, 0));
    const d = [...randomFloats(tile + 2)];
    const g = [...randomFloats(3)];
    const [u, v] = [times(kernel, g), times(input, d)];
    const y = times(
      output,
      u.map((value, i) => value * v[i]!),
    );
    y.forEach((value, k) => {
      expect(value).toBeCloseTo(d[k]! * g[0]! + d[k + 1]! * g[1]! + d[k + 2]! * g[2]!, 12);
    });
  });

  test.each(cases)("the lowered graph means the convolution: $name", (each) => {
    const graph = traceConvolution(each);
    const lowered = verifyGraph(decompose(graph, { kernels: new Set(convolutionOps), lower }));
    expect(lowered.nodes.map(({ op }) => op.name).filter((name) => convolutionOps.includes(name))).toEqual([]);
    const feeds = drawFeeds(graph);
    for (const rows of new Set([each.rows, 1])) {
      const [wanted, got] = [graph, lowered].map((current) => evaluateGraph(current, feeds, rows).outputs);
      for (const name of ["y", "dx", "dw"])
        expect(relativeError(got![name]!, wanted![name]!), name).toBeLessThan(tile === 6 ? 1e-12 : 1e-13);
    }
  });

  describe.each([
    { name: "2 threads, vectors in pairs", options: { threads: 2, wide: true } },
    { name: "inline, plain SIMD", options: { inline: true, relaxed: false, wide: false } },
  ])("on the CPU device, $name", ({ options }) => {
    let device: CpuDevice;
    beforeAll(async () => {
      device = await CpuDevice.start(options);
    });
    afterAll(() => device.dispose());

    const run = async (graph: Graph, feeds: Record<string, Float32Array>, rows: number) => {
      const executable = await device.load(compile(graph, { ...device.traits, lower }));
      const outputs = await executable.run(feeds, rows);
      executable.release();
      return outputs;
    };

    test.each(cases)("$name", async (each) => {
      const graph = traceConvolution(each);
      const feeds = drawFeeds(graph);
      for (const rows of new Set([each.rows, 1, Math.ceil(each.rows / 2)])) {
        const wanted = evaluateGraph(graph, feeds, rows).outputs;
        const got = await run(graph, feeds, rows);
        for (const name of ["y", "dx", "dw"])
          expect(relativeError(got[name]!, wanted[name]!), `${name} of ${rows} rows`).toBeLessThan(tolerance[tile]);
      }
    });

    test("windows of zeros yield exactly zero, whatever else is in their tile", async () => {
      const each = shapes("zeros", 5, [13, 12], 8, 8, pads(1, 1, 1, 1));
      const graph = traceConvolution(each);
      const feeds = drawFeeds(graph);
      const { y: full } = evaluateGraph(graph, feeds, each.rows).outputs;
      // Pixels are black or not as one; a black one may be −0.
      const lit = randomFloats(each.rows * 13 * 12).map((value) => (value > 1.3 ? 1 : 0));
      feeds.x = feeds.x!.map((value, i) => value * lit[Math.floor(i / 8)]!);
      const { y: wanted } = evaluateGraph(graph, feeds, each.rows).outputs;
      const { y } = await run(graph, feeds, each.rows);
      const black = [...wanted!.keys()].filter((i) => wanted![i] === 0);
      expect(black.length).toBeGreaterThan(full!.length / 10);
      expect(black.length).toBeLessThan((full!.length * 9) / 10);
      for (const i of black) expect(y![i]).toBe(0);
    });

    test("what is not a number spreads to every output that reads it", async () => {
      const each = shapes("NaN", 2, [9, 9], 4, 4);
      const graph = traceConvolution(each);
      const feeds = drawFeeds(graph);
      feeds.x![(4 * 9 + 5) * 4] = Number.NaN;
      const wanted = evaluateGraph(graph, feeds, each.rows).outputs;
      const got = await run(graph, feeds, each.rows);
      for (const name of ["y", "dw"])
        wanted[name]!.forEach((value, i) => {
          if (Number.isNaN(value)) expect(got[name]![i]).toBeNaN();
        });
    });
  });
});

describe("the choice", () => {
  const choose = (size: number, depth: number, filters: number, trained = false) =>
    fastestTile({
      batched: true,
      trained,
      kernel: [3, 3, depth, filters],
      size: [size, size],
      attrs: { strides: [1, 1], pad: pads(1, 1, 1, 1), dilation: [1, 1], inputDilation: [1, 1], groups: 1 },
    });

  test("takes large tiles for large images of many channels", () => {
    expect(choose(32, 64, 64)).toBe(4);
  });

  test("takes the largest tiles only where they fit well: they err most", () => {
    expect(choose(24, 64, 32)).toBe(6);
    expect(choose(28, 64, 32)).toBe(4);
    expect(choose(24, 64, 32, true)).toBe(4);
  });

  test("takes small tiles where large ones would hang over the edges", () => {
    expect(choose(8, 64, 64)).toBe(4);
    expect(choose(2, 64, 64)).toBe(2);
  });

  test("leaves a single output to the direct kernel: nothing is saved there", () => {
    expect(choose(1, 64, 64)).toBeUndefined();
  });

  test("a transposed convolution is no training as long as no variable changes", () => {
    const seen = (update: boolean) => {
      const trained: boolean[] = [];
      const lower = winogradLowering((convolution) => {
        trained.push(convolution.trained);
        return undefined;
      });
      const graph = traceGraph((builder) => {
        const x = builder.input("x", { shape: [2, 9, 9, 8], dtype: "float32", batched: true });
        const w = builder.variable("w", [3, 3, 8, 8]);
        const attrs = { strides: [1, 1], pad: pads(1, 1, 1, 1), dilation: [1, 1], groups: 1 } as const;
        const up = emitOne(conv2dGradInputOp, [x, w], { ...attrs, inputDilation: [1, 1], size: [9, 9] });
        builder.output("y", conv2d(up, w, attrs));
        if (update) builder.update("w", mul(w, 0.5));
      });
      decompose(graph, { kernels: new Set(convolutionOps), lower });
      return trained;
    };
    expect(seen(false)).toEqual([false, false]);
    expect(seen(true)).toEqual([true, true]);
  });

  test("leaves what is not a plain 3x3 convolution alone", () => {
    const graph = traceGraph((builder) => {
      const x = builder.input("x", { shape: [2, 9, 9, 8], dtype: "float32", batched: true });
      const w = builder.input("w", { shape: [3, 3, 8, 8], dtype: "float32", batched: false });
      const attrs = { strides: [2, 1], pad: pads(0, 0, 0, 0), dilation: [1, 1], groups: 1 } as const;
      builder.output("y", conv2d(x, w, attrs));
    });
    const lowered = decompose(graph, { kernels: new Set(convolutionOps), lower: winogradLowering(() => 4) });
    expect(lowered.nodes.map(({ op }) => op.name)).toEqual(["conv2d"]);
  });
});
