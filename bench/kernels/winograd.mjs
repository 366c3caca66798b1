// @ts-check
/**
 * Direct convolution beside Winograd's F(2), F(4) and F(6), forward and both gradients, on one thread: the table behind `fastestTile` in
 * src/devices/cpu/winograd/lower.ts. Run after `npm run build`: node bench/kernels/winograd.mjs [seconds per cell];
 * writes bench/results/winograd.md.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { compile } from "../../dist/compile/compile.js";
import { CpuDevice } from "../../dist/devices/cpu/cpu-device.js";
import { fastestTile, winogradLowering } from "../../dist/devices/cpu/winograd/lower.js";
import { traceGraph } from "../../dist/engine/session.js";
import { emitOne } from "../../dist/ir/op.js";
import { conv2d, conv2dGradInputOp, conv2dGradKernelOp } from "../../dist/ops/conv2d.js";

const seconds = Number(process.argv[2] ?? 0.4);
const rows = 16;
const pad = /** @type {const} */ ([
  [1, 1],
  [1, 1],
]);
const sizes = [4, 7, 8, 14, 16, 28, 32];
const channels = [4, 8, 16, 32, 64, 128, 256];

/** @param {number} size @param {number} depth @param {number} filters */
const trace = (size, depth, filters) =>
  traceGraph((builder) => {
    const attrs = /** @type {const} */ ({ strides: [1, 1], pad, dilation: [1, 1], groups: 1 });
    const whole = /** @type {const} */ ({ ...attrs, inputDilation: [1, 1] });
    const x = builder.input("x", { shape: [rows, size, size, depth], dtype: "float32", batched: true });
    const w = builder.variable(`w ${depth} ${filters}`, [3, 3, depth, filters]);
    const dy = builder.input("dy", { shape: [rows, size, size, filters], dtype: "float32", batched: true });
    builder.output("y", conv2d(x, w, attrs));
    builder.output("dx", emitOne(conv2dGradInputOp, [dy, w], { ...whole, size: [size, size] }));
    builder.output("dw", emitOne(conv2dGradKernelOp, [x, dy], { ...whole, kernel: [3, 3] }));
  });

const device = await CpuDevice.start({ inline: true });

/** Best microseconds per image. @param {import("../../dist/ir/graph.js").Graph} graph @param {2 | 4 | 6 | undefined} tile */
async function time(graph, tile) {
  const { lower: _, ...traits } = device.traits;
  const program = compile(graph, tile === undefined ? traits : { ...traits, lower: winogradLowering(() => tile) });
  for (const { name, sym } of graph.variables) {
    device.addVariable(name, sym.spec.shape);
  }
  const executable = await device.load(program);
  const feeds = Object.fromEntries(
    [...graph.inputs].map(([name, { spec }]) => {
      const size = spec.shape.reduce((product, axis) => product * axis, 1);
      return [name, Float32Array.from({ length: size }, () => Math.random() - 0.5)];
    }),
  );
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    const start = performance.now();
    await executable.run(feeds, rows);
    best = Math.min(best, performance.now() - start);
  }
  executable.release();
  return (1000 * best) / rows;
}

const lines = [
  "# Direct convolution beside Winograd's",
  "",
  `Forward and both gradients of a 3x3 convolution, "same", as many channels out as in, batch ${rows}; one thread of ${cpus()[0]?.model}, Node ${process.version}. Microseconds per image, best of many runs. The last column says how much slower the chosen one is than the best; F(6x6, 3x3), which is for prediction alone, does not count.`,
  "",
  "| image | channels | direct us | F(2x2, 3x3) us | F(4x4, 3x3) us | F(6x6, 3x3) us | chosen | loses |",
  "|---|---|---|---|---|---|---|---|",
];
for (const size of sizes)
  for (const count of channels) {
    if (size * size * count * count > 32 * 32 * 64 * 64 * 1.1) continue;
    const graph = trace(size, count, count);
    const attrs = { strides: [1, 1], pad, dilation: [1, 1], inputDilation: [1, 1], groups: 1 };
    const chosen = fastestTile({
      batched: true,
      kernel: [3, 3, count, count],
      size: [size, size],
      trained: true,
      attrs: /** @type {any} */ (attrs),
    });
    const ways = [undefined, 2, 4, 6];
    const times = [];
    for (const way of /** @type {const} */ ([undefined, 2, 4, 6])) times.push(await time(graph, way));
    // F(6) is for prediction alone.
    const loses = Number(times[ways.indexOf(chosen)]) / Math.min(...times.slice(0, 3));
    lines.push(
      `| ${size} | ${count} | ${times.map((t) => t.toFixed(1)).join(" | ")} | ${chosen ?? "direct"} | ${loses.toFixed(2)} |`,
    );
  }
device.dispose();
const text = `${lines.join("\n")}\n`;
process.stdout.write(text);
writeFileSync(new URL("../results/winograd.md", import.meta.url), text);
