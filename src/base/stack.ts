/** Joining tensors on the host, as numpy's `concatenate` and `stack` do. */
import { allocate, promoteDTypes } from "./dtype.ts";
import { ArgumentError, ShapeError } from "./errors.ts";
import { formatValue } from "./format.ts";
import { formatShape, resolveAxis, sameShape, sizeOf } from "./shape.ts";
import { Tensor, type TensorLike, tensor } from "./tensor.ts";

function tensorsOf(who: string, tensors: unknown): Tensor[] {
  if (!Array.isArray(tensors)) throw new ArgumentError(`${who} takes a list of tensors, got ${formatValue(tensors)}.`);
  return Array.from(tensors as TensorLike[], (part) => tensor(part));
}

/**
 * Joins tensors along an axis that they have.
 *
 * @param tensors one or more of equal shapes but for `axis`; the result has the dtype that holds all of them
 * @param axis default 0; negative counts from the end
 * @example
 * ```ts
 * import { concatenate } from "fovea";
 * concatenate([[[1, 2]], [[3, 4], [5, 6]]]).toArray(); // [[1, 2], [3, 4], [5, 6]]
 * ```
 */
export function concatenate(tensors: readonly TensorLike[], axis = 0): Tensor {
  const parts = tensorsOf("concatenate", tensors);
  const first = parts[0];
  if (first === undefined) throw new ArgumentError("concatenate: the list is empty; pass at least one tensor.");
  const at = resolveAxis(axis, first.rank);
  for (const [i, { shape }] of parts.entries())
    if (!sameShape(shape.toSpliced(at, 1, 0), first.shape.toSpliced(at, 1, 0)) || shape.length !== first.rank)
      throw new ShapeError(
        `concatenate: tensor ${i} has shape ${formatShape(shape)}, tensor 0 has ${formatShape(first.shape)}; all axes but axis ${axis} must agree.`,
      );
  const length = parts.reduce((sum, part) => sum + part.shape[at]!, 0);
  const shape = first.shape.toSpliced(at, 1, length);
  const joined = allocate(promoteDTypes(parts.map(({ dtype }) => dtype)), sizeOf(shape));
  const outer = sizeOf(shape.slice(0, at));
  const inner = sizeOf(shape.slice(at + 1));
  let begin = 0;
  for (const { data, shape: own } of parts) {
    const width = own[at]! * inner;
    for (let i = 0; i < outer; i++) joined.set(data.subarray(i * width, (i + 1) * width), i * length * inner + begin);
    begin += width;
  }
  return new Tensor(joined, shape);
}

/**
 * Joins tensors of one shape along a new axis.
 *
 * @param tensors one or more of equal shapes; the result has the dtype that holds all of them
 * @param axis place of the new axis in the result; default 0, negative counts from the end
 * @example
 * ```ts
 * import { stack } from "fovea";
 * stack([[1, 2], [3, 4]], -1).toArray(); // [[1, 3], [2, 4]]
 * ```
 */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  const parts = tensorsOf("stack", tensors);
  const first = parts[0];
  if (first === undefined) throw new ArgumentError("stack: the list is empty; pass at least one tensor.");
  for (const [i, { shape }] of parts.entries())
    if (!sameShape(shape, first.shape))
      throw new ShapeError(
        `stack: tensor ${i} has shape ${formatShape(shape)}, tensor 0 has ${formatShape(first.shape)}; all must agree.`,
      );
  const at = resolveAxis(axis, first.rank + 1);
  return concatenate(
    parts.map((part) => part.reshape(part.shape.toSpliced(at, 0, 1))),
    at,
  );
}
