/** The base of all layers: options stated once, weights, building, application to symbolic tensors, and writing ops. */
import { ArgumentError, ShapeError, StateError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { checkKeys } from "../../base/options.ts";
import { foldKey, type Key } from "../../base/random.ts";
import { formatShape } from "../../base/shape.ts";
import { flatten, type Nested } from "../../base/structure.ts";
import type { Tensor, TensorLike } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { div } from "../../ops/elementwise.ts";
import type { CallOptions } from "../call-context.ts";
import type { SomeOptions } from "../configurable.ts";
import { checkSym, guardLayer, isLeaf } from "../doors.ts";
import type { TensorsFor } from "../jit.ts";
import { type BatchShape, isBatchShape, isSym, type KerasTensor } from "../keras-tensor.ts";
import type { OptionTable } from "../option-kinds.ts";
import { nextSeedKey, snakeCaseName, uniqueName } from "../process-state.ts";
import type { Regularizer } from "../regularizers/regularizer.ts";
import { currentTrace } from "../trace.ts";
import type { Variable } from "../variable.ts";
import { copyWeights, setWeights } from "../weights.ts";
import { isOfStep, nameErrors } from "./layer-inputs.ts";
import { checkSameRows, checkSymbols, firstNode, makeNode } from "./layer-node.ts";
import { commonOptions, type LayerOptions, ownOptionNames } from "./layer-options.ts";
import { LayerRuns, type RunOptions } from "./layer-runs.ts";
import { LayerTraits } from "./layer-traits.ts";
import type { FitsRank, LayerNode, NodeOptions, OutputRank, Ranks, Symbolic, SymbolicOptions } from "./layer-types.ts";
import { makeWeight, type WeightOptions } from "./layer-weight.ts";
import { inferShapes, shapesOf } from "./shape-inference.ts";
import { ownLayers } from "./sublayers.ts";

export type { LayerOptions } from "./layer-options.ts";
export type { LayerNode, Ranks, Symbolic } from "./layer-types.ts";
export type { WeightOptions } from "./layer-weight.ts";

/**
 * The base of layers. A layer checks its options when it is made, makes its weights in `build` when it first learns the shape
 * of its input, and writes ops in `call` when a step is traced; it never computes. K: `layers/layer.py`.
 *
 * An own layer overrides `build` (weights), `call` (ops) and, where tracing `call` cannot tell it, `computeOutputShape`.
 * Layers in its fields are tracked: their weights are its weights.
 *
 * @typeParam O the layer's own options
 * @typeParam Y what `call` gives: a Sym, a list or a record of them
 * @example
 * ```ts
 * import { type BatchShape, Layer, type Variable } from "fovea/layers";
 * import { multiply, type Sym } from "fovea/ops";
 * class Scale extends Layer {
 *   factor!: Variable;
 *   override build(shape: BatchShape) {
 *     this.factor = this.addWeight({ name: "factor", shape: [shape.at(-1)!], initializer: "ones" });
 *   }
 *   override call(x: Sym) {
 *     return multiply(x, this.factor);
 *   }
 * }
 * const layer = new Scale();
 * layer.build([null, 3]);
 * layer.weights[0]?.shape; // [3]
 * ```
 */
export abstract class Layer<O extends object = object, Y extends Nested<Sym> = Sym> extends LayerTraits<O> {
  static override readonly module: string = "keras.layers";
  static override readonly options: OptionTable = commonOptions;
  declare readonly ranks: Ranks;
  readonly name: string;
  /** [null, …] of the first layer of a Sequential. */
  readonly batchInputShape: BatchShape | undefined;
  readonly inboundNodes: LayerNode[] = [];
  /** Added to the loss for each output: its penalty divided by the rows. */
  readonly activityRegularizer: Regularizer | null;
  /** @internal What its random numbers are drawn by, where it draws any: a run that goes on draws by the same. */
  randomKey: Key | undefined;
  #trainable: boolean;
  #buildShape: Nested<BatchShape> | undefined;
  #built = false;
  /** What stands before its name in the paths of its weights, once a model or an outer layer has said it. */
  #scope: string | undefined;
  readonly #weights: Variable[] = [];
  /** Whether the class states its output's shape; else tracing `call` tells it. */
  readonly #statesShape = this.computeOutputShape !== Layer.prototype.computeOutputShape;
  readonly #runs = new LayerRuns(this as unknown as Layer);

  constructor(options: LayerOptions & SomeOptions<O> = {}) {
    let name = "";
    super(options, (className) => {
      const { name: given } = options;
      name = typeof given === "string" && given !== "" ? given : uniqueName(snakeCaseName(className));
      return `${className} "${name}"`;
    });
    const common = this.options as unknown as { [K in keyof LayerOptions]-?: LayerOptions[K] | null };
    this.name = name;
    this.#trainable = common.trainable!;
    if (common.inputShape !== null && common.batchInputShape !== null)
      throw new ArgumentError(`${this.className}: give inputShape or batchInputShape, not both.`);
    this.batchInputShape =
      common.batchInputShape ?? (common.inputShape === null ? undefined : [null, ...common.inputShape!]);
    this.activityRegularizer = (this.options as { activityRegularizer?: Regularizer }).activityRegularizer ?? null;
    this.#enter();
  }

  /** `build` and `call` do the layer's bookkeeping however they are reached, as Keras's metaclass has it. Others are checked. */
  #enter(): void {
    const { build, call } = this;
    guardLayer(this, this.title, (who, shapes) => this.requireShapes(who, shapes));
    const wrapped = {
      build: (shape: Nested<BatchShape>) => this.#buildOnce(build, shape),
      call: (inputs: Nested<Sym>, options?: CallOptions) => this.#write(call as Layer["call"], inputs, options),
    };
    for (const [name, member] of Object.entries(wrapped))
      Object.defineProperty(this, name, { value: member, configurable: true });
  }

  /** The layer in messages: `Conv2D "conv2d_1"`. */
  get title(): string {
    return `${this.className} "${this.name}"`;
  }

  get built(): boolean {
    return this.#built;
  }

  /** The shape (or shapes) that it was built for. */
  get buildShape(): Nested<BatchShape> | undefined {
    return this.#buildShape;
  }

  /** Whether an optimizer may change its weights; setting it sets it for the layers inside, too. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(trainable: boolean) {
    if (typeof trainable !== "boolean")
      throw new ArgumentError(`${this.title}: trainable is ${formatValue(trainable)}, expected true or false.`);
    this.#trainable = trainable;
    for (const layer of this.sublayers) layer.trainable = trainable;
  }

  /** The layers in its fields, in the order of the fields. */
  get sublayers(): readonly Layer[] {
    return ownLayers(this, Layer as unknown as abstract new (...args: never) => Layer);
  }

  /** All weights, trainable ones first; of the layers inside, layer by layer. */
  override get weights(): readonly Variable[] {
    return [...new Set([...this.ownWeights, ...this.sublayers.flatMap((layer) => layer.weights)])];
  }

  /** @internal Those that the layer itself made or shares, trainable ones first: what files hold for it. */
  get ownWeights(): readonly Variable[] {
    return [true, false].flatMap((kind) => this.#weights.filter(({ trainable }) => trainable === kind));
  }

  get trainableWeights(): readonly Variable[] {
    if (!this.#trainable) return [];
    const inside = this.sublayers.flatMap((layer) => layer.trainableWeights);
    return [...new Set([...this.#weights.filter(({ trainable, form }) => trainable && !form), ...inside])];
  }

  get nonTrainableWeights(): readonly Variable[] {
    const trainable = new Set(this.trainableWeights);
    return this.weights.filter((variable) => !trainable.has(variable));
  }

  /** Number of weights, trainable or not. @throws StateError before the layer is built */
  countParams(): number {
    if (!this.built)
      throw new StateError(
        `${this.title} is not built, so its weights are not counted: state the shape of its input, or build it first.`,
      );
    return this.weights.reduce((sum, { size }) => sum + size, 0);
  }

  /** Makes the weights for inputs of this shape (these shapes, for layers that take several), once. */
  build(_inputShape: Nested<BatchShape>): void {}

  #buildOnce(build: Layer["build"], shape: Nested<BatchShape>): void {
    this.requireShapes(`${this.title}.build`, shape);
    if (this.#built) {
      this.checkBuilt(shape);
      return;
    }
    this.checkInputShape(shape);
    this.#buildShape = shape;
    const before = this.#weights.length;
    try {
      build.call(this, shape);
    } catch (error) {
      this.#weights.length = before;
      this.#buildShape = undefined;
      throw error;
    }
    this.#built = true;
    this.#nameWeights(this.#scope ?? "");
    this.beginInt8();
  }

  /** Throws unless the layer can take inputs of this shape; called before `build`. */
  protected checkInputShape(_inputShape: Nested<BatchShape>): void {}

  /** @internal Gives the weights Keras's paths: scope/layer/weight. A layer of two models keeps the path that the first gave. */
  namePaths(scope: string): void {
    this.#scope ??= scope;
    this.#nameWeights(this.#scope);
  }

  #nameWeights(scope: string): void {
    for (const variable of this.#weights) variable.path = `${scope}${this.name}/${variable.name}`;
    const inside = this.layerScope(scope);
    for (const layer of this.sublayers) layer.#nameWeights(layer.#scope ?? inside);
  }

  /** The scope of the layers inside. */
  protected layerScope(scope: string): string {
    return `${scope}${this.name}/`;
  }

  /** Shape of the output for an input shape (or several). Default: as `call` gives it. */
  computeOutputShape(inputShape: Nested<BatchShape>): Nested<BatchShape> {
    this.build(inputShape);
    const inputs = flatten(inputShape, isBatchShape).map((shape) => ({ shape, dtype: "float32" as const }));
    return inferShapes(this, inputShape, inputs);
  }

  /** Writes the layer's ops. Inside of another layer's `call`, `apply` reaches it. */
  abstract call(inputs: Nested<Sym>, context?: CallOptions): Y;

  /** Which entries of the output count. Default: the input's mask where the layer passes masks on. */
  computeMask(_inputs: Nested<Sym>, mask: Nested<Sym | undefined>): Nested<Sym | undefined> {
    return this.supportsMasking ? mask : undefined;
  }

  /** The inputs as `call` takes them; layers of one input, or of a list, refuse anything else here. */
  protected takeInputs<T>(inputs: Nested<T>): Nested<T> {
    return inputs;
  }

  #write(call: Layer["call"], given: Nested<Sym>, options: CallOptions = {}): Nested<Sym> {
    const trace = currentTrace(this.title);
    trace.notePolicy((this.options as LayerOptions).dtype, this.precision);
    const inputs = this.takeInputs(given);
    const { training = trace.training, mask: stated, ...own } = this.#checkOptions(options);
    const list = flatten<unknown>(inputs, isLeaf);
    if (!list.every(isSym))
      throw new ArgumentError(
        `${this.title}: call takes symbolic values of a step that is being written; symbolic tensors go to layer.apply, numbers to layer.run or model.predict.`,
      );
    const shapes = shapesOf(inputs) as Nested<BatchShape>;
    this.build(shapes);
    const masks = list.map((each) => trace.maskOf(each));
    const mask = stated ?? (masks.length === 1 ? masks[0] : masks.some((each) => each) ? masks : undefined);
    return trace.within({ name: this.name, training, precision: this.precision }, () => {
      const taken = trace.convert(inputs, this.inputPrecision);
      const run = () => call.call(this as unknown as Layer, taken, { ...own, training, mask });
      const made = trace.convert(nameErrors(this.title, run), this.precision);
      const outMask = this.computeMask(inputs, mask);
      flatten<Sym>(made, isSym).forEach((output, i) => {
        const own = Array.isArray(outMask) ? outMask[i] : outMask;
        if (isSym(own)) trace.setMask(output, own);
        if (this.activityRegularizer !== null)
          this.addLoss(div(this.activityRegularizer.call(trace.convert(output, "float32")), trace.builder.meanOver()));
      });
      return made;
    });
  }

  #checkOptions<T extends object>(options: T): T {
    checkKeys(`${this.title}: call`, options, ["training", "mask", ...this.callArguments]);
    return options;
  }

  /** Adds a scalar to the loss of the step that is being written. */
  addLoss(value: Sym): void {
    checkSym(`${this.title}.addLoss`, "the value", value);
    if (value.spec.shape.length > 0)
      throw new ShapeError(`${this.title}: addLoss takes a scalar, got ${formatShape(value.spec.shape)}.`);
    currentTrace(this.title).losses.push(value);
  }

  /** Adds a weight with values drawn from its initializer. */
  addWeight(options: WeightOptions): Variable {
    const variable = makeWeight(this.title, foldKey(nextSeedKey(), this.#weights.length), options);
    variable.path = `${this.name}/${variable.name}`;
    return this.shareWeight(variable);
  }

  /** Counts a weight of a layer inside among its own, too, as Keras's layers do with each weight in their fields. */
  protected shareWeight(variable: Variable): Variable {
    this.#weights.push(variable);
    return variable;
  }

  /**
   * Applies the layer to a symbolic tensor, or to a list or record of them as its `call` takes them; to values of a step that is
   * being written, in the `call` of another layer. A layer may be applied several times and then shares its weights.
   *
   * @param options what its `call` takes besides the inputs; masks are symbolic tensors, too
   * @throws ShapeError when the input does not fit
   */
  apply(inputs: Nested<Sym>, options?: CallOptions): Y;
  apply<const X extends Nested<KerasTensor>>(
    inputs: X & FitsRank<X, this["ranks"]["in"]>,
    options?: SymbolicOptions<this["call"]>,
  ): Symbolic<Y, OutputRank<X, this["ranks"]["out"]>>;
  apply(inputs: Nested<unknown>, options: object = {}): unknown {
    if (isOfStep(inputs)) return this.call(inputs, options);
    return this.#record(inputs as Nested<KerasTensor>, this.#checkOptions(options) as NodeOptions);
  }

  #record(inputs: Nested<KerasTensor>, options: NodeOptions): Nested<KerasTensor> {
    const taken = this.takeInputs<KerasTensor>(inputs);
    const list = checkSymbols(this.title, taken);
    const shapes = shapesOf(taken) as Nested<BatchShape>;
    this.build(shapes);
    const { training: _training, mask: _mask, ...own } = options;
    const states = this.#statesShape && Object.values(own).every((value) => value === undefined || value === false);
    const outputs = states ? this.computeOutputShape(shapes) : inferShapes(this, shapes, list, options);
    // Layers inside may have been built by tracing only now.
    this.#nameWeights(this.#scope ?? "");
    return this.recordNode(taken, outputs, options);
  }

  /**
   * Numbers in, numbers out: the layer's `call` as a program of its own. Weights are made on first use. Training, it updates what
   * the layer keeps (the averages of BatchNormalization), and no optimizer runs.
   *
   * @param x a tensor or nested numbers [n, …]; a list or record of them for a layer that takes these
   * @returns tensors in the structure that `call` gives
   * @example
   * ```ts
   * import { Dense } from "fovea/layers";
   * const layer = new Dense({ units: 2, kernelInitializer: "ones" });
   * (await layer.run([[1, 2, 3]], { device: "reference" })).toArray(); // [[6, 6]]
   * ```
   */
  run(x: Nested<TensorLike>, options: RunOptions = {}): Promise<TensorsFor<Y>> {
    return this.#runs.run(x, options) as Promise<TensorsFor<Y>>;
  }

  /** Copies of all weights, in the order of `weights`. @throws StateError before the layer is built */
  getWeights(): Tensor[] {
    this.#requireBuilt("getWeights");
    return copyWeights(this.weights);
  }

  /** Sets all weights; their number and shapes must be those of `getWeights`. Training takes them before its next step. */
  setWeights(weights: readonly TensorLike[]): void {
    this.#requireBuilt("setWeights");
    setWeights(this.title, this.weights, weights);
  }

  #requireBuilt(who: string): void {
    if (!this.built) throw new StateError(`${who}: ${this.title} is not built; build it, or let it see data, first.`);
  }

  /** Weights are made for one input shape; throws where a layer that is built is given another. */
  protected checkBuilt(shapes: Nested<BatchShape>): void {
    if (this.#weights.length > 0) checkSameRows(this.title, this.#buildShape, shapes);
  }

  /** Notes an application and makes its outputs. */
  protected recordNode(
    args: Nested<KerasTensor>,
    shapes: Nested<BatchShape>,
    options: NodeOptions = {},
    dtype: KerasTensor["dtype"] = "float32",
  ): Nested<KerasTensor> {
    const node = makeNode(this as unknown as Layer, args, shapes, options, dtype);
    this.inboundNodes.push(node);
    return node.result;
  }

  /** What it was first applied to. @throws StateError before that */
  get input(): Nested<KerasTensor> {
    return firstNode(this.title, this.inboundNodes, "input").args;
  }

  /** What its first application gave. @throws StateError before that */
  get output(): Symbolic<Y> {
    return firstNode(this.title, this.inboundNodes, "output").result as Symbolic<Y>;
  }

  /** Keras's config of the layer with camelCase keys. */
  override getConfig(): Record<string, unknown> {
    const { dtype, ...written } = super.getConfig();
    const names = ownOptionNames(this.constructor);
    // Keras has the key in the configs of some classes, and in those of others only where it is set.
    const stated = names.includes("activityRegularizer") || written.activityRegularizer === null;
    const common = stated ? { dtype } : { dtype, activityRegularizer: written.activityRegularizer };
    const own = names.filter((name) => name in written).map((name) => [name, written[name]]);
    return { name: this.name, trainable: this.trainable, ...common, ...Object.fromEntries(own) };
  }

  /** Whether Keras writes the shape that the layer was built for beside its config: not for classes that it makes as built. */
  get storesBuildShape(): boolean {
    return this.#weights.length > 0;
  }
}
