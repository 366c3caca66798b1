/**
 * Weights as files hold them: an array each; one of whole numbers and one of scales for a weight that is kept as int8, and halves
 * for float16. K: `save_own_variables` of the layers that Keras quantizes.
 */
import { FormatError } from "../base/errors.ts";
import type { Shape } from "../base/shape.ts";
import type { ArrayToWrite } from "../io/hdf5/writer.ts";
import { halvesOf } from "../io/numbers.ts";
import { Float16Form, Int8Form } from "../nn/compact-form.ts";
import type { Variable } from "../nn/variable.ts";

/** An array of a file that a variable, or a part of one, is written to and read from. */
export interface WeightArray {
  /** Keras's path: "dense/kernel", "dense/kernel_scale". */
  readonly path: string;
  readonly shape: Shape;
  readonly dtype: "float32" | "int8" | "float16";
  /** The numbers to be written; halves by their bits. */
  values(): ArrayToWrite["values"];
  /** Throws for numbers that it cannot take, before any array is set. @throws FormatError for scales that are none */
  check?(values: Float32Array): void;
  /** Takes the numbers of an array of this dtype, as float32. */
  set(values: Float32Array): void;
}

/**
 * The arrays of variables, in Keras's order.
 *
 * @param scalesFollow whether each scale stands behind its weight, and not behind all weights
 */
export function arraysOfVariables(variables: readonly Variable[], scalesFollow = false): WeightArray[] {
  const pairs = variables.map((variable) => ({ own: ownArray(variable), scale: scaleArray(variable) }));
  if (scalesFollow) return pairs.flatMap(({ own, scale }) => [own, ...scale]);
  return [...pairs.map(({ own }) => own), ...pairs.flatMap(({ scale }) => scale)];
}

function ownArray(variable: Variable): WeightArray {
  const { path, shape, form } = variable;
  if (form instanceof Int8Form)
    return {
      path,
      shape,
      dtype: "int8",
      values: () => form.wholeNumbers,
      set: (values) => {
        form.codes.value = new Uint8Array(Int8Array.from(values).buffer);
      },
    };
  if (form instanceof Float16Form)
    return {
      path,
      shape,
      dtype: "float16",
      values: () => form.halves,
      set: (values) => {
        form.halves = halvesOf(values);
      },
    };
  return {
    path,
    shape,
    dtype: "float32",
    // Keras counts steps in whole numbers.
    values: () => (variable.name === "iteration" ? Int32Array.from(variable.value) : variable.value),
    set: (values) => {
      variable.value = values;
    },
  };
}

function scaleArray({ path, form }: Variable): WeightArray[] {
  if (!(form instanceof Int8Form)) return [];
  const { scales } = form;
  const check = (values: Float32Array) => {
    const at = values.findIndex((scale) => !(scale > 0 && scale < Number.POSITIVE_INFINITY));
    if (at >= 0)
      throw new FormatError(`"${path}_scale" holds ${values[at]} at position ${at}, expected scales above 0.`);
  };
  const set = (values: Float32Array) => {
    scales.value = values;
  };
  const values = () => scales.value as Float32Array;
  return [{ path: `${path}_scale`, shape: scales.shape, dtype: "float32", values, check, set }];
}

/** Bytes of the numbers in a file. */
export const bytesOfArray = ({ shape, dtype }: WeightArray): number =>
  shape.reduce((product, axis) => product * axis, { float32: 4, float16: 2, int8: 1 }[dtype]);
