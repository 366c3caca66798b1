// @ts-check
/** Which symbols of the tables in ../shared/reference/usage.md are there, and which files need nothing else. */
import { patterns } from "./keras.mjs";
import { calls } from "./tfjs.mjs";

/** Names of exports by subpath; "" is the package's root. Those of namespaces are "random.normal". @typedef {Readonly<Record<string, ReadonlySet<string>>>} Exports */

/** @param {Readonly<Record<string, object>>} modules by subpath @returns {Exports} */
export function exportsOf(modules) {
  return Object.fromEntries(
    Object.entries(modules).map(([subpath, module]) => {
      const entries = Object.entries(module);
      const inner = entries.flatMap(([name, value]) =>
        typeof value === "object" && value !== null && /^(random|image)$/.test(name)
          ? Object.keys(value).map((each) => `${name}.${each}`)
          : [],
      );
      return [subpath, new Set([...entries.map(([name]) => name), ...inner])];
    }),
  );
}

/** @param {string} name */
export const toCamel = (name) => name.replace(/_([a-z\d])/g, (_, letter) => letter.toUpperCase());

/** Whether the exports that a counterpart needs are there. @param {import("./keras.mjs").Counterpart} counterpart @param {Exports} exports */
export function holds({ lacks, needs = [] }, exports) {
  return (
    lacks === undefined &&
    needs.every((need) => {
      const [subpath, name] = need.split(" ");
      return exports[subpath ?? ""]?.has(name ?? "") === true;
    })
  );
}

/** Other spellings in the tables. @type {Readonly<Record<string, string>>} */
const aliases = { models: "", "losses.BinaryCrossentropy": "losses.BinaryCrossentropy" };

/** Whether a symbol of Keras, as the tables call it, is there. @param {string} symbol @param {Exports} exports */
export function hasKeras(symbol, exports) {
  const name = symbol.replace(/^(pattern|override)\./, "").replace(/^method\./, ".");
  const known = patterns[name];
  if (known !== undefined) return holds(known, exports);
  const has = (/** @type {string} */ subpath, /** @type {string} */ each) => exports[subpath]?.has(each) === true;
  const activation = /^activation:(\w+)$/.exec(name)?.[1];
  if (activation !== undefined) return has("ops", toCamel(activation === "swish" ? "silu" : activation));
  const [first = "", ...rest] = name.split(".");
  const last = rest.join(".");
  if (last === "") return has("layers", first);
  if (first === "random") return has("ops", `random.${toCamel(last)}`);
  if (first === "ops") return has("ops", last.split(".").map(toCamel).join("."));
  if (first === "datasets") return has("datasets", toCamel(last));
  if (first === "utils") return has("utils", toCamel(last)) || has("", toCamel(last));
  return has(aliases[first] ?? first, last);
}

/** @param {string} symbol @param {Exports} exports */
export function hasTfjs(symbol, exports) {
  return symbol === "nothing" || (calls[symbol] !== undefined && holds(calls[symbol], exports));
}

/** The entries of a cell: commas inside of parentheses do not part them. @param {string} cell */
function entriesOf(cell) {
  /** @type {string[]} */
  const entries = [];
  let [depth, entry] = [0, ""];
  for (const letter of `${cell},`) {
    if ("([{".includes(letter)) depth++;
    if (")]}".includes(letter)) depth--;
    if (letter === "," && depth === 0) {
      if (entry.trim() !== "") entries.push(entry.trim());
      entry = "";
    } else entry += letter;
  }
  return entries;
}

/** @param {string} text @param {number} number */
const sectionOf = (text, number) => new RegExp(`^## ${number}\\.[^]*?(?=^## |$(?![^]))`, "m").exec(text)?.[0] ?? "";
/** @param {string} section */
const rowsOf = (section) =>
  section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

/**
 * Each table's rows with what is missing in them.
 *
 * @param {string} usage the text of usage.md @param {Exports} exports
 */
export function coverage(usage, exports) {
  const keras = (/** @type {readonly string[]} */ symbols) => symbols.filter((each) => !hasKeras(each, exports));
  const symbols = rowsOf(sectionOf(usage, 3))
    .filter(([number]) => /^\d+$/.test(number ?? ""))
    .map(([, name = ""]) => ({ name, missing: keras([name]) }));
  const vision = rowsOf(sectionOf(usage, 7))
    .filter(([name]) => name?.endsWith(".py"))
    .map(([name = "", network = "", around = ""]) => ({
      name,
      missing: keras([...entriesOf(network), ...entriesOf(around)]),
    }));
  const tfjs = rowsOf(sectionOf(usage, 8))
    .filter(([name]) => /^[a-z]/.test(name ?? "") && name !== "example")
    .map(([name = "", lacks = ""]) => ({ name, missing: entriesOf(lacks).filter((each) => !hasTfjs(each, exports)) }));
  return { symbols, vision, tfjs };
}
