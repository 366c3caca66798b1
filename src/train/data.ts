/** Checks what the user passes as inputs, targets and weights, and brings it into the form that steps are fed from. */
import { ArgumentError, ShapeError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import { flatten, isNoContainer, type Nested } from "../base/structure.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import type { BatchShape } from "../nn/keras-tensor.ts";
import { type Judge, judgeOf } from "./judge.ts";
import type { AnyModel } from "./model.ts";
import type { Objective } from "./objective.ts";
import { feedName, type Part, type RowSpec } from "./step.ts";

/** Tensors of one number of rows, by feed name: inputs, targets and weights. */
export type Feed = Readonly<Record<string, Tensor>>;

/** Weights of classes: class number → weight. */
export type ClassWeight = Readonly<Record<number, number>> | ReadonlyMap<number, number>;

/** What the user gave for a batch or for all rows. */
export interface GivenData {
  readonly x: unknown;
  readonly y?: unknown;
  readonly sampleWeight?: unknown;
  readonly classWeight?: ClassWeight | undefined;
}

/** What data is checked against. */
export interface DataTarget {
  readonly inputNames: readonly string[];
  /** undefined where the model takes any shape. */
  readonly inputShapes: readonly (BatchShape | undefined)[];
  readonly outputNames: readonly string[];
  readonly outputShapes: readonly (BatchShape | undefined)[];
  readonly judge: Judge | undefined;
}

/** What the data of a model is checked against; a model that is not built takes any shape. */
export function dataTargetOf(model: AnyModel, objective: Objective | undefined): DataTarget {
  const isKnown = model.isFunctional;
  return {
    inputNames: model.inputNames,
    inputShapes: isKnown ? model.inputs.map(({ shape }) => shape) : [undefined],
    outputNames: model.outputNames,
    outputShapes: isKnown ? model.outputs.map(({ shape }) => shape) : [undefined],
    judge: objective && judgeOf(objective),
  };
}

export function rowsOf(value: Tensor): number {
  return value.shape[0] ?? 0;
}

export function rowSpec(value: Tensor): RowSpec {
  return { shape: value.shape.slice(1), dtype: value.dtype };
}

/** Number of rows of a feed. */
export function rowsOfFeed(feed: Feed): number {
  return rowsOf(Object.values(feed)[0]!);
}

export function specsOf(feed: Feed): Record<string, RowSpec> {
  return Object.fromEntries(Object.entries(feed).map(([name, value]) => [name, rowSpec(value)]));
}

/** Rows begin … end-1 of all parts. */
export function sliceFeed(feed: Feed, begin: number, end: number): Feed {
  return Object.fromEntries(Object.entries(feed).map(([name, value]) => [name, value.slice(begin, end)]));
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  !isNoContainer(value) && !Array.isArray(value);

/** Whether a value is one tensor: nested numbers, a typed array or a Tensor, and not a list of several. */
const isTensors = (value: unknown, count: number): value is readonly unknown[] =>
  Array.isArray(value) &&
  value.length === count &&
  (count > 1 || value[0] instanceof Tensor) &&
  value.every((each) => each === undefined || each === null || typeof each === "object");

/** Sorts what was given by name, by place or alone; undefined where nothing was given. */
function listByName(who: string, what: string, given: unknown, names: readonly string[]): unknown[] {
  if (isRecord(given)) {
    for (const name of Object.keys(given))
      if (!names.includes(name)) throw unknownName(`name in ${what} of ${who}`, name, names);
    return names.map((name) => (Object.hasOwn(given, name) ? given[name] : undefined));
  }
  if (names.length === 1) return [isTensors(given, 1) ? given[0] : given];
  if (!isTensors(given, names.length))
    throw new ArgumentError(
      `${who}: ${what} must be a list of ${names.length} in the order ${names.join(", ")}, or a record by these names.`,
    );
  return [...given];
}

/** The inputs of a model of any structure, in its order. */
function listInputs(who: string, x: unknown, { inputNames, inputShapes }: DataTarget): unknown[] {
  if (inputShapes.every((shape) => shape === undefined) && !isRecord(x)) {
    return Array.isArray(x) && x.length > 0 && x.every((each) => each instanceof Tensor) ? [...x] : [x];
  }
  if (inputShapes.every((shape) => shape === undefined)) return flatten(x as Nested<unknown>, isNoContainer);
  return listByName(who, "x", x, inputNames);
}

/** An input in the shape that the model expects. [n, h, w] is taken for [n, h, w, 1], as Keras does. */
export function checkInput(who: string, x: TensorLike, name: string, shape: BatchShape | undefined): Tensor {
  if (x === undefined || x === null) throw new ArgumentError(`${who}: the input "${name}" is missing.`);
  const given = tensor(x);
  if (given.rank === 0) throw new ShapeError(`${who}: x is one number; expected rows [n, …].`);
  let value = given;
  if (shape !== undefined) {
    const expected = shape.slice(1);
    const fits = (sizes: readonly number[]) =>
      sizes.length === expected.length && sizes.every((axis, i) => expected[i] === null || axis === expected[i]);
    if (!fits(value.shape.slice(1))) {
      if (expected.at(-1) === 1 && fits([...value.shape.slice(1), 1])) value = value.reshape([...value.shape, 1]);
      else if (value.shape.at(-1) === 1 && fits(value.shape.slice(1, -1)))
        value = value.reshape(value.shape.slice(0, -1));
      else
        throw new ShapeError(
          `${who}: x has shape ${formatShape(given.shape)}, but the model's input "${name}" takes ${formatShape([null, ...expected])}. Reshape x or change the model's inputShape.`,
        );
    }
  }
  if (rowsOf(value) === 0) throw new ShapeError(`${who}: x has no rows.`);
  return value;
}

/** Inputs, targets and weights of the same number of rows, as a step is fed. */
export function checkData(who: string, given: GivenData, target: DataTarget): Feed {
  const feed: Record<string, Tensor> = {};
  const put = (part: Part, i: number, value: Tensor) => {
    feed[feedName(part, i)] = value;
  };
  const inputs = listInputs(who, given.x, target).map((x, i) =>
    checkInput(who, x as TensorLike, target.inputNames[i] ?? `x${i}`, target.inputShapes[i]),
  );
  const rows = rowsOf(inputs[0]!);
  inputs.forEach((input, i) => {
    if (rowsOf(input) !== rows)
      throw new ShapeError(
        `${who}: input "${target.inputNames[i]}" has ${rowsOf(input)} rows and "${target.inputNames[0]}" has ${rows}.`,
      );
    put("x", i, input);
  });
  const targets = given.y === undefined || given.y === null ? [] : listByName(who, "y", given.y, target.outputNames);
  targets.forEach((each, i) => {
    if (each !== undefined && each !== null) put("y", i, checkTarget(who, each as TensorLike, rows, i, target));
  });
  checkComplete(who, feed, target);
  for (const [i, weights] of weightsOf(who, given, feed, target).entries())
    if (weights !== undefined) put("w", i, checkWeights(who, weights, rows));
  return feed;
}

function checkTarget(who: string, given: TensorLike, rows: number, output: number, target: DataTarget): Tensor {
  const y = tensor(given);
  if (rowsOf(y) !== rows)
    throw new ShapeError(
      `${who}: x has ${rows} rows and y has ${y.rank === 0 ? "none" : rowsOf(y)}; every row needs its target.`,
    );
  const shape = target.outputShapes[output];
  if (shape !== undefined) target.judge?.checkTargets(output, y, shape);
  return y;
}

/** Every output with a loss needs targets, where the model's own step is Keras's. */
function checkComplete(who: string, feed: Feed, { judge, outputNames }: DataTarget): void {
  judge?.losses.forEach((loss, i) => {
    if (loss === undefined || feed[feedName("y", i)] !== undefined) return;
    if (outputNames.length > 1)
      throw new ArgumentError(`${who}: the output "${outputNames[i]}" has a loss, but y has no targets for it.`);
  });
}

function weightsOf(who: string, given: GivenData, feed: Feed, target: DataTarget): (TensorLike | undefined)[] {
  const { outputNames, outputShapes } = target;
  const { sampleWeight, classWeight } = given;
  if (classWeight !== undefined && classWeight !== null) {
    if (sampleWeight !== undefined) throw new ArgumentError(`${who}: give classWeight or sampleWeight, not both.`);
    const y = feed[feedName("y", 0)];
    if (outputNames.length > 1 || y === undefined)
      throw new ArgumentError(`${who}: classWeight needs a model of one output, with targets.`);
    return [weighClasses(who, classWeight, y, outputShapes[0]?.at(-1))];
  }
  if (sampleWeight === undefined || sampleWeight === null) return [];
  // One weight for each row weighs every output.
  const isOne = outputNames.length > 1 && !isRecord(sampleWeight) && !isTensors(sampleWeight, outputNames.length);
  const list = isOne ? outputNames.map(() => sampleWeight) : listByName(who, "sampleWeight", sampleWeight, outputNames);
  return list.map((each) => (each === null ? undefined : (each as TensorLike | undefined)));
}

function checkWeights(who: string, given: TensorLike, rows: number): Tensor {
  const weights = tensor(given, undefined, "float32");
  if (rowsOf(weights) !== rows)
    throw new ShapeError(
      `${who}: sampleWeight has shape ${formatShape(weights.shape)}, expected one weight per row: (${rows},).`,
    );
  return weights.rank === 2 && weights.shape[1] === 1 ? weights.reshape([rows]) : weights;
}

/**
 * Class weights as sample weights: integer labels directly, one-hot rows by their largest entry; a missing class weighs 1.
 *
 * @param width last axis of the model's output, where it is known: its classes, if there are several
 * @throws ArgumentError for a class that the model lacks; Keras ignores it, and a typing error with it
 */
function weighClasses(who: string, classWeight: ClassWeight, y: Tensor, width: number | null | undefined): Tensor {
  if (typeof classWeight !== "object" || classWeight === null || Array.isArray(classWeight))
    throw new ArgumentError(
      `${who}: classWeight is ${formatValue(classWeight)}, expected an object or a Map from class numbers to weights: { 0: 1, 1: 5 }.`,
    );
  const isMap = classWeight instanceof Map;
  const entries: [unknown, unknown][] = isMap ? [...classWeight] : Object.entries(classWeight);
  for (const [label, weight] of entries)
    if (
      typeof label === "symbol" ||
      typeof label === "object" ||
      !Number.isInteger(Number(label)) ||
      typeof weight !== "number" ||
      !Number.isFinite(weight)
    )
      throw new ArgumentError(
        `${who}: classWeight maps class numbers to finite weights, got ${formatValue(label)}: ${formatValue(weight)}.`,
      );
  const weights = new Map(entries.map(([label, weight]) => [Number(label), weight as number]));
  const wide = y.rank > 1 && y.shape.at(-1)! > 1;
  const classes = wide ? y.shape.at(-1)! : width;
  const end = typeof classes === "number" && classes > 1 ? classes : Number.POSITIVE_INFINITY;
  for (const label of weights.keys())
    if (label < 0 || label >= end)
      throw new ArgumentError(
        `${who}: classWeight has a weight for class ${label}, but the classes are 0 … ${end === Number.POSITIVE_INFINITY ? "" : end - 1}.`,
      );
  const labels = wide ? y.argMax() : y;
  if (sizeOf(labels.shape) !== rowsOf(y))
    throw new ShapeError(`${who}: classWeight needs one label per row, got y of shape ${formatShape(y.shape)}.`);
  return tensor(Float32Array.from(labels.data, (label) => weights.get(Math.round(label)) ?? 1));
}
