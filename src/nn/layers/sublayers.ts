/** Finds the layers in an object's fields, so that an own layer need not register them. */
import type { Layer } from "./layer.ts";

/** The layers in the fields of an object: alone, in lists and in records, one level deep; options that are layers count too. */
export function ownLayers(owner: object, kind: abstract new (...options: never) => Layer): Layer[] {
  const found = new Set<Layer>();
  const look = (value: unknown, deep: boolean): void => {
    if (value instanceof kind) found.add(value);
    else if (deep && Array.isArray(value)) for (const entry of value) look(entry, false);
    else if (deep && isRecord(value)) for (const entry of Object.values(value)) look(entry, false);
  };
  for (const value of Object.values(owner)) look(value, true);
  return [...found];
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
