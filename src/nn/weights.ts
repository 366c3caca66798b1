/** Numbers of a layer's weights, in and out. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatShape, sameShape } from "../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import type { Variable } from "./variable.ts";

/** Copies of the values, in order. */
export function copyWeights(variables: readonly Variable[]): Tensor[] {
  return variables.map(({ value, shape }) => new Tensor(Float32Array.from(value), shape));
}

/**
 * Sets all of the variables; nothing is set when one does not fit.
 *
 * @param owner whose weights they are, for messages
 */
export function setWeights(owner: string, variables: readonly Variable[], weights: readonly TensorLike[]): void {
  if (!Array.isArray(weights) || weights.length !== variables.length)
    throw new ArgumentError(
      `setWeights: ${owner} has ${variables.length} weights, ${Array.isArray(weights) ? weights.length : "none"} were given.`,
    );
  const values = weights.map((weight: TensorLike) => tensor(weight, undefined, "float32"));
  values.forEach((value, i) => {
    const { path, shape } = variables[i]!;
    if (!sameShape(value.shape, shape))
      throw new ShapeError(
        `setWeights: weight ${i} ("${path}") has shape ${formatShape(shape)}, got ${formatShape(value.shape)}.`,
      );
  });
  const given = values.map((value, i) => ({ variable: variables[i]!, value }));
  // Those first that may refuse other numbers than they have.
  for (const kind of [true, false])
    for (const { variable, value } of given)
      if ((variable.form !== undefined) === kind) variable.value = Float32Array.from(value.data);
}
