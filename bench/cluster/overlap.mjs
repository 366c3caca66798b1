// @ts-check
/**
 * What exchanging gradients while others are computed gains: two processes of one thread on two hosts, which are two network
 * namespaces with a link of a stated rate between them (tbf). Needs root, iproute2 and Open MPI; run after `npm run build`, on a
 * quiet machine: node bench/cluster/overlap.mjs --rate 1gbit --rounds 5
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "1gbit" },
    rounds: { type: "string", default: "5" },
    model: { type: "string", default: "wide" },
    batch: { type: "string", default: "32" },
    rows: { type: "string", default: "512" },
    epochs: { type: "string", default: "3" },
  },
});
const train = fileURLToPath(new URL("train.mjs", import.meta.url));
const hosts = ["fovea-host-0", "fovea-host-1"];
const address = (/** @type {number} */ i) => `10.77.0.${i + 1}`;
const ip = (/** @type {string[]} */ ...args) => execFileSync("ip", args, { stdio: ["ignore", "pipe", "inherit"] });

function makeHosts() {
  for (const host of hosts) ip("netns", "add", host);
  ip(
    "link",
    "add",
    "fovea-0",
    "netns",
    hosts[0] ?? "",
    "type",
    "veth",
    "peer",
    "name",
    "fovea-1",
    "netns",
    hosts[1] ?? "",
  );
  hosts.forEach((host, i) => {
    ip("-n", host, "addr", "add", `${address(i)}/24`, "dev", `fovea-${i}`);
    ip("-n", host, "link", "set", `fovea-${i}`, "up");
    ip("-n", host, "link", "set", "lo", "up");
    const shape = ["root", "tbf", "rate", values.rate, "burst", "128kb", "latency", "50ms"];
    ip("netns", "exec", host, "tc", "qdisc", "add", "dev", `fovea-${i}`, ...shape);
  });
}

function removeHosts() {
  for (const host of hosts)
    try {
      execFileSync("ip", ["netns", "del", host], { stdio: "ignore" });
    } catch {
      // It was not made.
    }
}

const folder = mkdtempSync(join(tmpdir(), "fovea-overlap-"));
// Open MPI takes processes for neighbours, and the memory that they share for the network, by the name of the host.
const agent = join(folder, "agent.sh");
writeFileSync(
  agent,
  `#!/bin/sh\nshift\nexec ip netns exec ${hosts[1]} unshare --uts sh -c 'hostname ${hosts[1]}; exec sh -c "$*"' sh "$@"\n`,
);
chmodSync(agent, 0o755);

/** @param {object} setting @returns {{ imagesPerSecond: number[], exchangesPerStep: number, exchangeMsPerStep: number, parameters: number }} */
function run(setting) {
  const mca = Object.entries({
    plm_rsh_agent: agent,
    plm_rsh_no_tree_spawn: "1",
    oob_tcp_if_include: "10.77.0.0/24",
    btl: "self,tcp",
    btl_tcp_if_include: "10.77.0.0/24",
  }).flatMap(([name, value]) => ["--mca", name, value]);
  const where = ["--allow-run-as-root", "--bind-to", "none", "--host", hosts.map((_, i) => address(i)).join(",")];
  const command = ["mpirun.openmpi", ...where, ...mca, "-n", "2", process.execPath, train, JSON.stringify(setting)];
  const within = [
    "netns",
    "exec",
    hosts[0] ?? "",
    "unshare",
    "--uts",
    "sh",
    "-c",
    `hostname ${hosts[0]}; exec "$@"`,
    "sh",
  ];
  const text = execFileSync("ip", [...within, ...command], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 120_000,
  });
  return JSON.parse(text.split("\n").find((line) => line.startsWith("{")) ?? "{}");
}

const [batchSize, rows, epochs] = [values.batch, values.rows, values.epochs].map(Number);
const setting = { threads: 1, model: values.model, batchSize, rows, epochs };
const ways = {
  "gradients at the end of the step": { ...setting, overlap: false },
  "gradients while others are computed": { ...setting, overlap: true },
  "the same, each process with statistics of its own": { ...setting, localStatistics: true },
};
/** @type {Record<string, { stepMs: number[], exchangeMs: number[], exchanges: number }>} */
const found = {};
let [parameters, load] = [0, 0];
removeHosts();
try {
  makeHosts();
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, way] of Object.entries(ways)) {
      load = Math.max(load, loadavg()[0] ?? 0);
      const result = run(way);
      parameters = result.parameters;
      found[name] ??= { stepMs: [], exchangeMs: [], exchanges: result.exchangesPerStep };
      found[name].stepMs.push(...result.imagesPerSecond.map((speed) => (1000 * Number(batchSize)) / speed));
      found[name].exchangeMs.push(result.exchangeMsPerStep);
    }
} finally {
  removeHosts();
  rmSync(folder, { recursive: true });
}
const median = (/** @type {number[]} */ list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
const lines = Object.entries(found).map(
  ([name, { stepMs, exchangeMs, exchanges }]) =>
    `| ${name} | ${exchanges} | ${Math.min(...stepMs).toFixed(1)} | ${median(stepMs).toFixed(1)} | ${median(exchangeMs).toFixed(1)} |`,
);
const date = new Date().toISOString().slice(0, 10);
const text = `# Gradients exchanged while others are computed

\`node bench/cluster/overlap.mjs\`, ${date}: model "${values.model}" (${parameters} parameters, ${((4 * parameters) / 2 ** 20).toFixed(1)} MiB of gradients), batch ${batchSize}, two processes of one thread in two network namespaces of a machine with ${cpus().length} cores, a link of ${values.rate} between them, Open MPI over TCP; ${values.rounds} rounds in turn, load at most ${load.toFixed(1)}. Milliseconds of a step; "in exchanges" is the time that the step waits in them.

| way | exchanges | best | median | in exchanges |
| --- | --- | --- | --- | --- |
${lines.join("\n")}
`;
process.stdout.write(text);
writeFileSync(new URL("../results/cluster-overlap.md", import.meta.url), text);
