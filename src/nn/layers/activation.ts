import { ArgumentError } from "../../base/errors.ts";
import type { Sym } from "../../ir/graph.ts";
import { type ActivationLike, activate, checkActivation } from "../activations.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface ActivationOptions {
  readonly activation: ActivationLike;
}

/**
 * Applies an activation function. Keras `layers/activations/activation.py`.
 *
 * @example
 * ```ts
 * import { Activation } from "fovea/layers";
 * new Activation("relu");
 * ```
 */
export class Activation extends Layer<ActivationOptions> {
  constructor(options: ActivationLike | (ActivationOptions & LayerOptions)) {
    super("Activation", typeof options === "string" ? { activation: options } : options, { activation: "linear" });
    if (typeof options === "object" && options.activation === undefined)
      throw new ArgumentError(`${this.title}: the option activation is missing.`);
    checkActivation(this.title, this.options.activation);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return inputShape;
  }

  override call(inputs: readonly Sym[]): Sym {
    return activate(this.options.activation, onlyInput(inputs));
  }
}
