// @ts-check
/** Makes the Markdown tables from a result; `node bench/report.mjs` puts the main one into the README. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** @param {number[]} values */
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};
const show = (/** @type {number} */ value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));

/** Medians by peer; each cell with fovea's multiple of it. @param {any} result @param {number} threads */
function speedTable(result, threads) {
  const columns = [...new Set(result.rows.map((/** @type {any} */ row) => `${row.task} ${row.batch}`))];
  const titles = [...new Set(result.rows.map((/** @type {any} */ row) => row.title))];
  /** @param {any} title @param {any} column */
  const cell = (title, column) => {
    const find = (/** @type {any} */ wanted) =>
      result.rows.find(
        (/** @type {any} */ row) =>
          row.title === wanted &&
          `${row.task} ${row.batch}` === column &&
          (row.threads === threads || /batch 8/.test(wanted)),
      );
    const [row, own] = [find(title), find("fovea")];
    if (row === undefined) return "–";
    const value = Number(median(row.imagesPerSecond));
    if (title === "fovea" || own === undefined) return show(value);
    return `${show(value)} (fovea ${(Number(median(own.imagesPerSecond)) / value).toFixed(2)}x)`;
  };
  return [
    `| images/s, ${threads} ${threads === 1 ? "thread" : "threads"} | ${columns.map((column) => String(column).replace(" ", ", batch ")).join(" | ")} |`,
    `|---|${columns.map(() => "---").join("|")}|`,
    ...titles.map((title) => `| ${title} | ${columns.map((column) => cell(title, column)).join(" | ")} |`),
  ].join("\n");
}

/** @param {any} result */
function costTable({ costs }) {
  return [
    "| | threads | start to end of first step | peak memory |",
    "|---|---|---|---|",
    ...costs.map(
      (/** @type {any} */ cost) =>
        `| ${cost.peer} | ${cost.threads} | ${cost.firstStepSeconds?.toFixed(2) ?? "–"} s | ${(cost.peakBytes / 2 ** 20).toFixed(0)} MB |`,
    ),
  ].join("\n");
}

/** @param {any} result */
const about = ({ machine, data, rounds }) =>
  `Medians of ${rounds} alternating rounds on ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}, ${machine.date}; ${data}.`;

/** @param {any} result */
export function markdownReport(result) {
  const counts = [...new Set(result.costs.map((/** @type {any} */ cost) => cost.threads))].sort();
  const absent = result.missing.length === 0 ? "" : `\nNot to be had on this machine: ${result.missing.join(", ")}.\n`;
  return `# Bench\n\n${about(result)}\n${absent}\n${counts.map((threads) => speedTable(result, Number(threads))).join("\n\n")}\n\n${costTable(result)}\n`;
}

if (process.argv[1]?.endsWith("report.mjs")) {
  const result = JSON.parse(readFileSync(new URL("results/cpu.json", import.meta.url), "utf8"));
  const readme = new URL("../README.md", import.meta.url);
  const threads = Math.max(...result.costs.map((/** @type {any} */ cost) => cost.threads));
  const table = `<!-- bench:start -->\n${speedTable(result, threads)}\n\n${about(result)}\n<!-- bench:end -->`;
  writeFileSync(readme, readFileSync(readme, "utf8").replace(/<!-- bench:start -->[\s\S]*<!-- bench:end -->/, table));
  // The lint reads the README too, and wants a table's columns aligned.
  execFileSync("npx", ["biome", "format", "--write", fileURLToPath(readme)], { stdio: "inherit" });
}
