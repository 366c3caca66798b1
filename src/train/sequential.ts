import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import type { Nested } from "../base/structure.ts";
import { type TensorLike, tensor } from "../base/tensor.ts";
import type { DTypePolicy } from "../nn/dtype-policy.ts";
import { type BatchShape, isBatchShape, isKerasTensor, KerasTensor } from "../nn/keras-tensor.ts";
import { InputLayer, input } from "../nn/layers/input-layer.ts";
import { Layer } from "../nn/layers/layer.ts";
import { LayerGraph } from "./layer-graph.ts";
import { Model } from "./model.ts";

/**
 * A chain of layers. Keras `models/sequential.py`. With an `inputShape` on the first layer, or an `input({ shape })` in front,
 * each layer is built, and its shapes checked, as it is added; without one the model is built when the first data comes.
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
  static override readonly className = "Sequential";

  readonly #chain: Layer[] = [];
  #input: KerasTensor | undefined;
  #output: KerasTensor | undefined;

  constructor(
    layers: readonly (Layer | KerasTensor)[] = [],
    options: { readonly name?: string; readonly trainable?: boolean; readonly dtype?: DTypePolicy } = {},
  ) {
    super(options);
    if (!Array.isArray(layers))
      throw new ArgumentError(`${this.title} takes a list of layers, got ${formatValue(layers)}.`);
    for (const layer of layers) this.add(layer);
  }

  /**
   * Appends a layer, or the input in front of the first one.
   *
   * @throws ShapeError when it does not fit behind the layers before it, which stay as they are
   */
  add(layer: Layer | KerasTensor): void {
    this.runner.requireIdle();
    if (layer instanceof KerasTensor || layer instanceof InputLayer) {
      this.#start(layer);
      return;
    }
    if (!(layer instanceof Layer))
      throw new ArgumentError(`${this.title}: only layers can be added, got ${formatValue(layer)}.`);
    if (this.#chain.some(({ name }) => name === layer.name))
      throw new ArgumentError(
        `Sequential "${this.name}" has a layer named "${layer.name}" already; give the new one another \`name\`.`,
      );
    const shape = this.#chain.length === 0 ? startShape(layer) : undefined;
    const start = this.#output ?? (shape === undefined ? undefined : input({ batchShape: shape }));
    if (start !== undefined) {
      const output = layer.apply(start);
      if (!isKerasTensor(output))
        throw new ArgumentError(`${this.title}: ${layer.title} gives several outputs; use a functional Model.`);
      this.#input ??= start;
      this.#output = output;
    }
    this.#chain.push(layer);
    if (this.#input !== undefined) this.#connect();
  }

  #start(given: KerasTensor | InputLayer): void {
    const symbol = given instanceof KerasTensor ? given : given.output;
    if (this.#chain.length > 0 || this.#input !== undefined)
      throw new ArgumentError(`Sequential "${this.name}": an InputLayer can only come first.`);
    if (!(symbol.layer instanceof InputLayer))
      throw new ArgumentError(
        `Sequential "${this.name}" begins with input({ shape }), not with the output of a layer.`,
      );
    this.#input = symbol;
    this.#output = symbol;
  }

  #connect(): void {
    this.setGraph(new LayerGraph(this.#input!, this.#output!));
    this.namePaths("");
  }

  /** The layers, without the InputLayer, as Keras lists them. */
  override get layers(): readonly Layer[] {
    return this.#chain;
  }

  override get sublayers(): readonly Layer[] {
    return this.#chain;
  }

  /** Its weights are named after it: "sequential/dense/kernel". */
  protected override layerScope(scope: string): string {
    return `${scope}${this.name}/`;
  }

  /** Builds the model for inputs of this shape (batch axis first, null) if its first layer named none. */
  override build(inputShape: Nested<BatchShape>): void {
    if (this.isFunctional) return;
    if (!isBatchShape(inputShape))
      throw new ArgumentError(`${this.title}: build takes one shape [null, …], got ${formatValue(inputShape)}.`);
    if (this.#chain.length === 0) throw new ArgumentError(`Sequential "${this.name}" has no layers; add some first.`);
    const start = input({ batchShape: inputShape });
    let output: KerasTensor = start;
    for (const layer of this.#chain) output = layer.apply(output);
    this.#input = start;
    this.#output = output;
    this.#connect();
  }

  /** @internal */
  override prepare(x: unknown): void {
    if (!this.isFunctional) this.build([null, ...tensor(x as TensorLike).shape.slice(1)]);
  }
}

/** The shape that a first layer states: its own, or that of the model that it is. */
function startShape(layer: Layer): BatchShape | undefined {
  if (layer instanceof Model && layer.isFunctional) return layer.inputs[0]!.shape;
  return layer.batchInputShape;
}
