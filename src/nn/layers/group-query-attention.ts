import { ArgumentError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { repeat } from "../../ops/slice.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import type { EinsumDense } from "./einsum-dense.ts";
import {
  dropout,
  gates,
  HeadAttention,
  type Projections,
  projectionOptions,
  type ScoreEquations,
  slidingWindow,
} from "./head-attention.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  /** Features of a head. */
  headDim: /* @__PURE__ */ integer({ min: 1 }),
  /** Heads of the query. */
  numQueryHeads: /* @__PURE__ */ integer({ min: 1 }),
  /** Heads of key and value, each for as many heads of the query. */
  numKeyValueHeads: /* @__PURE__ */ integer({ min: 1 }),
  ...gates,
  ...slidingWindow,
  ...dropout,
  ...projectionOptions,
};

export type GroupQueryAttentionOptions = GivenOptions<typeof options>;

/**
 * Attention whose heads of the query share heads of key and value in groups (Ainslie et al. 2023). A list of query [batch, T,
 * features], value [batch, S, …] and perhaps key → [batch, T, features]; with `{ returnAttentionScores: true }` a list: the
 * output, and scores [batch, query heads, T, S]. Weights: those of the layers `query`, `key`, `value` and `attention_output`.
 * K: `layers/attention/grouped_query_attention.py`.
 *
 * @throws ArgumentError where the query's heads cannot be shared out
 * @example
 * ```ts
 * import { GroupQueryAttention } from "fovea/layers";
 * const layer = new GroupQueryAttention({ headDim: 8, numQueryHeads: 4, numKeyValueHeads: 2 });
 * layer.computeOutputShape([[null, 4, 16], [null, 6, 16]]); // [null, 4, 16]
 * ```
 */
export class GroupQueryAttention extends HeadAttention<OptionsOf<typeof options>> {
  static override readonly className = "GroupQueryAttention";
  static override readonly options = options;
  /** Named as Keras's files name them. */
  _queryDense!: EinsumDense;
  _keyDense!: EinsumDense;
  _gateDense: EinsumDense | undefined;
  _valueDense!: EinsumDense;
  _outputDense!: EinsumDense;

  constructor(given: GroupQueryAttentionOptions & LayerOptions) {
    super(given);
    const { numQueryHeads, numKeyValueHeads } = this.options;
    if (numQueryHeads % numKeyValueHeads !== 0)
      throw new ArgumentError(
        `${this.title}: numQueryHeads is ${numQueryHeads}, expected a multiple of numKeyValueHeads, ${numKeyValueHeads}.`,
      );
  }

  protected override get headSize(): number {
    return this.options.headDim;
  }

  protected override get projections(): Projections {
    const [query, key, value] = [this._queryDense, this._keyDense, this._valueDense];
    return { query, key, value, gate: this._gateDense, output: this._outputDense };
  }

  protected override project(query: BatchShape): void {
    const { headDim, numQueryHeads, numKeyValueHeads, useGate } = this.options;
    this._queryDense = this.dense("query", "bqm,muh->bquh", [null, numQueryHeads, headDim], "uh");
    this._keyDense = this.dense("key", "bkm,mvh->bkvh", [null, numKeyValueHeads, headDim], "vh");
    this._valueDense = this.dense("value", "bkm,mvh->bkvh", [null, numKeyValueHeads, headDim], "vh");
    if (useGate) this._gateDense = this.dense("gate", "bqm,muh->bquh", [null, numQueryHeads, headDim], "uh", "sigmoid");
    this._outputDense = this.dense("attention_output", "bquh,uhm->bqm", [null, this.knownAxis(query, -1)], "m");
  }

  protected override equations(): ScoreEquations {
    return { product: "bkuh,bquh->buqk", combine: "buqk,bkuh->bquh", axes: 1 };
  }

  protected override spread(heads: Sym): Sym {
    return repeat(heads, this.options.numQueryHeads / this.options.numKeyValueHeads, 2);
  }
}
