/** Elements of datasets: tensors in lists and records, taken apart and put together leaf by leaf. */
import { ShapeError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { type HostArray, isHostArray } from "../base/host-array.ts";
import { formatShape, sameShape } from "../base/shape.ts";
import { stack } from "../base/stack.ts";
import { type NestedArray, Tensor, type TensorLike, tensor } from "../base/tensor.ts";

/** Tensors in lists and records, nested as a model takes them. */
export type Nest = Tensor | readonly Nest[] | { readonly [name: string]: Nest };

/** The same structure with a tensor for each leaf: a number, a typed array, a tensor, nested lists of numbers. */
export type TensorsOf<T> = unknown extends T ? never : [TensorLike] extends [T] ? Tensor : PartsOf<T>;

type PartsOf<T> = T extends Tensor | HostArray | NestedArray
  ? Tensor
  : T extends readonly unknown[]
    ? { -readonly [K in keyof T]: TensorsOf<T[K]> }
    : T extends object
      ? { -readonly [K in keyof T]: TensorsOf<T[K]> }
      : never;

/**
 * What `batch` makes of elements of type T: a pair or a triple is [x, y, sampleWeight]. Nested lists whose length the
 * type does not say may be either.
 */
export type Batched<T> = T extends readonly number[]
  ? Tensor
  : T extends readonly [unknown, unknown] | readonly [unknown, unknown, unknown]
    ? { -readonly [K in keyof T]: TensorsOf<T[K]> }
    : T extends readonly NestedArray[]
      ? number extends T["length"]
        ? Tensor | Tensor[]
        : Tensor
      : TensorsOf<T>;

/**
 * An element as tensors. Lists of numbers, however deep, are tensors; lists with a tensor, a typed array or a record in
 * them are lists of parts. At the top, a list of two or three entries that are not all numbers is [x, y, sampleWeight].
 *
 * @throws ShapeError for ragged lists of numbers and for values that are no numbers
 */
export function toNest(value: unknown): Nest {
  const list = Array.isArray(value) && value.length >= 2 && value.length <= 3;
  if (list && value.some((entry) => typeof entry !== "number")) return value.map(partToNest);
  return partToNest(value);
}

function partToNest(value: unknown): Nest {
  if (value instanceof Tensor || typeof value === "number" || isHostArray(value)) return tensor(value);
  if (Array.isArray(value)) return isNumbers(value) ? tensor(value as TensorLike) : value.map(partToNest);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, partToNest(entry)]));
  throw new ShapeError(
    `an element holds ${formatValue(value)}; expected numbers, typed arrays, tensors, or lists and records of them`,
  );
}

function isNumbers(value: unknown): boolean {
  return typeof value === "number" || (Array.isArray(value) && value.every(isNumbers));
}

/** Whether the value is an object written as `{ … }`, not an instance of a class. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Symbol.iterator in value || Symbol.asyncIterator in value)
    return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The same structure with another tensor for each. */
export function mapNest(nest: Nest, change: (leaf: Tensor) => Tensor): Nest {
  if (nest instanceof Tensor) return change(nest);
  if (isList(nest)) return nest.map((entry) => mapNest(entry, change));
  return Object.fromEntries(Object.entries(nest).map(([name, entry]) => [name, mapNest(entry, change)]));
}

/** All tensors with the path to each: "[0]", "[1].image"; "" for the nest itself. */
export function* leavesOf(nest: Nest, path = ""): Generator<readonly [path: string, leaf: Tensor]> {
  if (nest instanceof Tensor) yield [path, nest];
  else if (isList(nest)) for (const [i, entry] of nest.entries()) yield* leavesOf(entry, `${path}[${i}]`);
  else for (const [name, entry] of Object.entries(nest)) yield* leavesOf(entry, `${path}.${name}`);
}

const isList = (nest: Nest): nest is readonly Nest[] => Array.isArray(nest);

/**
 * One nest of tensors with a new axis 0: entry i is nest i.
 *
 * @param first number of the first nest, as messages count them
 */
export function stackNests(nests: readonly Nest[], first: number, path = ""): Nest {
  const model = nests[0]!;
  const differs = (i: number, own: string, expected: string) =>
    new ShapeError(
      `element ${first + i} ${path === "" ? "is" : `has at ${path}`} ${own}, element ${first} ${expected}; ` +
        "the elements of a batch must be alike. Make them so by map(), or use batch(1)",
    );
  for (const [i, nest] of nests.entries()) {
    if (nest instanceof Tensor && model instanceof Tensor && sameShape(nest.shape, model.shape)) continue;
    if (keysOf(nest) !== keysOf(model) || nest instanceof Tensor) throw differs(i, describe(nest), describe(model));
  }
  if (model instanceof Tensor) return stack(nests as readonly Tensor[]);
  if (isList(model))
    return model.map((_, at) =>
      stackNests(
        (nests as readonly Nest[][]).map((nest) => nest[at]!),
        first,
        `${path}[${at}]`,
      ),
    );
  const records = nests as readonly Readonly<Record<string, Nest>>[];
  const stackNamed = (name: string) =>
    stackNests(
      records.map((nest) => nest[name]!),
      first,
      `${path}.${name}`,
    );
  return Object.fromEntries(Object.keys(model).map((name) => [name, stackNamed(name)]));
}

/** What two nests must share to be stacked entry by entry. */
function keysOf(nest: Nest): string {
  if (nest instanceof Tensor) return "tensor";
  return isList(nest) ? `list ${nest.length}` : JSON.stringify(Object.keys(nest).sort());
}

function describe(nest: Nest): string {
  if (nest instanceof Tensor) return `a tensor of shape ${formatShape(nest.shape)}`;
  return isList(nest) ? `a list of ${nest.length}` : `a record of ${Object.keys(nest).join(", ")}`;
}
