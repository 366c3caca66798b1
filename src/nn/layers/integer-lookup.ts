import { refuseOption } from "../../base/options.ts";
import type { Nested } from "../../base/structure.ts";
import { Tensor, type TensorLike } from "../../base/tensor.ts";
import { toNest } from "../../data/nest.ts";
import { choice, fixed, flag, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
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

/**
 * Whole numbers as the numbers 0, 1, … of a table. It works on the host: `run` gives int32 (float32 with "tf_idf"), of any shape; vectors
 * are made of rows: [batch, count] → [batch, words]. K: `layers/preprocessing/integer_lookup.py`.
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
}
