// @ts-check
/**
 * What a call costs besides its arithmetic: steps of `fit`, `evaluate` and `predict`, and single calls, of a model of one small
 * Dense layer and of the handout's. Each figure is the best of some rounds; checkouts of fovea take turns in processes of their own.
 * Run after `npm run build`: node bench/calls.mjs [--before ../another-checkout]; writes bench/results/calls.{json,md}.
 */
import { existsSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { nodeVersion, PeerProcess } from "./peer-process.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "0.4" },
    threads: { type: "string", default: "2" },
    before: { type: "string" },
    /** Set by this script for its processes: the checkout to measure. */
    measure: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const here = fileURLToPath(new URL("..", import.meta.url));

/** The modules of a checkout; one from before the bundles for Node has modules only. @param {string} checkout */
async function load(checkout) {
  const paths = [
    ["dist/node/index.js", "dist/node/layers.js"],
    ["dist/index.js", "dist/nn/layers/index.js"],
  ];
  const [root, layers] = /** @type {[string, string]} */ (
    paths.find(([path]) => existsSync(join(checkout, path ?? "")))
  );
  /** @param {string} path */
  const from = (path) => import(pathToFileURL(join(checkout, path)).href);
  return { ...(await from(root)), layers: await from(layers) };
}

/** What is measured, by title: a model, and a call that tells how many steps it took. @param {any} fovea */
function makeCases({ Sequential, tensor, layers: { Conv2D, Dense, Flatten } }) {
  const options = { optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu" };
  /** @param {any} model @param {number[]} shape @param {number} rows @param {number} classes */
  const make = (model, shape, rows, classes) => {
    model.compile({ ...options, threads: Number(values.threads) });
    const size = shape.reduce((product, axis) => product * axis, rows);
    const x = tensor(
      Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 13) / 13),
      [rows, ...shape],
    );
    const y = tensor(
      Float32Array.from({ length: rows * classes }, (_, i) => Number(i % classes === 0)),
      [rows, classes],
    );
    return { model, x, y };
  };
  const quiet = { verbose: 0 };
  const tiny = make(new Sequential([new Dense({ units: 2, activation: "softmax", inputShape: [8] })]), [8], 3200, 2);
  const handout = make(
    new Sequential([
      new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
      new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
      new Flatten(),
      new Dense({ units: 10, activation: "softmax" }),
    ]),
    [28, 28, 1],
    640,
    10,
  );
  /** @type {Record<string, () => Promise<number>>} */
  const cases = {};
  for (const [title, { model, x, y }] of Object.entries({ "small Dense": tiny, "the handout's CNN": handout })) {
    const [batchX, batchY] = [x.slice(0, 32), y.slice(0, 32)];
    const one = x.slice(0, 1);
    const steps = x.shape[0] / 32;
    cases[`${title}: step of fit, 32 rows`] = async () => {
      await model.fit(x, y, { ...quiet, shuffle: false });
      return steps;
    };
    cases[`${title}: trainOnBatch, 32 rows`] = async () => {
      await model.trainOnBatch(batchX, batchY);
      return 1;
    };
    cases[`${title}: step of evaluate, 32 rows`] = async () => {
      await model.evaluate(x, y, quiet);
      return steps;
    };
    cases[`${title}: step of predict, 32 rows`] = async () => {
      await model.predict(x, quiet);
      return steps;
    };
    cases[`${title}: predict, 1 row`] = async () => {
      await model.predict(one, quiet);
      return 1;
    };
    cases[`${title}: predictOnBatch, 1 row`] = async () => {
      await model.predictOnBatch(one);
      return 1;
    };
  }
  return cases;
}

/** Answers each line, the title of a case, with the microseconds of one of its steps. @param {string} checkout */
async function serve(checkout) {
  const cases = makeCases(await load(checkout));
  for (const run of Object.values(cases)) for (let i = 0; i < 20; i++) await run();
  const answer = (/** @type {object} */ message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  answer({ titles: Object.keys(cases) });
  for await (const line of createInterface({ input: process.stdin })) {
    const { title } = JSON.parse(line);
    const run = /** @type {() => Promise<number>} */ (cases[title]);
    const start = performance.now();
    let steps = 0;
    while (performance.now() - start < 1000 * seconds) steps += await run();
    answer({ microseconds: (1000 * (performance.now() - start)) / steps });
  }
  process.exit(0);
}

/** @param {string} checkout @returns {import("./peer-process.mjs").Peer} */
function peerOf(checkout) {
  const args = ["--measure", checkout, "--seconds", String(seconds), "--threads", String(values.threads)];
  const title = checkout === here ? "fovea" : `fovea in ${basename(checkout)}`;
  return {
    name: title,
    title,
    command: ["node", fileURLToPath(import.meta.url), ...args],
    threads: true,
    models: false,
  };
}

/** @template T @param {PeerProcess} process @param {T | undefined} answer */
function requireAnswer({ peer }, answer) {
  if (answer === undefined) throw new Error(`The process that measures ${peer.title} has ended.`);
  return answer;
}

async function compare() {
  const checkouts = [here, ...(values.before === undefined ? [] : [resolve(values.before)])];
  const setting = { model: "", threads: Number(values.threads), dataFolder: "" };
  const processes = checkouts.map((checkout) => new PeerProcess(peerOf(checkout), setting));
  const started = [];
  for (const process of processes) started.push(requireAnswer(process, await process.answer()));
  /** @type {{ title: string, checkout: string, microseconds: number }[]} */
  const rows = [];
  const titles = /** @type {string[]} */ (started[0]?.titles ?? []);
  for (const title of titles) {
    /** @type {number[][]} */
    const times = processes.map(() => []);
    for (let round = 0; round < Number(values.rounds); round++)
      for (const [i, process] of processes.entries())
        times[i]?.push(requireAnswer(process, await process.ask({ title })).microseconds);
    for (const [i, { title: checkout }] of processes.map(({ peer }) => peer).entries())
      rows.push({ title, checkout, microseconds: Math.min(...(times[i] ?? [])) });
  }
  for (const process of processes) process.end();
  const find = (/** @type {string} */ title, /** @type {string} */ checkout) =>
    rows.find((row) => row.title === title && row.checkout === checkout)?.microseconds ?? Number.NaN;
  const names = processes.map(({ peer }) => peer.title);
  const ratio = (/** @type {string} */ model) =>
    names.map((name) =>
      (find(`${model}: trainOnBatch, 32 rows`, name) / find(`${model}: step of fit, 32 rows`, name)).toFixed(2),
    );
  const machine = `${cpus().length} cores of ${cpus()[0]?.model}, Node ${nodeVersion()}, ${new Date().toISOString().slice(0, 10)}`;
  const markdown = [
    "# Calls",
    "",
    `Microseconds, best of ${values.rounds} alternating rounds with ${values.threads} threads, ${machine}.`,
    "",
    `| | ${names.join(" | ")} |`,
    `|---|${names.map(() => "---").join("|")}|`,
    ...titles.map((title) => `| ${title} | ${names.map((name) => find(title, name).toFixed(0)).join(" | ")} |`),
    ...["small Dense", "the handout's CNN"].map(
      (model) => `| ${model}: trainOnBatch / step of fit | ${ratio(model).join(" | ")} |`,
    ),
    "",
  ].join("\n");
  writeFileSync(new URL("results/calls.json", import.meta.url), `${JSON.stringify({ machine, rows }, null, 1)}\n`);
  writeFileSync(new URL("results/calls.md", import.meta.url), markdown);
  process.stdout.write(markdown);
}

if (values.measure === undefined) await compare();
else await serve(values.measure);
