/** Entries by their numbers, and numbers as vectors. K: `ops/numpy.py`, `ops/nn.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, equal, less, lessEqual, mul, where } from "../../ops/elementwise.ts";
import { gather } from "../../ops/gather.ts";
import { literal } from "../../ops/literal.ts";
import { transpose } from "../../ops/mat-mul.ts";
import * as order from "../../ops/order.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { reshape } from "../../ops/reshape.ts";
import { alongLast } from "./activations.ts";
import { axesOf, axisOf, checkBroadcast, checkCount, real, refuseBatch, shapeText, valuesOf } from "./checks.ts";
import { operateOn } from "./operation.ts";
import type { Made, Value } from "./value.ts";

/** Negative numbers count from the end. */
const fromEnd = (indices: Sym, length: number) => where(indices, 0, add(indices, length), indices);

/** Entries of the last axis by their numbers, one for each place of `places` in the last axis; NaN where there is none. */
function pick(x: Sym, places: Sym): Sym {
  const length = x.spec.shape.at(-1)!;
  const inside = mul(lessEqual(0, places), less(places, length));
  return where(inside, 0.5, Number.NaN, order.takeAlongLast(x, places));
}

/**
 * Entries of an axis by their numbers; the axis gives way to the axes of the indices. Negative numbers count from the end; a number
 * outside gives NaN.
 *
 * @param indices whole numbers. A number alone drops the axis
 * @param axis default null: of all values in row-major order. Not the batch; indices of a batch take from axis 0 of a table
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { take } from "fovea/ops";
 * take(input({ shape: [10, 3] }), [0, 5], 1).shape; // [null, 2, 3]
 * ```
 */
export function take<A extends Value, I extends Value>(x: A, indices: I, axis: number | null = null): Made<A | I> {
  const write = (value?: Sym, places?: Sym) => {
    const axes = axesOf("take", value!, axis);
    refuseBatch("take", value!, axes);
    const flat = axis === null ? reshape(real(value!), [sizeOf(value!.spec.shape)]) : real(value!);
    return takeOf(flat, places!, axis === null ? 0 : axes[0]!);
  };
  return operateOn<A | I>("take", "numpy.Take", [x, indices], write, { axis });
}

function takeOf(x: Sym, indices: Sym, axis: number): Sym {
  const { shape, batched } = x.spec;
  const length = shape[axis]!;
  const wanted = indices.spec.shape;
  if (!batched && axis === 0)
    return reshape(gather(x, liftScalar(fromEnd(indices, length))), [...wanted, ...shape.slice(1)]);
  if (indices.spec.batched)
    throw new ShapeError(
      `take of ${shapeText(x)} along axis ${axis} by ${shapeText(indices)}: the batch would not come first. Use takeAlongAxis, or take from axis 0 of a table.`,
    );
  const flat = reshape(fromEnd(indices, length), [...shape.slice(1).map(() => 1), sizeOf(wanted)]);
  const taken = alongLast(x, axis, (last) => pick(last, flat));
  return reshape(taken, shape.toSpliced(axis, 1, ...wanted));
}

const liftScalar = (x: Sym) => (x.spec.shape.length === 0 ? reshape(x, [1]) : x);

/** Entries of an axis by the numbers that stand at the same place of the other axes; NaN for a number outside. Not of the batch. */
export function takeAlongAxis<A extends Value, I extends Value>(
  x: A,
  indices: I,
  axis: number | null = -1,
): Made<A | I> {
  const write = (value?: Sym, places?: Sym) => {
    if (axis === null) {
      refuseBatch("takeAlongAxis", value!, [0]);
      const flat = reshape(real(value!), [sizeOf(value!.spec.shape)]);
      return pick(flat, fromEnd(reshape(places!, [sizeOf(places!.spec.shape)]), flat.spec.shape[0]!));
    }
    const at = axisOf("takeAlongAxis", value!, axis);
    refuseBatch("takeAlongAxis", value!, [at]);
    const [own, other] = [value!.spec.shape, places!.spec.shape];
    if (
      own.length !== other.length ||
      own.some((size, i) => i !== at && size !== other[i] && size !== 1 && other[i] !== 1)
    )
      throw new ShapeError(
        `takeAlongAxis of ${shapeText(value!)} by ${shapeText(places!)}: their axes must be equal but for axis ${at}.`,
      );
    const last = own
      .map((_, i) => i)
      .toSpliced(at, 1)
      .concat(at);
    const turn = (x: Sym) => (at === own.length - 1 ? x : transpose(x, last));
    const taken = pick(turn(real(value!)), fromEnd(turn(places!), own[at]!));
    return at === own.length - 1
      ? taken
      : transpose(
          taken,
          own.map((_, i) => last.indexOf(i)),
        );
  };
  return operateOn<A | I>("takeAlongAxis", "numpy.TakeAlongAxis", [x, indices], write, { axis });
}

function oneHotOf(name: string, x: Sym, numClasses: number, axis: number): Sym {
  checkCount(name, "numClasses", numClasses);
  const rank = x.spec.shape.length;
  const at = axisOf(name, x, axis, rank + 1);
  if (x.spec.batched && at === 0)
    throw new ArgumentError(`${name} of ${shapeText(x)}: axis 0 is the batch; use -1 or 1 … ${rank}.`);
  const classes = literal(
    x.builder,
    valuesOf(name, numClasses, (i) => i),
    [numClasses, ...new Array<number>(rank - at).fill(1)],
  );
  return equal(reshape(x, x.spec.shape.toSpliced(at, 0, 1)), classes);
}

/**
 * Whole numbers as vectors of one 1 among zeros; all zeros for a number outside 0 … numClasses − 1.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { oneHot } from "fovea/ops";
 * oneHot(input({ shape: [5] }), 10).shape; // [null, 5, 10]
 * ```
 */
export function oneHot<A extends Value>(x: A, numClasses: number, axis = -1): Made<A> {
  return operateOn("oneHot", "nn.OneHot", [x], (value) => oneHotOf("oneHot", value!, numClasses, axis), {
    numClasses,
    axis,
  });
}

/** Vectors with a 1 for each whole number of a row: [batch, count] → [batch, numClasses]. */
export function multiHot<A extends Value>(x: A, numClasses: number): Made<A> {
  const write = (value?: Sym) => {
    const rank = value!.spec.shape.length;
    if (rank === 0 || (rank === 1 && value!.spec.batched))
      throw new ShapeError(
        `multiHot of ${shapeText(value!)}: expected [batch, count]. Use oneHot for one number a row.`,
      );
    return reduceMax(oneHotOf("multiHot", value!, numClasses, -1), [rank === 1 ? 0 : 1]);
  };
  return operateOn("multiHot", "nn.MultiHot", [x], write, { numClasses });
}

/** The entries of an axis in ascending order, by n² comparisons. Not of the batch. */
export function sort<A extends Value>(x: A, axis = -1): Made<A> {
  return ordering("sort", "numpy.Sort", x, axis, order.sort);
}

/** The places of the entries of an axis in ascending order, as float32. Not of the batch. */
export function argsort<A extends Value>(x: A, axis = -1): Made<A> {
  return ordering("argsort", "numpy.Argsort", x, axis, order.argSort);
}

function ordering<A extends Value>(name: string, keras: string, x: A, axis: number, write: (x: Sym) => Sym): Made<A> {
  const along = (value?: Sym) => {
    const at = axisOf(name, value!, axis);
    refuseBatch(name, value!, [at]);
    return alongLast(real(value!), at, write);
  };
  return operateOn(name, keras, [x], along, { axis });
}

/** [values, places] of the k largest entries of the last axis, the largest first. */
export function topK<A extends Value>(x: A, k: number): [Made<A>, Made<A>] {
  const write = (value?: Sym): Sym[] => {
    const at = axisOf("topK", value!, -1);
    refuseBatch("topK", value!, [at]);
    if (checkCount("topK", "k", k) > value!.spec.shape[at]!)
      throw new ArgumentError(
        `topK: k is ${k}, but the last axis of ${shapeText(value!)} has ${value!.spec.shape[at]} entries.`,
      );
    const { values, indices } = order.topK(real(value!), k);
    return [values, indices];
  };
  return operateOn<A, Sym[]>("topK", "math.TopK", [x], write, { k }) as [Made<A>, Made<A>];
}

/** 1 where the target is among the k largest predictions. targets [batch], predictions [batch, classes] → [batch]. */
export function inTopK<T extends Value, P extends Value>(targets: T, predictions: P, k: number): Made<T | P> {
  const write = (target?: Sym, prediction?: Sym) => {
    checkCount("inTopK", "k", k);
    if (prediction!.spec.shape.length !== target!.spec.shape.length + 1)
      throw new ShapeError(
        `inTopK of targets ${shapeText(target!)} and predictions ${shapeText(prediction!)}: predictions have the classes as one more axis.`,
      );
    const lifted = reshape(target!, [...target!.spec.shape, 1]);
    checkBroadcast("inTopK", [lifted, prediction!]);
    const own = order.takeAlongLast(real(prediction!), lifted);
    return less(reduceSum(less(own, real(prediction!)), [-1]), k);
  };
  return operateOn<T | P>("inTopK", "math.InTopK", [targets, predictions], write, { k });
}
