/** What Attention and AdditiveAttention share. K: `layers/attention/attention.py`. */
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { batchMatMul } from "../../ops/batch-mat-mul.ts";
import { where } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type AttentionCallOptions, AttentionLayer } from "./attention-layer.ts";
import { allOf, causalMask, checkAttention, maskedSoftmax, masksOf } from "./attention-scores.ts";
import { dropoutMask } from "./dropout-mask.ts";

interface Options {
  readonly dropout: number;
  readonly seed: number | null;
}

/** A layer of [query, value] or [query, value, key]: means of the values, weighed by scores of queries and keys. */
export abstract class BaseAttention<O extends Options> extends AttentionLayer<O> {
  /** Scores [batch, T, S] of queries [batch, T, features] and keys [batch, S, features]. */
  protected abstract scores(query: Sym, key: Sym): Sym;

  override get callArguments(): readonly string[] {
    return ["returnAttentionScores", "useCausalMask"];
  }

  override computeOutputShape(shapes: readonly BatchShape[]): BatchShape {
    checkAttention(this.title, shapes, [3, 3]);
    const [query, value] = shapes as [BatchShape, BatchShape];
    return [...query.slice(0, -1), value.at(-1)!];
  }

  protected override attend(
    inputs: readonly Sym[],
    { training, mask, useCausalMask }: AttentionCallOptions,
  ): readonly [Sym, Sym] {
    const [query, value, key = value] = inputs as [Sym, Sym, Sym?];
    const [queryMask, valueMask] = masksOf(mask);
    const scores = this.scores(query, key);
    const [, places, others] = scores.spec.shape as [number, number, number];
    const counted = allOf([
      valueMask === undefined ? undefined : reshape(valueMask, [valueMask.spec.shape[0]!, 1, others]),
      useCausalMask === true ? causalMask(scores, places, others) : undefined,
    ]);
    const weights = maskedSoftmax(scores, counted);
    const drop = dropoutMask(this.title, training ? this.options.dropout : 0, {
      like: weights,
      key: this.randomKey!,
      which: 0,
      row: [places, others],
    });
    const means = batchMatMul(drop(weights), value);
    const rows = queryMask === undefined ? undefined : reshape(queryMask, [...queryMask.spec.shape, 1]);
    return [rows === undefined ? means : where(0, rows, means, 0), weights];
  }

  override computeMask(_inputs: Nested<Sym>, mask: Nested<Sym | undefined>): (Sym | undefined)[] {
    return [masksOf(mask)[0]];
  }

  override multiplyAdds(): number {
    return 0;
  }
}
