import type { Sym } from "../../ir/graph.ts";
import { batchMatMul } from "../../ops/batch-mat-mul.ts";
import { add, mul, tanh } from "../../ops/elementwise.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import { choice, flag, type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import { BaseAttention } from "./base-attention.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  /** Whether the scores have a factor that is learnt. Default false. */
  useScale: /* @__PURE__ */ flag({ default: false }),
  /** "dot": query · key; "concat": the sum of tanh(query + key), times a weight. Default "dot". */
  scoreMode: /* @__PURE__ */ choice(["dot", "concat"], { default: "dot" }),
  /** Share of the weights that are 0 in training. Default 0. */
  dropout: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
  /** Of dropout. Default null: from `setSeed`. */
  seed: /* @__PURE__ */ integer({ default: null }),
};

export type AttentionOptions = GivenOptions<typeof options>;

/**
 * Dot-product attention (Luong et al. 2015): softmax(query · keyᵀ) · value. A list of query [batch, T, features], value [batch, S,
 * …] and perhaps key [batch, S, features], which is the value by default → [batch, T, …]. Masks of the value's places are left
 * out of the sum, outputs of masked query places are 0. Weights: `scale` [] with `useScale`, `concat_score_weight` [] with
 * "concat". K: `layers/attention/attention.py`.
 *
 * @throws ShapeError for inputs that are no sequences, or that do not fit each other
 * @example
 * ```ts
 * import { Attention } from "fovea/layers";
 * new Attention().computeOutputShape([[null, 4, 8], [null, 6, 8]]); // [null, 4, 8]
 * ```
 */
export class Attention extends BaseAttention<OptionsOf<typeof options>> {
  static override readonly className = "Attention";
  static override readonly options = options;
  /** [], with `useScale`. */
  scale: Variable | undefined;
  /** [], with "concat". */
  concatScoreWeight: Variable | undefined;

  constructor(given: AttentionOptions & LayerOptions = {}) {
    super(given);
  }

  override build(): void {
    const { useScale, scoreMode } = this.options;
    const scalar = { shape: [], initializer: "ones" } as const;
    if (useScale) this.scale = this.addWeight({ ...scalar, name: "scale" });
    if (scoreMode === "concat") this.concatScoreWeight = this.addWeight({ ...scalar, name: "concat_score_weight" });
  }

  protected override scores(query: Sym, key: Sym): Sym {
    const scaled = (x: Sym) => (this.scale === undefined ? x : mul(x, this.scale.read()));
    if (this.concatScoreWeight === undefined) return scaled(batchMatMul(query, key, { transposeB: true }));
    return mul(this.concatScoreWeight.read(), reduceSum(tanh(scaled(pairSums(query, key))), [-1]));
  }
}

/** query [batch, T, f], key [batch, S, f] → [batch, T, S, f], each sum of two. */
export function pairSums(query: Sym, key: Sym): Sym {
  const rows = reshape(query, query.spec.shape.toSpliced(2, 0, 1));
  return add(rows, reshape(key, key.spec.shape.toSpliced(1, 0, 1)));
}
