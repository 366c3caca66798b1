/** Station 6 without its view: what optimizers do to a weight, what losses punish, and the run in words. */

import type { LossName, OptimizerName, RunFrame, RunOptions, RunStep } from "../../engine/protocol.ts";

/** What an optimizer keeps for a weight, 0 at the start. */
export type Slots = Readonly<Record<string, number>>;

/** One update with the numbers on its way. */
export interface Update {
  /** The rows of the calculation: name, formula and value, in their order. */
  readonly rows: readonly { readonly name: string; readonly formula: string; readonly value: number }[];
  readonly slots: Slots;
  /** Is added to the weight. */
  readonly move: number;
}

interface UpdateInput {
  readonly gradient: number;
  readonly slots: Slots;
  readonly learningRate: number;
  /** From 1. */
  readonly step: number;
}

/** What a run is tested on, in words: the digits that it draws are not those of station 1. */
export const testDigits = (data: RunOptions["data"] | undefined): string =>
  data === "mnist" ? "test digits" : "drawn digits";

const EPSILON = 1e-7;

/** Each optimizer's update in Keras's form (Kingma and Ba 2014; Tieleman and Hinton 2012). */
const updates: Readonly<Record<OptimizerName, (input: UpdateInput) => Update>> = {
  sgd: ({ gradient, learningRate }) => {
    const move = -learningRate * gradient;
    return { rows: [{ name: "move", formula: "−η · g", value: move }], slots: {}, move };
  },
  momentum: ({ gradient, slots, learningRate }) => {
    const momentum = 0.9 * (slots.momentum ?? 0) - learningRate * gradient;
    return {
      rows: [{ name: "m = move", formula: "0.9 · m − η · g", value: momentum }],
      slots: { momentum },
      move: momentum,
    };
  },
  rmsprop: ({ gradient, slots, learningRate }) => {
    const velocity = 0.9 * (slots.velocity ?? 0) + 0.1 * gradient ** 2;
    const move = (-learningRate * gradient) / Math.sqrt(velocity + EPSILON);
    return {
      rows: [
        { name: "v", formula: "0.9 · v + 0.1 · g²", value: velocity },
        { name: "move", formula: "−η · g ⁄ √v", value: move },
      ],
      slots: { velocity },
      move,
    };
  },
  adam: ({ gradient, slots, learningRate, step }) => {
    const momentum = 0.9 * (slots.momentum ?? 0) + 0.1 * gradient;
    const velocity = 0.999 * (slots.velocity ?? 0) + 0.001 * gradient ** 2;
    const [mean, spread] = [momentum / (1 - 0.9 ** step), velocity / (1 - 0.999 ** step)];
    const rate = (learningRate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
    const move = (-rate * momentum) / (Math.sqrt(velocity) + EPSILON);
    return {
      rows: [
        { name: "m", formula: "0.9 · m + 0.1 · g", value: momentum },
        { name: "v", formula: "0.999 · v + 0.001 · g²", value: velocity },
        { name: "m̂", formula: "m ⁄ (1 − 0.9ᵗ)", value: mean },
        { name: "v̂", formula: "v ⁄ (1 − 0.999ᵗ)", value: spread },
        { name: "move", formula: "−η · m̂ ⁄ √v̂", value: move },
      ],
      slots: { momentum, velocity },
      move,
    };
  },
};

export const updateOf = (optimizer: OptimizerName, input: UpdateInput): Update => updates[optimizer](input);

/** A weight under an optimizer that gets these gradients, one after the other, with its first value in front. */
export function pathOf(
  optimizer: OptimizerName,
  gradients: readonly number[],
  { start, learningRate }: { readonly start: number; readonly learningRate: number },
): number[] {
  const path = [start];
  let slots: Slots = {};
  gradients.forEach((gradient, index) => {
    const update = updateOf(optimizer, { gradient, slots, learningRate, step: index + 1 });
    slots = update.slots;
    path.push(path[index]! + update.move);
  });
  return path;
}

export const optimizerTitles: Readonly<Record<OptimizerName, string>> = {
  adam: "Adam",
  sgd: "SGD",
  momentum: "SGD, momentum 0.9",
  rmsprop: "RMSprop",
};

export const lossTitles: Readonly<Record<LossName, string>> = {
  categorical_crossentropy: "categorical crossentropy",
  mean_squared_error: "mean squared error",
};

/** The learning rate that Keras gives each optimizer. */
export const usualRate = (optimizer: OptimizerName): number =>
  optimizer === "adam" || optimizer === "rmsprop" ? 0.001 : 0.01;

/** What a loss says of a digit whose true class got `p`, while the other nine share the rest. */
export function punish(loss: LossName, p: number): number {
  if (loss === "categorical_crossentropy") return -Math.log(Math.max(EPSILON, p));
  return ((1 - p) ** 2 + 9 * ((1 - p) / 9) ** 2) / 10;
}

/** Where the learning rate changed: the first step that was taken with it. */
export function rateMarks(steps: readonly RunStep[]): { readonly at: number; readonly label: string }[] {
  return steps.flatMap(({ step, learningRate }, index) => {
    const before = steps[index - 1];
    return before === undefined || before.learningRate === learningRate
      ? []
      : [{ at: step, label: `rate ${rateText(learningRate)}` }];
  });
}

/** "0.001", "3e-5". */
export const rateText = (rate: number): string =>
  rate >= 1e-4 ? String(Number(rate.toPrecision(2))) : rate.toExponential(0);

/** A run in a few words, for the legend of a figure. */
export function nameOfRun(run: number, { optimizer, learningRate, loss }: RunOptions): string {
  const kind = loss === "mean_squared_error" ? ", squares" : "";
  return `${run}: ${optimizer} at ${rateText(learningRate)}${kind}`;
}

const CELLS = 20;

/** Mean of the loss and the accuracy over the steps of the epoch so far, as Keras shows them. */
export function runningMeans(steps: readonly RunStep[], stepsPerEpoch: number) {
  const last = steps.at(-1);
  if (last === undefined) return undefined;
  const first = Math.floor((last.step - 1) / stepsPerEpoch) * stepsPerEpoch;
  const inEpoch = steps.filter(({ step }) => step > first);
  const mean = (of: (step: RunStep) => number) => inEpoch.reduce((sum, each) => sum + of(each), 0) / inEpoch.length;
  return { inEpoch: last.step - first, loss: mean(({ loss }) => loss), accuracy: mean(({ accuracy }) => accuracy) };
}

/** Keras's line of progress for the epoch that the run is in. */
export function progressLine(frame: RunFrame, options: RunOptions, steps: readonly RunStep[]): string {
  const perEpoch = Math.round(frame.totalSteps / options.epochs);
  const means = runningMeans(steps, perEpoch);
  const done = means?.inEpoch ?? 0;
  const epoch = Math.min(options.epochs, Math.floor((Math.max(1, frame.step) - 1) / perEpoch) + 1);
  const filled = Math.round((CELLS * done) / perEpoch);
  const bar = "━".repeat(filled) + "─".repeat(CELLS - filled);
  const pace = frame.imagesPerSecond > 0 ? (1000 * options.batchSize) / frame.imagesPerSecond : undefined;
  const left = pace === undefined ? "" : ` ${Math.ceil(((perEpoch - done) * pace) / 1000)}s ${Math.round(pace)}ms/step`;
  const logs = means === undefined ? "" : ` - accuracy: ${means.accuracy.toFixed(4)} - loss: ${means.loss.toFixed(4)}`;
  return `Epoch ${epoch}/${options.epochs}\n${String(done).padStart(String(perEpoch).length)}/${perEpoch} ${bar}${left}${logs}`;
}

/** Index of the value nearest to a step; -1 for none. */
export function nearest(steps: readonly number[], wanted: number): number {
  let best = -1;
  steps.forEach((step, index) => {
    if (best < 0 || Math.abs(step - wanted) < Math.abs(steps[best]! - wanted)) best = index;
  });
  return best;
}

/** "row 1, column 2, from map 5 to map 3": a place in the flat array of a weight. */
export function placeWords(shape: readonly number[], place: number): string {
  const axes: number[] = [];
  let rest = place;
  for (const size of shape.toReversed()) {
    axes.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  const [a, b, c, d] = axes;
  if (shape.length === 4) return `row ${a}, column ${b}, from map ${c} to map ${d}`;
  if (shape.length === 2) return `from entry ${a} to unit ${b}`;
  return `of unit ${place}`;
}
