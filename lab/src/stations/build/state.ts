/** Station 5 without its view: layers as cards, what can be done with them, and how faults are mended. */
import { grouped } from "../../base/numbers.ts";

export const cardClasses = [
  "Conv2D",
  "MaxPooling2D",
  "AveragePooling2D",
  "BatchNormalization",
  "Dropout",
  "Flatten",
  "Dense",
] as const;
export type CardClass = (typeof cardClasses)[number];

/** A layer as the visitor sees it; options have the names that TypeScript uses. */
export interface Card {
  readonly className: CardClass;
  readonly options: Readonly<Record<string, number | string>>;
}

/** An option that a card lets one change. */
export type Field =
  | {
      readonly name: string;
      readonly title: string;
      readonly kind: "number";
      readonly min: number;
      readonly max: number;
      readonly step?: number;
      readonly initial: number;
    }
  | {
      readonly name: string;
      readonly title: string;
      readonly kind: "choice";
      readonly values: readonly string[];
      readonly initial: string;
    };

const whole = (name: string, title: string, min: number, max: number, initial: number): Field => ({
  ...{ name, title, kind: "number", min, max, initial },
});
const activation = (initial: string): Field => ({
  ...{ name: "activation", title: "activation", kind: "choice", initial },
  values: ["linear", "relu", "tanh", "sigmoid", "softmax"],
});
const padding: Field = {
  name: "padding",
  title: "padding",
  kind: "choice",
  values: ["valid", "same"],
  initial: "valid",
};

export const fieldsOf: Readonly<Record<CardClass, readonly Field[]>> = {
  Conv2D: [
    whole("filters", "filters", 1, 128, 32),
    whole("kernelSize", "kernel", 1, 28, 3),
    whole("strides", "stride", 1, 8, 1),
    padding,
    activation("relu"),
  ],
  MaxPooling2D: [whole("poolSize", "pool", 1, 28, 2)],
  AveragePooling2D: [whole("poolSize", "pool", 1, 28, 2)],
  BatchNormalization: [],
  Dropout: [{ name: "rate", title: "rate", kind: "number", min: 0, max: 0.95, step: 0.05, initial: 0.25 }],
  Flatten: [],
  Dense: [whole("units", "units", 1, 512, 64), activation("relu")],
};

export function makeCard(className: CardClass, options: Card["options"] = {}): Card {
  const fields = fieldsOf[className].map(({ name, initial }) => [name, options[name] ?? initial] as const);
  return { className, options: Object.fromEntries(fields) };
}

const conv = (filters: number, kernelSize = 3) => makeCard("Conv2D", { filters, kernelSize });
const dense = (units: number, activation: string) => makeCard("Dense", { units, activation });
const answers = dense(10, "softmax");
const [flatten, pool] = [makeCard("Flatten"), makeCard("MaxPooling2D")];

export const presets: Readonly<Record<string, readonly Card[]>> = {
  "the handout": [conv(64), conv(32), flatten, answers],
  "+ pooling": [conv(64), pool, conv(32), pool, flatten, answers],
  "MLP 256": [flatten, dense(256, "relu"), answers],
  LeNet: [
    makeCard("Conv2D", { filters: 6, kernelSize: 5, padding: "same", activation: "tanh" }),
    makeCard("AveragePooling2D"),
    makeCard("Conv2D", { filters: 16, kernelSize: 5, activation: "tanh" }),
    makeCard("AveragePooling2D"),
    flatten,
    dense(120, "tanh"),
    dense(84, "tanh"),
    answers,
  ],
  tiny: [makeCard("Conv2D", { filters: 8, kernelSize: 3, strides: 2 }), flatten, answers],
  linear: [flatten, answers],
};

const text = (cards: readonly Card[]) => JSON.stringify(cards);

/** The preset that these cards are; undefined for the visitor's own. */
export const presetOf = (cards: readonly Card[]): string | undefined =>
  Object.entries(presets).find(([, preset]) => text(preset) === text(cards))?.[0];

export const insert = (cards: readonly Card[], at: number, card: Card): readonly Card[] => cards.toSpliced(at, 0, card);
export const remove = (cards: readonly Card[], at: number): readonly Card[] => cards.toSpliced(at, 1);
export const replace = (cards: readonly Card[], at: number, card: Card): readonly Card[] => cards.with(at, card);

/** Exchanges a card with its neighbour; the same list at the ends. */
export function move(cards: readonly Card[], at: number, by: -1 | 1): readonly Card[] {
  const to = at + by;
  return to < 0 || to >= cards.length ? cards : cards.with(at, cards[to]!).with(to, cards[at]!);
}

/** A value that a field takes; undefined for one that it does not. */
export function checkValue(field: Field, value: unknown): number | string | undefined {
  if (field.kind === "choice") return field.values.find((each) => each === value);
  const isGood = typeof value === "number" && value >= field.min && value <= field.max;
  return isGood && (field.step !== undefined || Number.isInteger(value)) ? value : undefined;
}

/** The most cards that an address may hold. */
const MOST = 20;

/** Cards of an address; undefined for a text that says none. */
export function parseCards(json: string): readonly Card[] | undefined {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list) || list.length > MOST) return undefined;
  const cards: Card[] = [];
  for (const each of list as readonly unknown[]) {
    const [given, options = {}] = Array.isArray(each) ? (each as readonly unknown[]) : [];
    const className = cardClasses.find((name) => name === given);
    if (className === undefined || typeof options !== "object" || options === null) return undefined;
    const read: Record<string, number | string> = {};
    for (const field of fieldsOf[className]) {
      const value = checkValue(field, (options as Record<string, unknown>)[field.name] ?? field.initial);
      if (value === undefined) return undefined;
      read[field.name] = value;
    }
    cards.push({ className, options: read });
  }
  return cards;
}

/** Cards for an address: options that have their first value are left out. */
export const printCards = (cards: readonly Card[]): string =>
  JSON.stringify(
    cards.map(({ className, options }) => {
      const own = fieldsOf[className].filter(({ name, initial }) => options[name] !== initial);
      return own.length === 0
        ? [className]
        : [className, Object.fromEntries(own.map(({ name }) => [name, options[name]]))];
    }),
  );

/** What is wrong with a card behind outputs of this shape, and how to mend it; undefined where the engine says it better. */
export function mend({ className, options }: Card, input: readonly number[]): string | undefined {
  const size = Number(options.kernelSize ?? options.poolSize ?? 0);
  const isOverMaps = size > 0;
  if (isOverMaps && input.length !== 3)
    return `${className} slides over maps, and what comes in has none left: put it before Flatten.`;
  const least = Math.min(...input.slice(0, 2));
  if (isOverMaps && size > least && options.padding !== "same")
    return options.kernelSize === undefined
      ? `pool ${size} > input ${least}: use a pool ≤ ${least}.`
      : `kernel ${size} > input ${least}: use padding "same" or a kernel ≤ ${least}.`;
  return undefined;
}

/** What keeps a network whose layers all fit from being trained on digits. */
export function faultOfEnd(cards: readonly Card[], output: readonly number[]): string | undefined {
  const last = cards.at(-1);
  if (output.length > 1) return "The answer must be one row of ten: put Flatten before the last Dense.";
  if (output[0] !== 10)
    return `There are ten digits, and it gives ${output[0]} numbers: use Dense with 10 units at the end.`;
  if (last?.options.activation !== "softmax")
    return 'The ten numbers must be probabilities: use activation "softmax" in the last Dense.';
  return undefined;
}

/** "26 × 26 × 64", on one line */
export const shapeText = (shape: readonly number[]): string => shape.map(grouped).join("\u00a0×\u00a0");
