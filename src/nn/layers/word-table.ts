/** The base of layers that turn words into numbers by a vocabulary, which is stated or learned. */
import { ArgumentError, StateError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { Tensor } from "../../base/tensor.ts";
import { checkFlag } from "../options.ts";
import { type AdaptOptions, elementsOf } from "./adaptation.ts";
import { encodeOnHost, HostLayer } from "./host-layer.ts";
import type { LookupMode } from "./lookup-options.ts";
import type { Entries } from "./texts.ts";
import { type Token, TokenCounts, Vocabulary } from "./vocabulary.ts";

interface TableOptions<T extends Token> {
  readonly maxTokens: number | null;
  readonly padToMaxTokens: boolean;
  readonly outputMode: LookupMode;
  readonly vocabulary: readonly T[] | null;
  readonly idfWeights: readonly number[] | null;
}

interface Specials<T extends Token> {
  readonly numOovIndices: number;
  readonly maskToken: T | null;
  readonly oovToken: T;
  readonly invert: boolean;
}

/** A layer whose words files keep beside its config. */
export interface LearnedWords {
  /** All words, at the places of their numbers, where they were learned; undefined where the config states them, or there are none. */
  readonly learnedWords: readonly (Token | null)[] | undefined;
  /** Notes that the words that were stated are learned ones: `adapt` may learn others. */
  takeAsLearned(): void;
}

/** The number of what no vector counts. */
const LEFT_OUT = -1;

export abstract class WordTable<T extends Token, O extends TableOptions<T>>
  extends HostLayer<O>
  implements LearnedWords
{
  protected readonly words: Vocabulary<T>;
  readonly #special: Specials<T>;
  /** Whether words were learned, or stated by `setVocabulary`, and not by the options. */
  #learned = false;

  constructor(options: object, special: (options: O) => Specials<T>) {
    super(options);
    const { maxTokens, outputMode, padToMaxTokens, vocabulary, idfWeights } = this.options;
    this.#special = special(this.options);
    if (padToMaxTokens && maxTokens === null) throw new ArgumentError(`${this.title}: padToMaxTokens needs maxTokens.`);
    if (this.#special.invert && outputMode !== "int")
      throw new ArgumentError(`${this.title}: invert needs outputMode "int", got "${outputMode}".`);
    this.words = new Vocabulary({ ...this.#special, title: this.title, maxTokens, numbers: outputMode === "int" });
    if (vocabulary !== null) this.#state(vocabulary, idfWeights ?? undefined);
    else if (idfWeights !== null)
      throw new ArgumentError(`${this.title}: idfWeights needs the vocabulary whose weights they are.`);
  }

  #state(vocabulary: readonly T[], idfWeights: ArrayLike<number> | undefined): void {
    const weighs = this.options.outputMode === "tf_idf";
    if (weighs !== (idfWeights !== undefined))
      throw new ArgumentError(
        `${this.title}: ${weighs ? 'outputMode "tf_idf" needs idfWeights, one for each word' : 'idfWeights needs outputMode "tf_idf"'}.`,
      );
    this.words.set(vocabulary, idfWeights);
  }

  /** The documents of a batch, or of all data where `whole`: lists of words that are counted. */
  protected abstract documentsOf(who: string, element: unknown, whole: boolean): readonly (readonly T[])[];

  /**
   * Learns the words of the data, the most frequent first, and forgets those before.
   *
   * @param data words or texts in a list, or batches of them: a Dataset or anything to iterate over
   * @throws ArgumentError where the vocabulary is stated
   */
  async adapt(data: unknown, options: AdaptOptions = {}): Promise<void> {
    const who = `${this.title}: adapt`;
    if (this.options.vocabulary !== null && !this.#learned)
      throw new ArgumentError(`${who}: the vocabulary is stated, so there is nothing to learn.`);
    const counts = new TokenCounts<T>();
    for await (const element of elementsOf(who, data, options))
      for (const document of this.documentsOf(who, element, element === data)) counts.add(document);
    this.words.learn(counts, this.options.outputMode === "tf_idf");
    this.#learned = true;
  }

  /**
   * The words, each at the place of its number.
   *
   * @param options includeSpecialTokens: whether the mask and the tokens of unknown words stand in front. Default true
   */
  getVocabulary({ includeSpecialTokens = true }: { readonly includeSpecialTokens?: boolean } = {}): (T | null)[] {
    checkFlag(`${this.title}: getVocabulary`, "includeSpecialTokens", includeSpecialTokens);
    if (this.words.isEmpty) return [];
    return includeSpecialTokens ? this.words.list() : [...this.words.tokens];
  }

  /** States the words, in the place of those before; with "tf_idf" also their weights. */
  setVocabulary(vocabulary: readonly T[], idfWeights?: ArrayLike<number>): void {
    this.#state(vocabulary, idfWeights);
    this.#learned = true;
  }

  /** Number of words, with the special ones. */
  vocabularySize(): number {
    return this.words.size;
  }

  /** The number of a word; that of the mask is left out where rows are counted. */
  protected numberOf(who: string, token: T): number {
    const { maskToken, numOovIndices } = this.#special;
    if (token === maskToken) return this.options.outputMode === "int" ? 0 : LEFT_OUT;
    const known = this.words.numberOf(token);
    if (known !== undefined) return known;
    if (numOovIndices === 0)
      throw new ArgumentError(
        `${who}: ${formatValue(token)} is not in the vocabulary; numOovIndices 1 gives unknown words a number.`,
      );
    return this.words.oovStart + (numOovIndices === 1 ? 0 : this.oovBucket(token));
  }

  /** The word of a number. */
  protected wordOf(number: number): T {
    const { maskToken, oovToken } = this.#special;
    return number === 0 && maskToken !== null ? maskToken : (this.words.tokenAt(number) ?? oovToken);
  }

  /** Which of several numbers an unknown word has. */
  protected oovBucket(_token: T): number {
    return 0;
  }

  /** @throws StateError before words are stated or learned */
  protected requireWords(): void {
    if (this.words.isEmpty)
      throw new StateError(`${this.title} has no vocabulary yet: call adapt(data) first, or state \`vocabulary\`.`);
  }

  /** Entries of the vectors. */
  protected get depth(): number {
    const { padToMaxTokens, maxTokens } = this.options;
    return padToMaxTokens ? maxTokens! : this.words.size;
  }

  /** Numbers in the form that `outputMode` asks for. */
  protected encode(numbers: Entries<number>): Tensor {
    const { outputMode } = this.options;
    if (outputMode === "int") return new Tensor(Int32Array.from(numbers.values), numbers.shape);
    const { depth } = this;
    const counted = encodeOnHost(this.title, outputMode === "tf_idf" ? "count" : outputMode, numbers, depth);
    if (outputMode !== "tf_idf") return counted;
    const weights = this.words.idf!;
    return new Tensor(
      Float32Array.from(counted.data, (count, i) => count * (weights[i % depth] ?? 0)),
      counted.shape,
    );
  }

  get learnedWords(): readonly (T | null)[] | undefined {
    return this.#learned && !this.words.isEmpty ? this.words.list() : undefined;
  }

  takeAsLearned(): void {
    this.#learned = true;
  }

  override get storedValues(): ReadonlyMap<string, Float32Array> {
    const { idf } = this.words;
    if (idf === undefined) return super.storedValues;
    const values = new Float32Array(this.depth);
    values.set(idf);
    return new Map([["idf_weights", values]]);
  }

  /** Words that were learned stand in the config, too: whoever makes a layer of it has no other file. */
  override getConfig(): Record<string, unknown> {
    const config = super.getConfig();
    const size = this.words.isEmpty ? config.vocabularySize : this.words.size;
    if (!this.#learned) return { ...config, vocabularySize: size };
    const idf = this.words.idf;
    return {
      ...config,
      vocabulary: this.words.list(),
      idfWeights: idf === undefined ? null : [...idf],
      vocabularySize: size,
    };
  }
}
