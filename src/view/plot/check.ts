/** Reads what figures are given; everything that cannot be drawn is an error that names the argument. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { refuseOption } from "../../base/options.ts";
import { type TensorLike, tensor } from "../../base/tensor.ts";
import { LARGEST } from "./scale.ts";

/** Numbers in a row: a list, a typed array or a tensor. */
export type Numbers = ArrayLike<number> | { readonly data: ArrayLike<number> };

/** A tensor, or whatever `tensor` makes one of: nested lists, typed arrays. */
export type Grid = TensorLike | { readonly data: ArrayLike<number>; readonly shape: readonly number[] };

export interface Values {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** Most numbers of a figure; more would take seconds to draw. */
const MOST = 2 ** 24;

const isNumberArray = (value: unknown): value is ArrayLike<number> =>
  Array.isArray(value) ||
  (ArrayBuffer.isView(value) &&
    "length" in value &&
    !(value instanceof BigInt64Array || value instanceof BigUint64Array));

/** Numbers, which may be NaN or infinite. */
export function readNumbers(owner: string, name: string, value: unknown): ArrayLike<number> {
  const inner = typeof value === "object" && value !== null && "data" in value ? value.data : value;
  if (!isNumberArray(inner)) refuseOption(owner, name, value, "a list of numbers, a typed array or a tensor");
  if (inner.length > MOST)
    throw new ArgumentError(`${owner}: ${name} has ${inner.length} numbers, at most ${MOST} are drawn.`);
  if (Array.isArray(inner))
    for (let i = 0; i < inner.length; i++)
      if (typeof inner[i] !== "number") refuseOption(owner, `${name}[${i}]`, inner[i], "a number");
  return inner;
}

/** Numbers with a shape of the given rank; `last` is what else the shape must be, in words. */
export function readGrid(owner: string, name: string, value: unknown, rank: number, expected: string): Values {
  if (Array.isArray(value) && value.length > MOST)
    throw new ArgumentError(`${owner}: ${name} has ${value.length} entries, at most ${MOST} are drawn.`);
  const isShaped = typeof value === "object" && value !== null && "data" in value && "shape" in value;
  const { data, shape } = isShaped ? shapedOf(owner, name, value) : tensor(value as TensorLike);
  if (shape.length !== rank || data.length === 0)
    throw new ShapeError(`${owner}: ${name} has the shape [${shape.join(", ")}], expected ${expected}.`);
  if (data.length > MOST)
    throw new ArgumentError(`${owner}: ${name} has ${data.length} numbers, at most ${MOST} are drawn.`);
  return { data, shape };
}

function shapedOf(owner: string, name: string, value: { readonly data: unknown; readonly shape: unknown }): Values {
  const data = readNumbers(owner, `${name}.data`, value.data);
  const { shape } = value;
  const isList = Array.isArray(shape) && shape.length <= 8;
  // A copy has no holes, which `every` would pass over.
  const isShape = isList && Array.from(shape).every((size) => Number.isInteger(size) && size >= 0);
  if (!isShape || shape.reduce((product: number, size: number) => product * size, 1) !== data.length)
    throw new ShapeError(
      `${owner}: ${name}.shape is ${formatValue(shape)}, which is not that of ${data.length} values.`,
    );
  return { data, shape: shape as readonly number[] };
}

/** A list of what `read` takes. */
export function readList<T>(
  owner: string,
  name: string,
  value: unknown,
  read: (item: unknown, name: string, i: number) => T,
): T[] {
  if (!Array.isArray(value)) refuseOption(owner, name, value, "a list");
  if (value.length > 100_000)
    throw new ArgumentError(`${owner}: ${name} has ${value.length} entries, at most 100000 are drawn.`);
  return Array.from(value as readonly unknown[], (item, i) => read(item, `${name}[${i}]`, i));
}

export function readText(owner: string, name: string, value: unknown): string {
  if (typeof value !== "string") refuseOption(owner, name, value, "a text");
  return value;
}

/** Names of things, one for each; by default their numbers. */
export function readNames(owner: string, name: string, value: unknown, count: number): readonly string[] {
  if (value === undefined) return Array.from({ length: count }, (_, i) => String(i));
  const names = readList(owner, name, value, (item, at) => readText(owner, at, item));
  if (names.length !== count)
    throw new ArgumentError(`${owner}: ${name} has ${names.length} texts for ${count}; give one for each.`);
  return names;
}

export function readNumber(owner: string, name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== "number" || !(value >= low && value <= high))
    refuseOption(owner, name, value, `a number from ${low} to ${high}`);
  return value;
}

/** A whole number. */
export function readInteger(owner: string, name: string, value: unknown, low: number, high: number): number {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high)
    refuseOption(owner, name, value, `a whole number from ${low} to ${high}`);
  return value as number;
}

export function readFlag(owner: string, name: string, value: unknown): boolean {
  if (typeof value !== "boolean") refuseOption(owner, name, value, "true or false");
  return value;
}

export function readChoice<T extends string>(owner: string, name: string, value: unknown, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) refuseOption(owner, name, value, choices.map((choice) => `"${choice}"`).join(" or "));
  return found;
}

/** [low, high] of finite numbers. */
export function readRange(owner: string, name: string, value: unknown): readonly [number, number] {
  const isPlain = (each: unknown) => typeof each === "number" && Math.abs(each) < LARGEST;
  const isRange = Array.isArray(value) && value.length === 2 && value.every(isPlain) && value[0] < value[1];
  if (!isRange) refuseOption(owner, name, value, "[low, high], two finite numbers, the lower one first");
  return value as unknown as readonly [number, number];
}
