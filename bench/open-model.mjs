// @ts-check
/**
 * How long a model's file takes to open: MobileNetV2 as a `.keras` file of Keras, loaded and used once by Keras and by fovea, each in
 * a fresh process, in turns; medians. And the memory that opening takes: the peak of a process beyond that of one that only imports
 * the library, against the size of the weights, for a large file. Run by hand after `npm run build`, on Linux:
 *
 *   node bench/open-model.mjs [--rounds 9] [--mebibytes 512] [--python bench/.venv/bin/python] [--json file]
 *
 * The files are made once, by Keras, in a folder of the system's temporary files. KERAS_BACKEND chooses Keras's backend.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { built } from "./built.mjs";

/** @typedef {{ import: number, load: number, predict: number, wall: number, peak: number }} Opening milliseconds, and bytes */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "9" },
    mebibytes: { type: "string", default: "512" },
    python: { type: "string", default: fileURLToPath(new URL(".venv/bin/python", import.meta.url)) },
    json: { type: "string" },
  },
});

// The processes that are measured are this file, too.
if (positionals[0] === "open" || positionals[0] === "nothing") await open(positionals[1], positionals[2] === "predict");
else compare();

/** @param {string | undefined} path undefined: only the library is imported @param {boolean} predicts */
async function open(path, predicts) {
  const begin = performance.now();
  const { loadModel, Tensor } = await built("index");
  const imported = performance.now();
  if (path === undefined) return tell({ import: imported - begin });
  const model = await loadModel(path, { device: "cpu" });
  const loaded = performance.now();
  if (predicts) {
    const shape = [1, ...(model.inputs[0]?.shape.slice(1) ?? [])].map((axis) => axis ?? 1);
    model.compile({ device: "cpu" });
    await model.predict(new Tensor(new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5), shape), { verbose: 0 });
  }
  tell({ import: imported - begin, load: loaded - imported, predict: performance.now() - loaded });
}

/** @param {object} times */
function tell(times) {
  // Linux counts in KiB.
  console.log(JSON.stringify({ ...times, peak: process.resourceUsage().maxRSS * 1024 }));
  process.exit(0);
}

function compare() {
  if (!existsSync(values.python)) {
    console.error(`There is no ${values.python}; pass --python with an interpreter that has keras and a backend.`);
    process.exit(1);
  }
  const script = fileURLToPath(new URL("files/open_model.py", import.meta.url));
  const own = fileURLToPath(import.meta.url);
  /** @type {Record<string, (...args: string[]) => string[]>} */
  const commands = {
    fovea: (...args) => [process.execPath, own, ...args],
    keras: (...args) => [values.python, script, ...args],
  };
  /** @param {string} who @param {string[]} args @returns {Opening} */
  const run = (who, ...args) => {
    const [program = "", ...rest] = commands[who]?.(...args) ?? [];
    const start = performance.now();
    const text = execFileSync(program, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return { ...JSON.parse(text.trim().split("\n").at(-1) ?? ""), wall: performance.now() - start };
  };
  const folder = join(tmpdir(), "fovea-bench-open");
  mkdirSync(folder, { recursive: true });
  /** @param {string} name @param {string} kind @param {string[]} more */
  const made = (name, kind, ...more) => {
    const path = join(folder, name);
    if (!existsSync(path)) {
      const part = join(folder, `part-${name}`);
      execFileSync(values.python, [script, "make", kind, part, ...more], { stdio: ["ignore", "ignore", "inherit"] });
      renameSync(part, path);
    }
    return path;
  };
  const rounds = Number(values.rounds);
  const mobilenet = made("mobilenet_v2.keras", "mobilenet");
  const large = made(`dense-${values.mebibytes}.keras`, "dense", values.mebibytes);
  /** @type {Record<string, Opening[]>} */
  const openings = { fovea: [], keras: [] };
  /** @type {Record<string, { nothing: number, large: number }[]>} */
  const peaks = { fovea: [], keras: [] };
  for (let round = 0; round < rounds; round++)
    for (const who of round % 2 === 0 ? ["fovea", "keras"] : ["keras", "fovea"])
      openings[who]?.push(run(who, "open", mobilenet, "predict"));
  // The same in each round, but for some pages.
  for (let round = 0; round < Math.min(3, rounds); round++)
    for (const who of ["fovea", "keras"])
      peaks[who]?.push({ nothing: run(who, "nothing").peak, large: run(who, "open", large).peak });
  const median = (/** @type {number[]} */ list) =>
    list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
  const weights = Number(values.mebibytes) * 2 ** 20;
  const table = Object.fromEntries(
    Object.entries(openings).map(([who, list]) => [
      who,
      {
        "import (ms)": Math.round(median(list.map((each) => each.import))),
        "load (ms)": Math.round(median(list.map(({ load }) => load))),
        "first prediction (ms)": Math.round(median(list.map(({ predict }) => predict))),
        "whole process (ms)": Math.round(median(list.map(({ wall }) => wall))),
        "peak (MiB)": Math.round(median(list.map(({ peak }) => peak)) / 2 ** 20),
        [`${values.mebibytes} MiB of weights: peak / weights`]: Number(
          (median((peaks[who] ?? []).map(({ nothing, large }) => large - nothing)) / weights).toFixed(2),
        ),
      },
    ]),
  );
  const machine = cpus()[0]?.model;
  console.log(
    `MobileNetV2 (${Math.round(statSync(mobilenet).size / 1e6)} MB .keras), ${cpus().length} cores of ${machine}, Node ${process.version}, medians of ${rounds} rounds:`,
  );
  console.table(table);
  if (values.json !== undefined)
    writeFileSync(
      values.json,
      `${JSON.stringify({ machine, node: process.version, rounds, mebibytes: Number(values.mebibytes), openings, peaks }, null, 1)}\n`,
    );
}
