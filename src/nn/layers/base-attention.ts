/** What Attention and AdditiveAttention share. K: `layers/attention/attention.py`. */
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { batchMatMul } from "../../ops/batch-mat-mul.ts";
import { where } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { keyOfSeed } from "../process-state.ts";
import { allOf, causalMask, checkAttention, maskedSoftmax, masksOf } from "./attention-scores.ts";
import { dropoutMask } from "./dropout-mask.ts";
import { ListLayer } from "./merging.ts";
import type { Reading } from "./reading.ts";

/** What `call` and `apply` of an attention layer take besides the inputs. */
export interface AttentionCallOptions extends CallOptions {
  /** Whether it also gives the weights of the values: [output, scores]. Default false. */
  readonly returnAttentionScores?: boolean | undefined;
  /** Whether a place of the query reads no later places of the value. Default false. */
  readonly useCausalMask?: boolean | undefined;
}

interface Options {
  readonly dropout: number;
  readonly seed: number | null;
}

/** A layer of [query, value] or [query, value, key]: means of the values, weighed by scores of queries and keys. */
export abstract class BaseAttention<O extends Options> extends ListLayer<O> {
  constructor(options: object) {
    super(options);
    const { seed } = this.options;
    this.randomKey = keyOfSeed(seed);
  }

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

  override call(inputs: readonly Sym[], { training, mask, ...rest }: AttentionCallOptions = {}): Sym {
    const [query, value, key = value] = inputs as [Sym, Sym, Sym?];
    const [queryMask, valueMask] = masksOf(mask);
    const scores = this.scores(query, key);
    const [, places, others] = scores.spec.shape as [number, number, number];
    const counted = allOf([
      valueMask === undefined ? undefined : reshape(valueMask, [valueMask.spec.shape[0]!, 1, others]),
      rest.useCausalMask === true ? causalMask(scores, places, others) : undefined,
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
    const output = rows === undefined ? means : where(0, rows, means, 0);
    return (rest.returnAttentionScores === true ? [output, weights] : output) as Sym;
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override computeMask(_inputs: Nested<Sym>, mask: Nested<Sym | undefined>): (Sym | undefined)[] {
    return [masksOf(mask)[0]];
  }

  override reading(): Reading {
    return { kind: "all" };
  }

  override multiplyAdds(): number {
    return 0;
  }
}
