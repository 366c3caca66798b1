/** The layers of real Keras whose numbers the project carries. */
import type { LayerName } from "../cases/layers.ts";
import layerFile from "../golden/layers.json" with { type: "json" };
import type { Value } from "./numbers.ts";

export interface GoldenLayer {
  readonly layer: LayerName;
  /** What was given to Keras, keys in snake_case. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly training: boolean;
  readonly inputs: readonly Value[];
  readonly weights: readonly { readonly name: string; readonly trainable: boolean; readonly value: Value }[];
  readonly output: Value;
  readonly cotangent: Value;
  /** null for inputs of whole numbers. */
  readonly inputGrads: readonly (Value | null)[] | null;
  /** null for weights that are not trainable, which come last. */
  readonly weightGrads: readonly (Value | null)[];
  /** Of layers that change their weights themselves. */
  readonly weightsAfter?: readonly Value[] | null;
  /** Penalties of weights and outputs. */
  readonly losses?: readonly number[];
  /** For batch null. */
  readonly outputShape?: readonly (number | null)[] | null;
  /** The whole config as Keras writes it. */
  readonly kerasConfig?: Readonly<Record<string, unknown>>;
}

/** The type checker finds shapes in JSON that it cannot compare with ours. */
const cases = layerFile.cases as unknown as readonly GoldenLayer[];

export const goldenLayers = cases.map((golden) => ({
  golden,
  title: `${golden.layer} ${JSON.stringify(golden.config)} ${golden.training ? "training" : ""}`.trim(),
}));
