// @ts-check
/**
 * Errors of the CPU device's convolutions against float64: direct, Winograd's F(2), F(4) and F(6). Makes the table of docs/numerics.md.
 * Run after `npm run build`: node bench/kernels/numerics.mjs
 */
import { compile } from "../../dist/compile/compile.js";
import { CpuDevice } from "../../dist/devices/cpu/cpu-device.js";
import { winogradLowering } from "../../dist/devices/cpu/winograd/lower.js";
import { traceGraph } from "../../dist/engine/session.js";
import { emitOne } from "../../dist/ir/op.js";
import { conv2d, conv2dGradInputOp, conv2dGradKernelOp, conv2dOp } from "../../dist/ops/conv2d.js";

const rows = 2;
const layers = [
  { name: "26x26, 64 → 32, valid (the handout's)", size: 26, depth: 64, filters: 32, pad: 0 },
  { name: "32x32, 64 → 64, same", size: 32, depth: 64, filters: 64, pad: 1 },
  { name: "8x8, 128 → 128, same", size: 8, depth: 128, filters: 128, pad: 1 },
];

/** Standard normal, the same at every run. */
function* normals() {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  for (;;) yield Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
const stream = normals();
/** @param {readonly number[]} shape @param {number} scale */
const draw = (shape, scale) =>
  Float32Array.from(
    { length: shape.reduce((product, axis) => product * axis, 1) },
    () => scale * Number(stream.next().value),
  );

/** Largest error relative to the largest value, and the root mean square of both. @param {ArrayLike<number>} got @param {Float64Array} wanted */
function errors(got, wanted) {
  let [worst, largest, squares, total] = [0, 0, 0, 0];
  wanted.forEach((value, i) => {
    const error = Math.abs(Number(got[i]) - value);
    worst = Math.max(worst, error);
    largest = Math.max(largest, Math.abs(value));
    squares += error * error;
    total += value * value;
  });
  return `${(worst / largest).toExponential(1)} / ${Math.sqrt(squares / total).toExponential(1)}`;
}

const device = await CpuDevice.start({ inline: true });
const { lower: _, ...direct } = device.traits;
const variants = [
  { name: "direct", traits: direct },
  { name: "F(2x2, 3x3)", traits: { ...direct, lower: winogradLowering(() => 2) } },
  { name: "F(4x4, 3x3)", traits: { ...direct, lower: winogradLowering(() => 4) } },
  { name: "F(6x6, 3x3)", traits: { ...direct, lower: winogradLowering(() => 6) } },
];
console.log("| layer | algorithm | y | dx | dw |\n|---|---|---|---|---|");
for (const { name, size, depth, filters, pad } of layers) {
  const out = size + 2 * pad - 2;
  const attrs = /** @type {any} */ ({
    strides: [1, 1],
    pad: [
      [pad, pad],
      [pad, pad],
    ],
    dilation: [1, 1],
    inputDilation: [1, 1],
    groups: 1,
  });
  const spec = (/** @type {readonly number[]} */ shape, batched = true) =>
    /** @type {const} */ ({ shape, dtype: "float32", batched });
  const specs = {
    x: spec([rows, size, size, depth]),
    w: spec([3, 3, depth, filters], false),
    dy: spec([rows, out, out, filters]),
  };
  const graph = traceGraph((builder) => {
    const [x, w, dy] = [builder.input("x", specs.x), builder.input("w", specs.w), builder.input("dy", specs.dy)];
    builder.output("y", conv2d(x, w, attrs));
    builder.output("dx", emitOne(conv2dGradInputOp, [dy, w], { ...attrs, size: [size, size] }));
    builder.output("dw", emitOne(conv2dGradKernelOp, [x, dy], { ...attrs, kernel: [3, 3] }));
  });
  const feeds = {
    x: draw(specs.x.shape, 1).map((value) => Math.max(0, value)),
    w: draw(specs.w.shape, Math.sqrt(2 / (9 * depth + 9 * filters))),
    dy: draw(specs.dy.shape, 1),
  };
  /** @param {any} op @param {readonly ("x" | "w" | "dy")[]} inputs @param {object} more */
  const exact = (op, inputs, more) => {
    const output = op.infer(
      inputs.map((key) => specs[key]),
      { ...attrs, ...more },
    );
    const made = new Float64Array(
      output[0].shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1),
    );
    const call = {
      attrs: { ...attrs, ...more },
      inputs: inputs.map((key) => specs[key]),
      outputs: output,
      firstRow: 0,
    };
    op.reference(
      inputs.map((key) => Float64Array.from(feeds[key])),
      [made],
      call,
    );
    return made;
  };
  const wanted = {
    y: exact(conv2dOp, ["x", "w"], {}),
    dx: exact(conv2dGradInputOp, ["dy", "w"], { size: [size, size] }),
    dw: exact(conv2dGradKernelOp, ["x", "dy"], { kernel: [3, 3] }),
  };
  for (const variant of variants) {
    const executable = await device.load(compile(graph, variant.traits));
    const got = await executable.run(feeds, rows);
    executable.release();
    const cells = /** @type {("y" | "dx" | "dw")[]} */ (["y", "dx", "dw"]).map((key) =>
      errors(got[key] ?? [], wanted[key]),
    );
    console.log(`| ${name} | ${variant.name} | ${cells.join(" | ")} |`);
  }
}
device.dispose();
