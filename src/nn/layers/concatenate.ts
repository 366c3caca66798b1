import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { concatenate } from "../../ops/pad.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { ListLayer } from "./merging.ts";

const options = {
  /** Axis along which the inputs stand; negative ones count from the end. Not the batch axis. Default -1. */
  axis: /* @__PURE__ */ integer({ default: -1 }),
};

export type ConcatenateOptions = GivenOptions<typeof options>;

/**
 * Several inputs side by side along one axis. K: `layers/merging/concatenate.py`.
 *
 * Images [batch, height, width, cᵢ] → [batch, height, width, Σ cᵢ] with the default axis. A mask of the inputs ends here.
 *
 * @throws ShapeError when the inputs differ along another axis
 * @example
 * ```ts
 * import { Concatenate } from "fovea/layers";
 * new Concatenate().computeOutputShape([[null, 8, 8, 3], [null, 8, 8, 5]]); // [null, 8, 8, 8]
 * ```
 */
export class Concatenate extends ListLayer<OptionsOf<typeof options>> {
  static override readonly className = "Concatenate";
  static override readonly options = options;

  constructor(given: ConcatenateOptions & LayerOptions = {}) {
    super(given);
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

  override computeOutputShape(shapes: readonly BatchShape[]): BatchShape {
    const first = shapes[0]!;
    const axis = this.#axisOf(first.length);
    const differs = (size: number | null, i: number) => {
      const other = first[i]!;
      return i > 0 && i !== axis && size !== null && other !== null && size !== other;
    };
    for (const shape of shapes)
      if (shape.length !== first.length || shape.some(differs))
        throw new ShapeError(
          `${this.title}: inputs ${formatShape(first)} and ${formatShape(shape)} differ along another axis than ${this.options.axis}; ` +
            "all other axes must be equal.",
        );
    const known = (i: number) => shapes.find((shape) => shape[i] !== null)?.[i] ?? null;
    const lengths = shapes.map((shape) => shape[axis] ?? null);
    const length = lengths.reduce((sum, each) => (sum === null || each === null ? null : sum + each));
    return first.map((size, i) => (i === axis ? length : i === 0 ? size : known(i)));
  }

  override call(inputs: readonly Sym[], _options?: CallOptions): Sym {
    return concatenate(inputs, this.#axisOf(inputs[0]!.spec.shape.length));
  }
}
