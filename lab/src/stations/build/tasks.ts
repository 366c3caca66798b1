/** What station 5 asks of the worker, which has fovea: shapes, costs and code of a list of cards, and cards of a pasted text. */
import { Sequential, Tensor } from "fovea";
import { CodeError, parseKeras, writePython, writeTypeScript } from "fovea/code";
import { cost, receptiveField } from "fovea/insight";
import {
  AveragePooling2D,
  BatchNormalization,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  InputLayer,
  type Layer,
  MaxPooling2D,
} from "fovea/layers";
import { makeNetwork } from "../../engine/make-network.ts";
import type { Task } from "../../engine/tasks.ts";
import { type Card, type CardClass, cardClasses, checkValue, faultOfEnd, fieldsOf, makeCard, mend } from "./state.ts";

type Maker = new (options: never) => Layer;
const makers: Readonly<Record<CardClass, Maker>> = {
  ...{ Conv2D, MaxPooling2D, AveragePooling2D, BatchNormalization, Dropout, Flatten, Dense },
};
const INPUT = [28, 28, 1] as const;

const makeLayer = ({ className, options }: Card): Layer => new makers[className](options as never);

export interface CardFacts {
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly multiplyAdds: number | undefined;
  /** Of the outputs for one image. */
  readonly bytes: number;
  /** Rows and columns of the image that a unit sees. */
  readonly field: readonly [number, number] | undefined;
}

export interface Description {
  /** Of the cards up to the first fault. */
  readonly facts: readonly CardFacts[];
  readonly fault: { readonly at: number; readonly words: string } | undefined;
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly bytes: number;
  readonly typescript: string;
  readonly python: string;
  /** What a run can be started with; undefined while there is a fault. */
  readonly json: string | undefined;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export const describe: Task<readonly Card[], Description> = async (cards) => {
  const model = new Sequential([new InputLayer({ shape: [...INPUT] })]);
  let shape: readonly number[] = INPUT;
  let fault: Description["fault"];
  for (const [at, card] of cards.entries()) {
    const words = mend(card, shape);
    if (words !== undefined) fault = { at, words };
    else
      try {
        model.add(makeLayer(card));
      } catch (error) {
        fault = { at, words: messageOf(error) };
      }
    if (fault !== undefined) break;
    shape = model.outputs[0]!.shape.slice(1).map((size) => size ?? 0);
  }
  const words = fault === undefined ? faultOfEnd(cards, shape) : undefined;
  if (words !== undefined) fault = { at: cards.length - 1, words };
  const costs = cost(model);
  const fields = receptiveField(model);
  const facts = costs.layers.map(({ layer, outputShape, params, multiplyAdds, outputBytes }): CardFacts => {
    const field = fields.find((each) => each.layer === layer && each.kind !== "unknown");
    return {
      ...{ shape: outputShape, parameters: params, multiplyAdds, bytes: outputBytes },
      field: field && [field.size[0], field.size[1]],
    };
  });
  return {
    ...{ facts, fault, parameters: costs.params, multiplyAdds: costs.multiplyAdds },
    bytes: costs.paramBytes + costs.outputBytes,
    typescript: writeTypeScript(model),
    python: writePython(model),
    json: fault === undefined ? JSON.stringify(model.toJSON()) : undefined,
  };
};

export type Pasted =
  | { readonly cards: readonly Card[]; readonly ignored: number }
  | { readonly fault: string; readonly line?: number; readonly column?: number };

/** Reads Keras's Python; nothing of it is run. */
export const paste: Task<string, Pasted> = async (code) => {
  try {
    const { layers, ignored } = parseKeras(code);
    const cards: Card[] = [];
    for (const { layer, line, column } of layers) {
      const read = readLayer(layer);
      if (typeof read === "string") return { fault: read, line, column };
      if (read !== undefined) cards.push(read);
    }
    if (cards.length === 0) return { fault: "This code adds no layers to a model." };
    return { cards, ignored: ignored.length };
  } catch (error) {
    if (error instanceof CodeError) return { fault: error.message, line: error.line, column: error.column };
    return { fault: messageOf(error) };
  }
};

type Config = Readonly<Record<string, unknown>>;

/** Squares are one number on a card: [3, 3] is 3. */
const single = (value: unknown) =>
  Array.isArray(value) && value.every((each) => each === value[0]) ? (value[0] as unknown) : value;

/** The card of a layer; undefined for an Input; words for what the cards do not have. */
function readLayer(layer: Layer): Card | string | undefined {
  if (layer instanceof InputLayer) return undefined;
  const className = cardClasses.find((name) => name === layer.className);
  if (className === undefined) return `The cards have no ${layer.className}; they have ${cardClasses.join(", ")}.`;
  const config = layer.getConfig() as Config;
  const options: Record<string, number | string> = {};
  for (const field of fieldsOf[className]) {
    const given = single(config[field.name]);
    const value = checkValue(field, given);
    if (value === undefined)
      return `${className}: the cards take ${field.title} ${field.kind === "number" ? `from ${field.min} to ${field.max}` : field.values.join(", ")}, this has ${JSON.stringify(given)}.`;
    options[field.name] = value;
  }
  const card = makeCard(className, options);
  const plain = makeLayer(card).getConfig() as Config;
  const other = Object.keys(config).find(
    (name) =>
      !["name", "trainable", "batchShape", "dtype"].includes(name) &&
      JSON.stringify(single(config[name])) !== JSON.stringify(single(plain[name])),
  );
  return other === undefined ? card : `${className}: the cards have no ${other}.`;
}

export interface Measured {
  /** Median of a training step with 32 images. */
  readonly msPerStep: number;
  readonly device: string;
}

const [BATCH, STEPS] = [32, 5];

/** Times training steps of the network on the CPU. */
export const measure: Task<string, Measured> = async (network, { signal, progress }) => {
  const model = makeNetwork({ network, device: "cpu" });
  const images = new Tensor(new Float32Array(BATCH * 784).fill(0.5), [BATCH, 28, 28, 1]);
  const targets = new Tensor(
    Float32Array.from({ length: BATCH * 10 }, (_, i) => (i % 10 === 0 ? 1 : 0)),
    [BATCH, 10],
  );
  const times: number[] = [];
  for (let step = 0; step <= STEPS; step++) {
    signal.throwIfAborted();
    const start = performance.now();
    await model.trainOnBatch(images, targets);
    if (step > 0) times.push(performance.now() - start);
    progress(step);
  }
  const msPerStep = times.sort((a, b) => a - b)[STEPS >> 1]!;
  return { msPerStep, device: model.compiledSteps()?.device.description ?? "" };
};
