/** Policies of precision: fovea computes in float32, whose results are at least as exact as those of the others. */
import { isJsonObject, type Json } from "./json.ts";

const narrow = ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16"];

interface InFloat32 {
  readonly config: Json;
  /** A sentence for each policy that was replaced. */
  readonly notices: readonly string[];
}

/** The config with the policy float32 in the place of narrower ones. @param title names the file */
export function inFloat32(title: string, config: Json): InFloat32 {
  const found = new Set<string>();
  const replace = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(replace);
    if (!isJsonObject(value)) return value;
    const { class_name: className, config: inner } = value;
    const isPolicy = className === "DTypePolicy" || className === "Policy";
    if (isPolicy && isJsonObject(inner) && narrow.includes(String(inner.name))) {
      found.add(String(inner.name));
      return { ...value, config: { ...inner, name: "float32" } };
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replace(each)]));
  };
  const plain = replace(config) as Json;
  const notices = [...found].map((name) => `${title} computes in ${name} in Keras; fovea computes in float32.`);
  return { config: plain, notices };
}
