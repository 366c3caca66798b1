// @ts-check
/**
 * Exact and approximate search among the points of many pictures: `node bench/programs/search.mjs MODEL.keras [SIGNS]` after
 * `npm run build`; MODEL.keras is what `fovea example search --save` wrote, and each sign has eight pictures. It says how long an answer
 * takes, and which share of the ten nearest the graph finds.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { built } from "../built.mjs";

const [file, signs = "2500"] = process.argv.slice(2);
if (file === undefined) throw new Error("Usage: node bench/programs/search.mjs MODEL.keras [SIGNS]");
const root = fileURLToPath(new URL("../..", import.meta.url));
/** The sources, since the built program exports itself alone; beside the built ones, where "fovea" is the package. */
const bundle = await rolldown({
  input: {
    search: join(root, "examples/search/search.ts"),
    graph: join(root, "examples/search/graph.ts"),
    neighbours: join(root, "examples/search/neighbours.ts"),
  },
  platform: "node",
  external: /^(fovea(\/|$)|usearch$)/,
});
const dir = join(root, "dist/bench-search");
await bundle.write({ dir });
/** @type {typeof import("../../examples/search/search.ts")} */
const { example, pointsOf } = await import(join(dir, "search.js"));
/** @type {typeof import("../../examples/search/graph.ts")} */
const { openGraph } = await import(join(dir, "graph.js"));
/** @type {typeof import("../../examples/search/neighbours.ts")} */
const { nearest } = await import(join(dir, "neighbours.js"));
// Else they would be part of the package.
rmSync(dir, { recursive: true });
const { loadModel } = await built("index");

const model = await loadModel(file, { compile: false });
const { gallery } = await example.draw({ seed: 5, train: 1, test: Number(signs) });
const points = await pointsOf(model, gallery.pictures);
const [rows = 0, width = 0] = points.shape;
const startBuild = performance.now();
const graph = await openGraph(points);
if (graph === undefined) throw new Error("usearch is not installed.");
const buildMs = performance.now() - startBuild;

const ASKED = 500;
const [spent, shared] = [
  { exact: 0, graph: 0 },
  { all: 0, found: 0 },
];
for (let i = 0; i < ASKED; i++) {
  const row = Math.floor((i * rows) / ASKED);
  const point = points.data.slice(row * width, (row + 1) * width);
  const start = performance.now();
  const exact = nearest(points, point).slice(0, 10);
  const middle = performance.now();
  const found = new Set(graph(point, 10).map((each) => each.row));
  spent.graph += performance.now() - middle;
  spent.exact += middle - start;
  shared.all += exact.length;
  shared.found += exact.filter((each) => found.has(each.row)).length;
}
console.log(
  `${rows} pictures: exact ${(spent.exact / ASKED).toFixed(2)} ms, graph ${(spent.graph / ASKED).toFixed(3)} ms an answer (${(buildMs / 1000).toFixed(1)} s to make), ${((100 * shared.found) / shared.all).toFixed(2)} % of the ten nearest.`,
);
process.exit(0);
