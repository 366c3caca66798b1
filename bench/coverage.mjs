// @ts-check
/**
 * The share of public examples that need nothing that is not there, counted from the tables of ../shared/reference/usage.md, after `npm run build`:
 *
 *   node bench/coverage.mjs
 */
import { readFileSync } from "node:fs";
import { coverage, exportsOf } from "./migration/coverage.mjs";

const usage = readFileSync(new URL("../../shared/reference/usage.md", import.meta.url), "utf8");
const subpaths = [
  "layers",
  "losses",
  "metrics",
  "optimizers",
  "schedules",
  "callbacks",
  "initializers",
  "regularizers",
  "constraints",
  "applications",
  "ops",
  "utils",
  "datasets",
];
const load = (/** @type {string} */ name) => import(new URL(`../dist/node/${name}.js`, import.meta.url).href);
const modules = Object.fromEntries(
  await Promise.all(["", ...subpaths].map(async (each) => [each, await load(each || "index")])),
);
const { symbols, vision, tfjs } = coverage(usage, exportsOf(modules));

/** @param {string} title @param {readonly { name: string, missing: readonly string[] }[]} rows */
function report(title, rows) {
  const left = rows.filter(({ missing }) => missing.length > 0);
  console.log(`${title}: ${rows.length - left.length} of ${rows.length}`);
  for (const { name, missing } of left) console.log(`  ${name}: ${missing.join(", ")}`);
}
report("Symbols that the examples lacked most", symbols);
report("Vision examples nearest to being covered (of Keras; what they need of tf.* is not counted)", vision);
report("Folders of tfjs-examples", tfjs);
