/** Natural language: whether a review is for or against, by a CNN over words. `npx fovea example text` */
import { readFile } from "node:fs/promises";
import { input, Model, type Tensor } from "fovea";
import {
  Concatenate,
  Conv1D,
  Dense,
  Dropout,
  Embedding,
  GlobalAveragePooling1D,
  GlobalMaxPooling1D,
} from "fovea/layers";
import { Adam } from "fovea/optimizers";
import type { Example } from "../shared/example.ts";
import { drawReviews } from "./draw.ts";
import { loadReviews } from "./load.ts";
import { type ReadReview, wordChart } from "./picture.ts";
import type { ReviewData } from "./reviews.ts";

const widths = [2, 3, 4];

/** Kim 2014 (arXiv 1408.5882): filters over 2, 3 and 4 words side by side; what each finds most of, wherever it is, decides. */
function textCnn({ vocabulary, length }: ReviewData): Model {
  const words = input({ shape: [length], dtype: "int32" });
  const vectors = new Embedding({ inputDim: vocabulary.vocabularySize(), outputDim: 32 }).apply(words);
  const found = widths.map((kernelSize) => {
    const filters = new Conv1D({ filters: 32, kernelSize, activation: "relu", name: `words_${kernelSize}` });
    return new GlobalMaxPooling1D().apply(filters.apply(vectors));
  });
  const kept = new Dropout({ rate: 0.5 }).apply(new Concatenate().apply(found));
  const outputs = new Dense({ units: 1, activation: "sigmoid", name: "verdict" }).apply(kept);
  return new Model({ inputs: words, outputs, name: "text_cnn" });
}

/** The same words without their order, and as many weights. */
function bagOfWords(data: ReviewData): Model {
  const words = input({ shape: [data.length], dtype: "int32" });
  const rows = data.vocabulary.vocabularySize();
  const units = Math.round((textCnn(data).countParams() - rows * 32) / 34);
  const vectors = new Embedding({ inputDim: rows, outputDim: 32 }).apply(words);
  const hidden = new Dense({ units, activation: "relu" }).apply(new GlobalAveragePooling1D().apply(vectors));
  return new Model({ inputs: words, outputs: new Dense({ units: 1, activation: "sigmoid" }).apply(hidden) });
}

/** Words side by side, and what they add to the logit of "for". */
export interface Reason {
  /** Number of the first word. */
  readonly at: number;
  readonly width: number;
  readonly weight: number;
}

/**
 * What decided: the logit is a sum over filters of the largest response, times the weight of the last layer, and a bias. Each
 * summand belongs to the words at which the filter responded most.
 *
 * @param words [n, length] @returns for each row, the largest first
 */
export async function reasonsOf(model: Model, words: Tensor): Promise<Reason[][]> {
  const outputs = widths.map((width) => model.getLayer(`words_${width}`).output);
  const responses = await new Model({ inputs: model.inputs, outputs }).predict([words], { verbose: 0 });
  const [kernel] = await model.getLayer("verdict").getWeights();
  return Array.from({ length: words.shape[0]! }, (_, row) => {
    const sums = new Map<string, Reason>();
    responses.forEach((response: Tensor, i: number) => {
      const [places, filters] = response.shape.slice(1) as [number, number];
      for (let filter = 0; filter < filters; filter++) {
        const value = (at: number) => response.data[(row * places + at) * filters + filter]!;
        let best = 0;
        for (let at = 1; at < places; at++) if (value(at) > value(best)) best = at;
        const weight = value(best) * kernel!.data[i * filters + filter]!;
        const key = `${best} ${widths[i]}`;
        sums.set(key, { at: best, width: widths[i]!, weight: weight + (sums.get(key)?.weight ?? 0) });
      }
    });
    return [...sums.values()].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  });
}

const accuracy = (scores: ArrayLike<number>, labels: ArrayLike<number>, rows: readonly number[]) =>
  rows.filter((row) => scores[row]! > 0.5 === (labels[row] === 1)).length / rows.length;

export const example: Example<ReviewData> = {
  name: "text",
  summary: "whether a review is for or against, with negations that a bag of words cannot read",
  goals: { accuracy: 0.95, "accuracy, negated": 0.9 },
  rows: { train: 4000, test: 1000 },
  epochs: 4,
  layout: "a folder of reviews as Stanford's aclImdb has it: train/pos, train/neg, test/pos, test/neg with .txt files",
  draw: drawReviews,
  load: loadReviews,
  describe: ({ source, train, test }) =>
    `${source}; ${train.texts.length} to train on, ${test.texts.length} to test on`,
  model: textCnn,
  baselines: { "bag of words at equal parameters": bagOfWords },
  setUp: (model, _, { device, threads }) =>
    model.compile({ optimizer: new Adam({ learningRate: 0.002 }), loss: "binary_crossentropy", device, threads }),
  fit: (model, { train }, run) => model.fit(train.words, train.labels, { batchSize: 32, ...run }),
  async judge(model, { test }) {
    const { data } = await model.predict(test.words, { verbose: 0 });
    const rows = test.texts.map((_, row) => row);
    const negated = rows.filter((row) => test.negated?.[row]);
    const all = { accuracy: accuracy(data, test.labels.data, rows) };
    return negated.length === 0 ? all : { ...all, "accuracy, negated": accuracy(data, test.labels.data, negated) };
  },
  async picture(model, data) {
    const rows = data.test.texts.map((_, row) => row).filter((row) => data.test.negated?.[row] ?? true);
    const shown = rows.slice(0, 8);
    const reviews = await read(
      model,
      data,
      shown.map((row) => data.test.texts[row]!),
    );
    const truth = shown.map((row) => data.test.labels.data[row] === 1);
    return wordChart(
      reviews.map((review, i) => ({ ...review, truth: truth[i]! })),
      `${data.source}.`,
    );
  },
  async answer(model, data, files) {
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    const reviews = await read(
      model,
      data,
      texts.flatMap((text) => text.split(/\n+/).filter((line) => line.trim() !== "")),
    );
    const lines = reviews.map(({ score, words, reasons }) => {
      const decided = reasons.slice(0, 3).map(({ at, width, weight }) => {
        return `"${words.slice(at, at + width).join(" ")}" ${weight > 0 ? "+" : "−"}${Math.abs(weight).toFixed(1)}`;
      });
      return `${score > 0.5 ? "for    " : "against"} ${score.toFixed(3)}  ${decided.join(", ")}`;
    });
    return { text: lines.join("\n"), picture: wordChart(reviews, `${files.join(", ")}.`) };
  },
};

/** Scores of texts, and what decided. */
async function read(model: Model, { vocabulary }: ReviewData, texts: readonly string[]): Promise<ReadReview[]> {
  const numbers = await vocabulary.run(texts);
  const names = vocabulary.getVocabulary();
  const { data } = await model.predict(numbers, { verbose: 0 });
  const reasons = await reasonsOf(model, numbers);
  return texts.map((_, row) => {
    const own = Array.from(numbers.slice(row, row + 1).data);
    const words = own.filter((number) => number !== 0).map((number) => names[number]!);
    return { words, score: data[row]!, reasons: reasons[row]!.filter(({ at }) => at < words.length) };
  });
}
