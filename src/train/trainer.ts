/** A compiled model: optimizer, loss and metrics resolved, and the session that runs its steps. */
import { DeviceError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { chooseDevice, type DeviceName, type DeviceOptions } from "../engine/choose-device.ts";
import { type CompiledStep, Session } from "../engine/session.ts";
import type { Outputs } from "../ir/device.ts";
import type { Loss } from "../nn/losses.ts";
import { type MetricLike, resolveMetric } from "../nn/metrics.ts";
import type { Optimizer } from "../nn/optimizers/index.ts";
import type { Variable } from "../nn/variable.ts";
import { type DatasetPair, rowSpec } from "./dataset-pair.ts";
import { type Logs, sortLogs } from "./history.ts";
import type { LayerGraph } from "./layer-graph.ts";
import {
  makeTrackers,
  type NamedMetric,
  nameApart,
  type StepParts,
  type StepSpec,
  stepKey,
  type Trackers,
  traceStep,
} from "./step.ts";

/** What `compile` sets of the training step. */
export interface TrainingParts {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly MetricLike[];
}

export interface TrainerOptions extends TrainingParts {
  readonly graph: LayerGraph;
}

export interface ModelSetup {
  readonly device: DeviceName;
  readonly deviceOptions: DeviceOptions;
  /** undefined before `compile`. */
  readonly training: TrainingParts | undefined;
}

/** Which device a model runs on; kept apart from the training parts, since `predict` needs no compile. */
export class DeviceHolder {
  readonly name: DeviceName;
  readonly options: DeviceOptions;
  #session: Promise<Session> | undefined;

  constructor(name: DeviceName, options: DeviceOptions) {
    this.name = name;
    this.options = options;
  }

  /** The session, its device started on first use. */
  session(): Promise<Session> {
    if (this.#session === undefined) {
      const session = chooseDevice(this.name, this.options).then(({ device, notice }) => new Session(device, notice));
      // A device that cannot start is asked for anew by the next call.
      session.catch(() => {
        this.#session = undefined;
      });
      this.#session = session;
    }
    return this.#session;
  }

  /** The session if there is one already. */
  started(): Promise<Session> | undefined {
    return this.#session;
  }
}

export class Trainer {
  readonly graph: LayerGraph;
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly #metricsAsked: readonly MetricLike[];
  /** Metrics are resolved with the first targets, whose shape decides what "accuracy" means. */
  #resolved: { metrics: readonly NamedMetric[]; trackers: Readonly<Record<"train" | "test", Trackers>> } | undefined;

  constructor({ graph, optimizer, loss, metrics }: TrainerOptions) {
    this.graph = graph;
    this.optimizer = optimizer;
    this.loss = loss;
    this.#metricsAsked = metrics;
  }

  #resolve(y: Tensor) {
    this.#resolved ??= (() => {
      const output = this.graph.outputs[0]!.shape;
      const metrics = nameApart(this.#metricsAsked.map((metric) => resolveMetric(metric, y.shape, output)));
      return { metrics, trackers: { train: makeTrackers("train", metrics), test: makeTrackers("test", metrics) } };
    })();
    return this.#resolved;
  }

  metricDirection(name: string): "max" | "min" | undefined {
    const bare = name.replace(/^val_/, "");
    if (bare === "loss") return "min";
    return this.#resolved?.metrics.find(({ name }) => name === bare)?.metric.direction;
  }

  /** Weights and optimizer state: what lives on the device between steps and is fetched after training. */
  get state(): Variable[] {
    return [...this.graph.layers.flatMap((layer) => layer.weights), ...this.optimizer.variables];
  }

  /** The compiled step for this data. Its loss and metrics are means since `resetTrackers`, or those of each batch alone. */
  async step(
    session: Session,
    mode: "train" | "test",
    batchSize: number,
    data: DatasetPair,
    means: "running" | "batchwise" = "running",
  ): Promise<CompiledStep> {
    const batchwise = means === "batchwise";
    const { metrics, trackers } = this.#resolve(data.y);
    if (mode === "train") this.optimizer.build(this.graph.layers.flatMap((layer) => layer.trainableWeights));
    const { graph, optimizer, loss } = this;
    const parts: StepParts = { graph, optimizer, loss, metrics, trackers };
    await session.sync(mode === "train" ? this.state : weightsOf(graph));
    if (!batchwise) await session.sync(trackersOf(trackers[mode]));
    const weighted = data.weights !== undefined;
    const spec: StepSpec = { mode, batchSize, x: rowSpec(data.x), y: rowSpec(data.y), weighted, batchwise };
    return session.step(stepKey(spec), traceStep(graph, spec, parts));
  }

  /** Starts the sums of losses and metrics anew. */
  async resetTrackers(session: Session, mode: "train" | "test"): Promise<void> {
    const trackers = this.#resolved?.trackers[mode];
    if (trackers === undefined) throw new DeviceError("Metrics are reset before a step was compiled.");
    await session.push(trackersOf(trackers));
  }
}

export function weightsOf(graph: LayerGraph): Variable[] {
  return graph.layers.flatMap((layer) => layer.weights);
}

function trackersOf({ rows, loss, metrics }: Trackers): Variable[] {
  return [rows, loss, ...metrics];
}

/** A step's scalar outputs as logs, in alphabetical order. */
export function logsOf(outputs: Outputs): Logs {
  return sortLogs(Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, value[0]!])));
}

/** The feeds of a training or test step, by input name. */
export function feedsOf({ x, y, weights }: DatasetPair): Record<string, Tensor> {
  return { x, y, ...(weights === undefined ? {} : { weights }) };
}
