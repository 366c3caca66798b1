// @ts-check
/**
 * Prediction of real networks beside ONNX Runtime's native build: calls of one batch after the other, each engine in a process of its
 * own, in turns, medians over the rounds. All have the same weights: fovea writes the files that ONNX Runtime reads, and the outputs
 * are compared. Run by hand after `npm run build`:
 *
 *   node bench/inference.mjs [--networks handout,mobilenetv2,resnet50] [--batch 1,8] [--rounds 5] [--seconds 2] [--threads 1,2]
 *                            [--before CHECKOUT] [--name inference]
 *
 * Writes bench/results/NAME.{json,md}. `--before`: another checkout of fovea, built, that has this bench. ONNX Runtime is not among
 * the bench's packages, as it takes 288 MB: `cd bench && npm install --no-save --ignore-scripts onnxruntime-node@1.30.0`.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { networkOf } from "./networks.mjs";
import { installJavaScript, nodeVersion, PeerProcess, timeFirstStep } from "./peer-process.mjs";
import { median, show } from "./report.mjs";

const { values } = parseArgs({
  options: {
    networks: { type: "string", default: "handout,mobilenetv2,resnet50" },
    batch: { type: "string", default: "1,8" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    threads: { type: "string", default: "1,2" },
    before: { type: "string" },
    name: { type: "string", default: "inference" },
  },
});
const numbers = (/** @type {string} */ text) => text.split(",").map(Number);
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
const script = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const threads = numbers(values.threads);

installJavaScript(say);
/** @type {import("./peer-process.mjs").Peer[]} */
const peers = [
  { name: "fovea", title: `fovea, Node ${nodeVersion()}`, command: ["node", script("peers/network.mjs")] },
  {
    name: "fovea-here",
    title: `fovea, Node ${process.version}`,
    command: [process.execPath, script("peers/network.mjs")],
  },
  { name: "onnxruntime", title: "onnxruntime-node", command: ["node", script("peers/onnxruntime.mjs")] },
  ...(values.before === undefined
    ? []
    : [{ name: "before", title: "fovea before", command: ["node", join(values.before, "bench/peers/network.mjs")] }]),
].map((peer) => ({ ...peer, threads: true, models: true }));

/** @typedef {{ network: string, peer: string, title: string, threads: number, batch: number, milliseconds: number[], gap: number }} Row */
/** @type {Row[]} */
const rows = [];
/** @type {{ network: string, peer: string, title: string, threads: number, firstSeconds: number, peakBytes: number }[]} */
const costs = [];
const folder = mkdtempSync(join(tmpdir(), "fovea-inference-"));
try {
  for (const network of values.networks.split(",")) {
    const model = await networkOf(network).make();
    await model.save(join(folder, `${network}.onnx`));
    await compare(network);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** @param {string} network */
async function compare(network) {
  const running = [];
  for (const peer of peers)
    for (const count of threads) {
      const setting = { model: network, threads: count, dataFolder: folder };
      const process = new PeerProcess(peer, setting);
      if ((await process.answer())?.ready) running.push({ process, peer, count, setting });
      else say(`${peer.title} does not run here`);
    }
  for (let round = 0; round < Number(values.rounds); round++)
    for (const batch of numbers(values.batch)) {
      /** @type {number[] | undefined} */
      let expected;
      for (const { process, peer, count } of round % 2 === 0 ? running : running.toReversed()) {
        const answer = await process.ask({ task: "predict", batch, seconds: Number(values.seconds) });
        expected ??= answer.output;
        const gap = largestGap(answer.output, expected ?? []);
        const milliseconds = (1000 * answer.seconds * batch) / answer.images;
        say(
          `${network}, batch ${batch}, round ${round + 1}: ${peer.title}, ${count} threads: ${milliseconds.toFixed(2)} ms`,
        );
        const { name, title } = peer;
        const row = rows.find(
          (row) => row.network === network && row.peer === name && row.threads === count && row.batch === batch,
        );
        if (row === undefined)
          rows.push({ network, peer: name, title, threads: count, batch, milliseconds: [milliseconds], gap });
        else {
          row.milliseconds.push(milliseconds);
          row.gap = Math.max(row.gap, gap);
        }
      }
    }
  for (const { process, peer, count, setting } of running) {
    const { peakBytes } = await process.ask({ task: "memory" });
    process.end();
    const firstSeconds = (await timeFirstStep(peer, setting)) ?? Number.NaN;
    costs.push({ network, peer: peer.name, title: peer.title, threads: count, firstSeconds, peakBytes });
  }
}

/** Largest difference, relative to the largest output. @param {readonly number[]} values @param {readonly number[]} expected */
function largestGap(values, expected) {
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)))) / scale;
}

/** The median of the ratios within the rounds: how many times as fast the first is. @param {Row} row @param {Row} other */
const speedup = (row, other) =>
  Number(median(row.milliseconds.map((own, round) => (other.milliseconds[round] ?? Number.NaN) / own)));

function report() {
  const most = Math.max(...threads);
  const find = (/** @type {Partial<Row>} */ wanted) =>
    rows.find((row) => Object.entries(wanted).every(([key, value]) => row[/** @type {keyof Row} */ (key)] === value));
  const tables = values.networks.split(",").map((network) => {
    const cell = (/** @type {string} */ peer, /** @type {number} */ batch, /** @type {number} */ count) => {
      const row = find({ network, peer, batch, threads: count });
      if (row === undefined) return "–";
      const ms = Number(median(row.milliseconds));
      const other = find({ network, peer: "onnxruntime", batch, threads: count });
      const ratio = peer === "onnxruntime" || other === undefined ? "" : `, ${speedup(row, other).toFixed(2)}x`;
      return `${show((1000 * batch) / ms)} (${ms.toFixed(2)} ms${ratio})`;
    };
    const columns = numbers(values.batch).flatMap((batch) => threads.map((count) => ({ batch, count })));
    return [
      `| ${network}, images/s (a call, speed against onnxruntime-node) | ${columns.map(({ batch, count }) => `batch ${batch}, ${count} ${count === 1 ? "thread" : "threads"}`).join(" | ")} | first answer | peak memory |`,
      `|---|${columns.map(() => "---|").join("")}---|---|`,
      ...peers.map(({ name, title }) => {
        const cost = costs.find((one) => one.network === network && one.peer === name && one.threads === most);
        return `| ${title} | ${columns.map(({ batch, count }) => cell(name, batch, count)).join(" | ")} | ${cost?.firstSeconds.toFixed(2)} s | ${((cost?.peakBytes ?? 0) / 2 ** 20).toFixed(0)} MB |`;
      }),
    ].join("\n");
  });
  const gaps = rows.map(({ gap }) => gap);
  return [
    "# Prediction beside ONNX Runtime",
    "",
    `Calls of one batch after the other, medians of ${values.rounds} rounds of ${values.seconds} s in turns; the ratio is the median within the rounds. Outputs differ by at most ${Math.max(...gaps).toExponential(1)} of the largest. First answer: from the start of the process. ${machine}.`,
    "",
    tables.join("\n\n"),
    "",
  ].join("\n");
}

const load = loadavg()[0]?.toFixed(1);
const machine = `${cpus().length} cores of ${cpus()[0]?.model}, load ${load}, ${new Date().toISOString().slice(0, 10)}`;
const results = script(`results/${values.name}`);
writeFileSync(`${results}.json`, `${JSON.stringify({ machine, rows, costs }, null, 1)}\n`);
writeFileSync(`${results}.md`, report());
process.stdout.write(report());
process.exit(0);
