/**
 * Nested values: one value, a list of them or a record by name, however deep. Models and layers take and give them, as Keras's
 * `tree` does.
 */
import { ArgumentError } from "./errors.ts";
import { formatValue } from "./format.ts";

/** One `T`, a list or a record of them. */
export type Nested<T> = T | readonly Nested<T>[] | { readonly [name: string]: Nested<T> };

/** The structure `S` of `From`s with `To` in the place of each. */
export type Mapped<S, From, To> = S extends From ? To : { [K in keyof S]: Mapped<S[K], From, To> };

/** Tells a leaf from a list or a record of leaves. */
export type IsLeaf<T> = (value: unknown) => value is T;

/** Levels that a structure may have; one that holds itself has no end. */
const DEEPEST = 100;

function checkDepth(depth: number): void {
  if (depth > DEEPEST)
    throw new ArgumentError(`Lists or records are nested more than ${DEEPEST} levels deep, or hold themselves.`);
}

const entriesOf = (value: object): [string, unknown][] => Object.entries(value);

/** The entries of what is no leaf. @throws ArgumentError for a value that can neither be a leaf here nor have entries */
function valuesOf(structure: unknown): unknown[] {
  if (typeof structure !== "object" || structure === null)
    throw new ArgumentError(`A structure of values holds ${formatValue(structure)}, which is none of them.`);
  return Object.values(structure);
}

/** The leaves in order: lists by index, records in the order of their keys. */
export function flatten<T>(structure: Nested<T>, isLeaf: IsLeaf<T>, depth = 0): T[] {
  if (isLeaf(structure)) return [structure];
  checkDepth(depth);
  const children = Array.isArray(structure) ? structure : valuesOf(structure);
  return (children as Nested<T>[]).flatMap((child) => flatten(child, isLeaf, depth + 1));
}

/** The same structure with each leaf replaced. */
export function mapNested<T, U>(structure: Nested<T>, isLeaf: IsLeaf<T>, change: (leaf: T) => U, depth = 0): Nested<U> {
  if (isLeaf(structure)) return change(structure);
  checkDepth(depth);
  const mapped = (child: unknown) => mapNested(child as Nested<T>, isLeaf, change, depth + 1);
  if (Array.isArray(structure)) return structure.map(mapped);
  return Object.fromEntries(entriesOf(structure as object).map(([name, child]) => [name, mapped(child)]));
}

/** Leaves in the order of `flatten` put into the structure that they came from. */
export function pack<T, U>(structure: Nested<T>, isLeaf: IsLeaf<T>, leaves: readonly U[]): Nested<U> {
  let next = 0;
  return mapNested(structure, isLeaf, () => leaves[next++]!);
}

/** Tells what is neither a list nor a plain record: a leaf of a structure of unknown things. */
export const isNoContainer: IsLeaf<unknown> = (value): value is unknown => {
  if (typeof value !== "object" || value === null) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return !Array.isArray(value) && prototype !== Object.prototype && prototype !== null;
};
