/** The base of all layers: options stated once, weights, building, and application to symbolic tensors. */
import type { DType } from "../../base/dtype.ts";
import { ArgumentError, InternalError, ShapeError } from "../../base/errors.ts";
import { foldKey } from "../../base/random.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import type { CallContext } from "../call-context.ts";
import { type InitializerLike, resolveInitializer } from "../initializers.ts";
import { describeObject, fillOptions, formatValue } from "../options.ts";
import { nextSeedKey, snakeCaseName, uniqueName } from "../process-state.ts";
import { Variable } from "../variable.ts";

/** Shape with the batch axis first; null for sizes that are not known yet. */
export type BatchShape = readonly (number | null)[];

/** A symbolic tensor of the functional API: output `tensorIndex` of call `nodeIndex` of a layer. */
export interface KerasTensor {
  readonly shape: BatchShape;
  readonly dtype: DType;
  readonly layer: Layer;
  readonly nodeIndex: number;
  readonly tensorIndex: number;
}

/** One application of a layer. */
export interface LayerNode {
  readonly inputs: readonly KerasTensor[];
  readonly outputs: readonly KerasTensor[];
}

/** What every layer takes besides its own options. */
export interface LayerOptions {
  /** Default: the class's name in snake_case, numbered. */
  readonly name?: string;
  /** Whether an optimizer may change its weights. Default true. */
  readonly trainable?: boolean;
  /** Shape of one row, for the first layer of a Sequential. */
  readonly inputShape?: BatchShape;
  /** The same with the batch axis. */
  readonly batchInputShape?: BatchShape;
  /** Only "float32". */
  readonly dtype?: "float32";
}

const commonKeys: readonly (keyof LayerOptions)[] = ["name", "trainable", "inputShape", "batchInputShape", "dtype"];

export interface WeightOptions {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: InitializerLike;
  readonly trainable?: boolean;
}

/** Throws unless every axis is a whole number of 1 or more, or null. */
export function checkShape(owner: string, name: string, shape: BatchShape): void {
  const fits = (axis: number | null) => axis === null || (Number.isInteger(axis) && axis > 0);
  if (!Array.isArray(shape) || !shape.every(fits))
    throw new ArgumentError(
      `${owner}: ${name} is ${formatValue(shape)}, expected a list of whole numbers of 1 or more, or null for an axis of any size.`,
    );
}

/**
 * The base of layers. A layer checks its options when it is made, makes its weights when it first learns its input's shape,
 * and writes ops when a step is traced; it never computes.
 *
 * @typeParam O the layer's own options
 */
export abstract class Layer<O extends object = object> {
  /** Keras's name of the class; stated, since minifiers rename classes. */
  readonly className: string;
  readonly name: string;
  /** Own options, defaults filled in. */
  readonly options: Readonly<Required<O>>;
  /** [null, …] of the first layer of a Sequential. */
  readonly batchInputShape: BatchShape | undefined;
  readonly inboundNodes: LayerNode[] = [];
  trainable: boolean;
  #built = false;
  readonly #weights: Variable[] = [];

  /** @param defaults every own option with its default; a key that it lacks is an unknown option */
  constructor(className: string, options: O & LayerOptions, defaults: Required<O>) {
    this.className = className;
    this.options = fillOptions(className, options, defaults, commonKeys);
    const { name, trainable = true, inputShape, batchInputShape, dtype = "float32" } = options as LayerOptions;
    if (name !== undefined && (typeof name !== "string" || name === "" || name.includes("/")))
      throw new ArgumentError(`${className}: name is ${formatValue(name)}, expected a string without "/".`);
    if (dtype !== "float32")
      throw new ArgumentError(`${className}: dtype ${formatValue(dtype)} is not supported; use "float32".`);
    if (inputShape !== undefined && batchInputShape !== undefined)
      throw new ArgumentError(`${className}: give inputShape or batchInputShape, not both.`);
    this.name = name ?? uniqueName(snakeCaseName(className));
    this.trainable = trainable;
    if (inputShape !== undefined) checkShape(this.title, "inputShape", inputShape);
    if (batchInputShape !== undefined) checkShape(this.title, "batchInputShape", batchInputShape);
    this.batchInputShape = batchInputShape ?? (inputShape === undefined ? undefined : [null, ...inputShape]);
  }

  /** The layer in messages: `Conv2D "conv2d_1"`. */
  protected get title(): string {
    return `${this.className} "${this.name}"`;
  }

  get built(): boolean {
    return this.#built;
  }

  /** Whether it is applied to a list of inputs; then its shapes are those of all of them. */
  get takesSeveral(): boolean {
    return false;
  }

  /** All weights, trainable ones first. */
  get weights(): readonly Variable[] {
    return [
      ...this.#weights.filter(({ trainable }) => trainable),
      ...this.#weights.filter(({ trainable }) => !trainable),
    ];
  }

  get trainableWeights(): readonly Variable[] {
    return this.trainable ? this.#weights.filter(({ trainable }) => trainable) : [];
  }

  get nonTrainableWeights(): readonly Variable[] {
    return this.trainable ? this.#weights.filter(({ trainable }) => !trainable) : this.weights;
  }

  countParams(): number {
    return this.#weights.reduce((sum, { size }) => sum + size, 0);
  }

  /** Makes the weights for inputs of this shape (these shapes, for layers that take several), once. */
  build(inputShape: BatchShape, ...more: readonly BatchShape[]): void {
    if (this.#built) return;
    this.computeOutputShape(inputShape, ...more);
    this.makeWeights(inputShape);
    this.#built = true;
  }

  /** Adds the layer's weights; layers without any leave it as it is. */
  protected makeWeights(_inputShape: BatchShape): void {}

  /** Shape of the output for an input shape (or several); throws when the input does not fit. */
  abstract computeOutputShape(inputShape: BatchShape, ...more: readonly BatchShape[]): BatchShape;

  /** Writes the layer's ops. */
  abstract call(inputs: readonly Sym[], context: CallContext): Sym;

  /** Adds a weight with values drawn from its initializer. */
  protected addWeight({ name, shape, initializer, trainable = true }: WeightOptions): Variable {
    const key = foldKey(nextSeedKey(), this.#weights.length);
    const value = resolveInitializer(initializer).initialize(shape, key);
    const variable = new Variable({ name, shape, trainable, value });
    this.#weights.push(variable);
    return variable;
  }

  /**
   * Applies the layer to a symbolic tensor, or to a list of them where it joins several. A layer may be applied several times
   * and then shares its weights.
   *
   * @throws ShapeError when the input does not fit
   */
  apply(input: KerasTensor | readonly KerasTensor[]): KerasTensor {
    const list = Array.isArray(input) ? (input as readonly KerasTensor[]) : [input as KerasTensor];
    const [x, ...more] = list;
    if (this.takesSeveral && !Array.isArray(input))
      throw new ArgumentError(`${this.title} takes a list of inputs: apply([a, b, …]).`);
    if (x === undefined || (more.length > 0 && !this.takesSeveral))
      throw new ArgumentError(
        `${this.title} takes ${this.takesSeveral ? "one input or more" : "one input"}, got ${list.length}.`,
      );
    if (!list.every((each) => each?.layer instanceof Layer))
      throw new ArgumentError(
        `${this.title}: apply takes what input({ shape }) or another layer's apply returned; numbers go to model.predict.`,
      );
    const others = more.map(({ shape }) => shape);
    const shape = this.computeOutputShape(x.shape, ...others);
    if (this.#built && this.inboundNodes.length > 0) this.#checkSameRows(x.shape);
    this.build(x.shape, ...others);
    return this.recordNode(list, shape);
  }

  /** Weights are made for one input shape; a second application must have it too. */
  #checkSameRows(shape: BatchShape): void {
    const first = this.inboundNodes[0]!.inputs[0]?.shape;
    if (this.#weights.length > 0 && first !== undefined && first.at(-1) !== shape.at(-1))
      throw new ShapeError(
        `${this.title} was built for inputs ${formatShape(first)} and cannot take ${formatShape(shape)}; make a second layer.`,
      );
  }

  protected recordNode(inputs: readonly KerasTensor[], shape: BatchShape): KerasTensor {
    const output: KerasTensor = {
      shape,
      dtype: "float32",
      layer: this,
      nodeIndex: this.inboundNodes.length,
      tensorIndex: 0,
    };
    this.inboundNodes.push({ inputs, outputs: [output] });
    return output;
  }

  /** Keras's config of the layer with camelCase keys. */
  getConfig(): Record<string, unknown> {
    const dtype = describeObject("keras", "DTypePolicy", { name: "float32" });
    return { name: this.name, trainable: this.trainable, dtype, ...this.options };
  }

  /** Whether Keras writes the shape that the layer was built for beside its config: not for classes that it makes as built. */
  get storesBuildShape(): boolean {
    return this.#weights.length > 0;
  }

  /** Throws unless the input has `rank` axes, batch included. */
  protected requireRank(shape: BatchShape, rank: number, axes: string): void {
    if (shape.length !== rank)
      throw new ShapeError(
        `${this.title} takes inputs of ${rank} axes ${axes}, got ${shape.length}: ${formatShape(shape)}. Set inputShape or add a Reshape layer.`,
      );
  }

  /** An axis whose size must be known. */
  protected knownAxis(shape: BatchShape, axis: number): number {
    const size = shape.at(axis);
    if (size === null || size === undefined)
      throw new ShapeError(`${this.title} must know axis ${axis} of its input, got ${formatShape(shape)}.`);
    return size;
  }
}

/** The single input of a layer that takes one. */
export function onlyInput(inputs: readonly Sym[]): Sym {
  const [x] = inputs;
  if (x === undefined || inputs.length !== 1)
    throw new InternalError(`A layer of one input was called with ${inputs.length}.`);
  return x;
}
