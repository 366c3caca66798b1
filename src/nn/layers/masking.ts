import type { Sym } from "../../ir/graph.ts";
import { notEqual } from "../../ops/composed.ts";
import { where } from "../../ops/elementwise.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import type { CallOptions } from "../call-context.ts";
import { checkSym } from "../doors.ts";
import { type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** What the values of a step without data are. Default 0. */
  maskValue: /* @__PURE__ */ number({ default: 0 }),
};

export type MaskingOptions = GivenOptions<typeof options>;

/**
 * Marks the time steps whose values all equal `maskValue`: their values become 0, and later layers that take masks skip them.
 * [batch, time, features] → the same. K: `layers/core/masking.py`.
 *
 * @example
 * ```ts
 * import { Masking } from "fovea/layers";
 * const layer = new Masking();
 * (await layer.run([[[1, 0], [0, 0]]], { device: "reference" })).toArray(); // [[[1, 0], [0, 0]]]
 * ```
 */
export class Masking extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "Masking";
  static override readonly options = options;

  constructor(given: MaskingOptions & LayerOptions = {}) {
    super(given);
  }

  #hasData(x: Sym, keepDims: boolean): Sym {
    return reduceMax(notEqual(x, this.options.maskValue), [x.spec.shape.length - 1], keepDims);
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    return where(0, this.#hasData(x, true), x, 0);
  }

  override computeMask(x: Sym): Sym {
    checkSym(`${this.title}.computeMask`, "inputs", x);
    return this.#hasData(x, false);
  }
}
