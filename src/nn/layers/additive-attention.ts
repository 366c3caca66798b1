import type { Sym } from "../../ir/graph.ts";
import { mul, tanh } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { pairSums } from "./attention.ts";
import { BaseAttention } from "./base-attention.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  /** Whether each feature has a factor that is learnt. Default true. */
  useScale: /* @__PURE__ */ flag({ default: true }),
  /** Share of the weights that are 0 in training. Default 0. */
  dropout: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
  /** Of dropout. Default null: from `setSeed`. */
  seed: /* @__PURE__ */ integer({ default: null }),
};

export type AdditiveAttentionOptions = GivenOptions<typeof options>;

/**
 * Additive attention (Bahdanau et al. 2015): scores Σ scale · tanh(query + key), softmax, means of the values. Inputs, masks and
 * output are those of `Attention`; query and key have as many features. Weight: `scale` [features] with `useScale`.
 * K: `layers/attention/additive_attention.py`.
 *
 * @throws ShapeError for inputs that are no sequences, or that do not fit each other
 * @example
 * ```ts
 * import { AdditiveAttention } from "fovea/layers";
 * new AdditiveAttention().computeOutputShape([[null, 4, 8], [null, 6, 8]]); // [null, 4, 8]
 * ```
 */
export class AdditiveAttention extends BaseAttention<OptionsOf<typeof options>> {
  static override readonly className = "AdditiveAttention";
  static override readonly options = options;
  /** [features], with `useScale`. */
  scale: Variable | undefined;

  constructor(given: AdditiveAttentionOptions & LayerOptions = {}) {
    super(given);
  }

  override build(shapes: readonly BatchShape[]): void {
    if (this.options.useScale) this.scale = this.addWeight({ name: "scale", shape: [this.knownAxis(shapes[0]!, -1)] });
  }

  protected override scores(query: Sym, key: Sym): Sym {
    const sums = tanh(pairSums(query, key));
    return reduceSum(this.scale === undefined ? sums : mul(this.scale.read(), sums), [-1]);
  }
}
