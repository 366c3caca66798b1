import { ArgumentError } from "../../base/errors.ts";
import { refuseOption } from "../../base/options.ts";
import type { Nested } from "../../base/structure.ts";
import { Tensor, type TensorLike } from "../../base/tensor.ts";
import { toNest } from "../../data/nest.ts";
import type { Sym } from "../../ir/graph.ts";
import { mod } from "../../ops/composed.ts";
import { add, equal, mul, where } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { reduceSum } from "../../ops/reduce.ts";
import { reshape } from "../../ops/reshape.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { choice, fixed, flag, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { categoriesShape, encodeCategories } from "./categories.ts";
import { bucketOf } from "./hash-buckets.ts";
import type { LayerOptions } from "./layer.ts";
import { idfWeights, lookupMode, maxTokens, salt, vocabulary, vocabularySize } from "./lookup-options.ts";
import { numbersOf } from "./texts.ts";
import { WordTable } from "./word-table.ts";

const options = {
  /** Whether numbers of words are turned into the words. Default false. */
  invert: /* @__PURE__ */ flag({ default: false }),
  /** Most words, the special ones included; rarer ones are unknown. Default null: any number. */
  maxTokens: /* @__PURE__ */ maxTokens(),
  /** Numbers for words that are not known: the word modulo so many, or its hash; 0: such a word is an error. Default 1. */
  numOovIndices: /* @__PURE__ */ integer({ min: 0, default: 1 }),
  /** What stands for unknown words. Default -1. */
  oovToken: /* @__PURE__ */ integer({ default: -1 }),
  /** The word that is padding: number 0, and nothing where rows are counted. Default null: none. */
  maskToken: /* @__PURE__ */ integer({ default: null }),
  /** As in `StringLookup`. Default "int". */
  outputMode: /* @__PURE__ */ lookupMode(),
  /** Only false. */
  sparse: /* @__PURE__ */ fixed(false),
  /** Whether vectors have `maxTokens` entries even if fewer words are known. Default false. */
  padToMaxTokens: /* @__PURE__ */ flag({ default: false }),
  /** Only "int64". */
  vocabularyDtype: /* @__PURE__ */ fixed("int64"),
  /** Weights of the words for "tf_idf". Default null: `adapt` learns them. */
  idfWeights: /* @__PURE__ */ idfWeights(),
  /** The words, whole numbers in the order of theirs. Default null: `adapt` learns them. */
  vocabulary: /* @__PURE__ */ vocabulary<number>("number"),
  /** Number of the words; Keras notes it, and it has no effect. */
  vocabularySize: /* @__PURE__ */ vocabularySize(),
  /** How unknown words choose among several numbers: "floormod" or "farmhash". Default "floormod". */
  oovMethod: /* @__PURE__ */ choice(["floormod", "farmhash"], { default: "floormod" }),
  /** Two whole numbers by which the hashes of unknown words differ, with "farmhash". Default null: none. */
  salt: /* @__PURE__ */ salt(),
};

export type IntegerLookupOptions = GivenOptions<typeof options>;

/** Values of a model are float32, which tells whole numbers apart up to here. */
const LARGEST = 2 ** 24;

/**
 * Whole numbers as the numbers 0, 1, … of a table. `run` works on the host and gives int32 (float32 with "tf_idf"), of any shape; vectors
 * are made of rows: [batch, count] → [batch, words]. Part of a model, it takes words up to 2²⁴, gives float32, and NaN for an unknown
 * word with `numOovIndices` 0; the words are those that it has when the model is applied. K: `layers/preprocessing/integer_lookup.py`.
 *
 * @throws ArgumentError for a vocabulary that makes no sense, or an unknown word with `numOovIndices` 0; StateError without one
 * @example
 * ```ts
 * import { IntegerLookup } from "fovea/layers";
 * const lookup = new IntegerLookup();
 * await lookup.adapt([12, 36, 12]);
 * (await lookup.run([[36, 12, 5]])).toArray(); // [[2, 1, 0]]
 * ```
 */
export class IntegerLookup extends WordTable<number, OptionsOf<typeof options>> {
  static override readonly className = "IntegerLookup";
  static override readonly options = options;

  constructor(given: IntegerLookupOptions & LayerOptions = {}) {
    super(given, (own) => own);
    const { salt: given_, oovMethod } = this.options;
    if (given_ !== null && oovMethod !== "farmhash")
      refuseOption(this.title, "oovMethod", oovMethod, '"farmhash" with a salt');
  }

  protected override documentsOf(who: string, element: unknown, whole: boolean): readonly (readonly number[])[] {
    const nest = whole ? element : toNest(element);
    const { shape, values } = numbersOf(who, Array.isArray(nest) && nest[0] instanceof Tensor ? nest[0] : nest);
    const width = shape.length > 1 ? values.length / shape[0]! : whole ? 1 : Math.max(1, values.length);
    return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
  }

  protected override oovBucket(token: number): number {
    const { numOovIndices: buckets, oovMethod, salt: pair } = this.options;
    return oovMethod === "farmhash" ? bucketOf(token, buckets, pair) : ((token % buckets) + buckets) % buckets;
  }

  /** The numbers of words, or with `invert` the words of numbers. */
  override async run(x: Nested<TensorLike>): Promise<Tensor> {
    const who = `${this.title}: run`;
    this.requireWords();
    const { shape, values } = numbersOf(who, x);
    if (this.options.invert)
      return new Tensor(
        Int32Array.from(values, (number) => this.wordOf(number)),
        shape,
      );
    return this.encode({ shape, values: values.map((token) => this.numberOf(who, token)) });
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { outputMode } = this.options;
    if (outputMode === "int") return inputShape;
    return categoriesShape(this.title, outputMode === "tf_idf" ? "count" : outputMode, inputShape, this.depth);
  }

  override call(x: Sym): Sym {
    this.requireWords();
    const { invert, oovToken, outputMode } = this.options;
    const { tokens, start, idf } = this.words;
    const numbers = tokens.map((_, i) => start + i);
    if (tokens.some((token) => Math.abs(token) > LARGEST))
      throw new ArgumentError(`${this.title}: a model takes words up to ${LARGEST}; use layer.run(data) on the host.`);
    if (invert) return this.#translated(x, numbers, tokens, oovToken);
    const made = this.#translated(x, tokens, numbers, this.#unknown(x));
    if (outputMode === "int") return made;
    if (outputMode !== "tf_idf") return encodeCategories(made, outputMode, this.depth);
    const weights = Array.from({ length: this.depth }, (_, i) => idf![i] ?? 0);
    return mul(encodeCategories(made, "count", this.depth), literal(x.builder, weights, [this.depth]));
  }

  /** `to[i]` where x is `from[i]`. */
  #translated(x: Sym, from: readonly number[], to: readonly number[], other: Sym | number): Sym {
    const { maskToken, invert, outputMode } = this.options;
    const mask = invert ? 0 : maskToken;
    const row = (values: readonly number[]) => literal(x.builder, [...values], [values.length]);
    const same = equal(reshape(x, [...x.spec.shape, 1]), row(from));
    const found = where(0.5, reduceSum(same, [-1]), reduceSum(mul(same, row(to)), [-1]), other);
    if (mask === null || maskToken === null) return found;
    // The mask is number 0; rows are counted without it.
    return where(0.5, equal(x, mask), invert ? maskToken : outputMode === "int" ? 0 : -1, found);
  }

  #unknown(x: Sym): Sym | number {
    const { numOovIndices: buckets, oovMethod } = this.options;
    if (buckets === 0) return Number.NaN;
    if (buckets === 1) return this.words.oovStart;
    if (oovMethod === "farmhash")
      throw new ArgumentError(`${this.title}: a model has no oovMethod "farmhash"; use layer.run(data) on the host.`);
    return add(mod(x, literal(x.builder, [buckets], [])), this.words.oovStart);
  }
}
