import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { reshape } from "../../ops/reshape.ts";
import { formatValue } from "../options.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface ReshapeOptions {
  /** Shape of one row; one axis may be -1. */
  readonly targetShape: readonly number[];
}

/**
 * Gives each row another shape, values in the same order. Keras `layers/reshaping/reshape.py`.
 *
 * @example
 * ```ts
 * import { Reshape } from "fovea/layers";
 * new Reshape({ targetShape: [7, -1] }).computeOutputShape([null, 49]); // [null, 7, 7]
 * ```
 */
export class Reshape extends Layer<ReshapeOptions> {
  constructor(options: ReshapeOptions & LayerOptions) {
    super("Reshape", options, { targetShape: [] });
    const { targetShape } = this.options;
    const fits =
      Array.isArray(targetShape) && targetShape.every((axis) => Number.isInteger(axis) && (axis > 0 || axis === -1));
    if (!fits || targetShape.filter((axis) => axis === -1).length > 1)
      throw new ArgumentError(
        `${this.title}: targetShape is ${formatValue(targetShape)}, expected whole numbers of 1 or more, at most one of them -1.`,
      );
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const size = sizeOf(inputShape.slice(1).map((_, axis) => this.knownAxis(inputShape, 1 + axis)));
    const { targetShape } = this.options;
    const known = Math.abs(sizeOf(targetShape));
    if (targetShape.includes(-1) ? size % known !== 0 : size !== known)
      throw new ShapeError(
        `${this.title}: rows of shape ${formatShape(inputShape.slice(1))} (${size} values) cannot become ${formatShape(targetShape)}.`,
      );
    return [inputShape[0]!, ...targetShape.map((axis) => (axis === -1 ? size / known : axis))];
  }

  override call(inputs: readonly Sym[]): Sym {
    const x = onlyInput(inputs);
    const shape = this.computeOutputShape(x.spec.shape);
    return reshape(x, shape.map(Number));
  }
}
