// @ts-check
/**
 * Predictions in browsers: fovea, ONNX Runtime Web and TensorFlow.js in one page, taking turns, with the weights of one model that
 * fovea has written for all three. After `npm run build`:
 * `node bench/browsers/run.mjs [--browsers chromium,firefox] [--models handout,mobilenetv2,resnet50] [--devices cpu,gpu] [--plain]`;
 * `--plain`: a page that is not cross-origin isolated, which has one thread. A round waits for other processes to be quiet, and
 * is repeated where they take more than a few hundredths of the machine; the quietest rounds count. Puts what it measured into bench/results/browsers.{json,md},
 * beside what other runs have measured.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { chromiumArguments } from "../chromium-arguments.mjs";
import { startFirefox } from "../firefox.mjs";
import { installJavaScript } from "../peer-process.mjs";
import { models, writeModel } from "./models.mjs";
import { QUIET, waitForQuiet, watchOthers } from "./others.mjs";
import { browserReport } from "./report.mjs";

const { values } = parseArgs({
  options: {
    browsers: { type: "string", default: "chromium" },
    models: { type: "string", default: "handout,mobilenetv2,resnet50" },
    devices: { type: "string", default: "cpu" },
    plain: { type: "boolean", default: false },
    batch: { type: "string", default: "1,8" },
    threads: { type: "string", default: String(cpus().length) },
    sides: { type: "string", default: "fovea,onnxruntime,tfjs" },
    rounds: { type: "string", default: "5" },
    /** Rounds at most, of which the quietest count. */
    attempts: { type: "string", default: "15" },
    /** Seconds, in the whole run, that rounds wait for a quiet machine. */
    patience: { type: "string", default: "100" },
    seconds: { type: "string", default: "1" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
    firefox: { type: "string", default: "/usr/bin/firefox-esr" },
  },
});
const [rounds, attempts, seconds] = [Number(values.rounds), Number(values.attempts), Number(values.seconds)];
let patience = Number(values.patience);
const batches = values.batch.split(",").map(Number);
const threads = values.plain ? 1 : Number(values.threads);
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

if (!existsSync(here("../../dist/browser/fovea.js"))) throw new Error("Run `npm run build` first.");
installJavaScript(say);
/** @type {typeof import("../../src/cli/static-server.ts")} */
const { serveFolder } = await import(new URL("../../dist/cli/static-server.js", import.meta.url).href);

/**
 * What a side did in one page, and how much of the machine others took, at most, in the rounds that count. `gap`: the largest difference to ONNX Runtime's outputs, as a part of the largest of them.
 * @typedef {{ firstSeconds: number, threads: number, gap?: number, imagesPerSecond: Record<string, number[]> }} SideResult
 * @typedef {{ browser: string, version: string, model: string, device: "cpu" | "gpu", isolated: boolean, threads: number, date: string,
 *   rounds: number, seconds: number, others: number, cpu: string, sides: Record<string, SideResult>, failures: Record<string, string> }} Session
 */

const folder = mkdtempSync(join(tmpdir(), "fovea-browsers-"));
const peers = (/** @type {string} */ name) => here(`../node_modules/${name}/dist`);
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const server = await serveFolder({
  folder: here("page"),
  others: {
    models: folder,
    fovea: here("../../dist/browser"),
    ort: peers("onnxruntime-web"),
    tfjs: peers("@tensorflow/tfjs"),
    "tfjs-wasm": peers("@tensorflow/tfjs-backend-wasm"),
    "tfjs-webgpu": peers("@tensorflow/tfjs-backend-webgpu"),
  },
  host: "127.0.0.1",
  port: 0,
  headers: values.plain ? {} : isolation,
});

/** @type {Record<string, () => Promise<import("playwright-core").Browser>>} */
const starters = {
  chromium: () =>
    chromium.launch({
      executablePath: values.chromium,
      args: [...chromiumArguments, "--enable-unsafe-webgpu", "--enable-features=Vulkan,WebGPU"],
    }),
  firefox: () => startFirefox(values.firefox),
};

const file = here("../results/browsers.json");
/** @type {Session[]} */
const sessions = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
try {
  for (const model of values.models.split(",")) {
    mkdirSync(join(folder, model));
    const { pixels } = await writeModel(model, join(folder, model), Math.max(...batches));
    writeFileSync(join(folder, model, "pixels"), new Uint8Array(pixels.buffer));
    for (const name of values.browsers.split(","))
      for (const device of /** @type {("cpu" | "gpu")[]} */ (values.devices.split(","))) {
        const browser = await /** @type {typeof starters[string]} */ (starters[name])();
        try {
          keep(await measure(browser, name, model, device));
        } finally {
          await browser.close();
        }
      }
    rmSync(join(folder, model), { recursive: true });
  }
} finally {
  await server.close();
  rmSync(folder, { recursive: true });
}
writeFileSync(file, `${JSON.stringify(sessions, null, 1)}\n`);
const report = browserReport(sessions);
writeFileSync(here("../results/browsers.md"), report);
process.stdout.write(report);
process.exit(0);

/** @param {Session} session takes the place of an older one of the same kind */
function keep(session) {
  const kind = (/** @type {Session} */ { browser, model, device, isolated }) =>
    [browser, model, device, isolated].join();
  const old = sessions.findIndex((each) => kind(each) === kind(session));
  if (old === -1) sessions.push(session);
  else sessions[old] = session;
}

/** @param {import("playwright-core").Browser} browser @param {string} name @param {string} model @param {"cpu" | "gpu"} device @returns {Promise<Session>} */
async function measure(browser, name, model, device) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => say(`${name}: ${error.message}`));
  page.on("console", (message) => message.type() === "warning" && say(`${name}: ${message.text().slice(0, 300)}`));
  await page.goto(`http://127.0.0.1:${server.port}/`);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
  if ((await page.evaluate(() => globalThis.crossOriginIsolated)) === values.plain)
    throw new Error(`The page is ${values.plain ? "" : "not "}isolated.`);
  /** @param {string} call @param {unknown[]} args @returns {Promise<any>} */
  const ask = (call, ...args) =>
    page.evaluate(
      ([call, args]) =>
        /** @type {any} */ (globalThis)[/** @type {string} */ (call)](.../** @type {unknown[]} */ (args)),
      [call, args],
    );
  const shape = models[model]?.shape;
  /** @type {Session["sides"]} */
  const sides = {};
  /** @type {Session["failures"]} */
  const failures = {};
  for (const side of values.sides.split(","))
    try {
      const { firstSeconds, threads: own } = await ask("openSide", side, { model, shape, device, threads });
      sides[side] = { firstSeconds, threads: own, imagesPerSecond: {} };
      say(`${name}, ${model}, ${device}: ${side}: first prediction after ${firstSeconds.toFixed(2)} s, ${own} threads`);
    } catch (error) {
      failures[side] = String(error).split("\n")[0] ?? "";
      say(`${name}, ${model}, ${device}: ${side} failed: ${failures[side]}`);
    }
  let others = 0;
  for (const batch of batches) {
    /** @type {Record<string, number[]>} */
    const outputs = {};
    // Warms each side up, too.
    for (const side of Object.keys(sides)) {
      await ask("timeSide", side, batch, seconds / 2);
      outputs[side] = await ask("predictWith", side, batch);
    }
    for (const [side, result] of Object.entries(sides))
      if (outputs.onnxruntime !== undefined && side !== "onnxruntime")
        result.gap = Math.max(result.gap ?? 0, gapOf(outputs.onnxruntime, outputs[side] ?? []));
    const kept = await measureRounds(ask, Object.keys(sides), batch);
    for (const [side, { imagesPerSecond }] of Object.entries(sides))
      imagesPerSecond[batch] = kept.map(({ speeds }) => Number(speeds[side]));
    others = Math.max(others, ...kept.map((round) => round.others));
    say(`${model}, ${device}, batch ${batch}: others took at most ${(100 * others).toFixed(0)} %`);
  }
  return {
    browser: name,
    version: browser.version(),
    model,
    device,
    isolated: !values.plain,
    threads,
    date: new Date().toISOString().slice(0, 10),
    rounds,
    seconds,
    others,
    cpu: `${cpus().length} cores of ${cpus()[0]?.model}`,
    sides,
    failures,
  };
}

/**
 * All sides take turns until enough rounds were quiet.
 * @param {(call: string, ...args: unknown[]) => Promise<any>} ask @param {string[]} sides @param {number} batch
 * @returns the images per second of each side in the quietest rounds
 */
async function measureRounds(ask, sides, batch) {
  /** @type {{ speeds: Record<string, number>, others: number }[]} */
  const all = [];
  while (all.filter(({ others }) => !(others > QUIET)).length < rounds && all.length < attempts) {
    /** @type {Record<string, number>} */
    const speeds = {};
    patience -= await waitForQuiet(patience);
    const tookOthers = watchOthers();
    // Every other round goes backwards.
    for (const side of all.length % 2 === 0 ? sides : sides.toReversed()) {
      const { images, seconds: taken } = await ask("timeSide", side, batch, seconds);
      speeds[side] = images / taken;
    }
    const others = tookOthers();
    all.push({ speeds, others });
    const words = sides.map((side) => `${side} ${speeds[side]?.toFixed(1)}`).join(", ");
    say(`batch ${batch}, round ${all.length}: ${words} images/s; others ${(100 * others).toFixed(0)} %`);
  }
  return all.toSorted((a, b) => a.others - b.others).slice(0, rounds);
}

/** @param {number[]} expected @param {number[]} found */
function gapOf(expected, found) {
  if (found.length !== expected.length) throw new Error(`${found.length} outputs instead of ${expected.length}.`);
  // Written so that NaN makes the gap NaN.
  const largest = (/** @type {number[]} */ list) => list.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest(expected.map((value, i) => value - Number(found[i]))) / largest(expected);
}
