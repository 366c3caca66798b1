/** What attention with several heads shares: projections, masks, dropout. K: `layers/attention/multi_head_attention.py`. */
import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { mul } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { einsum } from "../operations/einsum.ts";
import { flag, integer, number, type OptionsOf } from "../option-kinds.ts";
import { currentTrace } from "../trace.ts";
import { type AttentionCallOptions, AttentionLayer } from "./attention-layer.ts";
import {
  allOf,
  causalMask,
  checkAttention,
  checkMask,
  maskedSoftmax,
  masksOf,
  windowMask,
} from "./attention-scores.ts";
import { dropoutMask } from "./dropout-mask.ts";
import { EinsumDense } from "./einsum-dense.ts";
import { projectionWeights } from "./projection-weights.ts";

/** Masks beside those that the inputs carry. */
export interface HeadAttentionCallOptions extends AttentionCallOptions {
  /** Which places of the query count, [batch, T]. Default: the query's own mask. */
  readonly queryMask?: Sym | undefined;
  /** Which places of the value count, [batch, S]. Default: the value's own mask. */
  readonly valueMask?: Sym | undefined;
  /** Which places of the key count, [batch, S]. Default: the key's own mask. */
  readonly keyMask?: Sym | undefined;
  /** Which places of the value each place of the query reads, [batch, T, S], or [batch, heads, T, S]. Default: all. */
  readonly attentionMask?: Sym | undefined;
}

export const dropout = {
  /** Share of the weights that are 0 in training. Default 0. */
  dropout: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
};

export const gates = {
  /** Whether the projections have biases. Default true. */
  useBias: /* @__PURE__ */ flag({ default: true }),
  /** Whether the heads' outputs are multiplied by a sigmoid of the query. Default false. */
  useGate: /* @__PURE__ */ flag({ default: false }),
};

export const slidingWindow = {
  /** A place reads places closer than this. Default null: all. */
  slidingWindow: /* @__PURE__ */ integer({ min: 1, default: null }),
};

export const projectionOptions = {
  ...projectionWeights,
  /** Of dropout. Default null: from `setSeed`. */
  seed: /* @__PURE__ */ integer({ default: null }),
};

export type HeadOptions = OptionsOf<typeof dropout & typeof gates & typeof slidingWindow & typeof projectionOptions>;

/** The layers that project the inputs to heads, and the heads' outputs back. */
export interface Projections {
  readonly query: EinsumDense;
  readonly key: EinsumDense;
  readonly value: EinsumDense;
  readonly gate: EinsumDense | undefined;
  readonly output: EinsumDense;
}

/** How scores are made and used: Einstein's sums, and how many axes of places the query has. */
export interface ScoreEquations {
  /** key, query → scores. */
  readonly product: string;
  /** scores, value → means. */
  readonly combine: string;
  readonly axes: number;
}

export abstract class HeadAttention<O extends HeadOptions> extends AttentionLayer<O, HeadAttentionCallOptions> {
  protected abstract get projections(): Projections;
  /** Features of a head's query. */
  protected abstract get headSize(): number;
  protected abstract equations(query: Sym): ScoreEquations;
  /** Makes the projections for inputs of these shapes; each is built by the caller. */
  protected abstract project(query: BatchShape, value: BatchShape, key: BatchShape): void;
  /** Heads of key and value, as many as the query has. */
  protected spread(heads: Sym): Sym {
    return heads;
  }

  override get inputArguments(): readonly string[] {
    return ["query", "value", "key"];
  }

  override get callArguments(): readonly string[] {
    return ["queryMask", "valueMask", "keyMask", "attentionMask", "returnAttentionScores", "useCausalMask"];
  }

  override build(shapes: readonly BatchShape[]): void {
    const [query, value, key = value] = shapes as [BatchShape, BatchShape, BatchShape?];
    this.project(query, value, key);
    const { query: ofQuery, key: ofKey, value: ofValue, gate, output } = this.projections;
    ofQuery.build(query);
    ofKey.build(key);
    ofValue.build(value);
    gate?.build(query);
    output.build([...ofQuery.computeOutputShape(query).slice(0, -1), ofValue.computeOutputShape(value).at(-1)!]);
  }

  /** A projection with the options that all of them share. */
  protected dense(
    name: string,
    equation: string,
    outputShape: BatchShape,
    biasAxes: string,
    activation: "linear" | "sigmoid" = "linear",
  ): EinsumDense {
    const weights = Object.keys(projectionWeights) as (keyof typeof projectionWeights)[];
    return new EinsumDense({
      name,
      equation,
      outputShape,
      biasAxes: this.options.useBias ? biasAxes : null,
      activation,
      ...Object.fromEntries(weights.map((each) => [each, this.options[each]])),
    });
  }

  override computeOutputShape(shapes: readonly BatchShape[]): BatchShape {
    checkAttention(this.title, shapes, [3, 16]);
    return this.outputShapeOf(shapes[0]!);
  }

  protected outputShapeOf(query: BatchShape): BatchShape {
    return query;
  }

  protected override attend(
    inputs: readonly Sym[],
    { training, mask, ...rest }: HeadAttentionCallOptions,
  ): readonly [Sym, Sym] {
    const [query, value, key = value] = inputs as [Sym, Sym, Sym?];
    const own = masksOf(mask);
    const named = (name: "queryMask" | "valueMask" | "keyMask", i: number) =>
      checkMask(this.title, name, rest[name]) ?? own[i];
    const queryMask = named("queryMask", 0);
    const { projections } = this;
    const equations = this.equations(query);
    const attentionMask = this.#placeMask(query, value, [queryMask, named("valueMask", 1), named("keyMask", 2)], rest);
    const heads = mul(projections.query.apply(query), 1 / Math.sqrt(this.headSize));
    const scores = einsum(equations.product, this.spread(projections.key.apply(key)), heads);
    const weights = maskedSoftmax(scores, this.#alignMask(attentionMask, scores, equations.axes), equations.axes);
    const drop = dropoutMask(this.title, training ? this.options.dropout : 0, {
      like: weights,
      key: this.randomKey!,
      which: 0,
      row: weights.spec.shape.slice(1),
    });
    const means = einsum(equations.combine, drop(weights), this.spread(projections.value.apply(value)));
    const gated = projections.gate === undefined ? means : mul(means, projections.gate.apply(query));
    const output = projections.output.apply(gated);
    // A mask that is named, and not the query's own, is the output's, too.
    if (queryMask !== undefined) currentTrace(this.title).setMask(output, queryMask);
    return [output, weights];
  }

  /** Which places of the value each place of the query reads, [batch or 1, T, S] or with an axis of heads. */
  #placeMask(
    query: Sym,
    value: Sym,
    [queryMask, valueMask, keyMask]: readonly (Sym | undefined)[],
    { attentionMask, useCausalMask }: HeadAttentionCallOptions,
  ): Sym | undefined {
    const [places, others] = [query.spec.shape[1]!, value.spec.shape[1]!];
    const { slidingWindow: width } = this.options;
    const asRow = (mask: Sym | undefined) =>
      mask === undefined ? undefined : reshape(mask, mask.spec.shape.toSpliced(-1, 0, 1));
    const masks = [
      queryMask === undefined ? undefined : reshape(queryMask, [...queryMask.spec.shape, 1]),
      asRow(valueMask),
      asRow(keyMask),
      useCausalMask === true ? causalMask(query, places, others) : undefined,
      width === null ? undefined : windowMask(query, places, others, width),
    ];
    const stated = checkMask(this.title, "attentionMask", attentionMask);
    const found = allOf(masks);
    if (stated === undefined || found === undefined || stated.spec.shape.length === found.spec.shape.length)
      return allOf([stated, found]);
    return allOf([stated, reshape(found, found.spec.shape.toSpliced(1, 0, 1))]);
  }

  /** The mask with the axes of the scores: those of heads stand in front of the places'. */
  #alignMask(mask: Sym | undefined, scores: Sym, axes: number): Sym | undefined {
    if (mask === undefined) return undefined;
    const [given, wanted] = [mask.spec.shape, scores.spec.shape];
    const missing = new Array<number>(Math.max(0, wanted.length - given.length)).fill(1);
    const shape = given.toSpliced(given.length - 2 * axes, 0, ...missing);
    const fits = shape.length === wanted.length && shape.every((size, i) => size === 1 || size === wanted[i]);
    if (!fits)
      throw new ShapeError(
        `${this.title}: a mask of shape ${formatShape(given, mask.spec.batched)} does not fit scores of shape ${formatShape(wanted, true)}; expected [batch, T, S].`,
      );
    return reshape(mask, shape);
  }

  /** `call` sets it, since the query's mask may be named there. */
  override computeMask(_inputs: Nested<Sym>, _mask: Nested<Sym | undefined>): undefined {
    return undefined;
  }

  override get storesBuildShape(): boolean {
    return true;
  }

  /** Products with weights; those of queries and keys are not counted, as in other layers. */
  override multiplyAdds(inputShape: readonly number[]): number {
    const { query, key, value, gate, output } = this.projections;
    const places = inputShape.slice(0, -1).reduce((product, size) => product * size, 1);
    const each = [query, key, value, ...(gate === undefined ? [] : [gate]), output];
    return places * each.reduce((sum, { kernel }) => sum + kernel.size, 0);
  }

  override get sharesWeights(): boolean {
    return true;
  }
}
