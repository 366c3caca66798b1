// @ts-check
/**
 * WebGPU in Chromium: the handout's model in fovea, TensorFlow.js and jax-js, each in a page of its own, taking turns.
 * `node bench/gpu/chromium.mjs [--batch 8,32] [--rounds 3] [--seconds 5]`; writes bench/results/chromium-gpu.{json,md}.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { prepareData } from "../data.mjs";
import { installJavaScript } from "../peer-process.mjs";
import { median, show } from "../report.mjs";

const { values } = parseArgs({
  options: {
    batch: { type: "string", default: "8,32" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "5" },
    only: { type: "string", default: "fovea,tfjs,jax-js" },
    executable: { type: "string", default: "/usr/bin/chromium" },
    name: { type: "string", default: "chromium-gpu" },
  },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
/** @type {Record<string, string>} */
const titles = { fovea: "fovea", tfjs: "TensorFlow.js 4.22 (webgpu)", "jax-js": "jax-js 0.1 (webgpu)" };
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);

installJavaScript(say);
const { folder, source } = await prepareData(undefined);
const outDir = mkdtempSync(join(tmpdir(), "fovea-page-"));
const page = fileURLToPath(new URL("page", import.meta.url));
await build({
  root: page,
  base: "./",
  logLevel: "warn",
  build: { outDir, target: "esnext", emptyOutDir: true },
});
for (const file of ["pixels", "labels"]) copyFileSync(join(folder, file), join(outDir, file));
const server = await preview({
  root: page,
  build: { outDir },
  preview: { host: "127.0.0.1", port: 0 },
  logLevel: "warn",
});
const address = server.resolvedUrls?.local[0];
if (address === undefined) throw new Error("The page's server did not start.");

const browser = await chromium.launch({
  executablePath: values.executable,
  args: [
    "--no-sandbox",
    "--enable-unsafe-webgpu",
    "--enable-features=Vulkan,WebGPU",
    "--use-webgpu-adapter=default",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
  ],
});

/** @typedef {{ peer: string, batch: number, task: "train" | "predict", imagesPerSecond: number[] }} Row */
/** @type {Row[]} */
const rows = [];
/** @type {{ peer: string, batch: number, firstStepSeconds: number, loss: number }[]} */
const starts = [];
/** @type {Record<string, string>} */
const failures = {};
let adapter = "none";

try {
  for (const batch of values.batch.split(",").map(Number)) await compare(batch);
} finally {
  await browser.close();
  await server.close();
  rmSync(outDir, { recursive: true });
}

/** @param {number} batch */
async function compare(batch) {
  /** @type {{ peer: string, tab: import("playwright-core").Page }[]} */
  const running = [];
  for (const peer of values.only.split(",")) {
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => say(`${peer}: ${error.message}`));
    await tab.goto(String(address));
    await tab.waitForSelector("body[data-ready]", { state: "attached" });
    adapter = await tab.evaluate(describeAdapter);
    try {
      const start = await tab.evaluate(
        ([peer, batch]) => /** @type {any} */ (globalThis).startPeer(peer, batch),
        /** @type {const} */ ([peer, batch]),
      );
      starts.push({ peer, batch, ...start });
      say(`batch ${batch}: ${titles[peer]}: first step ${start.firstStepSeconds.toFixed(2)} s, loss ${start.loss}`);
      running.push({ peer, tab });
    } catch (error) {
      failures[peer] = String(error).split("\n")[0] ?? "";
      say(`${titles[peer]} failed: ${failures[peer]}`);
      await tab.close();
    }
  }
  for (const task of /** @type {const} */ (["train", "predict"]))
    for (let round = 1; round <= rounds; round++)
      for (const { peer, tab } of running) {
        const { images, seconds: taken } = await tab.evaluate(
          ([task, batch, seconds]) => /** @type {any} */ (globalThis).timePeer(task, batch, seconds),
          /** @type {const} */ ([task, batch, seconds]),
        );
        const known = rows.find((row) => row.peer === peer && row.batch === batch && row.task === task);
        if (known === undefined) rows.push({ peer, batch, task, imagesPerSecond: [images / taken] });
        else known.imagesPerSecond.push(images / taken);
        say(`${task}, batch ${batch}, round ${round}: ${titles[peer]}: ${(images / taken).toFixed(2)} images/s`);
      }
  for (const { tab } of running) await tab.close();
}

/** Runs in the page. */
async function describeAdapter() {
  const found = await /** @type {any} */ (navigator).gpu?.requestAdapter();
  if (found === null || found === undefined) return "none";
  const { vendor, architecture, description } = found.info;
  return [vendor, architecture, description].filter((part) => part !== "").join(" ");
}

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  adapter,
  browser: `Chromium ${browser.version()}`,
  date: new Date().toISOString().slice(0, 10),
};
const result = { machine, data: source, rounds, seconds, failures, rows, starts };
const results = fileURLToPath(new URL("../results/", import.meta.url));
writeFileSync(`${results}${values.name}.json`, `${JSON.stringify(result, null, 1)}\n`);
writeFileSync(`${results}${values.name}.md`, report());
process.stdout.write(report());

function report() {
  const columns = [...new Map(rows.map(({ task, batch }) => [`${task} ${batch}`, { task, batch }])).values()];
  const speed = (/** @type {string} */ peer, /** @type {{ task: string, batch: number }} */ { task, batch }) => {
    const row = rows.find((each) => each.peer === peer && each.task === task && each.batch === batch);
    return row === undefined ? undefined : median(row.imagesPerSecond);
  };
  const peers = values.only.split(",").filter((peer) => rows.some((row) => row.peer === peer));
  const line = (/** @type {string} */ peer) => {
    const cells = columns.map((column) => {
      const [value, own] = [speed(peer, column), speed("fovea", column)];
      if (value === undefined) return "–";
      return peer === "fovea" || own === undefined
        ? show(value)
        : `${show(value)} (fovea ${(own / value).toFixed(2)}x)`;
    });
    const first = starts.find((start) => start.peer === peer);
    return `| ${titles[peer]} | ${cells.join(" | ")} | ${first?.firstStepSeconds.toFixed(2)} s |`;
  };
  const failed = Object.entries(failures).map(([peer, why]) => `\n${titles[peer]} failed: ${why}\n`);
  return [
    "# WebGPU in Chromium\n",
    `The handout's model, medians of ${rounds} alternating rounds; ${machine.browser} on ${adapter}, ${machine.cores} cores of ${machine.cpu}, ${machine.date}; ${source}.\n`,
    `| images/s | ${columns.map(({ task, batch }) => `${task}, batch ${batch}`).join(" | ")} | first step |`,
    `|---|${columns.map(() => "---").join("|")}|---|`,
    ...peers.map(line),
    ...failed,
    "",
  ].join("\n");
}
