// @ts-check
/** Makes the Markdown tables from a result; `node bench/report.mjs` puts the main one into the README. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** @param {number[]} values */
export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};
const titles = JSON.parse(readFileSync(new URL("models.json", import.meta.url), "utf8"));
export const show = (/** @type {number} */ value) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));

/**
 * How many times as fast the first is: the ratio of the medians, and the median of the ratios within the rounds. In a round both come
 * one after the other, so that what slows the machine for a minute slows both.
 * @param {number[]} speeds @param {number[]} others
 */
function ratios(speeds, others) {
  const rounds = speeds.map((speed, round) => speed / Number(others[round]));
  return {
    ofMedians: (Number(median(speeds)) / Number(median(others))).toFixed(2),
    ofRounds: Number(median(rounds)).toFixed(2),
  };
}

/** Medians by peer; each cell with fovea's multiple of it. @param {any[]} rows @param {number} threads */
function speedTable(rows, threads) {
  const columns = [...new Set(rows.map((row) => `${row.task} ${row.batch}`))];
  const titles = [...new Set(rows.map((row) => row.title))];
  /** @param {string} title @param {string} column */
  const cell = (title, column) => {
    const find = (/** @type {string} */ wanted) =>
      rows.find(
        (row) =>
          row.title === wanted &&
          `${row.task} ${row.batch}` === column &&
          (row.threads === threads || /batch 8/.test(wanted)),
      );
    const [row, own] = [find(title), find("fovea")];
    if (row === undefined) return "–";
    const speed = show(Number(median(row.imagesPerSecond)));
    if (title === "fovea" || own === undefined) return speed;
    const { ofMedians, ofRounds } = ratios(own.imagesPerSecond, row.imagesPerSecond);
    return `${speed} (fovea ${ofMedians}x${ofRounds === ofMedians ? "" : `, within rounds ${ofRounds}x`})`;
  };
  return [
    `| images/s, ${threads} ${threads === 1 ? "thread" : "threads"} | ${columns.map((column) => column.replace(" ", ", batch ")).join(" | ")} |`,
    `|---|${columns.map(() => "---").join("|")}|`,
    ...titles.map((title) => `| ${title} | ${columns.map((column) => cell(title, column)).join(" | ")} |`),
  ].join("\n");
}

/** How many times as fast more threads are. @param {any[]} rows @param {number} few @param {number} many */
function scalingTable(rows, few, many) {
  const columns = [...new Set(rows.map((row) => `${row.task} ${row.batch}`))];
  const titles = [...new Set(rows.filter(({ threads }) => threads === many).map((row) => row.title))];
  /** @param {string} title @param {string} column */
  const cell = (title, column) => {
    const speeds = (/** @type {number} */ threads) =>
      rows.find((row) => row.title === title && `${row.task} ${row.batch}` === column && row.threads === threads)
        ?.imagesPerSecond;
    const [base, more] = [speeds(few), speeds(many)];
    if (base === undefined || more === undefined) return "–";
    const { ofMedians, ofRounds } = ratios(more, base);
    return `${ofMedians}x (${ofRounds}x)`;
  };
  return [
    `| ${few} → ${many} threads: medians (rounds) | ${columns.map((column) => column.replace(" ", ", batch ")).join(" | ")} |`,
    `|---|${columns.map(() => "---").join("|")}|`,
    ...titles.map((title) => `| ${title} | ${columns.map((column) => cell(title, column)).join(" | ")} |`),
  ].join("\n");
}

/** @param {any[]} costs */
function costTable(costs) {
  return [
    "| | threads | start to end of first step | peak memory |",
    "|---|---|---|---|",
    ...costs.map(
      (cost) =>
        `| ${cost.peer} | ${cost.threads} | ${cost.firstStepSeconds?.toFixed(2) ?? "–"} s | ${(cost.peakBytes / 2 ** 20).toFixed(0)} MB |`,
    ),
  ].join("\n");
}

/** @param {any} result */
const about = ({ machine, data, rounds, starts }) =>
  `Medians of ${rounds} alternating rounds${starts > 1 ? ` in ${starts} sets of processes` : ""} on ${machine.cores} cores of ${machine.cpu}, Node ${machine.node} unless a row says another, ${machine.date}; ${data}.`;

/** @param {any} result */
export function markdownReport(result) {
  const absent = result.missing.length === 0 ? "" : `\nNot to be had on this machine: ${result.missing.join(", ")}.\n`;
  const sections = [...new Set(result.costs.map((/** @type {any} */ cost) => cost.model))].map((model) => {
    const ofModel = (/** @type {any} */ entry) => entry.model === model;
    const [rows, costs] = [result.rows.filter(ofModel), result.costs.filter(ofModel)];
    const counts = [...new Set(costs.map((/** @type {any} */ cost) => Number(cost.threads)))].sort();
    const tables = counts.map((threads) => speedTable(rows, Number(threads))).join("\n\n");
    const [few, many] = [Number(counts[0]), Number(counts.at(-1))];
    const scaling = few < many ? `\n\n${scalingTable(rows, few, many)}` : "";
    return `## ${titles[String(model)].title}\n\n${tables}${scaling}\n\n${costTable(costs)}\n`;
  });
  return `# Bench\n\n${about(result)}\n${absent}\n${sections.join("\n")}`;
}

if (process.argv[1]?.endsWith("report.mjs")) {
  const result = JSON.parse(readFileSync(new URL("results/cpu.json", import.meta.url), "utf8"));
  const readme = new URL("../README.md", import.meta.url);
  const rows = result.rows.filter((/** @type {any} */ row) => row.model === "handout");
  const threads = Math.max(...rows.map((/** @type {any} */ row) => row.threads));
  const table = `<!-- bench:start -->\n${speedTable(rows, threads)}\n\n${about(result)}\n<!-- bench:end -->`;
  writeFileSync(readme, readFileSync(readme, "utf8").replace(/<!-- bench:start -->[\s\S]*<!-- bench:end -->/, table));
  // The lint reads the README too, and wants a table's columns aligned.
  execFileSync("npx", ["biome", "format", "--write", fileURLToPath(readme)], { stdio: "inherit" });
}
