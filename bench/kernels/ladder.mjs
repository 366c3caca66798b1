// @ts-check
/**
 * The ladder from naive loops to the tuned kernels: each rung checked against float64 and timed on one thread, in GFLOP/s of the
 * direct algorithm and in percent of what the thread can compute at most (over 100 % where an algorithm needs fewer operations).
 * Run after `npm run build`: node bench/kernels/ladder.mjs [seconds per rung]; writes bench/results/ladder.md.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { compile } from "../../dist/compile/compile.js";
import { CpuDevice } from "../../dist/devices/cpu/cpu-device.js";
import { detectFeatures } from "../../dist/devices/cpu/features.js";
import { measurePeak } from "../../dist/devices/cpu/peak.js";
import { winogradLowering } from "../../dist/devices/cpu/winograd/lower.js";
import { traceGraph } from "../../dist/engine/session.js";
import { emitOne } from "../../dist/ir/op.js";
import { conv2d, conv2dGradInputOp, conv2dGradKernelOp } from "../../dist/ops/conv2d.js";
import { depthwiseConv2d } from "../../dist/ops/depthwise-conv2d.js";
import { matMul, matMulOp } from "../../dist/ops/mat-mul.js";

const seconds = Number(process.argv[2] ?? 0.5);
const rows = 8;

/** @typedef {import("../../dist/ir/graph.js").Sym} Sym */
/** @typedef {{ shape: number[], batched: boolean }} Value */
/**
 * One kernel: its inputs, how it is written as a graph, and the loops that anybody would write first.
 * @typedef {{ title: string, inputs: Record<string, Value>, emit: (values: Record<"x" | "w" | "dy", Sym>) => Sym, naive: (feeds: any) => Float32Array, winograd?: boolean }} Kernel
 */

const plain = /** @type {any} */ ({
  strides: [1, 1],
  pad: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
  groups: 1,
});
const full = { ...plain, inputDilation: [1, 1] };

/** Convolution as the formula says it, sum by sum. @param {number} size @param {number} depth @param {number} filters */
const naiveConv =
  (size, depth, filters) =>
  (/** @type {any} */ { x, w }) => {
    const out = size - 2;
    const y = new Float32Array(rows * out * out * filters);
    for (let n = 0; n < rows; n++)
      for (let i = 0; i < out; i++)
        for (let j = 0; j < out; j++)
          for (let f = 0; f < filters; f++) {
            let sum = 0;
            for (let a = 0; a < 3; a++)
              for (let b = 0; b < 3; b++)
                for (let c = 0; c < depth; c++)
                  sum +=
                    x[((n * size + i + a) * size + j + b) * depth + c] * w[((a * 3 + b) * depth + c) * filters + f];
            y[((n * out + i) * out + j) * filters + f] = sum;
          }
    return y;
  };

/** @type {Kernel[]} */
const kernels = [
  {
    title: "conv2d forward, 26x26x64 → 24x24x32 (the handout's second layer)",
    inputs: {
      x: { shape: [rows, 26, 26, 64], batched: true },
      w: { shape: [3, 3, 64, 32], batched: false },
    },
    emit: ({ x, w }) => conv2d(x, w, plain),
    naive: naiveConv(26, 64, 32),
    winograd: true,
  },
  {
    title: "its gradient by the input",
    inputs: {
      dy: { shape: [rows, 24, 24, 32], batched: true },
      w: { shape: [3, 3, 64, 32], batched: false },
    },
    emit: ({ dy, w }) => emitOne(conv2dGradInputOp, [dy, w], { ...full, size: [26, 26] }),
    naive: ({ dy, w }) => {
      const dx = new Float32Array(rows * 26 * 26 * 64);
      for (let n = 0; n < rows; n++)
        for (let i = 0; i < 26; i++)
          for (let j = 0; j < 26; j++)
            for (let c = 0; c < 64; c++) {
              let sum = 0;
              for (let a = Math.max(0, i - 23); a < Math.min(3, i + 1); a++)
                for (let b = Math.max(0, j - 23); b < Math.min(3, j + 1); b++)
                  for (let f = 0; f < 32; f++)
                    sum += dy[((n * 24 + i - a) * 24 + j - b) * 32 + f] * w[((a * 3 + b) * 64 + c) * 32 + f];
              dx[((n * 26 + i) * 26 + j) * 64 + c] = sum;
            }
      return dx;
    },
    winograd: true,
  },
  {
    title: "its gradient by the kernel",
    inputs: {
      x: { shape: [rows, 26, 26, 64], batched: true },
      dy: { shape: [rows, 24, 24, 32], batched: true },
    },
    emit: ({ x, dy }) => emitOne(conv2dGradKernelOp, [x, dy], { ...full, kernel: [3, 3] }),
    naive: ({ x, dy }) => {
      const dw = new Float32Array(9 * 64 * 32);
      for (let a = 0; a < 3; a++)
        for (let b = 0; b < 3; b++)
          for (let c = 0; c < 64; c++)
            for (let f = 0; f < 32; f++) {
              let sum = 0;
              for (let n = 0; n < rows; n++)
                for (let i = 0; i < 24; i++)
                  for (let j = 0; j < 24; j++)
                    sum += x[((n * 26 + i + a) * 26 + j + b) * 64 + c] * dy[((n * 24 + i) * 24 + j) * 32 + f];
              dw[((a * 3 + b) * 64 + c) * 32 + f] = sum;
            }
      return dw;
    },
    winograd: true,
  },
  {
    title: "conv2d forward, 28x28x1 → 26x26x64 (the handout's first layer)",
    inputs: { x: { shape: [rows, 28, 28, 1], batched: true }, w: { shape: [3, 3, 1, 64], batched: false } },
    emit: ({ x, w }) => conv2d(x, w, plain),
    naive: naiveConv(28, 1, 64),
  },
  {
    title: "matMul, 8 x 18432 by 18432 x 10 (the handout's Dense layer)",
    inputs: { x: { shape: [rows, 18432], batched: true }, w: { shape: [18432, 10], batched: false } },
    emit: ({ x, w }) => matMul(x, w),
    naive: ({ x, w }) => {
      const y = new Float32Array(rows * 10);
      for (let n = 0; n < rows; n++)
        for (let f = 0; f < 10; f++) {
          let sum = 0;
          for (let k = 0; k < 18432; k++) sum += x[n * 18432 + k] * w[k * 10 + f];
          y[n * 10 + f] = sum;
        }
      return y;
    },
  },
  {
    title: "its gradient by the weights",
    inputs: { x: { shape: [rows, 18432], batched: true }, dy: { shape: [rows, 10], batched: true } },
    emit: ({ x, dy }) => emitOne(matMulOp, [x, dy], { transposeA: true }),
    naive: ({ x, dy }) => {
      const dw = new Float32Array(18432 * 10);
      for (let k = 0; k < 18432; k++)
        for (let f = 0; f < 10; f++) {
          let sum = 0;
          for (let n = 0; n < rows; n++) sum += x[n * 18432 + k] * dy[n * 10 + f];
          dw[k * 10 + f] = sum;
        }
      return dw;
    },
  },
  {
    title: "depthwise 3x3, 32x32x64",
    inputs: { x: { shape: [rows, 32, 32, 64], batched: true }, w: { shape: [3, 3, 64, 1], batched: false } },
    emit: ({ x, w }) => depthwiseConv2d(x, w, { strides: plain.strides, pad: plain.pad, dilation: plain.dilation }),
    naive: ({ x, w }) => {
      const y = new Float32Array(rows * 30 * 30 * 64);
      for (let n = 0; n < rows; n++)
        for (let i = 0; i < 30; i++)
          for (let j = 0; j < 30; j++)
            for (let c = 0; c < 64; c++) {
              let sum = 0;
              for (let a = 0; a < 3; a++)
                for (let b = 0; b < 3; b++)
                  sum += x[((n * 32 + i + a) * 32 + j + b) * 64 + c] * w[(a * 3 + b) * 64 + c];
              y[((n * 30 + i) * 30 + j) * 64 + c] = sum;
            }
      return y;
    },
  },
];

/**
 * The rungs of one kernel: title, options of the device, Winograd's tile. Those in pairs come when all others are through: the flag
 * that has V8 join pairs holds for the whole process.
 * @type {readonly (readonly [string, { relaxed: boolean, wide: boolean }, (2 | 4)?])[]}
 */
const rungs = [
  ["WebAssembly SIMD", { relaxed: false, wide: false }],
  ["with fused multiply-add", { relaxed: true, wide: false }],
  ["Winograd F(2x2, 3x3)", { relaxed: true, wide: false }, 2],
  ["Winograd F(4x4, 3x3)", { relaxed: true, wide: false }, 4],
  ["Winograd F(4x4, 3x3), plain SIMD", { relaxed: false, wide: false }, 4],
  ["vectors in pairs", { relaxed: true, wide: true }],
  ["Winograd F(4x4, 3x3), vectors in pairs", { relaxed: true, wide: true }, 4],
];

/** Best milliseconds of a function that may be asynchronous. @param {() => unknown} work */
async function time(work) {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * seconds;
  do {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  } while (performance.now() < end);
  return best;
}

/** @param {(typeof kernels)[number]} kernel */
function prepare({ title, inputs, emit, naive, winograd }) {
  const graph = traceGraph((builder) => {
    const values = Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, builder.input(name, { ...value, dtype: "float32" })]),
    );
    builder.output("y", emit(/** @type {any} */ (values)));
  });
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => {
      const size = shape.reduce((product, axis) => product * axis, 1);
      return [name, Float32Array.from({ length: size }, () => Math.random() - 0.5)];
    }),
  );
  const node = /** @type {import("../../dist/ir/graph.js").Node} */ (graph.nodes[0]);
  const specs = Object.values(inputs).map((value) => ({ ...value, dtype: /** @type {const} */ ("float32") }));
  const call = { attrs: node.attrs, inputs: specs, outputs: node.outputs.map(({ spec }) => spec), firstRow: 0 };
  const exact = new Float64Array(
    /** @type {import("../../dist/ir/graph.js").Spec} */ (call.outputs[0]).shape.reduce(
      (product, axis) => product * axis,
      1,
    ),
  );
  node.op.reference(
    Object.values(feeds).map((values) => Float64Array.from(values)),
    [exact],
    call,
  );
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const flops = node.op.flops?.(call) ?? 0;
  /** @type {{ name: string, milliseconds: number, speed: number, error: number }[]} */
  const results = [];
  /** @param {string} name @param {ArrayLike<number>} got @param {number} milliseconds */
  const report = (name, got, milliseconds) => {
    const error = exact.reduce((worst, value, i) => Math.max(worst, Math.abs(value - Number(got[i]))), 0) / largest;
    if (!(error < 1e-4)) throw new Error(`${title}, ${name}: error ${error}`);
    results.push({ name, milliseconds, speed: flops / milliseconds / 1e6, error });
  };
  return { title, graph, feeds, naive, winograd, results, report };
}

/** @param {ReturnType<typeof prepare>} prepared @param {{ relaxed: boolean, wide: boolean }} features */
async function climb({ graph, feeds, winograd, report }, features) {
  for (const [name, options, tile] of rungs) {
    const possible = (features.relaxed || !options.relaxed) && features.wide === options.wide;
    if (!possible || (tile !== undefined && !winograd)) continue;
    const device = await CpuDevice.start({ inline: true, ...options });
    const { lower: _, ...direct } = device.traits;
    const traits = tile === undefined ? direct : { ...direct, lower: winogradLowering(() => tile) };
    const executable = await device.load(compile(graph, traits));
    const { y } = await executable.run(feeds, rows);
    report(name, /** @type {Float32Array} */ (y), await time(() => executable.run(feeds, rows)));
    executable.release();
    device.dispose();
  }
}

process.env.FOVEA_VECTORS = "128";
const single = detectFeatures();
const plainPeak = await measurePeak({ relaxed: false, wide: false });
const peak = single.relaxed ? await measurePeak(single) : plainPeak;
const ladders = kernels.map(prepare);
for (const ladder of ladders) {
  ladder.report("loops in JavaScript", ladder.naive(ladder.feeds), await time(() => ladder.naive(ladder.feeds)));
  await climb(ladder, single);
}
delete process.env.FOVEA_VECTORS;
const features = detectFeatures();
const top = features.wide ? await measurePeak(features) : peak;
if (features.wide) for (const ladder of ladders) await climb(ladder, features);

const pairs = features.wide ? `, ${top.toFixed(1)} in pairs of vectors` : "";
const lines = [
  "# Kernel ladder",
  "",
  `One thread of ${cpus()[0]?.model}, Node ${process.version}; at most ${plainPeak.toFixed(1)} GFLOP/s in plain SIMD, ${peak.toFixed(1)} with fused multiply-add${pairs}, measured in registers alone: the last is the peak. Microseconds per image, best of many runs; GFLOP/s count the direct algorithm's operations; errors are the largest ones relative to the largest value, against float64.`,
];
for (const { title, results } of ladders) {
  lines.push("", `## ${title}`, "", "| | us / image | GFLOP/s | of the peak | error |", "|---|---|---|---|---|");
  for (const { name, milliseconds, speed, error } of results)
    lines.push(
      `| ${name} | ${((1000 * milliseconds) / rows).toFixed(1)} | ${speed.toFixed(1)} | ${((100 * speed) / top).toFixed(0)} % | ${error.toExponential(0)} |`,
    );
}
const text = `${lines.join("\n")}\n`;
process.stdout.write(text);
writeFileSync(new URL("../results/ladder.md", import.meta.url), text);
