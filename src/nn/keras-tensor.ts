/** Symbolic tensors of the functional API: they know which layer made them, and no numbers. */
import type { DType } from "../base/dtype.ts";
import { InputLayer, type InputLayerOptions } from "./layers/input-layer.ts";
import type { KerasTensor } from "./layers/layer.ts";

export type { KerasTensor } from "./layers/layer.ts";

export interface InputOptions {
  /** Shape of one row, without the batch axis; null for an axis of any size. */
  readonly shape?: readonly (number | null)[];
  /** Shape with the batch axis. Give this or `shape`. */
  readonly batchShape?: readonly (number | null)[];
  readonly dtype?: DType;
  readonly name?: string;
}

/**
 * The start of a functional model. Keras `layers.Input`.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * input({ shape: [28, 28, 1] }).shape; // [null, 28, 28, 1]
 * ```
 */
export function input(options: InputOptions): KerasTensor {
  return new InputLayer(options satisfies InputLayerOptions).output;
}
