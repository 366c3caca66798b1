import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { transpose } from "../../ops/mat-mul.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, type OptionsOf, value } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** The axes of a row in their new order, counted from 1; the batch is axis 0 and stays. */
  dims: /* @__PURE__ */ value<readonly number[]>((given, owner, name) => {
    if (!Array.isArray(given) || !given.every((_, i) => given.includes(i + 1)))
      throw new ArgumentError(
        `${owner}: ${name} is ${formatValue(given)}, expected each of 1, 2, … once, as in [2, 1].`,
      );
    return given;
  }),
};

export type PermuteOptions = GivenOptions<typeof options>;

/**
 * The axes of each row in another order: axis i of the output is axis dims[i − 1] of the input, the batch stays axis 0.
 * [batch, …] → [batch, …]. K: `layers/reshaping/permute.py`.
 *
 * @throws ShapeError for inputs of another rank
 * @example
 * ```ts
 * import { Permute } from "fovea/layers";
 * new Permute({ dims: [2, 1] }).computeOutputShape([null, 10, 64]); // [null, 64, 10]
 * ```
 */
export class Permute extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "Permute";
  static override readonly options = options;
  declare readonly ranks: { readonly in: number; readonly out: "same" };

  constructor(given: PermuteOptions & LayerOptions) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { dims } = this.options;
    this.requireRank(inputShape, dims.length + 1, "[batch, …]");
    return [0, ...dims].map((axis) => inputShape[axis]!);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return transpose(x, [0, ...this.options.dims]);
  }

  override reading(): Reading {
    return { kind: "reorder" };
  }
}
