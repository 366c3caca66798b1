/**
 * Nested values: one value, a list of them or a record by name, however deep. Models and layers take and give them, as Keras's
 * `tree` does.
 */

/** One `T`, a list or a record of them. */
export type Nested<T> = T | readonly Nested<T>[] | { readonly [name: string]: Nested<T> };

/** The structure `S` of `From`s with `To` in the place of each. */
export type Mapped<S, From, To> = S extends From ? To : { [K in keyof S]: Mapped<S[K], From, To> };

/** Tells a leaf from a list or a record of leaves. */
export type IsLeaf<T> = (value: unknown) => value is T;

const entriesOf = (value: object): [string, unknown][] => Object.entries(value);

/** The leaves in order: lists by index, records in the order of their keys. */
export function flatten<T>(structure: Nested<T>, isLeaf: IsLeaf<T>): T[] {
  if (isLeaf(structure)) return [structure];
  const children = Array.isArray(structure) ? structure : Object.values(structure as object);
  return (children as Nested<T>[]).flatMap((child) => flatten(child, isLeaf));
}

/** The same structure with each leaf replaced. */
export function mapNested<T, U>(structure: Nested<T>, isLeaf: IsLeaf<T>, change: (leaf: T) => U): Nested<U> {
  if (isLeaf(structure)) return change(structure);
  if (Array.isArray(structure)) return structure.map((child: Nested<T>) => mapNested(child, isLeaf, change));
  return Object.fromEntries(
    entriesOf(structure as object).map(([name, child]) => [name, mapNested(child as Nested<T>, isLeaf, change)]),
  );
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
