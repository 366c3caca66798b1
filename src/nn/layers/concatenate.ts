import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { concatenate } from "../../ops/pad.ts";
import { checkNumber } from "../options.ts";
import { type BatchShape, Layer, type LayerOptions } from "./layer.ts";

export interface ConcatenateOptions {
  /** Axis along which the inputs stand; negative ones count from the end. Not the batch axis. Default -1. */
  readonly axis?: number;
}

/**
 * Several inputs side by side along one axis. Keras `layers/merging/concatenate.py`.
 *
 * Images [batch, height, width, cᵢ] → [batch, height, width, Σ cᵢ] with the default axis.
 *
 * @throws ShapeError when the inputs differ along another axis
 * @example
 * ```ts
 * import { Concatenate } from "fovea/layers";
 * new Concatenate().computeOutputShape([null, 8, 8, 3], [null, 8, 8, 5]); // [null, 8, 8, 8]
 * ```
 */
export class Concatenate extends Layer<ConcatenateOptions> {
  constructor(options: ConcatenateOptions & LayerOptions = {}) {
    super("Concatenate", options, { axis: -1 });
    checkNumber(this.title, "axis", this.options.axis, "a whole number", Number.isInteger);
  }

  override get takesSeveral(): boolean {
    return true;
  }

  override get storesBuildShape(): boolean {
    return true;
  }

  /** The axis counted from the front. */
  #axisOf(rank: number): number {
    const { axis } = this.options;
    const resolved = axis < 0 ? axis + rank : axis;
    if (resolved < 1 || resolved >= rank)
      throw new ArgumentError(
        `${this.title}: axis ${axis} of inputs of ${rank} axes, expected ${1 - rank} … -1 or 1 … ${rank - 1}; rows of the batch stay apart.`,
      );
    return resolved;
  }

  override computeOutputShape(first: BatchShape, ...more: readonly BatchShape[]): BatchShape {
    const axis = this.#axisOf(first.length);
    for (const shape of more)
      if (shape.length !== first.length || shape.some((size, i) => i > 0 && i !== axis && size !== first[i]))
        throw new ShapeError(
          `${this.title}: inputs ${formatShape(first)} and ${formatShape(shape)} differ along another axis than ${this.options.axis}; ` +
            "all other axes must be equal.",
        );
    const lengths = [first, ...more].map((shape) => this.knownAxis(shape, axis));
    return first.map((size, i) => (i === axis ? lengths.reduce((sum, length) => sum + length) : size));
  }

  override call(inputs: readonly Sym[]): Sym {
    return concatenate(inputs, this.#axisOf(inputs[0]!.spec.shape.length));
  }
}
