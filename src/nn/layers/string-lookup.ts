import { ArgumentError } from "../../base/errors.ts";
import { refuseOption } from "../../base/options.ts";
import type { Nested } from "../../base/structure.ts";
import type { Tensor, TensorLike } from "../../base/tensor.ts";
import { choice, fixed, flag, type GivenOptions, integer, type OptionsOf, value } from "../option-kinds.ts";
import { bucketOf } from "./hash-buckets.ts";
import type { LayerOptions } from "./layer.ts";
import { idfWeights, lookupMode, maxTokens, salt, vocabulary, vocabularySize } from "./lookup-options.ts";
import { nested, numbersOf, type Texts, textsOf } from "./texts.ts";
import { WordTable } from "./word-table.ts";

const text = (given: unknown, owner: string, name: string): string =>
  typeof given === "string" ? given : refuseOption(owner, name, given, "a text");

const options = {
  /** Whether the layer is there for numbers: `decode` gives their words. Default false. */
  invert: /* @__PURE__ */ flag({ default: false }),
  /** Most words, the special ones included; rarer ones are unknown. Default null: any number. */
  maxTokens: /* @__PURE__ */ maxTokens(),
  /** Numbers for words that are not known, among which their hashes choose; 0: such a word is an error. Default 1. */
  numOovIndices: /* @__PURE__ */ integer({ min: 0, default: 1 }),
  /** What stands for unknown words. Default "[UNK]". */
  oovToken: /* @__PURE__ */ value<string, "[UNK]">(text, { default: "[UNK]" }),
  /** The word that is padding: number 0, and nothing where rows are counted. Default null: none. */
  maskToken: /* @__PURE__ */ value<string, null>(text, { default: null }),
  /**
   * "int": a number for each word. "one_hot", "multi_hot" and "count": vectors as from `CategoryEncoding`. "tf_idf": counts times the
   * words' weights. Default "int".
   */
  outputMode: /* @__PURE__ */ lookupMode(),
  /** Only false. */
  sparse: /* @__PURE__ */ fixed(false),
  /** Whether vectors have `maxTokens` entries even if fewer words are known. Default false. */
  padToMaxTokens: /* @__PURE__ */ flag({ default: false }),
  /** Weights of the words for "tf_idf". Default null: `adapt` learns them. */
  idfWeights: /* @__PURE__ */ idfWeights(),
  /** The words, in the order of their numbers. Default null: `adapt` learns them. */
  vocabulary: /* @__PURE__ */ vocabulary<string>("string"),
  /** Number of the words; Keras notes it, and it has no effect. */
  vocabularySize: /* @__PURE__ */ vocabularySize(),
  /** Without effect: words are hashed. */
  oovMethod: /* @__PURE__ */ choice(["floormod", "farmhash"], { default: "floormod" }),
  /** Two whole numbers by which the hashes of unknown words differ. Default null: none. */
  salt: /* @__PURE__ */ salt(),
  /** Only "utf-8". */
  encoding: /* @__PURE__ */ fixed("utf-8"),
};

export type StringLookupOptions = GivenOptions<typeof options>;

/**
 * Words as numbers by a table. It works on the host: `run` takes texts in nested lists of any shape and gives int32 (float32 with
 * "tf_idf"); `decode` turns numbers into words. Vectors are made of rows: [batch, count] → [batch, words]. K: `layers/preprocessing/string_lookup.py`.
 *
 * @throws ArgumentError for a vocabulary that makes no sense, or an unknown word with `numOovIndices` 0; StateError without one
 * @example
 * ```ts
 * import { StringLookup } from "fovea/layers";
 * const lookup = new StringLookup({ vocabulary: ["dog", "cat"] });
 * (await lookup.run([["cat", "dog", "bird"]])).toArray(); // [[2, 1, 0]]
 * ```
 */
export class StringLookup extends WordTable<string, OptionsOf<typeof options>> {
  static override readonly className = "StringLookup";
  static override readonly options = options;

  constructor(given: StringLookupOptions & LayerOptions = {}) {
    super(given, (own) => own);
  }

  protected override documentsOf(who: string, element: unknown, whole: boolean): readonly (readonly string[])[] {
    const paired = Array.isArray(element) && !whole && typeof element[1] !== "string" && element.length < 4;
    const pair = paired && (typeof element[0] === "string" || Array.isArray(element[0])) && !Array.isArray(element[1]);
    const { shape, values } = textsOf(who, pair && element.length > 1 ? element[0] : element);
    const width = shape.length > 1 ? values.length / shape[0]! : whole ? 1 : Math.max(1, values.length);
    return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
  }

  protected override oovBucket(token: string): number {
    return bucketOf(token, this.options.numOovIndices, this.options.salt);
  }

  /** The numbers of words. @throws ArgumentError with `invert`: words are no tensor, `decode` gives them */
  override async run(x: Texts | Nested<TensorLike>): Promise<Tensor> {
    const who = `${this.title}: run`;
    if (this.options.invert)
      throw new ArgumentError(
        `${who} gives tensors, and words are none; with invert, layer.decode(numbers) gives words.`,
      );
    this.requireWords();
    const { shape, values } = textsOf(who, x);
    return this.encode({ shape, values: values.map((token) => this.numberOf(who, token)) });
  }

  /** The words of numbers, in nested lists; an unknown number gives `oovToken`. */
  decode(numbers: TensorLike): Texts {
    this.requireWords();
    const { shape, values } = numbersOf(`${this.title}: decode`, numbers);
    return nested({ shape, values: values.map((number) => this.wordOf(number)) }) as Texts;
  }
}
