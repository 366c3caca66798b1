// @ts-check
/**
 * A folder of JPEGs as the input of training: fovea's `imageDatasetFromDirectory` against Keras's `image_dataset_from_directory` on
 * TensorFlow, images per second of reading alone and of training a small network, in turns. Run after `npm run build`:
 *
 *   node bench/folder.mjs [--count 2000] [--rounds 3] [--python bench/.venv/bin/python] [--json file]
 *
 * `--json bench/results/folder.json` writes the table beside it, too. The pictures (RGB, 320 to 500 pixels wide, quality 90) are made once, in a folder of the system's temporary files; `--folder` takes another.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { built } from "./built.mjs";

const { Sequential, setSeed } = await built("index");
const { Conv2D, Dense, GlobalAveragePooling2D, Lambda } = await built("layers");
const { multiply } = await built("ops");
const { imageDatasetFromDirectory, saveImg } = await built("utils");

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "2000" },
    rounds: { type: "string", default: "3" },
    size: { type: "string", default: "224" },
    threads: { type: "string", default: "2" },
    folder: { type: "string" },
    python: { type: "string" },
    json: { type: "string" },
  },
});
const count = Number(values.count);
const rounds = Number(values.rounds);
const size = Number(values.size);
const threads = Number(values.threads);
const pictures = values.folder ?? join(tmpdir(), `fovea-bench-jpegs-${count}`);
if (values.folder === undefined && !existsSync(join(pictures, "complete"))) await makePictures();

/** Smooth pictures with noise in two classes, about as hard to decode as photographs. */
async function makePictures() {
  let state = 1;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  for (const name of ["even", "odd"]) mkdirSync(join(pictures, name), { recursive: true });
  for (let i = 0; i < count; i++) {
    const [height, width] = [240 + Math.floor(draw() * 136), 320 + Math.floor(draw() * 181)];
    const [a, b, c] = [20 + draw() * 60, 20 + draw() * 60, draw() * 6];
    const image = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => {
        const level = 128 + 80 * Math.sin(x / a + c) * Math.cos(y / b) + 24 * draw();
        return [level, 0.8 * level + 20 * (i % 2), 255 - level].map((value) => Math.min(255, Math.max(0, value)));
      }),
    );
    const file = join(pictures, i % 2 === 0 ? "even" : "odd", `${i}.jpg`);
    await saveImg(file, image, { scale: false, quality: 90 });
    if (i % 100 === 99) process.stderr.write(`\r${i + 1} of ${count} pictures made`);
  }
  writeFileSync(join(pictures, "complete"), "");
  process.stderr.write("\n");
}

/** Images per second of a pass over the folder, and of an epoch of training; the first batch of the model is compiled before. */
async function fovea() {
  setSeed(1);
  const data = await imageDatasetFromDirectory(pictures, { imageSize: size, batchSize: 32, seed: 1 });
  let images = 0;
  let start = performance.now();
  for await (const [x] of data) images += x.shape[0] ?? 0;
  const reading = (1000 * images) / (performance.now() - start);
  const model = new Sequential([
    new Lambda({ function: (x) => multiply(x, 1 / 255), inputShape: [size, size, 3] }),
    new Conv2D({ filters: 8, kernelSize: 3, strides: 4, activation: "relu" }),
    new Conv2D({ filters: 16, kernelSize: 3, strides: 2, activation: "relu" }),
    new GlobalAveragePooling2D(),
    new Dense({ units: 2, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "cpu", threads });
  await model.fit(data.take(1), { verbose: 0 });
  start = performance.now();
  await model.fit(data, { epochs: 1, verbose: 0 });
  return { reading, training: (1000 * images) / (performance.now() - start) };
}

/** The same in Keras on TensorFlow. @returns {{ reading: number, training: number }} */
function keras() {
  const script = fileURLToPath(new URL("files/folder.py", import.meta.url));
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3", KERAS_BACKEND: "tensorflow" };
  return JSON.parse(
    execFileSync(python, [script, pictures, String(size), String(threads)], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
      .trim()
      .split("\n")
      .at(-1) ?? "",
  );
}

const python = values.python ?? fileURLToPath(new URL(".venv/bin/python", import.meta.url));
/** @type {Record<string, { reading: number, training: number }[]>} */
const runs = { fovea: [] };
for (let round = 0; round < rounds; round++) {
  runs.fovea?.push(await fovea());
  if (!existsSync(python)) continue;
  runs["keras-tensorflow"] ??= [];
  runs["keras-tensorflow"].push(keras());
}
if (runs["keras-tensorflow"] === undefined)
  console.log(`There is no ${python}; pass --python with an interpreter that has tensorflow-cpu and keras.`);

const median = (/** @type {number[]} */ list) =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
/** @param {string} name @param {"reading" | "training"} what */
const medianOf = (name, what) => Math.round(median((runs[name] ?? []).map((run) => run[what])));
const title = `${count} JPEGs to ${size}x${size}, batches of 32, ${threads} threads, ${cpus()[0]?.model}, Node ${process.version}: images per second, median of ${rounds} rounds in turns`;
const names = Object.keys(runs);
console.log(`${title}:`);
console.table(
  Object.fromEntries(
    names.map((name) => [name, { reading: medianOf(name, "reading"), training: medianOf(name, "training") }]),
  ),
);
if (values.json !== undefined) {
  const report = { machine: cpus()[0]?.model, node: process.version, count, size, threads, runs };
  writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`);
  const lines = names.map((name) => `| ${name} | ${medianOf(name, "reading")} | ${medianOf(name, "training")} |`);
  writeFileSync(
    values.json.replace(/\.json$/, ".md"),
    `# A folder of JPEGs\n\n${title}.\n\n| | reading | training |\n|---|---|---|\n${lines.join("\n")}\n`,
  );
}
