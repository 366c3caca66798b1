/** Voice recognition: which word was said, by a CNN that sees the sound's spectrogram. `npx fovea example voice [sound.wav]` */
import { input, Model, Tensor } from "fovea";
import { confusionMatrix, worstConfusions } from "fovea/insight";
import {
  BatchNormalization,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  GlobalAveragePooling2D,
  MaxPooling2D,
  MelSpectrogram,
  ReLU,
  Reshape,
} from "fovea/layers";
import { Adam } from "fovea/optimizers";
import { type GridPicture, pictureGrid } from "fovea/plot";
import { CosineDecay } from "fovea/schedules";
import { loadWav } from "fovea/utils";
import type { Example } from "../shared/example.ts";
import { drawWords } from "./draw.ts";
import { loadWords } from "./load.ts";
import { clipOf, RATE, SAMPLES, type WordData } from "./words.ts";

const [BANDS, STRIDE] = [32, 128];
const FRAMES = 1 + Math.floor(SAMPLES / STRIDE);

/** How loud the sound is over time in 32 bands, in decibels: a picture, made on the device. */
function spectrogram() {
  const sound = input({ shape: [SAMPLES] });
  const bands = { numMelBins: BANDS, minFreq: 60, maxFreq: RATE / 2, samplingRate: RATE };
  const mel = new MelSpectrogram({ fftLength: 256, sequenceStride: STRIDE, ...bands, name: "mel" }).apply(sound);
  const picture = new Reshape({ targetShape: [BANDS, FRAMES, 1] }).apply(mel);
  return { sound, picture: new BatchNormalization({ momentum: 0.9 }).apply(picture) };
}

function wordCnn({ classNames }: WordData): Model {
  const { sound, picture } = spectrogram();
  let x = picture; //                                        32 x 63
  for (const filters of [12, 24, 48]) {
    x = new Conv2D({ filters, kernelSize: 3, padding: "same" }).apply(x);
    x = new ReLU().apply(new BatchNormalization({ momentum: 0.9 }).apply(x));
    x = new MaxPooling2D().apply(x); //                     16 x 31, 8 x 15, 4 x 7
  }
  x = new Conv2D({ filters: 64, kernelSize: 3, padding: "same", activation: "relu" }).apply(x);
  x = new Dropout({ rate: 0.3 }).apply(new GlobalAveragePooling2D().apply(x));
  const outputs = new Dense({ units: classNames.length, activation: "softmax" }).apply(x);
  return new Model({ inputs: sound, outputs, name: "word_cnn" });
}

/** The same number of weights in Dense layers, which see the whole spectrogram at once. */
function perceptron(data: WordData): Model {
  const units = Math.round(wordCnn(data).countParams() / (BANDS * FRAMES + data.classNames.length));
  const { sound, picture } = spectrogram();
  const hidden = new Dense({ units, activation: "relu" }).apply(new Flatten().apply(picture));
  return new Model({
    inputs: sound,
    outputs: new Dense({ units: data.classNames.length, activation: "softmax" }).apply(hidden),
  });
}

/** Spectrograms [n, 32, 63, 3] as pictures: high tones above, loud is light. */
async function pictures(model: Model, sounds: Tensor): Promise<GridPicture["values"][]> {
  const reader = new Model({ inputs: model.input, outputs: model.getLayer("mel").output });
  const { data } = (await reader.predict(sounds, { verbose: 0 })) as unknown as Tensor;
  const size = BANDS * FRAMES;
  return Array.from({ length: sounds.shape[0]! }, (_, row) => {
    const own = Array.from(data.slice(row * size, (row + 1) * size));
    const loudest = Math.max(...own);
    // The loudest 50 decibels.
    const at = (i: number) => (own[(BANDS - 1 - Math.floor(i / FRAMES)) * FRAMES + (i % FRAMES)]! - loudest) / 50 + 1;
    return { data: Float32Array.from({ length: size }, (_, i) => at(i)), shape: [BANDS, FRAMES, 1] };
  });
}

export const example: Example<WordData> = {
  name: "voice",
  summary: "which word was said, by voices that were never heard",
  goals: { accuracy: 0.95 },
  rows: { train: 2400, test: 500 },
  epochs: 10,
  layout: "a folder of Speech Commands: a folder for each word with WAV files, testing_list.txt where there is one",
  draw: drawWords,
  load: loadWords,
  describe: ({ source, train, test, classNames }) =>
    `${source}; ${classNames.length} words, ${train.sounds.shape[0]} sounds to train on, ${test.sounds.shape[0]} to test on`,
  model: wordCnn,
  baselines: { "MLP at equal parameters": perceptron },
  setUp(model, { train }, { epochs, device, threads }) {
    const decaySteps = epochs * Math.ceil(train.sounds.shape[0]! / 32);
    const optimizer = new Adam({ learningRate: new CosineDecay({ initialLearningRate: 0.004, decaySteps }) });
    model.compile({ optimizer, loss: "sparse_categorical_crossentropy", metrics: ["accuracy"], device, threads });
  },
  fit: (model, { train }, run) => model.fit(train.sounds, train.labels, { batchSize: 32, ...run }),
  async judge(model, { test }) {
    const { accuracy } = await model.evaluate(test.sounds, test.labels, { verbose: 0 });
    return { accuracy: accuracy! };
  },
  async picture(model, { test, classNames, source }) {
    const probabilities = await model.predict(test.sounds, { verbose: 0 });
    const found = probabilities.argMax().data;
    const matrix = confusionMatrix(test.labels.data, found, classNames.length);
    const worst = worstConfusions(matrix, 3).map(
      (each) => `${classNames[each.truth]} as ${classNames[each.predicted]}`,
    );
    const shown = await pictures(model, test.sounds.slice(0, 12));
    return pictureGrid({
      title: "What the network sees of words",
      subtitle: `${source}. Up: higher tones, right: later. ${worst.length === 0 ? "" : `Most often taken for another: ${worst.join(", ")}.`}`,
      pictures: shown.map((values, i) => {
        const [said, heard] = [test.labels.data[i]!, found[i]!];
        const share = probabilities.data[i * classNames.length + heard]!;
        return {
          values,
          caption: [`said "${classNames[said]}"`, `heard "${classNames[heard]}" ${(100 * share).toFixed(0)} %`],
        };
      }),
      columns: 4,
    });
  },
  async answer(model, { classNames }, files) {
    const clips = await Promise.all(files.map(async (file) => clipOf(await loadWav(file))));
    const sounds = new Tensor(Float32Array.from(clips.flatMap((clip) => [...clip])), [files.length, SAMPLES]);
    const { data } = await model.predict(sounds, { verbose: 0 });
    const heard = files.map((_, row) => {
      const scores = Array.from(data.slice(row * classNames.length, (row + 1) * classNames.length), (score, label) => ({
        score,
        label,
      }));
      const best = scores.sort((a, b) => b.score - a.score).slice(0, 3);
      return best.map(({ score, label }) => `${classNames[label]} ${(100 * score).toFixed(0)} %`).join(", ");
    });
    const shown = await pictures(model, sounds);
    const picture = pictureGrid({
      title: "What the network sees of words",
      pictures: shown.map((values, i) => ({ values, caption: [files[i]!, heard[i]!] })),
    });
    return { text: files.map((file, i) => `${file}: ${heard[i]}`).join("\n"), picture };
  },
};
