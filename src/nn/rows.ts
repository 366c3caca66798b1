/** What losses and metrics share: one value per row, and shapes compared row by row. */
import { ShapeError } from "../base/errors.ts";
import { formatShape, sameShape } from "../base/shape.ts";
import type { Sym } from "../ir/graph.ts";
import { div } from "../ops/elementwise.ts";
import { reduceSum } from "../ops/reduce.ts";
import { reshape } from "../ops/reshape.ts";

/** Mean over the last axis; rows of one number each stay as they are. x [n, …, k] → [n, …]; [n] → [n]. */
export function meanLast(x: Sym): Sym {
  const { shape } = x.spec;
  return shape.length < 2 ? x : div(reduceSum(x, [-1]), shape.at(-1)!);
}

/** Sum over the last axis; rows of one number each stay as they are. x [n, …, k] → [n, …]; [n] → [n]. */
export function sumLast(x: Sym): Sym {
  return x.spec.shape.length < 2 ? x : reduceSum(x, [-1]);
}

/** Every axis of a value. */
export const allAxes = (x: Sym): number[] => x.spec.shape.map((_, axis) => axis);

/**
 * Targets in the shape of what they are compared with; an axis of size 1 at the end may be missing or too many.
 *
 * @param owner whose targets they are, for the message
 * @param hint how to mend it
 * @throws ShapeError for targets of another shape
 */
export function alignTargets(
  owner: string,
  yTrue: Sym,
  shape: readonly number[],
  hint = "Each output value needs its target.",
): Sym {
  const given = yTrue.spec.shape;
  if (sameShape(given, shape)) return yTrue;
  if (sameShape(given, [...shape, 1]) || sameShape([...given, 1], shape)) return reshape(yTrue, shape);
  const format = (sizes: readonly number[]) => formatShape(sizes, yTrue.spec.batched);
  throw new ShapeError(`${owner}: targets have shape ${format(given)}, expected ${format(shape)}. ${hint}`);
}

/** Whether the rows of `shape` have the shape that the rows of `expected` have; null stands for any size. */
export function sameRows(shape: readonly number[], expected: readonly (number | null)[]): boolean {
  const row = expected.slice(1);
  return shape.length === expected.length && shape.slice(1).every((axis, i) => row[i] === null || axis === row[i]);
}

/**
 * Sample weights with as many axes as the values that they weigh: [n] for values [n, …] gets axes of size 1, and an axis of size
 * 1 at the end that the values lack goes. Axes of size 1 are repeated.
 *
 * @throws ShapeError for weights that cannot be repeated to the values' shape
 */
export function spreadWeights(owner: string, weights: Sym, values: Sym): Sym {
  const wanted = values.spec.shape;
  const given = weights.spec.shape;
  const bare = given.length > wanted.length && given.at(-1) === 1 ? given.slice(0, -1) : given;
  const shape = [...bare, ...new Array<number>(Math.max(0, wanted.length - bare.length)).fill(1)];
  if (shape.length !== wanted.length || !shape.every((size, axis) => size === 1 || size === wanted[axis]))
    throw new ShapeError(
      `${owner}: sample weights of shape ${formatShape(given, true)} do not fit values of shape ${formatShape(wanted, true)}; ` +
        "give one weight for each row, or axes of size 1 where a weight is to be repeated.",
    );
  return shape.length === given.length ? weights : reshape(weights, shape);
}
