/**
 * Axes in another order than a graph says. ONNX puts channels first, fovea last; a value therefore keeps an _order_ beside its
 * numbers: axis i as it is stored is axis order[i] of the graph that is read or written. Moving axes then costs nothing until an op
 * wants them in a certain order.
 */
import { sizeOf, stridesOf } from "../../base/shape.ts";

export type Order = readonly number[];

/** A shape with the batch axis first; null for sizes that are not known. */
export type Sizes = readonly (number | null)[];

/** Axes as the graph has them. */
export function plainOrder(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** [batch, channels, …] stored as [batch, …, channels]. */
export function channelsLast(rank: number): number[] {
  return plainOrder(rank).map((axis) => (axis === 0 ? 0 : axis === rank - 1 ? 1 : axis + 1));
}

/** [batch, …, channels] stored as [batch, channels, …]. */
export function channelsFirst(rank: number): number[] {
  return plainOrder(rank).map((axis) => (axis === 0 ? 0 : axis === 1 ? rank - 1 : axis - 1));
}

export function sameOrder(a: Order, b: Order): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

export const isPlain = (order: Order): boolean => order.every((axis, i) => axis === i);

/** The entries of the graph's axes as they are stored. */
export function toStored<T>(entries: readonly T[], order: Order): T[] {
  return order.map((axis) => entries[axis]!);
}

/** The entries of stored axes as the graph has them. */
export function fromStored<T>(entries: readonly T[], order: Order): T[] {
  return order.map((_, axis) => entries[order.indexOf(axis)]!);
}

/** The transposition that makes one order of another: axis i of the result is axis [i] of what it is made of. */
export function between(from: Order, to: Order): number[] {
  return to.map((axis) => from.indexOf(axis));
}

/** The order behind a Transpose of the graph, which moves no numbers: axis i of its result is axis permutation[i]. */
export function renamed(order: Order, permutation: readonly number[]): number[] {
  return order.map((axis) => permutation.indexOf(axis));
}

/** Whether a transposition moves axes of one entry only, so that the numbers stay where they are. */
export function movesNothing(shape: Sizes, permutation: readonly number[]): boolean {
  const moved = permutation.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}

/** Axes that a reshape makes of others, by the graph; axes of one entry are left out. */
interface Group {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Axes of a row that have more than one entry. */
const wide = (shape: Sizes): number[] => plainOrder(shape.length).filter((axis) => axis > 0 && shape[axis] !== 1);

/** The smallest groups of axes with as many entries on both sides; undefined where sizes are not known. */
function groupsOf(from: Sizes, to: Sizes): Group[] | undefined {
  const [before, after] = [wide(from), wide(to)];
  const groups: Group[] = [];
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    const [start, first] = [i, j];
    let [left, right]: (number | null | undefined)[] = [from[before[i++]!], to[after[j++]!]];
    while (left !== right) {
      if (typeof left !== "number" || typeof right !== "number") return undefined;
      if (left < right) left *= from[before[i++]!] ?? Number.NaN;
      else right *= to[after[j++]!] ?? Number.NaN;
      if (Number.isNaN(left) || Number.isNaN(right)) return undefined;
    }
    if (left === undefined) return undefined;
    groups.push({ from: before.slice(start, i), to: after.slice(first, j) });
  }
  return groups;
}

/**
 * The order of a reshaped value whose numbers stay where they are; undefined where they cannot. Both shapes are the graph's, axis 0
 * is the batch and stays.
 *
 * @param preferred orders to choose from where axes of one entry leave a choice
 */
export function regroup(from: Sizes, order: Order, to: Sizes, preferred: readonly Order[]): number[] | undefined {
  const groups = order[0] === 0 ? groupsOf(from, to) : undefined;
  if (groups === undefined) return undefined;
  const stored = order.filter((axis) => wide(from).includes(axis));
  const sequence: number[] = [];
  for (let at = 0; at < stored.length; ) {
    const group = groups.find((each) => each.from[0] === stored[at]);
    if (group === undefined || !group.from.every((axis, i) => stored[at + i] === axis)) return undefined;
    sequence.push(...group.to);
    at += group.from.length;
  }
  const fits = (candidate: Order) =>
    candidate.length === to.length &&
    sameOrder(
      candidate.filter((axis) => sequence.includes(axis)),
      sequence,
    );
  const ones = plainOrder(to.length).filter((axis) => axis > 0 && to[axis] === 1);
  return [...(preferred.find(fits) ?? [0, ...sequence, ...ones])];
}

/** The order nearest to the given one in which a value can be reshaped; undefined where there is none. */
export function reshapable(from: Sizes, order: Order, to: Sizes): number[] | undefined {
  const groups = order[0] === 0 ? groupsOf(from, to) : undefined;
  if (groups === undefined) return undefined;
  const made: number[] = [];
  for (const axis of order) {
    const group = groups.find(({ from: axes }) => axes.includes(axis))?.from ?? [axis];
    if (!made.includes(axis)) made.push(...group);
  }
  return made;
}

/** Numbers of another order of axes: axis i of the result is axis permutation[i]. */
export function permuted<T extends Float32Array | Float64Array>(
  values: T,
  shape: readonly number[],
  permutation: readonly number[],
): T {
  if (isPlain(permutation)) return values;
  const strides = stridesOf(shape);
  const [sizes, steps] = [toStored(shape, permutation), toStored(strides, permutation)];
  const made = new (values.constructor as new (length: number) => T)(values.length);
  let at = 0;
  const descend = (axis: number, base: number): void => {
    if (axis === sizes.length) made[at++] = values[base]!;
    else for (let i = 0; i < sizes[axis]!; i++) descend(axis + 1, base + i * steps[axis]!);
  };
  descend(0, 0);
  return made;
}

/** Columns of a matrix whose axis was laid out of several, in the order in which they are stored. */
export interface Scramble {
  /** Sizes of the axes as the graph has them, without the batch. */
  readonly sizes: readonly number[];
  /** Their order as they are stored, without the batch: 0 is the first axis behind it. */
  readonly order: Order;
}

/** For each column as it is stored, the column that it is in the graph. */
export function columnsOf({ sizes, order }: Scramble): Float64Array {
  const all = new Float64Array(sizeOf(sizes)).map((_, i) => i);
  return permuted(all, sizes, order);
}
