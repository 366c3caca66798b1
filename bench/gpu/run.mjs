// @ts-check
/**
 * The GPU device in Node: images per second of the handout's model by batch size, its kernels one by one with their share of what
 * this GPU can compute and move, and PyTorch beside it where that sees a CUDA GPU. Needs no network; `pack.mjs` makes a folder
 * of it for machines that have nothing. `node bench/gpu/run.mjs [--batches 32,128,512,2048] [--seconds 2] [--data FOLDER]`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mnist } from "../../dist/data/index.js";
import { profileOnGpu } from "../../dist/devices/gpu/profile.js";
import { readVariables } from "../../dist/devices/variables.js";
import { devices, Sequential, setSeed, tensor, toCategorical } from "../../dist/index.js";
import { Conv2D, Dense, Flatten } from "../../dist/nn/layers/index.js";

const { values } = parseArgs({
  options: {
    batches: { type: "string", default: "32,128,512,2048" },
    kernels: { type: "string", default: "128" },
    seconds: { type: "string", default: "2" },
    data: { type: "string", default: fileURLToPath(new URL("../../../shared/data/mnist", import.meta.url)) },
    python: { type: "string", default: "python3" },
    out: { type: "string", default: fileURLToPath(new URL("../results/gpu", import.meta.url)) },
  },
});
const seconds = Number(values.seconds);
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
const show = (/** @type {number} */ value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

async function loadImages() {
  if (existsSync(values.data)) {
    const { train } = await mnist.load({ dir: values.data });
    return { x: train.images, y: toCategorical(train.labels, 10), source: "MNIST" };
  }
  const count = 8192;
  const x = tensor(new Float32Array(count * 784).map(Math.random), [count, 28, 28, 1]);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 10);
  return { x, y: toCategorical(labels, 10), source: "random pixels (no MNIST was found)" };
}

function makeModel() {
  setSeed(1);
  const model = new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "gpu" });
  return model;
}

/**
 * Images per second of passes over as many batches as fit into the time, after a warm-up that tells how many those are.
 * @param {number} batch @param {number} most @param {(count: number) => Promise<unknown>} pass
 */
async function speedOf(batch, most, pass) {
  await pass(batch);
  const warm = performance.now();
  await pass(Math.min(most, 2 * batch));
  const rate = Math.min(most, 2 * batch) / (performance.now() - warm);
  const count = Math.min(Math.floor(most / batch), Math.max(1, Math.ceil((1000 * seconds * rate) / batch))) * batch;
  const start = performance.now();
  let images = 0;
  do {
    await pass(count);
    images += count;
  } while (performance.now() - start < 900 * seconds);
  return (1000 * images) / (performance.now() - start);
}

const { x, y, source } = await loadImages();
const rows = x.shape[0] ?? 0;
/** @type {{ peer: string, task: string, batch: number, imagesPerSecond: number }[]} */
const speeds = [];
for (const batch of values.batches.split(",").map(Number)) {
  const model = makeModel();
  const train = await speedOf(batch, rows, (count) =>
    model.fit(x.slice(0, count), y.slice(0, count), { batchSize: batch, verbose: 0 }),
  );
  const predict = await speedOf(batch, rows, (count) =>
    model.predict(x.slice(0, count), { batchSize: batch, verbose: 0 }),
  );
  speeds.push({ peer: "fovea", task: "train", batch, imagesPerSecond: train });
  speeds.push({ peer: "fovea", task: "predict", batch, imagesPerSecond: predict });
  say(`batch ${batch}: trains ${show(train)}, predicts ${show(predict)} images/s`);
}

const description = (await devices()).find(({ name }) => name === "gpu")?.description ?? "";
const batch = Number(values.kernels);
const { kernels, peaks } = await profileKernels(batch);
say(`${description}: ${show(peaks.gflops)} GFLOP/s, ${show(peaks.gigabytes)} GB/s`);

/** @param {number} batch */
async function profileKernels(batch) {
  const model = makeModel();
  await model.trainOnBatch(x.slice(0, batch), y.slice(0, batch));
  const compiled = await model.compiledSteps();
  const program = [...(compiled?.steps.values() ?? [])][0]?.program;
  if (compiled === undefined || program === undefined) throw new Error("The model has no compiled step.");
  const variables = await readVariables(compiled.device, program);
  const feeds = { x: x.slice(0, batch).data, y: y.slice(0, batch).data };
  const { dispatches, peaks } = await profileOnGpu(program, variables, feeds, batch, seconds);
  const firstCalls = [...new Set(dispatches.map(({ calls }) => calls[0]))];
  const kernels = firstCalls.map((first) => {
    // A call's dispatches share its work: the sums of a split product, say.
    const own = dispatches.filter(({ calls }) => calls[0] === first);
    const seconds = own.reduce((sum, dispatch) => sum + dispatch.seconds, 0);
    const operands = (own[0]?.calls ?? []).flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
    const bytes = operands.reduce((sum, { buffer }) => sum + buffer.bytes, 0);
    const flops = own.reduce((sum, dispatch) => sum + dispatch.flops, 0);
    // The roofline: the kernel is as good as the slower of computing and moving allows.
    const least = Math.max(flops / peaks.gflops, bytes / peaks.gigabytes) / 1e9;
    const times = { label: own[0]?.label ?? "", dispatches: own.length, milliseconds: 1000 * seconds };
    // A browser's clock may be too coarse for the smallest.
    if (seconds === 0) return { ...times, gflops: undefined, roofline: undefined };
    return { ...times, gflops: flops / seconds / 1e9, roofline: Math.min(1, least / seconds) };
  });
  return { kernels, peaks };
}

const torch = spawnSync(
  values.python,
  [fileURLToPath(new URL("torch_cuda.py", import.meta.url)), "--batches", values.batches, "--seconds", values.seconds],
  { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
);
const torchLines = (torch.stdout ?? "")
  .split("\n")
  .filter((line) => line.startsWith("{"))
  .map((line) => JSON.parse(line));
for (const line of torchLines)
  if (line.imagesPerSecond !== undefined) speeds.push({ ...line, peer: `torch ${line.peer}` });
const noTorch =
  torchLines.length > 0 ? undefined : (torch.stderr ?? String(torch.error)).trim().split("\n").at(-1) || "not found";

const result = {
  machine: { gpu: description, node: process.version, date: new Date().toISOString().slice(0, 10) },
  data: source,
  peaks,
  speeds,
  kernels: { batch, calls: kernels },
  torch: torchLines[0]?.torch ?? `none: ${noTorch}`,
};
mkdirSync(fileURLToPath(new URL("../results", import.meta.url)), { recursive: true });
writeFileSync(`${values.out}.json`, `${JSON.stringify(result, null, 1)}\n`);
writeFileSync(`${values.out}.md`, report());
process.stdout.write(report());
process.exit(0);

function report() {
  const columns = [...new Set(speeds.map(({ task, batch }) => `${task}, batch ${batch}`))];
  const peers = [...new Set(speeds.map(({ peer }) => peer))];
  const find = (/** @type {string} */ peer, /** @type {string} */ column) =>
    speeds.find((speed) => speed.peer === peer && `${speed.task}, batch ${speed.batch}` === column)?.imagesPerSecond;
  const cell = (/** @type {string} */ peer, /** @type {string} */ column) => {
    const [value, own] = [find(peer, column), find("fovea", column)];
    if (value === undefined) return "–";
    return peer === "fovea" || own === undefined ? show(value) : `${show(value)} (fovea ${(own / value).toFixed(2)}x)`;
  };
  return [
    "# The GPU device\n",
    `The handout's model on ${description}; Node ${process.version}, ${result.machine.date}; ${source}. PyTorch: ${result.torch}.\n`,
    `| images/s | ${columns.join(" | ")} |`,
    `|---|${columns.map(() => "---").join("|")}|`,
    ...peers.map((peer) => `| ${peer} | ${columns.map((column) => cell(peer, column)).join(" | ")} |`),
    `\n## Kernels of a training step, batch ${batch}\n`,
    `Measured peaks: ${show(peaks.gflops)} GFLOP/s in registers, ${show(peaks.gigabytes)} GB/s of copies. The roofline is the share of the time that the slower of the two would take at its peak.\n`,
    "| call | ms | GFLOP/s | of the roofline |",
    "|---|---|---|---|",
    ...kernels.map(
      ({ label, milliseconds, gflops, roofline }) =>
        `| ${label} | ${milliseconds.toFixed(3)} | ${gflops ? show(gflops) : "–"} | ${roofline === undefined ? "–" : `${(100 * roofline).toFixed(0)} %`} |`,
    ),
    "",
  ].join("\n");
}
