/** Reviews as texts and as numbers of words. */
import { Tensor } from "fovea";
import { TextVectorization } from "fovea/layers";

/** A text, and whether it is for or against. */
export interface Review {
  readonly text: string;
  readonly isFor: boolean;
  /** Whether the verdict hangs on a negation; unknown for the user's own texts. */
  readonly isNegated?: boolean;
}

export interface ReviewSplit {
  readonly texts: readonly string[];
  /** Numbers of words, int32 [n, length]. */
  readonly words: Tensor;
  /** 0 against, 1 for; float32 [n]. */
  readonly labels: Tensor;
  readonly negated?: readonly boolean[];
}

export interface ReviewData {
  readonly train: ReviewSplit;
  readonly test: ReviewSplit;
  /** Words and their numbers. */
  readonly vocabulary: TextVectorization;
  /** Words of a text; longer ones are cut. */
  readonly length: number;
  /** Where it comes from, in words. */
  readonly source: string;
}

export interface ReviewOptions {
  readonly length: number;
  /** Most words that are known. */
  readonly maxTokens: number;
  /** Texts to learn the words from; default: those to train on. */
  readonly known?: readonly string[];
}

export async function reviewData(
  source: string,
  [train, test]: readonly [readonly Review[], readonly Review[]],
  { length, maxTokens, known }: ReviewOptions,
): Promise<ReviewData> {
  const vocabulary = new TextVectorization({ maxTokens, outputSequenceLength: length });
  await vocabulary.adapt(known ?? train.map(({ text }) => text));
  const split = async (reviews: readonly Review[]): Promise<ReviewSplit> => {
    const texts = reviews.map(({ text }) => text);
    const isKnown = reviews.every(({ isNegated }) => isNegated !== undefined);
    return {
      texts,
      words: await vocabulary.run(texts),
      labels: new Tensor(
        Float32Array.from(reviews, ({ isFor }) => Number(isFor)),
        [reviews.length],
      ),
      ...(isKnown ? { negated: reviews.map(({ isNegated }) => isNegated!) } : {}),
    };
  };
  return { train: await split(train), test: await split(test), vocabulary, length, source };
}
