/** The functional model: layers between inputs and outputs, with Keras's `Model` methods. A model is a layer. */
import type { DType } from "../base/dtype.ts";
import { ArgumentError, StateError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { type NotebookDisplay, notebookDisplay } from "../base/notebook.ts";
import { checkKeys } from "../base/options.ts";
import { flatten, mapNested, type Nested } from "../base/structure.ts";
import { Tensor } from "../base/tensor.ts";
import { checkDeviceName, checkDeviceOptions } from "../engine/device-options.ts";
import { LazySession } from "../engine/lazy-session.ts";
import type { Sym } from "../ir/graph.ts";
import type { CallOptions } from "../nn/call-context.ts";
import { isBatchShape, isKerasTensor, isSym, type KerasTensor } from "../nn/keras-tensor.ts";
import type { Layer, Symbolic } from "../nn/layers/layer.ts";
import type { Optimizer } from "../nn/optimizers/optimizer.ts";
import { keptDistribution, nextSeedKey } from "../nn/process-state.ts";
import { describeModel, type ModelJson } from "./config.ts";
import type { Feed, GivenData } from "./data.ts";
import type { FitOptions } from "./fit-options.ts";
import type { History, Logs } from "./history.ts";
import { checkSymbols, LayerGraph, namesOf } from "./layer-graph.ts";
import type { ModelCalls } from "./model-calls.ts";
import type { Batches, DataOf, NumbersOf, Symbols, SymsOf, TargetsOf } from "./model-types.ts";
import { Objective, type ObjectiveOptions } from "./objective.ts";
import {
  type BatchOptions,
  type CompileOptions,
  compileKeys,
  type EvaluateOptions,
  type ModelOptions,
  optimizerOf,
  type PredictOptions,
} from "./options.ts";
import { Runner } from "./runner.ts";
import type { StepBatch, StepLogs, StepValues, StepWriter, TrainStep } from "./step-writer.ts";
import { StorableLayer } from "./storable.ts";
import { printSummary, type SummaryPrintOptions } from "./summary.ts";

/** A model of any structure. */
export type AnyModel = Model<Symbols, Symbols>;

/**
 * A model made of layers that were applied to symbolic tensors, or a class of one's own with `call`. K: `models/model.py`.
 *
 * @typeParam I structure of the inputs: a symbolic tensor, a list or a record of them
 * @typeParam O structure of the outputs; `predict` gives tensors in it
 * @example
 * ```ts
 * import { input, Model } from "fovea";
 * import { Dense, Flatten } from "fovea/layers";
 * const image = input({ shape: [28, 28, 1] });
 * const features = new Dense({ units: 32, activation: "relu" }).apply(new Flatten().apply(image));
 * const model = new Model({ inputs: image, outputs: new Dense({ units: 10 }).apply(features) });
 * model.countParams(); // 25450
 * ```
 */
export class Model<const I extends Symbols = KerasTensor, const O extends Symbols = KerasTensor> extends StorableLayer<
  object,
  SymsOf<O>
> {
  static override readonly className: string = "Functional";
  static override readonly module: string = "keras.models";

  /** Set to true in a callback to end training after the current batch. */
  stopTraining = false;
  #history: History | undefined;
  #graph: LayerGraph | undefined;
  #inputStructure: Nested<unknown> | undefined;
  #writer: StepWriter | undefined;
  readonly #runner: Runner;
  /** Loaded with the first call, since a page shows its model before it runs it. */
  #calls: ModelCalls | undefined;

  constructor(
    options: ModelOptions<I, O> | { readonly name?: string | undefined; readonly trainable?: boolean | undefined } = {},
  ) {
    checkKeys("Model", options, ["inputs", "outputs", "name", "trainable", "dtype"]);
    const { inputs, outputs, ...own } = options as Partial<ModelOptions<I, O>>;
    super(own);
    this.#runner = new Runner(this as unknown as AnyModel);
    if ((inputs === undefined) !== (outputs === undefined))
      throw new ArgumentError(`${this.title}: give inputs and outputs, or neither in a class with its own call.`);
    if (inputs !== undefined)
      this.setGraph(new LayerGraph(checkSymbols("inputs", inputs), checkSymbols("outputs", outputs)));
  }

  /** Takes over a graph; steps that were compiled for another one are dropped. */
  protected setGraph(graph: LayerGraph): void {
    const isFirst = this.#graph === undefined;
    this.#graph = graph;
    this.build(mapNested(graph.inputStructure, isKerasTensor, ({ shape }) => shape));
    if (!isFirst) this.#runner.graphChanged();
  }

  /** @internal The layers with their shapes; throws while the input shape is not known. */
  get graph(): LayerGraph {
    if (this.#graph === undefined)
      throw new StateError(
        `Model "${this.name}" is not built: give its first layer an inputShape, or call fit or build first.`,
      );
    return this.#graph;
  }

  /** Whether its layers and shapes are known. */
  get isFunctional(): boolean {
    return this.#graph !== undefined;
  }

  override get built(): boolean {
    return this.#graph !== undefined || super.built;
  }

  /** All layers, InputLayers included. */
  get layers(): readonly Layer[] {
    return this.#graph?.layers ?? super.sublayers;
  }

  override get sublayers(): readonly Layer[] {
    return [...new Set([...super.sublayers, ...(this.#graph?.layers ?? [])])];
  }

  /** Layers of a functional model were made outside of it, so their paths are their own. */
  protected override layerScope(scope: string): string {
    return this.#graph === undefined ? super.layerScope(scope) : "";
  }

  /** The symbolic inputs and outputs, in the structure that the model was made with. */
  get inputs(): readonly KerasTensor[] {
    return this.graph.inputs;
  }

  get outputs(): readonly KerasTensor[] {
    return this.graph.outputs;
  }

  override get input(): I {
    return this.graph.inputStructure as I;
  }

  override get output(): O & Symbolic<SymsOf<O>> {
    return this.graph.outputStructure as O & Symbolic<SymsOf<O>>;
  }

  get inputShape(): Nested<readonly (number | null)[]> {
    return mapNested(this.graph.inputStructure, isKerasTensor, ({ shape }) => shape);
  }

  get outputShape(): Nested<readonly (number | null)[]> {
    return mapNested(this.graph.outputStructure, isKerasTensor, ({ shape }) => shape);
  }

  /** Names for data: the keys of a record of inputs, or the input layers' names. */
  get inputNames(): readonly string[] {
    return this.#graph === undefined ? [] : namesOf(this.#graph.inputStructure);
  }

  get outputNames(): readonly string[] {
    return this.#graph === undefined ? ["output"] : namesOf(this.#graph.outputStructure);
  }

  get outputStructure(): Nested<KerasTensor> | undefined {
    return this.#graph?.outputStructure;
  }

  /** The structure in which `call` takes its inputs. */
  get inputStructure(): Nested<unknown> {
    return this.#graph?.inputStructure ?? this.#inputStructure ?? 0;
  }

  /** @internal Notes the structure of data for a model whose own `call` takes any. */
  takeStructure(x: Nested<unknown>): void {
    this.#inputStructure = x;
  }

  override inputDType(index: number): DType {
    return this.#graph?.inputs[index]?.dtype ?? "float32";
  }

  /** Writes the model's ops. A class of one's own overrides it. */
  override call(inputs: Nested<Sym>, context: CallOptions = {}): SymsOf<O> {
    return this.graph.forward(flatten(inputs, isSym), context) as SymsOf<O>;
  }

  override computeOutputShape(): Nested<readonly (number | null)[]> {
    return this.outputShape;
  }

  /** @internal Writes the model's ops and shows what each layer gives. */
  observe(inputs: Nested<Sym>, context: CallOptions, see: (layer: Layer, outputs: readonly Sym[]) => void): void {
    if (this.#graph !== undefined) this.#graph.forward(flatten(inputs, isSym), context, see);
    else see(this as unknown as Layer, flatten<Sym>(this.call(inputs, context), isSym));
  }

  protected override checkBuilt(shapes: Nested<readonly (number | null)[]>): void {
    this.#graph?.checkInputShapes(this.title, flatten(shapes, isBatchShape));
  }

  /** The optimizer of the last compile. */
  get optimizer(): Optimizer | undefined {
    return this.#runner.parts?.optimizer;
  }

  /** Of the last `fit`, finished or not. */
  get history(): History | undefined {
    return this.#history;
  }

  /** The layer of this name or index; a name may lead into a model inside: "encoder/conv". Throws with the known names. */
  getLayer(which: string | number): Layer {
    const { layers } = this;
    if (typeof which !== "number" && typeof which !== "string")
      throw new ArgumentError(`getLayer: got ${formatValue(which)}, expected the name of a layer or its index.`);
    if (typeof which === "number") {
      const layer = layers.at(which);
      if (layer === undefined) throw new ArgumentError(`getLayer: index ${which} of ${layers.length} layers.`);
      return layer;
    }
    const layer = layers.find(({ name }) => name === which);
    if (layer !== undefined) return layer;
    const inside = layers.find(({ name }) => which.startsWith(`${name}/`));
    if (inside instanceof Model) return inside.getLayer(which.slice(inside.name.length + 1));
    throw unknownName(
      "layer",
      which,
      layers.map(({ name }) => name),
    );
  }

  /**
   * Sets optimizer, losses, metrics and device. Nothing is compiled for the device before the first batch comes.
   *
   * @throws ArgumentError for unknown names, with the nearest known one; StateError while another call is running
   */
  compile(options: CompileOptions<O> = {}): void {
    this.#runner.requireIdle();
    checkKeys("compile", options, compileKeys);
    const { device = "auto", threads } = options;
    const deviceOptions = checkDeviceOptions(threads === undefined ? {} : { threads });
    const objective = new Objective(options as ObjectiveOptions, this.outputNames);
    const parts = { optimizer: optimizerOf(options, this.options), objective, distribution: keptDistribution() };
    this.#runner.compile(parts, new LazySession(checkDeviceName(device), deviceOptions, parts.distribution?.group));
  }

  /** @internal Device and compiled parts of this model. `benchmark` and `race` use them to run the same step on a copy. */
  get runner(): Runner {
    return this.#runner;
  }

  /** @param begins whether the device starts while the code of the calls is loaded */
  async #call<T>(work: (calls: ModelCalls) => T | Promise<T>, begins = true): Promise<T> {
    if (this.#calls === undefined) {
      const code = import("./model-calls.ts");
      if (begins) this.#runner.begin();
      const { ModelCalls } = await code;
      this.#calls ??= new ModelCalls(this as unknown as AnyModel, this.#runner);
    }
    return work(this.#calls);
  }

  /** @internal Rows of data as steps are fed them, checked against the model; for `race`. */
  feedOf(who: string, data: GivenData): Promise<Feed> {
    return this.#call((calls) => calls.check(who, data, this.#runner.parts?.objective), false);
  }

  /** @internal Called before data is used; Sequential builds itself here. */
  prepare(_x: unknown): void {}

  /** "max" or "min" for a metric whose better direction is known; undefined otherwise. */
  metricDirection(name: string): "max" | "min" | undefined {
    if (typeof name !== "string")
      throw new ArgumentError(`metricDirection: got ${formatValue(name)}, expected a name in the logs.`);
    return this.#runner.parts?.objective.direction(name);
  }

  /** Trains on batches [x, y, sampleWeight?] of a data set, or on x alone. */
  fit(data: Batches, options?: FitOptions): Promise<History>;
  /**
   * Trains for a number of epochs. Keras `Model.fit`.
   *
   * @param x inputs [n, …], in the structure that the model was made with, or a data set of batches [x, y, sampleWeight?];
   *   float32, int32 or uint8 (numbers are taken as they are)
   * @param y targets, as the losses want them; with a data set the options stand here
   * @returns losses and metrics per epoch
   * @throws StateError before compile; ShapeError and ArgumentError for data that does not fit; NumericError for a loss that is
   *   NaN or infinite. The model then keeps the weights of the last good step.
   */
  fit(x: DataOf<I>, y: TargetsOf<O> | null | undefined, options?: FitOptions): Promise<History>;
  fit(x: unknown, y?: unknown, options?: FitOptions): Promise<History> {
    const begin = (history: History) => {
      this.#history = history;
    };
    return this.#runner.exclusively("fit", async () => {
      // What is drawn is drawn at the call, whatever else begins while the code is loaded.
      if (x instanceof Tensor) this.prepare(x);
      const orderKey = nextSeedKey();
      return this.#call((calls) => calls.fit(x, y, options, { orderKey, begin }));
    });
  }

  /** Mean losses and metrics over the rows, nothing learnt. Keras `Model.evaluate` with `return_dict=True`. */
  evaluate(data: Batches, options?: EvaluateOptions): Promise<Logs>;
  evaluate(x: DataOf<I>, y: TargetsOf<O> | null | undefined, options?: EvaluateOptions): Promise<Logs>;
  evaluate(x: unknown, y?: unknown, options?: EvaluateOptions): Promise<Logs> {
    return this.#call((calls) => calls.evaluate(x, y, options));
  }

  /** The model's outputs for each row: [n, …] each, in the structure that the model was made with. Keras `Model.predict`. */
  async predict(x: DataOf<I> | Batches, options: PredictOptions = {}): Promise<NumbersOf<O>> {
    return (await this.#call((calls) => calls.predict(x, options))) as NumbersOf<O>;
  }

  /** One training step on these rows. Resolves to the loss (before the update) and metrics of this batch. */
  trainOnBatch(x: DataOf<I>, y?: TargetsOf<O> | null, options: BatchOptions = {}): Promise<Logs> {
    const data = { x, y, ...options } as GivenData;
    return this.#runner.exclusively("trainOnBatch", () => this.#call((calls) => calls.trainOnBatch(data, options)));
  }

  /** Loss and metrics of these rows. */
  testOnBatch(x: DataOf<I>, y?: TargetsOf<O> | null, options: Pick<BatchOptions, "sampleWeight"> = {}): Promise<Logs> {
    return this.#call((calls) => calls.testOnBatch({ x, y, ...options } as GivenData, options));
  }

  /** The model's outputs for these rows, as one batch. */
  predictOnBatch(x: DataOf<I>): Promise<NumbersOf<O>> {
    return this.predict(x, { batchSize: Number.MAX_SAFE_INTEGER, verbose: 0 });
  }

  /** @internal Lets `computeLoss` and `computeMetrics` write into the step that is being written. */
  writing<T>(writer: StepWriter, write: () => T): T {
    const outer = this.#writer;
    this.#writer = writer;
    try {
      return write();
    } finally {
      this.#writer = outer;
    }
  }

  #requireWriter(who: string): StepWriter {
    if (this.#writer === undefined)
      throw new StateError(`${who} is used outside of a training or test step of model "${this.name}".`);
    return this.#writer;
  }

  /**
   * The loss of a batch, a scalar: those of the outputs, each weighed, and what regularizers and `addLoss` add. Override it to
   * train by another one. K: `trainers/trainer.py`.
   */
  computeLoss(values: StepValues<SymsOf<I>, SymsOf<O>>): Sym {
    return this.#requireWriter("computeLoss").writeLoss(values);
  }

  /** Updates the metrics of `compile` with a batch; their values by name. */
  computeMetrics(values: StepValues<SymsOf<I>, SymsOf<O>>): StepLogs {
    return this.#requireWriter("computeMetrics").writeMetrics(values);
  }

  /** Writes one training step; override it to train in another way. What it returns are the logs, means over the epoch. */
  trainStep(batch: StepBatch<SymsOf<I>, SymsOf<O>>, step: TrainStep): StepLogs {
    this.#requireWriter("trainStep");
    const yPred = this.call(batch.x, { training: true, mask: undefined });
    const values = { ...batch, yPred };
    const loss = this.computeLoss(values);
    step.minimize(loss, this.trainableWeights);
    return { loss, ...this.computeMetrics(values) };
  }

  /** Writes one step of evaluation. */
  testStep(batch: StepBatch<SymsOf<I>, SymsOf<O>>, _step: TrainStep): StepLogs {
    this.#requireWriter("testStep");
    const values = { ...batch, yPred: this.call(batch.x, { training: false, mask: undefined }) };
    return { loss: this.computeLoss(values), ...this.computeMetrics(values) };
  }

  /** Prints Keras's table of layers and returns its text. */
  summary(options: SummaryPrintOptions = {}): string {
    return printSummary(this as unknown as AnyModel, options);
  }

  /** Shows the summary in a notebook. Deno's Jupyter kernel calls this for the last value of a cell. */
  async [notebookDisplay](): Promise<NotebookDisplay> {
    return (await import("./notebook.ts")).displayModel(this as unknown as AnyModel);
  }

  /** The architecture as Keras writes it to `config.json`. */
  toJSON(): ModelJson {
    return describeModel(this as unknown as AnyModel);
  }

  /** What the model's class takes to make it again: `toJSON().config`. Keras `Model.get_config`. */
  toConfig(): ModelJson["config"] {
    return this.toJSON().config;
  }

  /** The programs on the device that the model runs on; what `fovea explain` prints. */
  compiledSteps() {
    const session = this.#runner.device.started;
    return session && { device: session.device, notice: session.notice, steps: session.compiled };
  }
}
