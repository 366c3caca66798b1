// @ts-check
/**
 * Weights as float32, float16 and int8: sizes of files, memory, speed of predictions, what they predict. MobileNetV2 with weights that
 * are drawn, and the handout's model after one epoch of MNIST (FOVEA_DATA or ../shared/data). Each form is opened by processes of its
 * own, which take turns. Run after `npm run build`, Node 26 for the speeds of 256-bit vectors: node bench/quantization.mjs; writes
 * bench/results/quantization.md.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel, Sequential, setSeed, tensor } from "../dist/index.js";

const rounds = 3;
const self = fileURLToPath(import.meta.url);
/** @param {number[]} values */
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Opens a file, predicts, and tells times and memory. @param {string} file @param {number[]} shape */
async function measureFile(file, shape) {
  const begin = performance.now();
  const model = await loadModel(file, { device: "cpu", compile: false });
  model.compile({ device: "cpu" });
  const opened = performance.now();
  /** @type {Record<string, number>} */
  const times = {};
  const size = shape.reduce((a, b) => a * b, 1);
  for (const rows of [1, 8]) {
    const x = tensor(
      Float32Array.from({ length: rows * size }, (_, i) => Math.sin(i)),
      [rows, ...shape],
    );
    const first = performance.now();
    await model.predictOnBatch(/** @type {any} */ (x));
    if (rows === 1) times.firstMs = performance.now() - first;
    const runs = [];
    for (let i = 0; i < 5; i++) await model.predictOnBatch(/** @type {any} */ (x));
    const end = performance.now() + 800;
    while (performance.now() < end) {
      const start = performance.now();
      await model.predictOnBatch(/** @type {any} */ (x));
      runs.push(performance.now() - start);
    }
    times[`batch${rows}Ms`] = median(runs);
  }
  const { steps } = /** @type {any} */ (model.compiledSteps());
  const programs = [...steps.values()];
  const variables = new Map();
  for (const { program } of programs)
    for (const { kind, name, bytes } of program.buffers) if (kind === "variable") variables.set(name, bytes);
  const kept = programs.map(({ executable: { bytes } }) => bytes);
  globalThis.gc?.();
  const device = [...variables.values()].reduce((a, b) => a + b, 0);
  const host = model.weights.reduce(
    (sum, { form, size }) => sum + (form ? form.parts.reduce((a, { value }) => a + value.byteLength, 0) : 4 * size),
    0,
  );
  return { openMs: opened - begin, ...times, host, device, kept, rss: process.memoryUsage.rss() };
}

if (process.argv[2] === "--file") {
  const [file, shape] = process.argv.slice(3);
  console.log(
    JSON.stringify(await measureFile(/** @type {string} */ (file), JSON.parse(/** @type {string} */ (shape)))),
  );
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "fovea-quantization-"));
const lines = [
  "# Quantized weights",
  "",
  `Node ${process.versions.node}, ${cpus()[0]?.model}, ${cpus().length} threads, load ${loadavg()[0]?.toFixed(2)}; ${rounds} processes for each form, which take turns; medians. "host" and "device" are the bytes of the weights, RSS is the process's memory at the end. \`node bench/quantization.mjs\` writes this file.`,
  "",
];
const MB = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

/** @param {string} title @param {any} model @param {number[]} shape @param {object} [judged] data and labels */
async function compare(title, model, shape, judged) {
  const forms = /** @type {const} */ ([undefined, "float16", "int8"]);
  const files = [];
  for (const form of forms) {
    const report = form && (await model.quantize(form, judged));
    const file = join(folder, `${files.length}.keras`);
    await model.save(file, { includeOptimizer: false });
    files.push({ form: form ?? "float32", file, report, bytes: statSync(file).size, runs: /** @type {any[]} */ ([]) });
    if (form) {
      await model.dequantize();
      // The next form is made of the numbers that were trained.
      await model.loadWeights(/** @type {any} */ (files[0]).file);
    }
  }
  for (let round = 0; round < rounds; round++)
    for (const { file, runs } of files) {
      const args = ["--expose-gc", self, "--file", file, JSON.stringify(shape)];
      runs.push(JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 24 })));
    }
  lines.push(
    `## ${title}`,
    "",
    "| weights | file | host | device | RSS | open | first prediction | 1 image | 8 images | largest gap | mean gap | accuracy |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  );
  for (const { form, bytes, report, runs } of files) {
    const of = (/** @type {string} */ key) => median(runs.map((run) => run[key]));
    const ms = (/** @type {string} */ key) => `${of(key).toFixed(of(key) < 10 ? 2 : 0)} ms`;
    const gaps = report?.predictions;
    const accuracy = gaps?.accuracy
      ? `${(100 * gaps.accuracy.before).toFixed(2)} → ${(100 * gaps.accuracy.after).toFixed(2)} %`
      : "";
    lines.push(
      `| ${form} | ${MB(bytes)} | ${MB(of("host"))} | ${MB(of("device"))} | ${MB(of("rss"))} | ${ms("openMs")} | ${ms("firstMs")} | ${ms("batch1Ms")} | ${ms("batch8Ms")} | ${gaps ? gaps.largestGap.toExponential(1) : ""} | ${gaps ? gaps.meanGap.toExponential(1) : ""} | ${accuracy} |`,
    );
  }
  const worst = files[2]?.report?.layers.flatMap((/** @type {any} */ { weights }) =>
    weights.map((/** @type {any} */ each) => each.meanError),
  );
  if (worst)
    lines.push(
      "",
      `int8: root mean square error of a weight, relative to the weights: ${(100 * Math.min(...worst)).toFixed(2)} to ${(100 * Math.max(...worst)).toFixed(2)} %.`,
    );
  lines.push("");
}

try {
  setSeed(1);
  const { Conv2D, Dense, Flatten } = await import("../dist/nn/layers/index.js");
  const { mnist } = await import("../dist/data/index.js");
  const { toCategorical } = await import("../dist/index.js");
  const { train, test } = await mnist.load({
    dir: process.env.FOVEA_DATA ?? fileURLToPath(new URL("../../shared/data/mnist", import.meta.url)),
  });
  const handout = new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  handout.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu" });
  await handout.fit(train.images, toCategorical(train.labels, 10), { epochs: 1, batchSize: 32, verbose: 0 });
  await compare("The handout's model, one epoch of MNIST, 10,000 test images", handout, [28, 28, 1], {
    data: test.images,
    labels: test.labels,
  });
  const { MobileNetV2 } = await import("../dist/applications/index.js");
  const mobile = await MobileNetV2({ weights: null });
  // Of He's scale, so that values neither vanish nor explode on their way.
  for (const variable of mobile.weights) {
    const { shape } = variable;
    if (shape.length < 2) continue;
    const fan = shape.slice(0, shape.length === 4 && shape[3] === 1 ? 2 : -1).reduce((a, b) => a * b, 1);
    variable.value = variable.value.map((_, i) => Math.sqrt(24 / fan) * (((Math.sin(i + 1) * 43758.5453) % 1) / 2));
  }
  mobile.compile({ device: "cpu" });
  const images = tensor(
    Float32Array.from({ length: 8 * 224 * 224 * 3 }, (_, i) => Math.sin(i * i)),
    [8, 224, 224, 3],
  );
  await compare("MobileNetV2, weights drawn, 8 images", mobile, [224, 224, 3], { data: images });
} finally {
  rmSync(folder, { recursive: true });
}
const target = fileURLToPath(new URL("results/quantization.md", import.meta.url));
writeFileSync(target, `${lines.join("\n")}\n`);
console.log(lines.join("\n"));
