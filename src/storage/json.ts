/** JSON out of files. */
import { FormatError } from "../base/errors.ts";
import { type ByteSource, readAll } from "../io/byte-source.ts";

export type Json = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Configs of the largest models have some megabytes. */
const MOST_BYTES = 1 << 28;
/** Models in models in layers; everything that walks a config calls itself. */
const MOST_LEVELS = 200;

export async function readJson(source: ByteSource): Promise<Json> {
  return parseJson(source.name, new TextDecoder().decode(await readAll(source, MOST_BYTES)));
}

/** @param what names the text in messages: `"config.json" in model.keras` */
export function parseJson(what: string, text: string): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${what} is no JSON: ${(cause as Error).message}.`, { cause });
  }
  checkLevels(what, parsed);
  if (!isJsonObject(parsed)) throw new FormatError(`${what} is ${typeof parsed} in JSON, expected an object.`);
  return parsed;
}

function checkLevels(what: string, parsed: unknown): void {
  const waiting: { readonly value: unknown; readonly level: number }[] = [{ value: parsed, level: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, level } = next;
    if (typeof value !== "object" || value === null) continue;
    if (level > MOST_LEVELS) throw new FormatError(`${what} is nested more than ${MOST_LEVELS} levels deep.`);
    // As a key it would be taken for the prototype by code that copies objects.
    if (Object.hasOwn(value, "__proto__")) throw new FormatError(`${what} has a key "__proto__".`);
    for (const each of Object.values(value)) waiting.push({ value: each, level: level + 1 });
  }
}

/** Options that Keras refuses where they are whole numbers of Python: 0 stands as 0.0. K: `optimizers/sgd.py` and others. */
const floats: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "beta",
  "learning_rate",
  "momentum",
  "threshold",
  "weight_decay",
]);
const FLOAT = "\u0000float ";

/** JSON of a config. A function stands in it by its name, as Keras writes functions. */
export function stringify(value: unknown): string {
  const text = JSON.stringify(value, (key, each: unknown) => {
    if (typeof each === "function")
      return { module: "builtins", class_name: "function", config: each.name, registered_name: "function" };
    return floats.has(key) && Number.isSafeInteger(each) ? `${FLOAT}${each}` : each;
  });
  return text.replaceAll(/"\\u0000float (-?\d+)"/g, "$1.0");
}
