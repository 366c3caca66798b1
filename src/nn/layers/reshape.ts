import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, type OptionsOf, value } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

const isSize = (axis: unknown): axis is number => Number.isInteger(axis) && ((axis as number) > 0 || axis === -1);

const options = {
  /** Shape of one row; one axis may be -1. */
  targetShape: /* @__PURE__ */ value<readonly number[]>((shape, owner, name) => {
    if (!Array.isArray(shape) || !shape.every(isSize) || shape.filter((axis) => axis === -1).length > 1)
      throw new ArgumentError(
        `${owner}: ${name} is ${formatValue(shape)}, expected whole numbers of 1 or more, at most one of them -1.`,
      );
    return shape;
  }),
};

export type ReshapeOptions = GivenOptions<typeof options>;

/**
 * Gives each row another shape, values in the same order. K: `layers/reshaping/reshape.py`.
 *
 * @example
 * ```ts
 * import { Reshape } from "fovea/layers";
 * new Reshape({ targetShape: [7, -1] }).computeOutputShape([null, 49]); // [null, 7, 7]
 * ```
 */
export class Reshape extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "Reshape";
  static override readonly options = options;

  constructor(given: ReshapeOptions & LayerOptions) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { targetShape } = this.options;
    if (inputShape.slice(1).includes(null))
      return [inputShape[0]!, ...targetShape.map((axis) => (axis === -1 ? null : axis))];
    const size = sizeOf(inputShape.slice(1) as number[]);
    const known = Math.abs(sizeOf(targetShape));
    if (targetShape.includes(-1) ? size % known !== 0 : size !== known)
      throw new ShapeError(
        `${this.title}: rows of shape ${formatShape(inputShape.slice(1))} (${size} values) cannot become ${formatShape(targetShape)}.`,
      );
    return [inputShape[0]!, ...targetShape.map((axis) => (axis === -1 ? size / known : axis))];
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return reshape(x, this.computeOutputShape(x.spec.shape).map(Number));
  }

  override reading(): Reading {
    return { kind: "reorder" };
  }
}
