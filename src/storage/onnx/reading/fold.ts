/**
 * Numbers that follow from constants alone, computed while the file is read: exports compute shapes, paddings and starts of slices
 * with ops. NaN stands for the size of the batch and passes through.
 */
import { broadcastShapes, broadcastStrides, sizeOf, stridesOf } from "../../../base/shape.ts";
import { dataTypes } from "../messages.ts";
import { permuted, plainOrder } from "../order.ts";
import { type Constant, isFloatType } from "../tensors.ts";
import type { NodeCall } from "./node-call.ts";

export type Fold = (call: NodeCall, inputs: readonly Constant[]) => Constant;

const whole = (values: readonly number[] | Float64Array, shape: readonly number[] = [values.length]): Constant => ({
  shape,
  values: Float64Array.from(values),
  whole: true,
});

/** A constant of the kind of another one. */
const like = (model: Constant, shape: readonly number[], values: Constant["values"]): Constant => ({
  shape,
  values,
  whole: model.whole,
});

const empty = ({ values }: Constant, length: number) =>
  values instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);

/** Entry by entry, with NumPy's broadcasting. */
const entrywise =
  (compute: (...entries: number[]) => number, result?: "whole"): Fold =>
  (call, inputs) => {
    const shape = broadcastShapes(...inputs.map((input) => input.shape));
    const count = sizeOf(shape);
    call.graph.spend(count);
    const isWhole = result === "whole" || inputs.every((input) => input.whole);
    const values = isWhole ? new Float64Array(count) : new Float32Array(count);
    const strides = stridesOf(shape);
    const steps = inputs.map((input) => broadcastStrides(input.shape, shape));
    for (let i = 0; i < count; i++) {
      const entries = inputs.map((input, k) => {
        let rest = i;
        let at = 0;
        strides.forEach((stride, axis) => {
          at += Math.floor(rest / stride) * steps[k]![axis]!;
          rest %= stride;
        });
        return input.values[at]!;
      });
      values[i] = compute(...entries);
    }
    return { shape, values, whole: isWhole };
  };

const divide: Fold = (call, inputs) =>
  // Whole numbers are cut towards 0.
  entrywise(inputs.every((input) => input.whole) ? (a, b) => Math.trunc(a! / b!) : (a, b) => a! / b!)(call, inputs);

/** Entries of one axis by their places. */
function taken(call: NodeCall, x: Constant, axis: number, places: readonly number[]): Constant {
  const size = x.shape[axis]!;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const outer = sizeOf(x.shape.slice(0, axis));
  call.require(
    places.every((at) => Number.isInteger(at) && at >= 0 && at < size),
    `it takes entries [${places.slice(0, 8)}] of an axis of ${size}`,
  );
  call.graph.spend(outer * places.length * inner);
  const values = empty(x, outer * places.length * inner);
  let to = 0;
  for (let i = 0; i < outer; i++)
    for (const at of places) {
      values.set(x.values.subarray((i * size + at) * inner, (i * size + at + 1) * inner), to);
      to += inner;
    }
  return like(x, x.shape.with(axis, places.length), values);
}

const gather: Fold = (call, [x, indices]) => {
  const axis = call.axis(call.int("axis", 0), x!.shape.length);
  const places = Array.from(indices!.values, (at) => (at < 0 ? at + x!.shape[axis]! : at));
  const made = taken(call, x!, axis, places);
  return like(x!, [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)], made.values);
};

const slice: Fold = (call, [x]) => {
  const starts = call.numbers("starts", 1) ?? [];
  const ends = call.numbers("ends", 2) ?? [];
  const axes = call.numbers("axes", 3) ?? plainOrder(starts.length);
  const steps = call.numbers("steps", 4) ?? starts.map(() => 1);
  return axes.reduce((made, given, i) => {
    const axis = call.axis(given, made.shape.length);
    const [size, step] = [made.shape[axis]!, steps[i] ?? 1];
    call.require(Number.isInteger(step) && step !== 0, `its steps are [${steps}]`);
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (at: number) => Math.min(high, Math.max(low, at < 0 ? at + size : at));
    const [start, stop] = [clamp(starts[i] ?? 0), clamp(ends[i] ?? size)];
    const count = Math.max(0, Math.ceil((stop - start) / step));
    call.require(Number.isInteger(count), `it cuts from [${starts}] to [${ends}]`);
    return taken(
      call,
      made,
      axis,
      Array.from({ length: count }, (_, k) => start + k * step),
    );
  }, x!);
};

const concat: Fold = (call, inputs) => {
  const [first] = inputs;
  const axis = call.axis(call.int("axis", 0), first!.shape.length);
  call.require(
    inputs.every(
      ({ shape }) =>
        shape.length === first!.shape.length && shape.every((size, i) => i === axis || size === first!.shape[i]),
    ),
    `its inputs are ${inputs.map(({ shape }) => `[${shape}]`).join(", ")}`,
  );
  const shape = first!.shape.with(
    axis,
    inputs.reduce((sum, each) => sum + each.shape[axis]!, 0),
  );
  call.graph.spend(sizeOf(shape));
  const values = empty(inputs.find((input) => !input.whole) ?? first!, sizeOf(shape));
  const outer = sizeOf(shape.slice(0, axis));
  let to = 0;
  for (let i = 0; i < outer; i++)
    for (const { values: own } of inputs) {
      const length = own.length / outer;
      values.set(own.subarray(i * length, (i + 1) * length), to);
      to += length;
    }
  return like(first!, shape, values);
};

const reshape: Fold = (call, [x]) => {
  const wanted = (call.numbers("shape", 1) ?? []).map((size, axis) => (size === 0 ? (x!.shape[axis] ?? 0) : size));
  const known = sizeOf(wanted.filter((size) => size !== -1));
  const shape = wanted.map((size) => (size === -1 ? x!.values.length / known : size));
  call.require(
    shape.every((size) => Number.isInteger(size) && size >= 0) && sizeOf(shape) === x!.values.length,
    `it makes [${wanted}] of [${x!.shape}]`,
  );
  return like(x!, shape, x!.values);
};

const transpose: Fold = (call, [x]) => {
  const rank = x!.shape.length;
  const permutation = call.ints("perm", plainOrder(rank).reverse(), rank);
  call.require(
    plainOrder(rank).every((axis) => permutation.includes(axis)),
    `its "perm" is [${permutation}]`,
  );
  call.graph.spend(x!.values.length);
  return like(
    x!,
    permutation.map((axis) => x!.shape[axis]!),
    permuted(x!.values, x!.shape, permutation),
  );
};

const squeeze: Fold = (call, [x]) => {
  const given = call.numbers("axes", 1)?.map((axis) => call.axis(axis, x!.shape.length));
  const shape = x!.shape.filter((size, axis) => !(given?.includes(axis) ?? size === 1));
  call.require(sizeOf(shape) === x!.values.length, `it drops axes [${given}] of [${x!.shape}]`);
  return like(x!, shape, x!.values);
};

const unsqueeze: Fold = (call, [x]) => {
  const given = call.numbers("axes", 1) ?? [];
  const rank = x!.shape.length + given.length;
  const axes = given.map((axis) => call.axis(axis, rank));
  call.require(new Set(axes).size === axes.length && rank <= 16, `it adds axes [${axes}]`);
  const rest = [...x!.shape];
  return like(
    x!,
    plainOrder(rank).map((axis) => (axes.includes(axis) ? 1 : rest.shift()!)),
    x!.values,
  );
};

const constantOfShape: Fold = (call, [sizes]) => {
  const shape = Array.from(sizes!.values);
  const count = sizeOf(shape);
  call.require(
    shape.every((size) => Number.isInteger(size) && size >= 0) && Number.isSafeInteger(count),
    `its shape is [${shape}]`,
  );
  call.graph.spend(count);
  const value = call.tensor("value") ?? { shape: [1], values: new Float32Array(1), whole: false };
  return like(value, shape, empty(value, count).fill(value.values[0] ?? 0));
};

const range: Fold = (call, inputs) => {
  const [start, limit, step] = inputs.map(({ values }) => values[0] ?? Number.NaN) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / step));
  call.require(Number.isSafeInteger(count), `it counts from ${start} to ${limit} by ${step}`);
  call.graph.spend(count);
  const values = empty(inputs[0]!, count).map((_: number, i: number) => start + i * step);
  return like(inputs[0]!, [count], values);
};

const cast: Fold = (call, [x]) => {
  const to = call.int("to", dataTypes.float);
  call.graph.spend(x!.values.length);
  if (isFloatType(to)) return { shape: x!.shape, values: Float32Array.from(x!.values), whole: false };
  const truth = (value: number) => (value === 0 ? 0 : 1);
  return whole(Float64Array.from(x!.values, to === dataTypes.bool ? truth : Math.trunc), x!.shape);
};

const reduceProd: Fold = (call, [x]) => {
  const axes = call.numbers("axes", 1) ?? [];
  call.require(x!.shape.length === 1 && axes.length <= 1, "it is read of lists of numbers only");
  const product = sizeOf(Array.from(x!.values));
  return like(x!, call.int("keepdims", 1) === 1 ? [1] : [], empty(x!, 1).fill(product));
};

const folds: Readonly<Record<string, Fold>> = {
  Identity: (_call, [x]) => x!,
  Dropout: (_call, [x]) => x!,
  Shape: (_call, [x]) => whole(x!.shape),
  Size: (_call, [x]) => whole([x!.values.length], []),
  ConstantOfShape: constantOfShape,
  Range: range,
  Cast: cast,
  Gather: gather,
  Slice: slice,
  Concat: concat,
  Reshape: reshape,
  Flatten: (_call, [x]) => like(x!, [x!.shape[0] ?? 1, sizeOf(x!.shape.slice(1))], x!.values),
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  ReduceProd: reduceProd,
  Add: entrywise((a, b) => a! + b!),
  Sub: entrywise((a, b) => a! - b!),
  Mul: entrywise((a, b) => a! * b!),
  Div: divide,
  Pow: entrywise((a, b) => a! ** b!),
  Mod: entrywise((a, b) => a! - b! * Math.floor(a! / b!)),
  Min: entrywise(Math.min),
  Max: entrywise(Math.max),
  Neg: entrywise((a) => -a!),
  Abs: entrywise(Math.abs),
  Floor: entrywise(Math.floor),
  Ceil: entrywise(Math.ceil),
  Sqrt: entrywise(Math.sqrt),
  Reciprocal: entrywise((a) => 1 / a!),
  Equal: entrywise((a, b) => (a === b ? 1 : 0), "whole"),
  Less: entrywise((a, b) => (a! < b! ? 1 : 0), "whole"),
  Greater: entrywise((a, b) => (a! > b! ? 1 : 0), "whole"),
  Not: entrywise((a) => (a === 0 ? 1 : 0), "whole"),
  Where: entrywise((condition, yes, no) => (condition === 0 ? no! : yes!)),
};

const ofTwo: readonly string[] = [
  "Gather",
  "Reshape",
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Pow",
  "Mod",
  "Equal",
  "Less",
  "Greater",
];
const ofThree: readonly string[] = ["Range", "Where"];

/** Inputs without which an op has no meaning. */
const neededBy = (type: string) => (ofThree.includes(type) ? 3 : ofTwo.includes(type) ? 2 : 1);

/** Names of the ops that are computed while the file is read. */
export const foldNames: readonly string[] = /* @__PURE__ */ Object.keys(folds);

/** What a node makes of constants; undefined where it reads something else, or is not computed here. */
export function fold(call: NodeCall, inputs: readonly (Constant | undefined)[]): Constant | undefined {
  const type = call.node.opType ?? "";
  if (!Object.hasOwn(folds, type)) return undefined;
  const least = neededBy(type);
  const given = inputs.filter((each) => each !== undefined);
  call.require(
    inputs.slice(0, least).filter((each) => each !== undefined).length === least,
    `it has ${given.length} of the ${least} inputs that it needs`,
  );
  return folds[type]!(call, given);
}
