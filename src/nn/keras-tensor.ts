/** Symbolic tensors of the functional API: they know which layer made them, and no numbers. */
import { InputLayer, type InputLayerOptions } from "./layers/input-layer.ts";
import type { KerasTensor } from "./layers/layer.ts";

export type { KerasTensor } from "./layers/layer.ts";

/**
 * The start of a functional model. Keras `layers.Input`.
 *
 * @example
 * ```ts
 * import { input } from "fovea";
 * input({ shape: [28, 28, 1] }).shape; // [null, 28, 28, 1]
 * ```
 */
export function input(options: InputLayerOptions): KerasTensor {
  return new InputLayer(options).output;
}
