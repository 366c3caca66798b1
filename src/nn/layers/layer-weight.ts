/** Makes the variables of layers. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import type { Key } from "../../base/random.ts";
import { formatShape } from "../../base/shape.ts";
import type { Constraint } from "../constraints/constraint.ts";
import { checkWeightShape } from "../doors.ts";
import { type InitializerLike, resolveInitializer } from "../initializers/resolve.ts";
import { checkFlag } from "../options.ts";
import type { Regularizer } from "../regularizers/regularizer.ts";
import { Variable } from "../variable.ts";

export interface WeightOptions {
  /** Default "variable". */
  readonly name?: string;
  /** All axes must be known; what is null or undefined of an input's shape is an error that says so. */
  readonly shape: readonly (number | null | undefined)[];
  /** Default "glorot_uniform". */
  readonly initializer?: InitializerLike;
  readonly trainable?: boolean;
  readonly regularizer?: Regularizer | null;
  readonly constraint?: Constraint | null;
}

const optionNames = [
  "name",
  "shape",
  "initializer",
  "trainable",
  "regularizer",
  "constraint",
] as const satisfies readonly (keyof WeightOptions)[];

/** A weight with the values of its initializer. @throws ShapeError for an axis of unknown size */
export function makeWeight(title: string, key: Key, options: WeightOptions): Variable {
  checkKeys(`${title}.addWeight`, options, optionNames);
  if (!Array.isArray(options.shape))
    throw new ShapeError(
      `${title}: shape of addWeight is ${formatValue(options.shape)}, expected a list of whole numbers.`,
    );
  const { name = "variable", shape, initializer = "glorot_uniform", trainable = true, ...rest } = options;
  if (typeof name !== "string" || name === "")
    throw new ArgumentError(`${title}: name of addWeight is ${formatValue(name)}, expected a string.`);
  checkFlag(`${title}.addWeight`, "trainable", trainable);
  const sizes = shape.map((axis) => {
    if (axis === null || axis === undefined || !Number.isInteger(axis) || axis < 0)
      throw new ShapeError(
        `${title}: weight "${name}" would have shape ${formatShape(shape.map((size) => size ?? null))}; all of its axes must be known.`,
      );
    return axis;
  });
  checkWeightShape(`${title}: "${name}"`, sizes);
  const made = resolveInitializer(initializer);
  const draw = () => made.initialize(sizes, key);
  // Most weights of a model that is loaded are never drawn.
  const value = made.takesAnyShape ? draw : draw();
  return new Variable({ name, shape: sizes, trainable, value, ...rest });
}
