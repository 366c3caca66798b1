// @ts-check
/**
 * Makes the weights with which the lab's station "Where CNNs go" finds, colours and searches: lab/assets/NAME.q8 and programs.json, out of
 * models that the programs saved. Run by hand after `npm run build`:
 *
 *   for NAME in detection segmentation search; do npx fovea example $NAME --no-baselines --save FOLDER/$NAME.keras; done
 *   node bench/lab-programs.mjs FOLDER
 *
 * Kernels are rounded to 8 bits with a factor for each place of their last axis, other weights to 16 bits (lab/assets/README.md). The script
 * ends with an error, and writes nothing, if a network with the rounded weights misses the goal of its program.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { built } from "./built.mjs";
import { bytesOf, halves } from "./halves.mjs";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Pass the folder of detection.keras, segmentation.keras and search.keras.");
const out = fileURLToPath(new URL("../lab/assets", import.meta.url));
/** @type {typeof import("../src/io/numbers.ts")} */
const { halfToFloat } = await import(new URL("../dist/io/numbers.js", import.meta.url).href);
const { loadModel, tensor } = await built("index");

/** @type {Record<string, Uint8Array>} */
const files = {};
/** @type {Record<string, { parameters: number, figures: Record<string, number> }>} */
const programs = {};
for (const name of ["detection", "segmentation", "search"]) {
  const { example } = await import(new URL(`../dist/examples/${name}.js`, import.meta.url).href);
  const model = await loadModel(join(folder, `${name}.keras`), { compile: false });
  const rounded = model.getWeights().map(round);
  model.setWeights(rounded.map(({ values }, i) => tensor(values, model.weights[i]?.shape ?? [])));
  const figures = await example.judge(model, await example.draw({ seed: 1, ...example.rows }));
  for (const [figure, goal] of Object.entries(example.goals))
    if (!(figures[figure] >= goal)) throw new Error(`${name}: ${figure} ${figures[figure]} with rounded weights.`);
  files[`${name}.q8`] = Buffer.concat(rounded.flatMap(({ bytes }) => bytes));
  programs[name] = { parameters: model.countParams(), figures: ofGoals(figures, example.goals) };
  console.log(name, files[`${name}.q8`]?.length, "bytes", JSON.stringify(programs[name]));
}
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(out, name), bytes);
writeFileSync(join(out, "programs.json"), `${JSON.stringify(programs)}\n`);
process.exit(0);

/** What the lab will compute with, and its bytes. @param {import("../src/index.ts").Tensor} weight */
function round({ data, shape }) {
  if (shape.length < 2) {
    const words = halves(data);
    return { values: Float32Array.from(words, halfToFloat), bytes: [bytesOf(words)] };
  }
  const last = shape.at(-1) ?? 1;
  const largest = new Float64Array(last);
  for (let i = 0; i < data.length; i++) largest[i % last] = Math.max(largest[i % last] ?? 0, Math.abs(data[i] ?? 0));
  const words = halves(largest.map((value) => value / 127));
  const factors = Float32Array.from(words, halfToFloat);
  // A factor that was rounded down would not reach the largest value.
  const whole = Int8Array.from(data, (value, i) => {
    const factor = factors[i % last] ?? 0;
    return factor === 0 ? 0 : Math.max(-127, Math.min(127, Math.round(value / factor)));
  });
  return {
    values: Float32Array.from(whole, (value, i) => value * (factors[i % last] ?? 0)),
    bytes: [bytesOf(words), bytesOf(whole)],
  };
}

/** What the program was to reach. @param {Record<string, number>} figures @param {Record<string, number>} goals */
function ofGoals(figures, goals) {
  return Object.fromEntries(Object.keys(goals).map((name) => [name, Number(figures[name]?.toFixed(4))]));
}
