/** Parts of values, and values made of several. The batch stays whole. K: `ops/numpy.py`, `ops/core.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape, type Pad, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { reshape } from "../../ops/reshape.ts";
import * as slices from "../../ops/slice.ts";
import {
  axesOf,
  axisOf,
  checkCount,
  checkList,
  followBatch,
  optionsOf,
  real,
  refuseBatch,
  shapeText,
} from "./checks.ts";
import { asList, operateOn, type ToCall } from "./operation.ts";
import type { Axis, Made, SameRank, Value } from "./value.ts";

/** Throws unless the shapes are equal but for one axis. */
function checkAlike(name: string, values: readonly Sym[], except: number | undefined): void {
  const [first] = values;
  for (const value of values) {
    const [a, b] = [first!.spec.shape, value.spec.shape];
    if (a.length !== b.length || a.some((size, i) => i !== except && size !== b[i]))
      throw new ShapeError(
        `${name}: ${values.map(shapeText).join(" and ")} must have equal shapes${except === undefined ? "" : ` but for axis ${except}`}.`,
      );
  }
}

/**
 * The values one after the other along an axis other than the batch.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { concatenate } from "fovea/ops";
 * concatenate([input({ shape: [4, 3] }), input({ shape: [4, 5] })], -1).shape; // [null, 4, 8]
 * ```
 */
export function concatenate<A extends Value>(xs: readonly A[], axis = 0): Made<A> {
  const write = (...values: Sym[]) => {
    const at = axisOf("concatenate", values[0]!, axis);
    const alike = followBatch("concatenate", values);
    checkAlike("concatenate", alike, at);
    refuseBatch("concatenate", alike[0]!, [at]);
    return slices.concatenateAxis(alike, at);
  };
  checkSome("concatenate", xs);
  return operateOn("concatenate", "numpy.Concatenate", xs, write, { axis }, asList);
}

/** The values side by side along a new axis, whose place in the result is `axis`; never before the batch. */
export function stack<A extends Value>(xs: readonly A[], axis = 0): Made<A> {
  const write = (...values: Sym[]) => {
    const at = axisOf("stack", values[0]!, axis, values[0]!.spec.shape.length + 1);
    const alike = followBatch("stack", values);
    checkAlike("stack", alike, undefined);
    refuseBatch("stack", alike[0]!, [at]);
    return slices.stack(alike, at);
  };
  checkSome("stack", xs);
  return operateOn("stack", "numpy.Stack", xs, write, { axis }, asList);
}

function checkSome(name: string, xs: unknown): void {
  if (!Array.isArray(xs) || xs.length === 0)
    throw new ArgumentError(
      `${name} takes a list of one value or more, got ${Array.isArray(xs) ? "an empty one" : typeof xs}.`,
    );
}

/** The entries of an axis, without it: a list. Not along the batch. */
export function unstack<A extends Value>(x: A, axis = 0): Made<A>[] {
  const write = (value?: Sym): Sym[] => {
    const at = axisOf("unstack", value!, axis);
    refuseBatch("unstack", value!, [at]);
    return slices.unstack(value!, at);
  };
  return operateOn<A, Sym[]>("unstack", "core.Unstack", [x], write, { axis });
}

/**
 * Parts of an axis, one after the other: a list. Not along the batch.
 *
 * @param indicesOrSections how many equal parts, or where parts after the first one begin
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { split } from "fovea/ops";
 * split(input({ shape: [6] }), [2], 1).map((part) => part.shape); // [[null, 2], [null, 4]]
 * ```
 */
export function split<A extends Value>(x: A, indicesOrSections: number | readonly number[], axis = 0): Made<A>[] {
  const write = (value?: Sym): Sym[] => {
    const at = axisOf("split", value!, axis);
    refuseBatch("split", value!, [at]);
    const length = value!.spec.shape[at]!;
    if (typeof indicesOrSections === "number") {
      checkCount("split", "indicesOrSections", indicesOrSections);
      if (length % indicesOrSections !== 0)
        throw new ShapeError(
          `split of ${shapeText(value!)}: axis ${at} cannot be cut into ${indicesOrSections} equal parts; give the places to cut at.`,
        );
      return slices.split(value!, new Array<number>(indicesOrSections).fill(length / indicesOrSections), at);
    }
    checkList("split", "indicesOrSections", indicesOrSections);
    const cuts = [0, ...indicesOrSections.map((cut) => (cut < 0 ? cut + length : cut)), length];
    if (cuts.some((cut, i) => i > 0 && !(Number.isInteger(cut) && cut > cuts[i - 1]!)))
      throw new ArgumentError(
        `split of ${shapeText(value!)}: cuts ${formatValue(indicesOrSections)} must rise from 1 to ${length - 1}.`,
      );
    return slices.split(
      value!,
      cuts.slice(1).map((cut, i) => cut - cuts[i]!),
      at,
    );
  };
  return operateOn<A, Sym[]>("split", "numpy.Split", [x], write, { indicesOrSections, axis });
}

/**
 * The block that begins at `startIndices`.
 *
 * @param shape its sizes; null or -1: up to the end, and for the batch
 */
export function slice<A extends Value>(
  x: A,
  startIndices: readonly number[],
  shape: readonly (number | null)[],
): SameRank<A> {
  const write = (value?: Sym) => {
    const { shape: from, batched } = value!.spec;
    checkList("slice", "startIndices", startIndices);
    checkList("slice", "shape", shape);
    const sizes = shape.map((size, i) => (size === null || size === -1 ? from[i]! - startIndices[i]! : size));
    const fits = sizes.every((size, i) => startIndices[i]! >= 0 && size > 0 && startIndices[i]! + size <= from[i]!);
    if (startIndices.length !== from.length || sizes.length !== from.length || !fits)
      throw new ShapeError(
        `slice of ${shapeText(value!)} from ${formatValue(startIndices)}, sizes ${formatShape(shape)}: give ${from.length} of each, inside of it.`,
      );
    if (batched && (startIndices[0] !== 0 || sizes[0] !== from[0])) refuseBatch("slice", value!, [0]);
    return slices.slice(value!, startIndices, sizes);
  };
  // Keras has no null there.
  const config = { shape: Array.isArray(shape) ? shape.map((size) => size ?? -1) : shape };
  const toCall: ToCall = (args) => ({ args: [...args, startIndices], config });
  return operateOn("slice", "core.Slice", [x], write, config, toCall) as SameRank<A>;
}

/** What `getItem` takes of an axis: one entry, [start, stop, step] (null: from or to the end), ":" all, "..." all of several axes. */
export type Key = number | readonly [(number | null)?, (number | null)?, (number | null)?] | ":" | "...";

/**
 * Entries by axis, as Python's x[…]: a number drops its axis, a list is a range whose negative places count from the end.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { getItem } from "fovea/ops";
 * const x = input({ shape: [10, 8, 3] });
 * getItem(x, [":", 0]).shape;                          // [null, 8, 3]        x[:, 0]
 * getItem(x, ["...", [null, null, 2], [0, -1]]).shape; // [null, 10, 4, 2]    x[..., ::2, 0:-1]
 * ```
 */
export function getItem<A extends Value>(x: A, keys: readonly Key[]): Made<A> {
  return operateOn(
    "getItem",
    "numpy.GetItem",
    [x],
    (value) => itemOf(value!, keys),
    {},
    (args) => ({
      args: [...args, keys.map(pythonKey)],
      config: {},
    }),
  );
}

/** Keras writes Python's slices, and "...", as objects. */
function pythonKey(key: Key): unknown {
  if (key === "...") return { class_name: "__ellipsis__", config: {} };
  if (typeof key === "number") return key;
  const [start = null, stop = null, step = null] = key === ":" ? [] : key;
  return { class_name: "__slice__", config: { start, stop, step } };
}

function itemOf(x: Sym, keys: readonly Key[]): Sym {
  checkList("getItem", "keys", keys);
  const { shape } = x.spec;
  const dots = keys.indexOf("...");
  const hidden = shape.length - keys.filter((key) => key !== "...").length;
  if (hidden < 0 || dots !== keys.lastIndexOf("..."))
    throw new ArgumentError(
      `getItem of ${shapeText(x)}: ${formatValue(keys)} has ${keys.length} keys for ${shape.length} axes, "..." at most once.`,
    );
  const rest = new Array<Key>(hidden).fill(":");
  const all = dots < 0 ? [...keys, ...rest] : [...keys.slice(0, dots), ...rest, ...keys.slice(dots + 1)];
  const ranges = all.map((key, axis) => rangeOf(x, key, axis));
  ranges.forEach(({ start, size, step }, axis) => {
    if (start !== 0 || size !== shape[axis] || step !== 1 || typeof all[axis] === "number")
      refuseBatch("getItem", x, [axis]);
  });
  const taken = ranges.every(({ start, size, step }, axis) => start === 0 && size === shape[axis] && step === 1)
    ? x
    : slices.slice(
        x,
        ranges.map(({ start }) => start),
        ranges.map(({ size }) => size),
        ranges.map(({ step }) => step),
      );
  return reshape(
    taken,
    taken.spec.shape.filter((_, axis) => typeof all[axis] !== "number"),
  );
}

function checkRange(x: Sym, key: unknown, axis: number): Exclude<Key, number | string> {
  const isPlace = (place: unknown) => place === undefined || place === null || Number.isInteger(place);
  if (Array.isArray(key) && key.length <= 3 && key.slice(0, 2).every(isPlace))
    return key as unknown as Exclude<Key, number | string>;
  throw new ArgumentError(
    `getItem of ${shapeText(x)}: key ${formatValue(key)} of axis ${axis}, expected an entry's number, [start, stop, step], ":" or "...".`,
  );
}

/** Python's rule for ranges: places beyond the ends are moved to them. */
function rangeOf(
  x: Sym,
  key: Key,
  axis: number,
): { readonly start: number; readonly size: number; readonly step: number } {
  const length = x.spec.shape[axis]!;
  if (typeof key === "number") {
    const at = key < 0 ? key + length : key;
    if (!Number.isInteger(key) || at < 0 || at >= length)
      throw new ArgumentError(
        `getItem of ${shapeText(x)}: entry ${formatValue(key)} of axis ${axis}, which has ${length}.`,
      );
    return { start: at, size: 1, step: 1 };
  }
  const [from, to, by] = key === ":" ? [] : checkRange(x, key, axis);
  const step = by ?? 1;
  if (!Number.isInteger(step) || step === 0)
    throw new ArgumentError(`getItem: step ${formatValue(by)} of axis ${axis}, expected a whole number but 0.`);
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (place: number) => Math.min(high, Math.max(low, place < 0 ? place + length : place));
  const start = from === undefined || from === null ? (step > 0 ? low : high) : clamp(from);
  const stop = to === undefined || to === null ? (step > 0 ? high : low) : clamp(to);
  const size = Math.ceil((stop - start) / step);
  if (size < 1) throw new ShapeError(`getItem of ${shapeText(x)}: range ${formatValue(key)} of axis ${axis} is empty.`);
  return { start, size, step };
}

/** With the order of entries reversed along axes; default: all of them, but the batch is refused. */
export function flip<A extends Value>(x: A, axis: Axis = null): SameRank<A> {
  const write = (value?: Sym) => {
    const axes = axesOf("flip", value!, axis);
    refuseBatch("flip", value!, axes);
    return slices.reverse(value!, axes);
  };
  return operateOn("flip", "numpy.Flip", [x], write, { axis }) as SameRank<A>;
}

/** Moved along an axis; what leaves at the end comes in at the start. Default: all values as one vector. Not along the batch. */
export function roll<A extends Value>(x: A, shift: number, axis: number | null = null): SameRank<A> {
  const write = (value?: Sym) => {
    const axes = axesOf("roll", value!, axis);
    refuseBatch("roll", value!, axes);
    if (!Number.isInteger(shift))
      throw new ArgumentError(`roll: shift is ${formatValue(shift)}, expected a whole number.`);
    const own = value!.spec.shape;
    const [flat, at] = axis === null ? [reshape(value!, [sizeOf(own)]), 0] : [value!, axes[0]!];
    const length = flat.spec.shape[at]!;
    const by = ((shift % length) + length) % length;
    if (by === 0) return value!;
    const parts = [slices.sliceAxis(flat, at, length - by, length), slices.sliceAxis(flat, at, 0, length - by)];
    return reshape(slices.concatenateAxis(parts, at), own);
  };
  return operateOn("roll", "numpy.Roll", [x], write, { shift, axis }) as SameRank<A>;
}

/**
 * With entries put around x.
 *
 * @param padWidth [before, after] for each axis, or one pair for all; none for the batch
 * @param mode "constant", "reflect" (without the edge) or "symmetric" (with it); default "constant"
 * @param options constantValues: default 0
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { pad } from "fovea/ops";
 * pad(input({ shape: [4, 3] }), [[0, 0], [1, 2], [0, 0]]).shape; // [null, 7, 3]
 * ```
 */
export function pad<A extends Value>(
  x: A,
  padWidth: readonly Pad[] | Pad,
  mode: "constant" | "reflect" | "symmetric" = "constant",
  options: { readonly constantValues?: number } = {},
): SameRank<A> {
  const { constantValues } = optionsOf("pad", options, { constantValues: 0 });
  const write = (value?: Sym) => {
    const { shape, batched } = value!.spec;
    checkList("pad", "padWidth", padWidth);
    const pads = typeof padWidth[0] === "number" ? shape.map(() => padWidth as Pad) : (padWidth as readonly Pad[]);
    const whole = pads.every(
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && pair.every((count) => Number.isInteger(count) && count >= 0),
    );
    if (pads.length !== shape.length || !whole)
      throw new ArgumentError(
        `pad of ${shapeText(value!)}: padWidth is ${formatValue(padWidth)}, expected [before, after] for each of ${shape.length} axes.`,
      );
    if (batched && (pads[0]![0] !== 0 || pads[0]![1] !== 0)) refuseBatch("pad", value!, [0]);
    if (!["constant", "reflect", "symmetric"].includes(mode))
      throw new ArgumentError(`pad: mode ${formatValue(mode)}, expected "constant", "reflect" or "symmetric".`);
    return slices.padWith(real(value!), pads, mode === "constant" ? constantValues : mode);
  };
  const kwargs = { constantValues: mode === "constant" ? constantValues : null };
  const toCall: ToCall = (args, config) => ({ args, kwargs, config });
  return operateOn("pad", "numpy.Pad", [x], write, { padWidth, mode }, toCall) as SameRank<A>;
}
