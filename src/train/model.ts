/** The functional model: layers between inputs and outputs, with Keras's `Model` methods. */
import { ArgumentError, ShapeError, StateError, unknownName } from "../base/errors.ts";
import { formatShape, sameShape } from "../base/shape.ts";
import { Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import { checkDeviceName, checkDeviceOptions } from "../engine/choose-device.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { resolveLoss } from "../nn/losses.ts";
import { checkMetric } from "../nn/metrics.ts";
import { type Optimizer, resolveOptimizer } from "../nn/optimizers/index.ts";
import { checkKeys } from "../nn/options.ts";
import { nextSeedKey, uniqueName } from "../nn/process-state.ts";
import type { Variable } from "../nn/variable.ts";
import { ProgressLine } from "../view/progress-line.ts";
import type { TrainedModel } from "./callbacks/callback.ts";
import { describeModel, type ModelJson } from "./config.ts";
import { checkInputs, checkPair, type DatasetPair, weighClasses } from "./dataset-pair.ts";
import { evaluatePair, predictRows } from "./evaluate.ts";
import { type FitOptions, prepareFit, runFit } from "./fit.ts";
import { History, type Logs } from "./history.ts";
import { LayerGraph } from "./layer-graph.ts";
import {
  type BatchOptions,
  type CompileOptions,
  checkPassOptions,
  compileKeys,
  type EvaluateOptions,
  type ModelOptions,
  type PredictOptions,
} from "./options.ts";
import { progressOptions } from "./output.ts";
import { capacityFor } from "./step.ts";
import { printSummary, type SummaryPrintOptions } from "./summary.ts";
import { DeviceHolder, feedsOf, logsOf, type ModelSetup, Trainer, type TrainingParts, weightsOf } from "./trainer.ts";

/**
 * A model made of layers that were applied to symbolic tensors. Keras `models/functional.py`.
 *
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
export class Model implements TrainedModel {
  readonly name: string;
  /** Set to true in a callback to end training after the current batch. */
  stopTraining = false;
  /** Of the last `fit`, finished or not. */
  history: History | undefined;
  #graph: LayerGraph | undefined;
  #trainer: Trainer | undefined;
  #holder = new DeviceHolder("auto", {});
  #busy = false;

  constructor(options: ModelOptions) {
    this.name = options.name ?? uniqueName("functional");
    const one = (what: string, value: unknown): KerasTensor => {
      if (Array.isArray(value) && value.length !== 1)
        throw new ArgumentError(`Model: ${value.length} ${what} were given; this version takes one.`);
      return (Array.isArray(value) ? value[0] : value) as KerasTensor;
    };
    if (options.inputs !== undefined)
      this.setGraph(new LayerGraph([one("inputs", options.inputs)], [one("outputs", options.outputs)]));
  }

  /** Takes over a built graph and names its weights. */
  protected setGraph(graph: LayerGraph): void {
    this.#graph = graph;
    // A layer that two models share keeps the name that the first one gave.
    for (const layer of graph.layers)
      for (const variable of layer.weights)
        if (variable.path === variable.name) variable.path = `${this.name}/${layer.name}/${variable.name}`;
  }

  /** The layers with their shapes; throws while the input shape is not known. */
  get graph(): LayerGraph {
    if (this.#graph === undefined)
      throw new StateError(
        `Model "${this.name}" is not built: give its first layer an inputShape, or call fit or build first.`,
      );
    return this.#graph;
  }

  get built(): boolean {
    return this.#graph !== undefined;
  }

  /** All layers, InputLayers included. */
  get layers(): readonly Layer[] {
    return this.graph.layers;
  }

  /** Keras's name for the shape of a model that is one chain. */
  get className(): string {
    return "Functional";
  }

  /** All weights: layer by layer, inside a layer the trainable ones first. */
  get weights(): Variable[] {
    return weightsOf(this.graph);
  }

  /** The optimizer of the last compile. */
  get optimizer(): Optimizer | undefined {
    return this.#trainer?.optimizer;
  }

  /** The layer of this name or index; throws with the known names. */
  getLayer(which: string | number): Layer {
    const layer = typeof which === "number" ? this.layers[which] : this.layers.find(({ name }) => name === which);
    if (layer !== undefined) return layer;
    if (typeof which === "string")
      throw unknownName(
        "layer",
        which,
        this.layers.map(({ name }) => name),
      );
    throw new ArgumentError(`getLayer: index ${which} of ${this.layers.length} layers.`);
  }

  /** Number of weights, trainable or not. */
  countParams(): number {
    return this.weights.reduce((sum, variable) => sum + variable.value.length, 0);
  }

  /**
   * Sets optimizer, loss, metrics and device. Nothing is compiled for the device before the first batch comes.
   *
   * @throws ArgumentError for unknown names, with the nearest known one; StateError while another call is running
   */
  compile(options: CompileOptions): void {
    this.#requireIdle();
    checkKeys("compile", options, compileKeys);
    const optimizer = resolveOptimizer(options.optimizer);
    const loss = resolveLoss(options.loss);
    const device = checkDeviceName(options.device ?? "auto");
    const deviceOptions = options.threads === undefined ? {} : { threads: options.threads };
    checkDeviceOptions(deviceOptions);
    const metrics = [...(options.metrics ?? [])];
    metrics.forEach(checkMetric);
    this.#compiled = { optimizer, loss, metrics };
    this.#trainer = undefined;
    const previous = this.#holder.started();
    this.#holder = new DeviceHolder(device, deviceOptions);
    // Host weights are up to date after every call, so the old device can go.
    previous?.then(
      (session) => session.dispose(),
      () => {},
    );
    if (this.built) this.trainer("compile");
  }

  #compiled: TrainingParts | undefined;

  /** What its steps are written with and where they run, for who runs steps of the same kind beside the model. */
  get setup(): ModelSetup {
    return { device: this.#holder.name, deviceOptions: this.#holder.options, training: this.#compiled };
  }

  protected trainer(who: string): Trainer {
    if (this.#compiled === undefined)
      throw new StateError(
        `${who}: model "${this.name}" is not compiled. Call model.compile({ optimizer, loss }) first.`,
      );
    this.#trainer ??= new Trainer({ graph: this.graph, ...this.#compiled });
    return this.#trainer;
  }

  /** Called before data of this shape is used; Sequential builds itself here. */
  protected prepare(_x: Tensor): void {}

  metricDirection(name: string): "max" | "min" | undefined {
    return this.#trainer?.metricDirection(name);
  }

  /**
   * Trains for a number of epochs. Keras `Model.fit`.
   *
   * @param x inputs [n, …]; float32, int32 or uint8 (numbers are taken as they are)
   * @param y targets, as the loss wants them
   * @returns losses and metrics per epoch
   * @throws StateError before compile; ShapeError and ArgumentError for data that does not fit; NumericError for a loss that is
   *   NaN or infinite. The model then keeps the weights of the last good step.
   */
  async fit(x: TensorLike, y: TensorLike, options: FitOptions = {}): Promise<History> {
    return this.#exclusively(async () => {
      const inputs = tensor(x);
      this.#requireCompiled("fit");
      this.prepare(inputs);
      const trainer = this.trainer("fit");
      const data = prepareFit(trainer, inputs, y, options);
      const session = await this.#session();
      const history = new History();
      this.history = history;
      const model = this;
      const host = {
        name: this.name,
        trainer,
        session,
        shuffleKey: nextSeedKey(),
        get stopTraining() {
          return model.stopTraining;
        },
        set stopTraining(stop: boolean) {
          model.stopTraining = stop;
        },
        getWeights: () => this.getWeights(),
        setWeights: (weights: readonly Tensor[]) => this.setWeights(weights),
        metricDirection: (name: string) => this.metricDirection(name),
        pull: () => this.#pull(session),
        push: () => this.#push(session),
      };
      await runFit(host, data, options, history);
      return history;
    });
  }

  /** Mean loss and metrics over the rows, nothing learnt. Keras `Model.evaluate` with `return_dict=True`. */
  async evaluate(x: TensorLike, y: TensorLike, options: EvaluateOptions = {}): Promise<Logs> {
    return this.#exclusively(async () => {
      checkPassOptions("evaluate", options, ["sampleWeight"]);
      this.#requireCompiled("evaluate");
      const data = this.#pair("evaluate", x, y, options);
      const session = await this.#session();
      await this.#push(session);
      return evaluatePair(this.trainer("evaluate"), session, data, {
        batchSize: 32,
        ...options,
        ...this.#line(options),
      });
    });
  }

  /** The model's output for each row: [n, …]. Keras `Model.predict`. */
  async predict(x: TensorLike, options: PredictOptions = {}): Promise<Tensor> {
    return this.#exclusively(async () => {
      checkPassOptions("predict", options);
      const inputs = tensor(x);
      this.prepare(inputs);
      const checked = checkInputs("predict", inputs, this.graph.inputs[0]!);
      const session = await this.#session();
      await this.#push(session);
      return predictRows(this.graph, session, checked, { batchSize: 32, ...options, ...this.#line(options) });
    });
  }

  /** One training step on these rows. Resolves to the loss (before the update) and metrics of this batch. */
  async trainOnBatch(x: TensorLike, y: TensorLike, options: BatchOptions = {}): Promise<Logs> {
    return this.#onBatch("trainOnBatch", "train", x, y, options);
  }

  /** Loss and metrics of these rows. */
  async testOnBatch(x: TensorLike, y: TensorLike, options: Pick<BatchOptions, "sampleWeight"> = {}): Promise<Logs> {
    return this.#onBatch("testOnBatch", "test", x, y, options);
  }

  /** The model's output for these rows, as one batch. */
  async predictOnBatch(x: TensorLike): Promise<Tensor> {
    const inputs = tensor(x);
    return this.predict(inputs, { batchSize: capacityFor(inputs.shape[0] ?? 1), verbose: 0 });
  }

  async #onBatch(
    who: string,
    mode: "train" | "test",
    x: TensorLike,
    y: TensorLike,
    options: BatchOptions,
  ): Promise<Logs> {
    return this.#exclusively(async () => {
      checkKeys(who, options, mode === "train" ? ["sampleWeight", "classWeight"] : ["sampleWeight"]);
      this.#requireCompiled(who);
      const plain = this.#pair(who, x, y, options);
      if (options.classWeight !== undefined && options.sampleWeight !== undefined)
        throw new ArgumentError(`${who}: give classWeight or sampleWeight, not both.`);
      const data = options.classWeight ? { ...plain, weights: weighClasses(options.classWeight, plain.y) } : plain;
      const session = await this.#session();
      const trainer = this.trainer(who);
      const rows = data.x.shape[0]!;
      const { executable } = await trainer.step(session, mode, capacityFor(rows), data);
      await this.#push(session);
      await trainer.resetTrackers(session, mode);
      const feeds = Object.fromEntries(Object.entries(feedsOf(data)).map(([name, value]) => [name, value.data]));
      const logs = logsOf(await executable.run(feeds, rows));
      if (mode === "train") await this.#pull(session);
      return logs;
    });
  }

  #pair(who: string, x: TensorLike, y: TensorLike, { sampleWeight }: { sampleWeight?: TensorLike }): DatasetPair {
    const inputs = tensor(x);
    this.prepare(inputs);
    const { loss } = this.trainer(who);
    return checkPair(who, { x: inputs, y, sampleWeight }, this.graph.inputs[0]!, this.graph.outputs[0]!, loss);
  }

  #line({ verbose = "auto", write }: PredictOptions) {
    return { progress: new ProgressLine(progressOptions(verbose, write)) };
  }

  #requireCompiled(who: string): void {
    if (this.#compiled === undefined) this.trainer(who);
  }

  #session() {
    return this.#holder.session();
  }

  async #pull(session: Awaited<ReturnType<DeviceHolder["session"]>>): Promise<void> {
    await session.pull(this.#trainer?.state ?? this.weights);
  }

  async #push(session: Awaited<ReturnType<DeviceHolder["session"]>>): Promise<void> {
    await session.sync(this.#trainer?.state ?? this.weights);
  }

  /** One call at a time: two at once would take turns with the same weights. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#requireIdle();
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  #requireIdle(): void {
    if (this.#busy)
      throw new StateError(`Model "${this.name}" is still busy with an earlier call; await it before the next one.`);
  }

  /** Copies of all weights, in the order of `weights`. */
  getWeights(): Tensor[] {
    return this.weights.map((variable) => new Tensor(Float32Array.from(variable.value), variable.shape));
  }

  /** Sets all weights; their number and shapes must be those of `getWeights`. */
  setWeights(weights: readonly TensorLike[]): void {
    const variables = this.weights;
    if (weights.length !== variables.length)
      throw new ArgumentError(
        `setWeights: model "${this.name}" has ${variables.length} weights, ${weights.length} were given.`,
      );
    const values = weights.map((weight) => tensor(weight, undefined, "float32"));
    values.forEach((value, i) => {
      const { path, shape } = variables[i]!;
      if (!sameShape(value.shape, shape))
        throw new ShapeError(
          `setWeights: weight ${i} ("${path}") has shape ${formatShape(shape)}, got ${formatShape(value.shape)}.`,
        );
    });
    values.forEach((value, i) => {
      variables[i]!.value = Float32Array.from(value.data);
    });
  }

  /** Prints Keras's table of layers and returns its text. */
  summary(options: SummaryPrintOptions = {}): string {
    return printSummary(this, options);
  }

  /** The architecture as Keras writes it to `config.json`. */
  toJSON(): ModelJson {
    return describeModel(this);
  }

  /** The programs compiled so far and the device they run on; what `fovea explain` prints. */
  async compiledSteps() {
    const session = await this.#holder.started();
    if (session === undefined) return undefined;
    return { device: session.device, notice: session.notice, steps: await session.compiled() };
  }
}
