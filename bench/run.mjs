// @ts-check
/**
 * npm run bench: training and prediction of the handout's model (or of others in models.json), images/s, beside its peers. All peers wait in processes of
 * their own and take turns, so that a noisy neighbour of this machine disturbs them alike.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { prepareData } from "./data.mjs";
import {
  checkoutPeer,
  installJavaScript,
  installPython,
  nodeVersion,
  PeerProcess,
  peers,
  timeFirstStep,
} from "./peer-process.mjs";
import { markdownReport } from "./report.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    /** The peers' processes are started anew this many times: where a process's memory lies moves its speed by 5 %, for its whole life. */
    starts: { type: "string", default: "1" },
    seconds: { type: "string", default: "4" },
    batch: { type: "string", default: "32,128" },
    threads: { type: "string", default: "1,2" },
    models: { type: "string", default: "handout" },
    only: { type: "string" },
    /** Another checkout of fovea, built, that takes turns with this one. */
    before: { type: "string" },
    data: { type: "string" },
    name: { type: "string", default: "cpu" },
  },
});
const list = (/** @type {string} */ text) => text.split(",").map(Number);
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
const [rounds, starts, seconds, batches, threadCounts] = [
  Number(values.rounds),
  Number(values.starts),
  Number(values.seconds),
  list(values.batch),
  list(values.threads),
];

if (!existsSync(new URL("../dist/node/index.js", import.meta.url))) throw new Error("Run `npm run build` first.");
installJavaScript(say);
// The Node that runs the bench is a peer of its own where it is not the newest one.
const node = nodeVersion();
const chosen = peers.filter(
  ({ name }) =>
    (values.only === undefined || values.only.split(",").includes(name)) &&
    !(name === "fovea-here" && node === process.version),
);
if (values.before !== undefined) chosen.push(checkoutPeer(values.before));
installPython(chosen, say);
const { folder, source } = await prepareData(values.data);

/** @typedef {{ model: string, peer: string, title: string, threads: number, task: string, batch: number, imagesPerSecond: number[] }} Row */
/** @type {Row[]} */
const rows = [];
/** @type {{ model: string, peer: string, threads: number, firstStepSeconds?: number, peakBytes?: number }[]} */
const costs = [];
/** @type {string[]} */
const missing = [];

for (const model of values.models.split(","))
  for (let start = 0; start < starts; start++) {
    const running = await startPeers(model);
    for (let round = 0; round < rounds; round++) await measureRound(model, running, start * rounds + round);
    await endPeers(model, running, start === starts - 1);
  }

/** @typedef {{ process: PeerProcess, threads: number, setting: import("./peer-process.mjs").Setting }} Running */

/** A process of each peer for each thread count. @param {string} model */
async function startPeers(model) {
  /** @type {Running[]} */
  const running = [];
  for (const peer of chosen)
    for (const threads of threadCounts) {
      if ((!peer.threads && threads !== threadCounts[0]) || (!peer.models && model !== "handout")) continue;
      const setting = { model, threads, dataFolder: folder };
      const process = new PeerProcess(peer, setting);
      if ((await process.answer())?.ready) running.push({ process, threads, setting });
      else if (!missing.includes(peer.title)) missing.push(peer.title);
    }
  return running;
}

/**
 * A turn of every peer for every figure. The rounds are the outer loop: a machine's noisy minutes then fall on a round of every figure
 * and not on all rounds of one. The thread counts of a peer come one after the other, since their ratio is a figure too, and every
 * other round goes backwards.
 * @param {string} model @param {Running[]} running @param {number} round
 */
async function measureRound(model, running, round) {
  for (const batch of batches)
    for (const task of ["train", "predict"])
      for (const { process, threads } of round % 2 === 0 ? running : running.toReversed()) {
        // A peer that takes seconds for eight images is measured once.
        if (!process.peer.threads && (round > 0 || batch !== batches[0])) continue;
        const answer = await process.ask({ task, batch, seconds });
        if (answer === undefined) continue;
        const { name, title } = process.peer;
        const own = { model, peer: name, title, threads: process.peer.threads ? threads : 1, task, batch };
        const speed = answer.images / answer.seconds;
        record(own, speed);
        say(
          `${model}, ${task}, batch ${batch}, round ${round + 1}: ${title}, ${threads} threads: ${speed.toFixed(1)} images/s`,
        );
      }
}

/** Ends the processes; with `measured`, asks for their memory first and then times a first step. @param {string} model @param {Running[]} running @param {boolean} measured */
async function endPeers(model, running, measured) {
  for (const { process, threads, setting } of running) {
    const peakBytes = measured ? (await process.ask({ task: "memory" }))?.peakBytes : undefined;
    process.end();
    if (!measured) continue;
    const firstStepSeconds = await timeFirstStep(process.peer, setting);
    costs.push({
      model,
      peer: process.peer.name,
      threads,
      ...(firstStepSeconds === undefined ? {} : { firstStepSeconds }),
      peakBytes,
    });
  }
}

/** @param {Omit<Row, "imagesPerSecond">} own @param {number} speed */
function record(own, speed) {
  const same = (/** @type {Row} */ { imagesPerSecond: _, ...other }) => JSON.stringify(other) === JSON.stringify(own);
  const row = rows.find(same);
  if (row === undefined) rows.push({ ...own, imagesPerSecond: [speed] });
  else row.imagesPerSecond.push(speed);
}

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  node,
  date: new Date().toISOString().slice(0, 10),
};
const result = { machine, data: source, rounds: rounds * starts, starts, seconds, missing, rows, costs };
const results = fileURLToPath(new URL("results/", import.meta.url));
mkdirSync(results, { recursive: true });
writeFileSync(`${results}${values.name}.json`, `${JSON.stringify(result, null, 1)}\n`);
writeFileSync(`${results}${values.name}.md`, markdownReport(result));
process.stdout.write(markdownReport(result));
process.exit(0);
