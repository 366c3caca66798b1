/** Texts and whole numbers in nested lists, as layers take them that work before a step. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { isHostArray } from "../../base/host-array.ts";
import { sizeOf } from "../../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../../base/tensor.ts";

/** A text, or lists of them, nested as deep as the rank asks. */
export type Texts = string | readonly Texts[];

/** Entries in row-major order. */
export interface Entries<T> {
  readonly shape: readonly number[];
  readonly values: readonly T[];
}

/** @throws ArgumentError for anything but texts; ShapeError for lists of different lengths */
export function textsOf(who: string, given: unknown): Entries<string> {
  if (typeof given === "string") return { shape: [], values: [given] };
  if (!Array.isArray(given))
    throw new ArgumentError(`${who} takes texts, or nested lists of them, got ${formatValue(given)}.`);
  const parts = given.map((each: unknown) => textsOf(who, each));
  const [first] = parts;
  if (first === undefined) return { shape: [0], values: [] };
  const odd = parts.find(({ shape }) => String(shape) !== String(first.shape));
  if (odd !== undefined)
    throw new ShapeError(`${who}: the lists are ragged: [${first.shape}] beside [${odd.shape}] texts.`);
  return { shape: [given.length, ...first.shape], values: parts.flatMap(({ values }) => values) };
}

/** @throws ArgumentError for anything but numbers */
export function numbersOf(who: string, given: unknown): Entries<number> {
  const fits = given instanceof Tensor || isHostArray(given) || typeof given === "number" || Array.isArray(given);
  if (!fits) throw new ArgumentError(`${who} takes whole numbers, got ${formatValue(given)}.`);
  const { shape, data } = tensor(given as TensorLike);
  return { shape, values: Array.from(data, Math.trunc) };
}

/** Entries as nested lists. */
export function nested<T>({ shape, values }: Entries<T>): unknown {
  if (shape.length === 0) return values[0];
  const width = sizeOf(shape.slice(1));
  return Array.from({ length: shape[0]! }, (_, i) =>
    nested({ shape: shape.slice(1), values: values.slice(i * width, (i + 1) * width) }),
  );
}
