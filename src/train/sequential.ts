import { ArgumentError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { input, type KerasTensor } from "../nn/keras-tensor.ts";
import { InputLayer } from "../nn/layers/input-layer.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { uniqueName } from "../nn/process-state.ts";
import { LayerGraph } from "./layer-graph.ts";
import { Model } from "./model.ts";
import type { ModelOptions } from "./options.ts";

/**
 * A chain of layers. Keras `models/sequential.py`. With an `inputShape` on the first layer each layer is built, and its shapes
 * checked, as it is added; without one the model is built when the first data comes.
 *
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { Conv2D, Dense, Flatten } from "fovea/layers";
 * const model = new Sequential([
 *   new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
 *   new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
 *   new Flatten(),
 *   new Dense({ units: 10, activation: "softmax" }),
 * ]);
 * model.countParams(); // 203434
 * ```
 */
export class Sequential extends Model {
  readonly #layers: Layer[] = [];
  #input: KerasTensor | undefined;
  #output: KerasTensor | undefined;

  constructor(layers: readonly Layer[] = [], options: { readonly name?: string } = {}) {
    super({ name: options.name ?? uniqueName("sequential") } as ModelOptions);
    for (const layer of layers) this.add(layer);
  }

  /**
   * Appends a layer.
   *
   * @throws ShapeError when it does not fit behind the layers before it, which stay as they are
   */
  add(layer: Layer): void {
    if (this.#layers.some(({ name }) => name === layer.name))
      throw new ArgumentError(
        `Sequential "${this.name}" has a layer named "${layer.name}" already; give the new one another \`name\`.`,
      );
    if (layer instanceof InputLayer) {
      if (this.#layers.length > 0 || this.#input !== undefined)
        throw new ArgumentError(`Sequential "${this.name}": an InputLayer can only come first.`);
      this.#input = layer.output;
      this.#output = layer.output;
      return;
    }
    const shape = this.#layers.length === 0 ? layer.batchInputShape : undefined;
    const start = this.#output ?? (shape === undefined ? undefined : input({ batchShape: shape }));
    if (start !== undefined) {
      const output = layer.apply(start);
      this.#input ??= start;
      this.#output = output;
    }
    this.#layers.push(layer);
    if (this.#input !== undefined) this.setGraph(new LayerGraph([this.#input], [this.#output!]));
  }

  /** The layers, without the InputLayer, as Keras lists them. */
  override get layers(): readonly Layer[] {
    return this.#layers;
  }

  override get className(): string {
    return "Sequential";
  }

  /** Builds the model for inputs of this shape (batch axis first, null) if its first layer named none. */
  build(inputShape: readonly (number | null)[]): void {
    if (this.built) return;
    if (this.#layers.length === 0) throw new ArgumentError(`Sequential "${this.name}" has no layers; add some first.`);
    const start = input({ batchShape: inputShape });
    let output = start;
    for (const layer of this.#layers) output = layer.apply(output);
    this.#input = start;
    this.#output = output;
    this.setGraph(new LayerGraph([start], [output]));
  }

  protected override prepare(x: Tensor): void {
    if (!this.built) this.build([null, ...x.shape.slice(1)]);
  }
}
