/**
 * Doors: what public methods of layers, losses and their kin are given is checked here, however subclasses, ours or the user's,
 * write the methods.
 */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatBytes, formatCount, formatValue } from "../base/format.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../base/shape.ts";
import { flatten, isNoContainer, type Nested } from "../base/structure.ts";
import type { Sym } from "../ir/graph.ts";
import { type BatchShape, isSym } from "./keras-tensor.ts";
import { checkNumber } from "./options.ts";
import { Variable } from "./variable.ts";

type Method = (...args: unknown[]) => unknown;

/**
 * Lets a method of an object check what it is given before it does anything; arguments that it states and is not given are
 * undefined. Methods that the object lacks are left out.
 */
export function guard(object: object, method: string, check: (...args: readonly unknown[]) => void): void {
  const inner: unknown = Reflect.get(object, method);
  if (typeof inner !== "function") return;
  const value: Method = (...args) => {
    check(...args, ...new Array<undefined>(Math.max(0, inner.length - args.length)));
    return (inner as Method).apply(object, args);
  };
  Object.defineProperty(object, method, { value, configurable: true, writable: true });
}

/** Anything that is no list and no record of inputs. */
export const isLeaf = (value: unknown): value is unknown => isSym(value) || isNoContainer(value);

/** Throws unless it is a value of the step that is being written. */
export function checkSym(who: string, name: string, value: unknown): asserts value is Sym {
  if (isSym(value)) return;
  throw new ArgumentError(
    `${who}: ${name} is ${formatValue(value)}, expected a symbolic value of the step that is being written, as functions of "fovea/ops" and call give them.`,
  );
}

/** Lets a method check that it is given values of a step: those that are named, and others if they are given. */
export function takesSyms(object: object, title: string, method: string, names: readonly string[]): void {
  guard(object, method, (...args) => {
    const rest = args.slice(names.length).map((_, i) => `argument ${names.length + i + 1}`);
    [...names, ...rest].forEach((name, i) => {
      if (i < names.length || args[i] !== undefined) checkSym(`${title}.${method}`, name, args[i]);
    });
  });
}

const isSize = (axis: unknown) => axis === null || (Number.isSafeInteger(axis) && (axis as number) >= 0);

/** Whether it is a shape: whole numbers of 0 or more, and null for axes of any size. */
export const isShapeOfBatch = (value: unknown): value is BatchShape =>
  Array.isArray(value) && [...(value as unknown[])].every(isSize);

/** Throws unless it is one shape. */
export function checkOneShape(who: string, given: unknown): asserts given is BatchShape {
  if (!isShapeOfBatch(given))
    throw new ShapeError(
      `${who} takes one shape, batch axis first: [null, 28, 28, 1], with null for axes of any size; got ${formatValue(given)}.`,
    );
}

/** Throws unless it is a shape, or a list or record of shapes. */
export function checkShapes(who: string, given: unknown): void {
  const isShapeOrLeaf = (value: unknown): value is unknown => isShapeOfBatch(value) || isNoContainer(value);
  for (const shape of flatten<unknown>(given as Nested<unknown>, isShapeOrLeaf)) checkOneShape(who, shape);
}

/** Lets a layer check the shapes and masks that it is asked about; `requireShapes` checks those of its inputs. */
export function guardLayer(layer: object, title: string, requireShapes: (who: string, shapes: unknown) => void): void {
  guard(layer, "computeOutputShape", (shapes) => requireShapes(`${title}.computeOutputShape`, shapes));
  guard(layer, "computeMask", (inputs, mask) => {
    checkSyms(`${title}.computeMask`, "inputs", inputs);
    checkMask(`${title}.computeMask`, mask);
  });
  guard(layer, "inputDType", (index) => {
    checkNumber(`${title}.inputDType`, "index", index, "a whole number of 0 or more", (given) => given >= 0);
  });
  for (const method of ["reading", "multiplyAdds"])
    guard(layer, method, (...shapes) => {
      for (const shape of shapes) checkRowShape(`${title}.${method}`, shape);
    });
}

/** Throws unless it is the shape of one row, all axes known. */
function checkRowShape(who: string, given: unknown): void {
  if (!isShapeOfBatch(given) || given.includes(null))
    throw new ShapeError(
      `${who} takes the shape of one row, without the batch axis: [28, 28, 1]; got ${formatValue(given)}.`,
    );
}

/** Throws unless it is a value of the step, or a list or record of such. */
function checkSyms(who: string, name: string, given: unknown): void {
  const leaves = flatten(given as Nested<unknown>, isLeaf);
  for (const each of leaves.length === 0 ? [given] : leaves) checkSym(who, name, each);
}

/** Throws unless it is a mask, or a list of masks, where some may be missing. */
function checkMask(who: string, given: unknown): void {
  for (const mask of Array.isArray(given) ? (given as unknown[]) : [given])
    if (mask !== undefined && mask !== null) checkSym(who, "mask", mask);
}

/** Values that a device's memory of 4 GiB has room for. */
const MOST_VALUES = 2 ** 30;

/** Throws unless it is the shape of a weight that a device can hold. */
export function checkWeightShape(who: string, given: unknown): asserts given is Shape {
  checkShape(given);
  const size = sizeOf(given);
  if (size > MOST_VALUES)
    throw new ShapeError(
      `${who}: a weight of shape ${formatShape(given)} has ${formatCount(size)} values (${formatBytes(4 * size)}); a device holds ${formatCount(MOST_VALUES)} at most.`,
    );
}

/** Throws unless it is a list of weights. */
export function checkVariables(who: string, given: unknown): asserts given is readonly Variable[] {
  if (!Array.isArray(given)) throw new ArgumentError(`${who} takes a list of variables, got ${formatValue(given)}.`);
  for (const each of given as unknown[])
    if (!(each instanceof Variable))
      throw new ArgumentError(`${who} takes a list of variables, which holds ${formatValue(each)}.`);
}
