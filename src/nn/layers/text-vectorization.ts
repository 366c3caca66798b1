import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { refuseOption } from "../../base/options.ts";
import type { Nested } from "../../base/structure.ts";
import { Tensor, type TensorLike } from "../../base/tensor.ts";
import { choice, fixed, flag, type GivenOptions, integer, type Kind, type OptionsOf, value } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { idfWeights, lookupMode, maxTokens, vocabulary, vocabularySize } from "./lookup-options.ts";
import { type Texts, textsOf } from "./texts.ts";
import { WordTable } from "./word-table.ts";

/** A name, or a function of one's own. */
function named<F extends (text: string) => unknown, const C extends readonly string[], D extends C[number]>(
  names: C,
  fallback: D,
): Kind<C[number] | F | null, D, C[number] | F | null> {
  const name = choice(names);
  const read = (given: unknown, owner: string, option: string): C[number] | F | null =>
    given === null || typeof given === "function" ? (given as F | null) : name.read(given, owner, option);
  const write = (made: C[number] | F | null) => (typeof made === "function" ? made.name : made);
  return value<C[number] | F | null, never, C[number] | F | null>(read, { default: fallback as never, write }) as never;
}

const options = {
  /** Most words, the special ones included; rarer ones are unknown. Default null: any number. */
  maxTokens: /* @__PURE__ */ maxTokens(),
  /**
   * What is done to a text first: "lower_and_strip_punctuation", "lower" (of A … Z, as Keras), "strip_punctuation", null or a function.
   * Default "lower_and_strip_punctuation".
   */
  standardize: /* @__PURE__ */ named<
    (text: string) => string,
    readonly ["lower_and_strip_punctuation", "lower", "strip_punctuation"],
    "lower_and_strip_punctuation"
  >(["lower_and_strip_punctuation", "lower", "strip_punctuation"], "lower_and_strip_punctuation"),
  /** How a text becomes words: "whitespace", "character", null (it is one word) or a function. Default "whitespace". */
  split: /* @__PURE__ */ named<(text: string) => readonly string[], readonly ["whitespace", "character"], "whitespace">(
    ["whitespace", "character"],
    "whitespace",
  ),
  /** Words in a row that count as one more word: 2 for words and pairs, [2, 3] for pairs and triples alone. Default null: words. */
  ngrams: /* @__PURE__ */ value<number | readonly number[], null>(
    (given, owner, name) => {
      const counts: unknown[] = Array.isArray(given) ? given : [given];
      const fits = counts.length > 0 && counts.every((count) => Number.isSafeInteger(count) && (count as number) > 0);
      return fits
        ? (given as number)
        : refuseOption(owner, name, given, "a whole number of 1 or more, or a list of them");
    },
    { default: null },
  ),
  /** "int": the numbers of the words in their order. The others are those of `StringLookup`. Default "int". */
  outputMode: /* @__PURE__ */ lookupMode(),
  /** With "int": numbers of each row; longer ones are cut, shorter ones filled with 0. Default null: as many as the longest row has. */
  outputSequenceLength: /* @__PURE__ */ integer({ min: 1, default: null }),
  /** Whether vectors have `maxTokens` entries even if fewer words are known. Default false. */
  padToMaxTokens: /* @__PURE__ */ flag({ default: false }),
  /** Only false. */
  sparse: /* @__PURE__ */ fixed(false),
  /** Only false. */
  ragged: /* @__PURE__ */ fixed(false),
  /** The words, in the order of their numbers. Default null: `adapt` learns them. */
  vocabulary: /* @__PURE__ */ vocabulary<string>("string"),
  /** Weights of the words for "tf_idf". Default null: `adapt` learns them. */
  idfWeights: /* @__PURE__ */ idfWeights(),
  /** Only "utf-8". */
  encoding: /* @__PURE__ */ fixed("utf-8"),
  /** Number of the words; Keras notes it, and it has no effect. */
  vocabularySize: /* @__PURE__ */ vocabularySize(),
};

export type TextVectorizationOptions = GivenOptions<typeof options>;

const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/**
 * Texts as numbers of words. It works on the host: `run` takes a list of texts [batch] (or [batch, 1]) and gives int32 [batch, length],
 * number 0 for padding and 1 for unknown words; or a vector for each text, [batch, words] (float32 with "tf_idf").
 * K: `layers/preprocessing/text_vectorization.py`.
 *
 * @throws ArgumentError for options that make no sense; StateError before words are learned or stated
 * @example
 * ```ts
 * import { TextVectorization } from "fovea/layers";
 * const words = new TextVectorization({ outputSequenceLength: 4 });
 * await words.adapt(["The cat sat.", "The dog"]);
 * words.getVocabulary(); // ["", "[UNK]", "the", "sat", "dog", "cat"]
 * (await words.run(["the cat ran"])).toArray(); // [[2, 5, 1, 0]]
 * ```
 */
export class TextVectorization extends WordTable<string, OptionsOf<typeof options>> {
  static override readonly className = "TextVectorization";
  static override readonly options = options;

  constructor(given: TextVectorizationOptions & LayerOptions = {}) {
    super(given, () => ({ numOovIndices: 1, maskToken: "", oovToken: "[UNK]", invert: false }));
    const { outputMode, outputSequenceLength } = this.options;
    if (outputMode !== "int" && outputSequenceLength !== null)
      throw new ArgumentError(`${this.title}: outputSequenceLength needs outputMode "int", got "${outputMode}".`);
  }

  protected override documentsOf(who: string, element: unknown, whole: boolean): readonly (readonly string[])[] {
    const isText = (each: unknown) => typeof each === "string" || Array.isArray(each);
    const labelled =
      !whole && Array.isArray(element) && element.length > 1 && isText(element[0]) && !isText(element[1]);
    return this.#rowsOf(who, labelled ? (element as unknown[])[0] : element).rows;
  }

  /** The words of each text. */
  #rowsOf(who: string, x: unknown): { readonly rows: readonly (readonly string[])[]; readonly single: boolean } {
    const { shape, values } = textsOf(who, x);
    if (shape.length > 1 && (shape.length > 2 || shape[1] !== 1))
      throw new ShapeError(`${who} takes texts [batch] or [batch, 1], got the shape [${shape}].`);
    return { rows: values.map((text) => this.#words(text)), single: shape.length === 0 };
  }

  #words(text: string): readonly string[] {
    const { standardize, split, ngrams } = this.options;
    const words = splitBy(split, standardizeBy(standardize, text));
    if (!Array.isArray(words) || !words.every((word) => typeof word === "string"))
      throw new ArgumentError(`${this.title}: split gave ${formatValue(words)}, expected a list of texts.`);
    if (ngrams === null) return words;
    const widths = typeof ngrams === "number" ? Array.from({ length: ngrams }, (_, i) => i + 1) : ngrams;
    return widths.flatMap((width) =>
      Array.from({ length: Math.max(0, words.length - width + 1) }, (_, i) => words.slice(i, i + width).join(" ")),
    );
  }

  /** The numbers of the texts' words, or their vectors. One text alone gives one row without the batch axis. */
  override async run(x: Texts | Nested<TensorLike>): Promise<Tensor> {
    this.requireWords();
    const who = `${this.title}: run`;
    const { rows, single } = this.#rowsOf(who, x);
    const numbers = rows.map((words) => words.map((word) => this.numberOf(who, word)));
    const made = this.options.outputMode === "int" ? this.#padded(numbers) : this.#vectors(numbers);
    return single ? made.at(0) : made;
  }

  #padded(rows: readonly (readonly number[])[]): Tensor {
    const length = this.options.outputSequenceLength ?? Math.max(0, ...rows.map((row) => row.length));
    const made = new Int32Array(rows.length * length);
    for (const [i, row] of rows.entries()) made.set(row.slice(0, length), i * length);
    return new Tensor(made, [rows.length, length]);
  }

  #vectors(rows: readonly (readonly number[])[]): Tensor {
    const made = rows.map((values) => this.encode({ shape: [1, values.length], values }));
    const depth = made[0]?.shape.at(-1) ?? 0;
    const data =
      made[0]?.dtype === "float32" ? new Float32Array(rows.length * depth) : new Int32Array(rows.length * depth);
    for (const [i, row] of made.entries()) data.set(row.data, i * depth);
    return new Tensor(data, [rows.length, depth]);
  }
}

type Options = OptionsOf<typeof options>;

function standardizeBy(how: Options["standardize"], text: string): string {
  if (typeof how === "function") return how(text);
  // Keras lowers bytes: letters beyond ASCII stay.
  const lower = how?.startsWith("lower") ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
  return how?.endsWith("strip_punctuation") ? lower.replace(PUNCTUATION, "") : lower;
}

function splitBy(how: Options["split"], text: string): readonly string[] {
  if (typeof how === "function") return how(text);
  if (how === null) return [text];
  return how === "character" ? [...text] : text.split(/[ \t\n\v\f\r]+/).filter((word) => word !== "");
}
