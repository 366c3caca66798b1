/** What a case of a layer states, and which layers must have some. */
import type { Shape } from "../../src/base/shape.ts";
import type * as barrel from "../../src/nn/layers/index.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import type { Draw } from "./op-case.ts";

type Barrel = typeof barrel;

/** Layers that work on texts and tables, before a step: their cases are Keras's alone (preprocessing.json). */
export const hostLayers = ["Hashing", "IntegerLookup", "StringLookup", "TextVectorization"] as const;
type HostLayerName = (typeof hostLayers)[number];

/** Names of the layers that compute: a layer that is added to the barrel does not compile before it has cases here. */
export type LayerName = {
  [Name in keyof Barrel]: Barrel[Name] extends new (...options: never) => Layer ? Name : never;
}[Exclude<keyof Barrel, "InputLayer" | HostLayerName>];

/** Layers that give structures of values: cells, which are tested inside of the layers that run them. */
export const cellNames: readonly string[] = ["GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells"];

export interface LayerCase<Options = object> {
  readonly name: string;
  readonly options: Options;
  /** Shape of the input, batch first. */
  readonly input: Shape;
  /** Of the further inputs, for layers that take several. */
  readonly more?: readonly Shape[];
  /** Shape of the output, counted by hand. */
  readonly output: Shape;
  /** Names and shapes of the weights, in Keras's order; a name that comes again is numbered, "kernel 2". Default none. */
  readonly weights?: Readonly<Record<string, Shape>>;
  /** Default "normal". */
  readonly draw?: Draw;
  /** How weights are drawn, by name; default "normal". */
  readonly drawWeights?: Readonly<Record<string, Draw>>;
  /** Inputs are whole numbers, by which nothing is differentiated. Default false. */
  readonly indices?: boolean;
  /** Default false. */
  readonly training?: boolean;
}

/** Cases of some layers; options are those that their constructors take. */
export type CasesOf<Names extends LayerName> = {
  readonly [N in Names]: readonly LayerCase<ConstructorParameters<Barrel[N]>[0]>[];
};
