/** Options of layers that look words up, and of those that hash them. */
import { refuseOption } from "../../base/options.ts";
import { choice, integer, type Kind, value } from "../option-kinds.ts";
import { categoryModes } from "./categories.ts";
import type { Token } from "./vocabulary.ts";

export const lookupModes = ["int", ...categoryModes, "tf_idf"] as const;

export type LookupMode = (typeof lookupModes)[number];

/** Keras's older names. */
const older: Readonly<Record<string, LookupMode>> = { binary: "multi_hot", "tf-idf": "tf_idf" };

export function lookupMode(): Kind<LookupMode, "int", LookupMode | "binary" | "tf-idf"> {
  const mode = choice(lookupModes);
  const read = (given: unknown, owner: string, name: string) =>
    mode.read(typeof given === "string" && Object.hasOwn(older, given) ? older[given] : given, owner, name);
  return value<LookupMode, "int", LookupMode | "binary" | "tf-idf">(read, { default: "int" });
}

/** Two whole numbers by which hashes differ; one stands for both. */
export function salt(): Kind<readonly [number, number], null, number | readonly [number, number]> {
  const read = (given: unknown, owner: string, name: string): readonly [number, number] => {
    const pair: unknown = typeof given === "number" ? [given, given] : given;
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every(Number.isSafeInteger))
      refuseOption(owner, name, given, "a whole number or two of them");
    return pair as unknown as readonly [number, number];
  };
  return value<readonly [number, number], null, number | readonly [number, number]>(read, { default: null });
}

/** A list of words. */
export function vocabulary<T extends Token>(kind: T extends string ? "string" : "number"): Kind<readonly T[], null> {
  const fits = (each: unknown) => typeof each === kind && (kind === "string" || Number.isSafeInteger(each));
  const read = (given: unknown, owner: string, name: string): readonly T[] =>
    Array.isArray(given) && given.every(fits)
      ? (given as T[])
      : refuseOption(owner, name, given, kind === "string" ? "a list of texts" : "a list of whole numbers");
  return value<readonly T[], null>(read, { default: null });
}

/** Weights of the words, a number for each. */
export function idfWeights(): Kind<readonly number[], null> {
  const read = (given: unknown, owner: string, name: string): readonly number[] =>
    Array.isArray(given) && given.every(Number.isFinite)
      ? (given as number[])
      : refuseOption(owner, name, given, "a list of numbers, one for each word");
  return value<readonly number[], null>(read, { default: null });
}

/** Most words of a table. */
export const maxTokens = (): Kind<number, null> => integer({ min: 2, default: null });

/** The number of words that Keras notes. */
export const vocabularySize = (): Kind<number, null> => integer({ min: 0, default: null });
