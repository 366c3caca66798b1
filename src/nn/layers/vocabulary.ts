/** Words and their numbers: what lookups and TextVectorization learn. */
import { ArgumentError, StateError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";

/** A word: a text or a whole number. */
export type Token = string | number;

export interface VocabularyRules<T extends Token> {
  readonly title: string;
  /** Most words, with the special ones; null: any number. */
  readonly maxTokens: number | null;
  /** Numbers for words that are not known. */
  readonly numOovIndices: number;
  readonly maskToken: T | null;
  readonly oovToken: T | null;
  /** Whether a word stands for its number; else rows are counted, and the mask has no place. */
  readonly numbers: boolean;
  /** Whether words may not be one that stands for unknown ones: numbers are turned into words. */
  readonly invert: boolean;
}

/** A unit of UTF-16 so that units sort as their code points: halves of surrogate pairs after all others. */
const rankOf = (unit: number): number => unit + (unit >= 0xe000 ? -0x800 : unit >= 0xd800 ? 0x2000 : 0);

/** The order of UTF-8, in which Keras sorts. */
function compareTokens(a: Token, b: Token): number {
  if (typeof a === "number" || typeof b === "number") return (a as number) - (b as number);
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return rankOf(left) - rankOf(right);
  }
  return a.length - b.length;
}

/** The words that are known, in the order of their numbers. Special ones come first: the mask, then those for unknown words. */
export class Vocabulary<T extends Token> {
  readonly #rules: VocabularyRules<T>;
  #tokens: readonly T[] = [];
  #numbers = new Map<T, number>();
  /** Weight of each number, the special ones included. */
  #idf: Float32Array | undefined;

  constructor(rules: VocabularyRules<T>) {
    this.#rules = rules;
  }

  /** Number of the first word for unknown ones. */
  get oovStart(): number {
    return this.#rules.maskToken !== null && this.#rules.numbers ? 1 : 0;
  }

  /** Number of the first word that is known. */
  get start(): number {
    return this.oovStart + this.#rules.numOovIndices;
  }

  get size(): number {
    return this.start + this.#tokens.length;
  }

  /** Whether words were stated or learned. */
  get isEmpty(): boolean {
    return this.#tokens.length === 0;
  }

  /** The known words alone. */
  get tokens(): readonly T[] {
    return this.#tokens;
  }

  get idf(): Float32Array | undefined {
    return this.#idf;
  }

  get #special(): (T | null)[] {
    const { maskToken, oovToken, numOovIndices } = this.#rules;
    return [
      ...new Array<T | null>(this.oovStart).fill(maskToken),
      ...new Array<T | null>(numOovIndices).fill(oovToken),
    ];
  }

  /** All words, at the places of their numbers. */
  list(): (T | null)[] {
    return [...this.#special, ...this.#tokens];
  }

  numberOf(token: T): number | undefined {
    return this.#numbers.get(token);
  }

  tokenAt(number: number): T | undefined {
    return this.#tokens[number - this.start];
  }

  /**
   * States the words, with the special ones in front or without them.
   *
   * @throws ArgumentError for words twice, special ones among the others, or more words than `maxTokens`
   */
  set(given: readonly T[], idf?: ArrayLike<number>): void {
    const { title, maxTokens, maskToken, oovToken, invert } = this.#rules;
    const refuse = (what: string): never => {
      throw new ArgumentError(`${title}: the vocabulary ${what}.`);
    };
    if (!Array.isArray(given)) refuse(`is ${formatValue(given)}, expected a list`);
    const special = this.#special;
    const stated = special.length > 0 && special.every((token, i) => given[i] === token);
    const tokens = stated ? given.slice(special.length) : given;
    if (given.length === 0) refuse("is empty");
    const seen = new Set<T>();
    const twice = tokens.find((token) => seen.size === seen.add(token).size);
    if (twice !== undefined) refuse(`has ${formatValue(twice)} twice`);
    for (const [what, token] of [
      ["mask", maskToken],
      ["unknown words", invert ? oovToken : null],
    ] as const)
      if (token !== null && tokens.includes(token))
        refuse(
          `has the token of the ${what}, ${formatValue(token)}, among the words; leave special tokens out, or put all of them first: ${formatValue(special)}`,
        );
    if (maxTokens !== null && this.start + tokens.length > maxTokens)
      refuse(`has ${this.start + tokens.length} tokens with the special ones, and maxTokens is ${maxTokens}`);
    if (idf !== undefined && idf.length !== given.length)
      refuse(`has ${given.length} words, and there are ${idf.length} idfWeights`);
    this.#use(tokens, idf === undefined ? undefined : stated ? [...Array.from(idf)] : this.#withFront(Array.from(idf)));
  }

  /** For special tokens, whose frequencies are not known, stands the mean of the others. */
  #withFront(weights: readonly number[]): number[] {
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    return [...new Array<number>(this.start).fill(mean), ...weights];
  }

  #use(tokens: readonly T[], idf: readonly number[] | undefined): void {
    this.#tokens = [...tokens];
    this.#numbers = new Map(tokens.map((token, i) => [token, this.start + i]));
    this.#idf = idf === undefined ? undefined : Float32Array.from(idf);
  }

  /** Weights read from a file, one for each number. */
  setIdf(weights: ArrayLike<number>): void {
    this.#idf = Float32Array.from(weights);
  }

  /** Takes the words that were counted, the frequent ones first and of equally frequent ones the later one in order. */
  learn(counts: TokenCounts<T>, weigh: boolean): void {
    const { title, maxTokens, maskToken, oovToken } = this.#rules;
    const found = counts.all().filter(({ token }) => token !== maskToken && token !== oovToken);
    found.sort((a, b) => b.count - a.count || compareTokens(b.token, a.token));
    const kept = found.slice(0, maxTokens === null ? found.length : Math.max(0, maxTokens - this.start));
    if (kept.length === 0) throw new StateError(`${title}: adapt found no words in the data.`);
    // A word of every document still weighs something. Source: Keras, `_inverse_document_frequency`.
    const idf = kept.map(({ documents }) => Math.log(1 + counts.documents / (1 + documents)));
    this.#use(
      kept.map(({ token }) => token),
      weigh ? this.#withFront(idf) : undefined,
    );
  }
}

/** How often words occur, and in how many documents. */
export class TokenCounts<T extends Token> {
  readonly #counts = new Map<T, { readonly token: T; count: number; documents: number }>();
  /** Documents so far. */
  documents = 0;

  add(document: readonly T[]): void {
    this.documents++;
    const seen = new Set<T>();
    for (const token of document) {
      const entry = this.#counts.get(token) ?? { token, count: 0, documents: 0 };
      entry.count++;
      if (!seen.has(token)) entry.documents++;
      seen.add(token);
      this.#counts.set(token, entry);
    }
  }

  all(): { readonly token: T; readonly count: number; readonly documents: number }[] {
    return [...this.#counts.values()];
  }
}
