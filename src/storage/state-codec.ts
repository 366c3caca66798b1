/**
 * The state of a run as a text and arrays, so that it has a place in an HDF5 file. JSON has neither NaN nor tensors, so whatever
 * JSON cannot say is an object with one key: {"number": "NaN"}, {"record": {…}}, {"tensor": 3}, the third of the arrays.
 */
import { FormatError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { sizeOf } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import type { ArrayToWrite } from "../io/hdf5/writer.ts";
import type { CallbackState, StateValue } from "../train/callbacks/callback.ts";
import { isJsonObject, parseJson } from "./json.ts";

/** Arrays that are not float32 stand in the text: HDF5 files of weights have floats. */
type OtherArray = { readonly dtype: "int32" | "uint8"; readonly shape: readonly number[]; readonly values: number[] };

/** Collects what a state is made of. */
export function encodeState(state: CallbackState): { readonly text: string; readonly arrays: readonly ArrayToWrite[] } {
  const arrays: ArrayToWrite[] = [];
  const encode = (value: unknown, path: string): unknown => {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number")
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { number: Object.is(value, -0) ? "-0" : String(value) };
    if (value instanceof Tensor) return encodeTensor(value);
    if (Array.isArray(value)) return value.map((each, i) => encode(each, `${path}[${i}]`));
    if (typeof value !== "object")
      throw new FormatError(
        `The state of the run cannot be saved: ${path} is ${formatValue(value)}, expected numbers, texts, tensors, lists and records of them.`,
      );
    const members = Object.entries(value).filter(([, each]) => each !== undefined);
    return { record: Object.fromEntries(members.map(([name, each]) => [name, encode(each, `${path}.${name}`)])) };
  };
  const encodeTensor = ({ data, dtype, shape }: Tensor): object => {
    if (!(data instanceof Float32Array)) return { array: { dtype, shape, values: Array.from(data) } };
    arrays.push({ shape, values: data });
    return { tensor: arrays.length - 1 };
  };
  return { text: JSON.stringify(encode(state, "state")), arrays };
}

/** The state that a text and arrays stand for. @throws FormatError for anything else */
export function decodeState(what: string, text: string, arrays: readonly Tensor[]): CallbackState {
  const bad = (value: unknown) => new FormatError(`${what} is damaged: it holds ${formatValue(value)}.`);
  const decode = (value: unknown): StateValue => {
    if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number")
      return value;
    if (Array.isArray(value)) return value.map(decode);
    if (!isJsonObject(value)) throw bad(value);
    const [[kind, inside] = ["", undefined], ...others] = Object.entries(value);
    if (others.length > 0) throw bad(value);
    if (kind === "record" && isJsonObject(inside))
      return Object.fromEntries(Object.entries(inside).map(([name, each]) => [name, decode(each)]));
    if (kind === "number" && typeof inside === "string" && ["NaN", "Infinity", "-Infinity", "-0"].includes(inside))
      return Number(inside);
    if (kind === "tensor" && typeof inside === "number" && arrays[inside] !== undefined) return arrays[inside];
    if (kind === "array" && isOtherArray(inside)) {
      const { dtype, shape, values } = inside;
      return new Tensor(dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values), [...shape]);
    }
    throw bad(value);
  };
  const state = decode(parseJson(what, text));
  if (typeof state !== "object" || state === null || Array.isArray(state) || state instanceof Tensor) throw bad(state);
  return state as CallbackState;
}

function isOtherArray(value: unknown): value is OtherArray {
  if (!isJsonObject(value)) return false;
  const { dtype, shape, values } = value;
  const isCount = (each: unknown) => Number.isSafeInteger(each) && (each as number) >= 0;
  return (
    (dtype === "int32" || dtype === "uint8") &&
    Array.isArray(shape) &&
    shape.every(isCount) &&
    Array.isArray(values) &&
    values.every((each) => typeof each === "number") &&
    sizeOf(shape as number[]) === values.length
  );
}
