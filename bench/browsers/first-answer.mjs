// @ts-check
/**
 * How soon a page has its first answer, from the navigation on: one prediction of the handout's model on the CPU, in a page that Vite
 * has built as for a user. Each round is a browser of its own, with a fresh profile and nobody attached to it, which has been open
 * for a while. `npm run build && node bench/browsers/first-answer.mjs [--rounds 9] [--plain]`
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "vite";
import { chromiumArguments } from "../chromium-arguments.mjs";
import { median } from "../report.mjs";
import { waitForQuiet, watchOthers } from "./others.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    plain: { type: "boolean", default: false },
    executable: { type: "string", default: "/usr/bin/chromium" },
  },
});
/** Other processes take less than this part of the machine in a quiet round: starting a browser counts in part. */
const QUIET = 0.06;
/** Milliseconds that a browser is open before the page is asked for. */
const SETTLE = 2500;
const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fovea-first-"));
const profiles = mkdtempSync(join(tmpdir(), "fovea-profiles-"));
await build({
  root: here("first-page"),
  configFile: false,
  base: "./",
  logLevel: "warn",
  resolve: {
    alias: [
      { find: /^fovea$/, replacement: here("../../dist/index.js") },
      { find: /^fovea\/layers$/, replacement: here("../../dist/nn/layers/index.js") },
    ],
  },
  build: { outDir: folder, emptyOutDir: true, target: "esnext" },
});
// Not isolated, so that the page begins in a process of its own.
const start = `<!doctype html><link rel="icon" href="data:,"><script>setTimeout(() => location.replace("index.html"), ${SETTLE})</script>`;

/** @type {((report: { shape: number[], isolated: boolean, marks: [string, number][] }) => void) | undefined} */
let receive;
/** @type {typeof import("../../src/cli/static-server.ts")} */
const { serveFolder } = await import(new URL("../../dist/cli/static-server.js", import.meta.url).href);
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const server = await serveFolder({
  folder,
  host: "127.0.0.1",
  port: 0,
  headers: values.plain ? {} : isolation,
  handle: (request, response) => {
    if (request.url === "/start") {
      response.writeHead(200, { "Content-Type": "text/html" }).end(start);
      return true;
    }
    if (request.url !== "/report") return false;
    let text = "";
    request.on("data", (part) => {
      text += part;
    });
    request.on("end", () => {
      response.end();
      receive?.(JSON.parse(text));
    });
    return true;
  },
});

/** Opens the page in a new browser. @returns {Promise<{ shape: number[], isolated: boolean, marks: [string, number][], others: number }>} others: the part of the machine that they took meanwhile */
async function openPage() {
  const profile = mkdtempSync(join(profiles, "profile-"));
  const tookOthers = watchOthers();
  const address = `http://127.0.0.1:${server.port}/start`;
  const browser = spawn(
    values.executable,
    [...chromiumArguments, "--headless", "--no-first-run", `--user-data-dir=${profile}`, address],
    { stdio: "ignore" },
  );
  const ended = new Promise((resolve) => browser.on("exit", resolve));
  try {
    const report = await new Promise((resolve, reject) => {
      receive = resolve;
      browser.on("error", reject);
      setTimeout(() => reject(new Error("The page has not answered within half a minute.")), 30_000).unref();
    });
    return { ...report, others: tookOthers() };
  } finally {
    browser.kill();
    await ended;
  }
}

/** @type {Record<string, number[]>} */
const times = {};
try {
  for (let round = 1; round <= Number(values.rounds); round++) {
    await waitForQuiet(20);
    const { shape, isolated, marks, others } = await openPage();
    if (shape.join() !== "1,10" || isolated === values.plain) throw new Error(`${shape}, isolated: ${isolated}`);
    const words = marks.map(([name, at]) => `${name} ${at.toFixed(0)}`).join(", ");
    console.log(`round ${round}: ${words} ms; others ${(100 * others).toFixed(0)} %`);
    if (others > QUIET) continue;
    for (const [name, at] of marks) {
      times[name] ??= [];
      times[name].push(at);
    }
  }
} finally {
  await server.close();
  rmSync(folder, { recursive: true });
  // Processes of the last browser may still be ending.
  rmSync(profiles, { recursive: true, maxRetries: 20, retryDelay: 200 });
}
for (const [name, list] of Object.entries(times))
  console.log(`${name.padEnd(8)} ${Number(median(list)).toFixed(0)} ms, median of ${list.length} quiet rounds`);
