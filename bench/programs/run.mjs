// @ts-check
/**
 * Two programs of `fovea example` against the same training in Keras on TensorFlow, in turns, each in a process of its own:
 *
 *   node bench/programs/run.mjs --python PYTHON [--only segmentation] [--epochs 3] [--rounds 3]     the speed, after `npm run build`
 *   node bench/programs/run.mjs --python PYTHON --figures --seeds 1,2,3                              the figures of whole runs
 *
 * Both get the same rows, batches, learning rates and threads. An epoch's time is the median over those after the first one, which compiles.
 * Results are added to bench/results/programs.json, and programs.md is written anew.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    only: { type: "string", default: "" },
    epochs: { type: "string", default: "3" },
    rounds: { type: "string", default: "3" },
    figures: { type: "boolean", default: false },
    seeds: { type: "string", default: "1" },
  },
});
const root = fileURLToPath(new URL("../..", import.meta.url));
const results = fileURLToPath(new URL("../results", import.meta.url));
/** @type {Record<string, string>} */
const figureNames = { segmentation: "mIoU", video: "accuracy" };

/** @typedef {{ figure: number, epochSeconds: number[] }} Run */
/** @typedef {{ fovea: number, keras: number, rounds: { fovea: number, keras: number }[] }} Speed seconds of an epoch */
/** @typedef {{ about: string, speed: Record<string, Speed>, figures: Record<string, Record<string, { fovea: number, keras: number }>> }} Results */

/** What a process printed. @param {string} command @param {string[]} list */
function run(command, list) {
  const { status, stdout, stderr } = spawnSync(command, list, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, KERAS_BACKEND: "tensorflow", TF_CPP_MIN_LOG_LEVEL: "3" },
  });
  if (status !== 0) throw new Error(`${command} ${list.join(" ")}: ${stderr.slice(-2000)}`);
  return stdout.trim().split("\n");
}

/** @param {string} name @param {string} seed @param {string[]} more @returns {Run} */
function foveaRun(name, seed, more) {
  const own = ["dist/node/cli.js", "example", name, "--seed", seed, "--no-baselines", "--device", "cpu", "--json"];
  const events = run(process.execPath, [...own, ...more]).map((line) => JSON.parse(line));
  const { figures } = events.find(({ event }) => event === "figures");
  return {
    figure: figures[figureNames[name] ?? ""],
    epochSeconds: events.filter(({ event }) => event === "epoch").map(({ seconds }) => seconds),
  };
}

/** @param {string} folder @param {string[]} more @returns {Run} */
function kerasRun(folder, more) {
  return JSON.parse(run(values.python, ["bench/programs/train.py", folder, ...more]).at(-1) ?? "");
}

/** @param {number[]} list */
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
/** @param {Run} run */
const epochOf = ({ epochSeconds }) => median(epochSeconds.slice(1));

const file = join(results, "programs.json");
/** @type {Results} */
const all = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { about: "", speed: {}, figures: {} };
const versions = run(values.python, [
  "-c",
  "import keras,tensorflow;print(keras.__version__,tensorflow.__version__)",
]).at(-1);
const [keras, tensorflow] = (versions ?? "").split(" ");
all.about = `${cpus().length} cores of ${cpus()[0]?.model.trim()}, Node ${process.version}, Keras ${keras} on TensorFlow ${tensorflow}, ${new Date().toISOString().slice(0, 10)}`;

for (const name of Object.keys(figureNames).filter((each) => each.includes(values.only)))
  for (const seed of values.seeds.split(",")) {
    const folder = mkdtempSync(join(tmpdir(), "programs-"));
    try {
      run(process.execPath, ["bench/programs/data.mjs", name, seed, folder]);
      if (values.figures) {
        const [own, peer] = [foveaRun(name, seed, []), kerasRun(folder, [])];
        all.figures[name] = { ...all.figures[name], [seed]: { fovea: own.figure, keras: peer.figure } };
        console.log(name, seed, own.figure, peer.figure);
      } else {
        const rounds = Array.from({ length: Number(values.rounds) }, () => {
          const fovea = epochOf(foveaRun(name, seed, ["--epochs", values.epochs]));
          const peer = epochOf(kerasRun(folder, [values.epochs]));
          console.log(name, fovea, peer);
          return { fovea, keras: peer };
        });
        all.speed[name] = {
          fovea: median(rounds.map(({ fovea }) => fovea)),
          keras: median(rounds.map((round) => round.keras)),
          rounds,
        };
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
const speeds = Object.entries(all.speed).map(([name, { fovea, keras, rounds }]) => {
  const ratios = rounds.map((round) => round.keras / round.fovea).toSorted((a, b) => a - b);
  return `| ${name} | ${fovea.toFixed(2)} s | ${keras.toFixed(2)} s | ${(keras / fovea).toFixed(2)}x (rounds ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}) |`;
});
const figures = Object.entries(all.figures).flatMap(([name, seeds]) =>
  Object.entries(seeds).map(
    ([seed, { fovea, keras }]) =>
      `| ${name} | ${figureNames[name]} | ${seed} | ${fovea.toFixed(3)} | ${keras.toFixed(3)} |`,
  ),
);
writeFileSync(
  join(results, "programs.md"),
  `# Two programs and the same training in Keras

The network, rows, batches, learning rates and epochs of \`fovea example\` in both. ${all.about}.

An epoch, in turns, medians:

| program | fovea | Keras on TensorFlow | fovea is |
|---|---|---|---|
${speeds.join("\n")}

Figures of whole runs on the test rows:

| program | figure | seed | fovea | Keras |
|---|---|---|---|---|
${figures.join("\n")}
`,
);
