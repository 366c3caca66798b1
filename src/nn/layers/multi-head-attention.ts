import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, type OptionsOf, value } from "../option-kinds.ts";
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

const sizes = (least: number) =>
  value<readonly number[], null, number | readonly number[]>(
    (given, owner, name) => {
      const list: unknown[] = Array.isArray(given) ? given : [given];
      if (list.length === 0 || !list.every((each) => Number.isInteger(each) && (each as number) >= least))
        throw new ArgumentError(
          `${owner}: ${name} is ${formatValue(given)}, expected a whole number, or a list of them, or null.`,
        );
      return list as number[];
    },
    { default: null },
  );

const options = {
  /** Number of heads. */
  numHeads: /* @__PURE__ */ integer({ min: 1 }),
  /** Features of a head's query and key. */
  keyDim: /* @__PURE__ */ integer({ min: 1 }),
  /** Features of a head's value. Default null: `keyDim`. */
  valueDim: /* @__PURE__ */ integer({ min: 1, default: null }),
  ...dropout,
  ...gates,
  /** Shape of the output's features. Default null: those of the query. */
  outputShape: /* @__PURE__ */ sizes(1),
  /** The axes of places. Default null: all but batch and features. */
  attentionAxes: /* @__PURE__ */ sizes(-8),
  ...slidingWindow,
  ...projectionOptions,
};

export type MultiHeadAttentionOptions = GivenOptions<typeof options>;

const letters = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(97 + from + i)).join("");

/**
 * Attention with several heads (Vaswani et al. 2017): each projects query, key and value, and weighs its values by softmax(query ·
 * keyᵀ / √keyDim); the heads' outputs are projected back. A list of query [batch, T, …], value [batch, S, …] and perhaps key,
 * which is the value by default → [batch, T, …], with the features of the query or `outputShape`; with `{ returnAttentionScores:
 * true }` a list: the output, and scores [batch, heads, T, S].
 *
 * Weights: those of the layers `query`, `key`, `value` ([features, heads, size], [heads, size] each) and `attention_output`.
 * K: `layers/attention/multi_head_attention.py`.
 *
 * @throws ShapeError for inputs that do not fit each other, and masks that do not fit them
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { MultiHeadAttention } from "fovea/layers";
 * const words = input({ shape: [10, 16] });
 * const layer = new MultiHeadAttention({ numHeads: 2, keyDim: 8 });
 * layer.apply([words, words], { useCausalMask: true }).shape; // [null, 10, 16]
 * ```
 */
export class MultiHeadAttention extends HeadAttention<OptionsOf<typeof options>> {
  static override readonly className = "MultiHeadAttention";
  static override readonly options = options;
  queryDense!: EinsumDense;
  keyDense!: EinsumDense;
  gateDense: EinsumDense | undefined;
  valueDense!: EinsumDense;
  outputDense!: EinsumDense;

  constructor(given: MultiHeadAttentionOptions & LayerOptions) {
    // Keras writes the size that it is, also where none is given.
    super({ ...given, valueDim: given?.valueDim ?? given?.keyDim });
  }

  protected override get headSize(): number {
    return this.options.keyDim;
  }

  protected override get projections(): Projections {
    const [query, key, value] = [this.queryDense, this.keyDense, this.valueDense];
    return { query, key, value, gate: this.gateDense, output: this.outputDense };
  }

  protected override outputShapeOf(query: BatchShape): BatchShape {
    return [...query.slice(0, -1), ...(this.options.outputShape ?? [query.at(-1)!])];
  }

  protected override project(query: BatchShape, value: BatchShape, key: BatchShape): void {
    const { numHeads, keyDim, useGate, outputShape } = this.options;
    const toHeads = (name: string, shape: BatchShape, size: number, activation: "linear" | "sigmoid" = "linear") => {
      const kept = letters(shape.length - 1);
      const [features, heads] = [letters(1, shape.length - 1), letters(2, shape.length)];
      const free = new Array<null>(shape.length - 2).fill(null);
      const equation = `${kept}${features},${features}${heads}->${kept}${heads}`;
      return this.dense(name, equation, [...free, numHeads, size], heads, activation);
    };
    this.queryDense = toHeads("query", query, keyDim);
    this.keyDense = toHeads("key", key, keyDim);
    this.valueDense = toHeads("value", value, this.options.valueDim!);
    if (useGate) this.gateDense = toHeads("gate", query, this.options.valueDim!, "sigmoid");
    const made = outputShape ?? [this.knownAxis(query, -1)];
    const kept = letters(query.length - 1);
    const [heads, features] = [letters(2, query.length - 1), letters(made.length, query.length + 1)];
    const free = new Array<null>(query.length - 2).fill(null);
    const equation = `${kept}${heads},${heads}${features}->${kept}${features}`;
    this.outputDense = this.dense("attention_output", equation, [...free, ...made], features);
  }

  #axesOf(rank: number): readonly number[] {
    const stated = this.options.attentionAxes ?? Array.from({ length: rank - 3 }, (_, i) => i + 1);
    const axes = stated.map((axis) => (axis < 0 ? axis + rank - 1 : axis));
    const bad = axes.find((axis) => axis < 1 || axis > rank - 3);
    if (bad !== undefined)
      throw new ArgumentError(
        `${this.title}: attentionAxes is ${formatValue(stated)}, expected axes from 1 to ${rank - 3} of the query.`,
      );
    return axes;
  }

  /** As Keras writes it: with the axes of places once they are known. */
  override getConfig(): Record<string, unknown> {
    const [query] = (this.buildShape ?? []) as readonly BatchShape[];
    const config = super.getConfig();
    return query === undefined ? config : { ...config, attentionAxes: this.#axesOf(query.length + 1) };
  }

  protected override equations(query: Sym): ScoreEquations {
    const rank = query.spec.shape.length + 1;
    const axes = this.#axesOf(rank);
    const target = letters(rank);
    const source = [...target].map((label, axis) => {
      if (axes.includes(axis)) return letters(1, rank + axes.indexOf(axis));
      return label;
    });
    const pick = (labels: readonly string[] | string, wanted: readonly number[]) =>
      wanted.map((axis) => labels[axis]!).join("");
    const pairs = Array.from({ length: rank - 1 }, (_, i) => i).filter((axis) => !axes.includes(axis));
    const scores = `${pick(target, pairs)}${pick(target, axes)}${pick(source, axes)}`;
    const keys = source.join("");
    return { product: `${keys},${target}->${scores}`, combine: `${scores},${keys}->${target}`, axes: axes.length };
  }
}
