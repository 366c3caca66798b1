import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { exp, sub, where } from "../../ops/elementwise.ts";
import { broadcastTo } from "../../ops/reduce.ts";
import { logSumExp } from "../../ops/reductions.ts";
import { reshape } from "../../ops/reshape.ts";
import { softmax } from "../../ops/softmax.ts";
import type { CallOptions } from "../call-context.ts";
import { isSym } from "../keras-tensor.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { rowAxes } from "./row-axes.ts";
import { RowAxesLayer } from "./row-axes-layer.ts";

const options = {
  /** The axis, or axes, along which outputs add up to 1; not the batch. Default -1. */
  axis: /* @__PURE__ */ rowAxes(-1),
};

export type SoftmaxOptions = GivenOptions<typeof options>;

/** What entries that the mask leaves out count as. */
const LEFT_OUT = -1e9;

/**
 * eˣ / Σ eˣ along the axes. [batch, …] → [batch, …]; masks pass. K: `layers/activations/softmax.py`.
 *
 * Entries that the mask leaves out are 0, also where it leaves out all. A mask with fewer axes than the input holds for all entries
 * of the axes that it lacks.
 *
 * @throws ArgumentError for an axis that the input has not; ShapeError for a mask of another shape
 * @example
 * ```ts
 * import { Softmax } from "fovea/layers";
 * const layer = new Softmax();
 * (await layer.run([[1, 1]], { device: "reference" })).toArray(); // [[0.5, 0.5]]
 * ```
 */
export class Softmax extends RowAxesLayer<OptionsOf<typeof options>> {
  static override readonly className = "Softmax";
  static override readonly options = options;

  constructor(given: SoftmaxOptions & LayerOptions = {}) {
    super(given);
  }

  override call(x: Sym, { mask }: CallOptions = {}): Sym {
    if (!isSym(mask)) return this.#normalize(x);
    const counts = this.#spread(mask, x);
    return where(0.5, counts, this.#normalize(where(0.5, counts, x, LEFT_OUT)), 0);
  }

  #normalize(x: Sym): Sym {
    const axes = this.axesOf(x.spec.shape);
    return axes.length === 1 ? softmax(x, axes[0]) : exp(sub(x, logSumExp(x, axes, true)));
  }

  #spread(mask: Sym, x: Sym): Sym {
    const { shape } = x.spec;
    const own = mask.spec.shape;
    const wide = [...own, ...new Array<number>(Math.max(0, shape.length - own.length)).fill(1)];
    if (wide.length !== shape.length || wide.some((size, i) => size !== 1 && size !== shape[i]))
      throw new ShapeError(
        `${this.title}: the mask is ${formatShape(own)}, expected the axes of the input ${formatShape(shape)}, or its first ones.`,
      );
    return broadcastTo(reshape(mask, wide), x.spec);
  }
}
