// @ts-check
/**
 * Predicts the speed of many nodes from measurements of this one, by the model of docs/cluster.md: node bench/cluster/predict.mjs.
 * Measured: the time of a row and of what each process does for itself. Assumed, and stated in the output: threads scale to those of
 * a node, and the network's latency and bandwidth.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "64" },
    cores: { type: "string", default: "8" },
    threads: { type: "string", default: String(Math.min(8, cpus().length)) },
    rows: { type: "string", default: "128" },
  },
});
const [nodes, cores, threads, rows] = [values.nodes, values.cores, values.threads, values.rows].map(Number);
if (!(nodes && cores && threads && rows))
  throw new Error("--nodes, --cores, --threads and --rows are numbers above 0.");

/** Latency of a message in seconds, bandwidth in bytes/s. */
const networks = {
  "10 GbE, TCP": { latency: 25e-6, bandwidth: 1.15e9 },
  "100 GbE, TCP": { latency: 15e-6, bandwidth: 3e9 },
  "100 Gb/s, RDMA": { latency: 3e-6, bandwidth: 11e9 },
};
/** Bytes/s that one core adds. */
const RATE = 4e9;

const train = fileURLToPath(new URL("train.mjs", import.meta.url));

/** Seconds of a step, the best of some epochs. @param {string} model @param {number} batchSize */
function measure(model, batchSize) {
  const setting = JSON.stringify({ model, threads, batchSize, rows: Math.max(512, 4 * batchSize), epochs: 4 });
  const { imagesPerSecond, parameters } = JSON.parse(
    execFileSync(process.execPath, [train, setting], { encoding: "utf8" }),
  );
  return { seconds: batchSize / Math.max(...imagesPerSecond), parameters };
}

/** @type {string[]} */
const lines = [];
for (const [model, exchanges] of /** @type {const} */ ([
  ["handout", 1],
  ["normalized", 4 * 3 + 1],
  ["wide", 5 * 3 + 1],
])) {
  const [small, large] = [measure(model, rows / 4), measure(model, rows)];
  const rowSeconds = (large.seconds - small.seconds) / (rows - rows / 4);
  const ownSeconds = Math.max(0, large.seconds - rows * rowSeconds);
  const speedUp = cores / threads;
  const bytes = 4 * large.parameters;
  const step = (
    /** @type {number} */ n,
    /** @type {{ latency: number, bandwidth: number }} */ { latency, bandwidth },
  ) => {
    const compute = (rows * rowSeconds + ownSeconds) / speedUp;
    if (n === 1) return compute;
    return (
      compute +
      exchanges * 2 * Math.ceil(Math.log2(n)) * latency +
      ((2 * (n - 1)) / n) * bytes * (1 / bandwidth + 1 / (2 * RATE))
    );
  };
  const measured = `${(1e6 * rowSeconds).toFixed(1)} | ${(1e3 * ownSeconds).toFixed(2)}`;
  for (const [name, network] of Object.entries(networks)) {
    const times = [1, 8, nodes].map((n) => (1e3 * step(n, network)).toFixed(2)).join(" | ");
    const efficiency = ((100 * step(1, network)) / step(nodes, network)).toFixed(0);
    lines.push(
      `| ${model} | ${large.parameters.toLocaleString("en")} | ${exchanges} | ${measured} | ${name} | ${times} | ${efficiency} % |`,
    );
  }
}
const assumed = Object.entries(networks)
  .map(([name, { latency, bandwidth }]) => `${name} ${(1e6 * latency).toFixed(0)} µs and ${bandwidth / 1e9} GB/s`)
  .join(", ");
const text = `# Predicted efficiency of ${nodes} nodes

\`node bench/cluster/predict.mjs\`, ${new Date().toISOString().slice(0, 10)}, by the formula of docs/cluster.md.

Measured on this machine (${cpus()[0]?.model.trim()}, ${cpus().length} cores) with ${threads} threads: the time of a row, and what a step takes besides. Assumed: nodes of ${cores} cores to which threads scale, ${rows} rows a node, no stragglers, exchanges that nothing hides, a core adds ${RATE / 1e9} GB/s; latency and bandwidth of ${assumed}.

| model | parameters | exchanges | µs a row | ms besides | network | 1 node, ms | 8 nodes, ms | ${nodes} nodes, ms | efficiency |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${lines.join("\n")}
`;
process.stdout.write(text);
writeFileSync(new URL("../results/cluster-predict.md", import.meta.url), text);
