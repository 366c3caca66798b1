import type { Sym } from "../../ir/graph.ts";
import { div, mul, tanh } from "../../ops/elementwise.ts";
import { matMul, transpose } from "../../ops/mat-mul.ts";
import type { CallOptions } from "../call-context.ts";
import type { ScaledAxes } from "../compact-form.ts";
import { fixed, flag, type GivenOptions, number, type OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import type { Variable } from "../variable.ts";
import { Embedding, type EmbeddingOptions } from "./embedding.ts";
import type { LayerOptions } from "./layer.ts";

const options = {
  /** Whether the way back multiplies by the table itself; else it has weights of its own. Default true. */
  tieWeights: /* @__PURE__ */ flag({ default: true }),
  /** Only null. */
  reverseDtype: /* @__PURE__ */ fixed(null, "only null: everything is float32"),
  /** Logits y become cap · tanh(y / cap). Default null: they stay. */
  logitSoftCap: /* @__PURE__ */ number({ min: 0, open: true, default: null }),
};

export type ReversibleEmbeddingOptions = EmbeddingOptions & GivenOptions<typeof options>;

/** What `call` and `apply` take besides the input. */
export interface ReversibleEmbeddingCallOptions extends CallOptions {
  /** Whether vectors become logits of the rows. Default false. */
  readonly reverse?: boolean | undefined;
}

/**
 * An `Embedding` that can be used backwards: [batch, …] of row numbers → [batch, …, outputDim]; with `{ reverse: true }` vectors
 * [batch, …, outputDim] → logits of the rows [batch, …, inputDim] (Press and Wolf 2017). Weights: `embeddings` [inputDim,
 * outputDim], without `tieWeights` also `reverse_embeddings` [outputDim, inputDim]. K: `layers/core/reversible_embedding.py`.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { ReversibleEmbedding } from "fovea/layers";
 * const words = new ReversibleEmbedding({ inputDim: 100, outputDim: 8 });
 * const vectors = words.apply(input({ shape: [5] }));
 * words.apply(vectors, { reverse: true }).shape; // [null, 5, 100]
 * ```
 */
export class ReversibleEmbedding extends Embedding {
  static override readonly className = "ReversibleEmbedding";
  // The base's options are found by the chain of classes.
  static override readonly options = options as typeof options & typeof Embedding.options;
  declare readonly options: Embedding["options"] & OptionsOf<typeof options>;
  /** [outputDim, inputDim], without `tieWeights`. */
  reverseEmbeddings: Variable | undefined;

  constructor(given: ReversibleEmbeddingOptions & LayerOptions) {
    super(given);
  }

  override get callArguments(): readonly string[] {
    return ["reverse"];
  }

  override build(): void {
    super.build();
    const { tieWeights, inputDim, outputDim, embeddingsInitializer } = this.options;
    const shape = [outputDim, inputDim];
    if (!tieWeights)
      this.reverseEmbeddings = this.addWeight({
        name: "reverse_embeddings",
        shape,
        initializer: embeddingsInitializer,
      });
  }

  override get int8Weights(): ReadonlyMap<Variable, ScaledAxes> {
    const table = super.int8Weights;
    return this.reverseEmbeddings === undefined ? table : new Map([...table, [this.reverseEmbeddings, { axes: [1] }]]);
  }

  /** It is built for row numbers, and then takes vectors, too. */
  protected override checkBuilt(): void {}

  override call(x: Sym, { reverse = false }: ReversibleEmbeddingCallOptions = {}): Sym {
    if (!reverse) {
      const vectors = super.call(x);
      currentTrace(this.title).setMask(vectors, super.computeMask(x));
      return vectors;
    }
    const kernel = this.reverseEmbeddings?.read() ?? transpose(this.embeddings.read(), [1, 0]);
    const logits = matMul(this.int8Inputs(x, [-1]), kernel);
    const { logitSoftCap: cap } = this.options;
    return cap === null ? logits : mul(tanh(div(logits, cap)), cap);
  }

  /** `call` sets it: logits have none. */
  override computeMask(): undefined {
    return undefined;
  }
}
