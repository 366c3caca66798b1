// @ts-check
/**
 * Loads every model file that real Keras wrote, and compares predictions. Run by hand:
 * `npm run build && node bench/files/zoo.mjs <folder of golden files>`; the folder has files2/index.json and run files beside it.
 * `--save <folder>` writes each model again, for `zoo.py`, which opens them in real Keras.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { save: { type: "string" } } });
const [folder, entry = new URL("../../dist/node/index.js", import.meta.url).href] = positionals;
if (folder === undefined)
  throw new Error("usage: node bench/files/zoo.mjs <folder> [module of fovea] [--save <folder>]");
/** @type {typeof import("../../src/index.ts")} */
const { loadModel, tensor } = await import(entry.startsWith("file:") ? entry : pathToFileURL(entry).href);

/** @typedef {{ shape: readonly number[], data: ArrayLike<number | string>, dtype?: string }} Value */
/** @typedef {Value | Value[] | Record<string, Value>} Values */
/** @typedef {Awaited<ReturnType<typeof loadModel>>} Loaded */

/** The path of a golden file. @param {string} path */
const at = (path) => join(folder, path);
const read = (/** @type {string} */ path) => JSON.parse(readFileSync(at(path), "utf8"));

/** @param {Value} value */
const tensorOf = ({ shape, data, dtype }) => {
  const numbers = Array.from(data, Number);
  return tensor(dtype === "int32" ? Int32Array.from(numbers) : Float32Array.from(numbers), shape);
};
/** @param {Values} value @returns {value is Value} */
const isValue = (value) => "shape" in value && "data" in value;
/** One value, a list or a record of them, as tensors. A list of one is that one. @param {Values} value */
const tensorsOf = (value) => {
  if (isValue(value)) return tensorOf(value);
  if (Array.isArray(value)) return value.length === 1 ? tensorOf(/** @type {Value} */ (value[0])) : value.map(tensorOf);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, tensorOf(each)]));
};
/** @param {Values} value @returns {Value[]} */
const listOf = (value) => (isValue(value) ? [value] : Object.values(value));

/** The largest |a - b| / max(1, |b|). @param {Values} actual @param {Values} expected */
function gap(actual, expected) {
  let most = 0;
  const [left, right] = [listOf(actual), listOf(expected)];
  if (left.length !== right.length) return Number.POSITIVE_INFINITY;
  left.forEach(({ data }, i) => {
    const other = /** @type {Value} */ (right[i]).data;
    if (data.length !== other.length) most = Number.POSITIVE_INFINITY;
    for (let at = 0; at < data.length; at++) {
      const [value, wanted] = [Number(data[at]), Number(other[at])];
      if (Number.isNaN(wanted) && Number.isNaN(value)) continue;
      most = Math.max(most, Math.abs(value - wanted) / Math.max(1, Math.abs(wanted)) || 0);
    }
  });
  return most;
}

/** @type {{ file: string, result: string, gap: string, words: string }[]} */
const rows = [];
/** @param {string} file @param {number} tolerance @param {() => number | Promise<number>} work */
async function check(file, tolerance, work) {
  try {
    const error = await work();
    rows.push({ file, result: error <= tolerance ? "right" : "WRONG", gap: error.toExponential(1), words: "" });
  } catch (caught) {
    const error = /** @type {Error} */ (caught);
    const missing = /Unknown layer class "(\w+)"/.exec(error.message)?.[1];
    const result = missing === undefined ? "FAILED" : "not there yet";
    rows.push({ file, result, gap: "", words: missing ?? `${error.name}: ${error.message}`.slice(0, 160) });
  }
}

/** @param {Loaded} model @param {Values} x @returns {Promise<Values>} */
const predict = async (model, x) =>
  /** @type {Values} */ (await model.predict(/** @type {never} */ (tensorsOf(x)), { verbose: 0 }));

/** Writes a model again, where that is asked for. @param {Loaded} model @param {string} name */
async function saveAgain(model, name) {
  if (values.save !== undefined && model.built) await model.save(join(values.save, `${name}.keras`));
}

/** Architecture by the .keras file, weights by another. @param {string} entry @param {string} file */
async function withWeights(entry, file) {
  const model = await loadModel(at(entry), { compile: false });
  model.setWeights(model.getWeights().map(({ shape, data }) => tensor(new Float32Array(data.length), shape)));
  await model.loadWeights(at(file));
  return model;
}

const { models, corrupt } = read("files2/index.json");
for (const { name, files, inputs, outputs } of models) {
  const whole = `files2/${files.find((/** @type {string} */ file) => file.endsWith(".keras"))}`;
  for (const file of files.filter(
    (/** @type {string} */ each) => /\.(keras|h5|json)$/.test(each) && !/_\d{5}\.weights/.test(each),
  )) {
    const isWeights = /(weights\.h5|weights\.json)$/.test(file);
    const path = `files2/${file}`;
    await check(path, name === "mixed_float16" ? 1e-2 : 1e-5, async () => {
      const model = isWeights ? await withWeights(whole, path) : await loadModel(at(path));
      const error = outputs === undefined ? 0 : gap(await predict(model, inputs), outputs);
      if (path === whole) await saveAgain(model, name);
      return error;
    });
  }
}
for (const file of readdirSync(folder).filter((each) => /\.(keras|h5)$/.test(each))) {
  const run = read(`${file.split(".")[0]}.json`);
  const { data, predictions } = run;
  await check(file, 1e-5, async () => {
    const isWeights = file.endsWith(".weights.h5");
    const noCompile = file === "run2_multi_io.h5";
    const model = isWeights
      ? await withWeights(file.replace(".weights.h5", ".keras"), file)
      : await loadModel(at(file), { compile: !noCompile });
    if (file.endsWith(".keras")) await saveAgain(model, file.slice(0, -".keras".length));
    if (predictions === undefined || data?.x === undefined) return weightsGap(model, file);
    const first = (/** @type {Value} */ value) =>
      tensorOf({
        ...value,
        shape: [4, ...value.shape.slice(1)],
        data: Array.from(value.data).slice(0, (value.data.length / Number(value.shape[0])) * 4),
      });
    const x = isValue(data.x)
      ? first(data.x)
      : Array.isArray(data.x)
        ? data.x.map(first)
        : Object.fromEntries(
            Object.entries(/** @type {Record<string, Value>} */ (data.x)).map(([k, v]) => [k, first(v)]),
          );
    return gap(/** @type {Values} */ (await model.predict(x, { verbose: 0 })), predictions);
  });
}
/** Runs without inline data: the weights must be those of the run's end. @param {Loaded} model @param {string} file */
function weightsGap(model, file) {
  const bytes = readFileSync(at(`${file.slice(0, file.indexOf("."))}.final.bin`));
  const final = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const all = model.getWeights().flatMap(({ data }) => Array.from(data));
  return gap({ shape: [], data: all }, { shape: [], data: Array.from(final) });
}

const failures = [];
for (const { file, what, madeFrom } of corrupt.filter((/** @type {{ file: string }} */ { file }) =>
  /\.(keras|h5|json)$/.test(file),
)) {
  const isGood = what.startsWith("NOT broken");
  let said = "loaded";
  try {
    if (file.endsWith(".weights.json")) await withWeights("files2/sharded.keras", `files2/${file}`);
    else await loadModel(join(folder, "files2", file));
  } catch (caught) {
    const error = /** @type {Error} */ (caught);
    said = `${error.name}: ${error.message.replaceAll(folder, "…")}`;
  }
  const isLibraryError = /^(Format|Argument|Shape|InputOutput)Error/.test(said);
  failures.push({ file, what, right: isGood ? said === "loaded" : isLibraryError, said, madeFrom });
}

for (const { file, result, gap: error, words } of rows)
  console.log(`${result.padEnd(14)} ${error.padEnd(8)} ${file}  ${words}`);
console.log();
for (const { file, right, said } of failures) console.log(`${right ? "right" : "WRONG"} ${file}: ${said}`);
const wrong =
  rows.filter(({ result }) => result === "WRONG" || result === "FAILED").length +
  failures.filter(({ right }) => !right).length;
console.log(
  `\n${rows.filter(({ result }) => result === "right").length} right, ${rows.filter(({ result }) => result === "not there yet").length} of layers that are not there yet, ${wrong} wrong`,
);
process.exitCode = wrong === 0 ? 0 : 1;
