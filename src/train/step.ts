/**
 * The steps of a model as graphs: forward, loss, gradients, optimizer and metrics in one. Nothing here computes; the engine
 * compiles what is written and runs it.
 */
import type { DType } from "../base/dtype.ts";
import { type Shape, sameShape } from "../base/shape.ts";
import { gradients } from "../compile/differentiate.ts";
import type { Trace } from "../engine/session.ts";
import type { GraphBuilder, Sym } from "../ir/graph.ts";
import type { CallContext } from "../nn/call-context.ts";
import type { Loss } from "../nn/losses.ts";
import type { Metric } from "../nn/metrics.ts";
import type { Optimizer } from "../nn/optimizers/index.ts";
import { Variable } from "../nn/variable.ts";
import { abs, add, cast, div, mul, where } from "../ops/elementwise.ts";
import { literal } from "../ops/literal.ts";
import { reduceSum } from "../ops/reduce.ts";
import { reshape } from "../ops/reshape.ts";
import type { LayerGraph } from "./layer-graph.ts";

/** Shape of one row and element type of a batch of data. */
export interface RowSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

export type StepMode = "train" | "test" | "predict" | "diagnose";

/** Everything that tells one compiled step of a model from another. */
export interface StepSpec {
  readonly mode: StepMode;
  readonly batchSize: number;
  readonly x: RowSpec;
  readonly y?: RowSpec;
  readonly weighted: boolean;
  /** Loss and metrics of the step's own rows, instead of means since the start of the epoch. Default false. */
  readonly batchwise?: boolean;
}

/** The parts that a training or test step is written with. */
export interface StepParts {
  readonly graph: LayerGraph;
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly NamedMetric[];
  readonly trackers: Readonly<Record<"train" | "test", Trackers>>;
}

/** A metric under the name that it has in the logs. */
export interface NamedMetric {
  readonly name: string;
  readonly metric: Metric;
}

/** Names metrics; the second of a name gets the suffix `_1`, as in Keras. */
export function nameApart(metrics: readonly Metric[]): NamedMetric[] {
  const counts = new Map<string, number>();
  return metrics.map((metric) => {
    const count = counts.get(metric.name) ?? 0;
    counts.set(metric.name, count + 1);
    return { name: count === 0 ? metric.name : `${metric.name}_${count}`, metric };
  });
}

/** Sums over the rows seen since the start of the epoch, kept on the device. */
export interface Trackers {
  readonly rows: Variable;
  readonly loss: Variable;
  readonly metrics: readonly Variable[];
}

export function makeTrackers(mode: "train" | "test", metrics: readonly NamedMetric[]): Trackers {
  const scalar = (name: string) => {
    const variable = new Variable({ name, shape: [], trainable: false, value: new Float32Array(1) });
    variable.path = `${mode}/${name}`;
    return variable;
  };
  return { rows: scalar("rows"), loss: scalar("loss"), metrics: metrics.map(({ name }) => scalar(`metric/${name}`)) };
}

/**
 * The batch size that a step is compiled for where calls bring any number of rows: a power of two, so that few programs, which
 * stay on the device, serve them all.
 */
export function capacityFor(rows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, rows)));
}

export function stepKey({ mode, batchSize, x, y, weighted, batchwise }: StepSpec): string {
  const row = (spec: RowSpec | undefined) => (spec === undefined ? "" : `${spec.dtype}[${spec.shape.join(",")}]`);
  return `${mode} ${batchSize} x ${row(x)} y ${row(y)}${weighted ? " weighted" : ""}${batchwise ? " batchwise" : ""}`;
}

/** Input names of a step. */
export const stepInputs = { x: "x", y: "y", weights: "weights" } as const;

/** Writes the step; `parts` is needed by all modes but "predict". */
export function traceStep(graph: LayerGraph, spec: StepSpec, parts?: StepParts): Trace {
  return (builder) => {
    const context = new StepContext(builder, spec.mode === "train" || spec.mode === "diagnose", parts?.optimizer);
    const x = batchInput(builder, stepInputs.x, spec.x, spec.batchSize);
    if (spec.mode === "diagnose") return traceDiagnosis(builder, graph, x, context);
    const [yPred] = graph.forward([x], context);
    if (spec.mode === "predict") {
      context.writeUpdates((fresh) => fresh);
      return builder.output("y", yPred!);
    }
    const traced = within(builder, "loss", () => traceLoss(builder, spec, parts!, yPred!));
    // After a NaN or infinite loss nothing moves any more: the model keeps the weights of the last good step.
    const guard = (fresh: Sym, old: Sym) => where(abs(traced.total), Number.POSITIVE_INFINITY, fresh, old);
    within(builder, "optimizer", () => context.writeUpdates(guard));
    if (spec.mode === "train") traceUpdate(builder, parts!, traced, guard, context);
  };
}

/** Nodes that no layer writes, by what they are for. */
function within<T>(builder: GraphBuilder, owner: "loss" | "metrics" | "optimizer", write: () => T): T {
  return builder.within({ owner, backward: false }, write);
}

/** A batch of data as float32. */
function batchInput(builder: GraphBuilder, name: string, { shape, dtype }: RowSpec, batchSize: number): Sym {
  const value = builder.input(name, { shape: [batchSize, ...shape], dtype, batched: true });
  return dtype === "float32" ? value : cast(value);
}

interface TracedLoss {
  /** Of this step's rows. */
  readonly sum: Sym;
  /** Since the start of the epoch; of this step's rows where the step is `batchwise`. */
  readonly total: Sym;
}

function traceLoss(
  builder: GraphBuilder,
  spec: StepSpec,
  { loss, metrics, trackers: bothTrackers }: StepParts,
  yPred: Sym,
): TracedLoss {
  const yTrue = alignTargets(batchInput(builder, stepInputs.y, spec.y!, spec.batchSize), yPred);
  const perRow = loss.emit(yTrue, yPred);
  const weights =
    spec.weighted && batchInput(builder, stepInputs.weights, { shape: [], dtype: "float32" }, spec.batchSize);
  // Keras divides by the number of rows, weighted or not.
  const sum = reduceSum(weights ? mul(perRow, weights) : perRow, [0]);
  const trackers = bothTrackers[spec.mode === "train" ? "train" : "test"];
  const track = (tracker: Variable, added: Sym): Sym => {
    if (spec.batchwise) return added;
    const made = add(builder.variable(tracker.path, tracker.shape), added);
    builder.update(tracker.path, made);
    return made;
  };
  const rows = track(trackers.rows, builder.rows());
  const total = track(trackers.loss, sum);
  builder.output("loss", div(total, rows));
  within(builder, "metrics", () => {
    metrics.forEach(({ name, metric }, i) => {
      const value = track(trackers.metrics[i]!, reduceSum(metric.emit(yTrue, yPred), [0]));
      builder.output(name, div(value, rows));
    });
  });
  return { sum, total };
}

function traceUpdate(
  builder: GraphBuilder,
  { graph, optimizer }: StepParts,
  { sum }: TracedLoss,
  guard: (fresh: Sym, old: Sym) => Sym,
  context: StepContext,
): void {
  const trainable = graph.layers.flatMap((layer) => layer.trainableWeights);
  const mean = within(builder, "loss", () => div(sum, builder.rows()));
  const slopes = gradients(
    mean,
    trainable.map((variable) => context.read(variable)),
  );
  const pairs = trainable.flatMap((variable, i) => {
    const gradient = slopes[i];
    return gradient ? [{ variable, gradient }] : [];
  });
  within(builder, "optimizer", () => {
    optimizer.emitUpdate(
      {
        read: (variable) => builder.variable(variable.path, variable.shape),
        update: (variable, value) => builder.update(variable.path, value),
        guard,
      },
      pairs,
    );
  });
}

/** Targets [n] for predictions [n, 1] become [n, 1], so that they are not broadcast to [n, n]. */
function alignTargets(yTrue: Sym, yPred: Sym): Sym {
  const { shape } = yPred.spec;
  const squeezed = shape.at(-1) === 1 && sameShape(yTrue.spec.shape, shape.slice(0, -1));
  return squeezed ? reshape(yTrue, shape) : yTrue;
}

/** Counts, layer by layer, the values that are NaN or infinite. What layers update stays as it is. */
function traceDiagnosis(builder: GraphBuilder, graph: LayerGraph, x: Sym, context: StepContext): void {
  const count = (value: Sym) => {
    const bad = where(abs(value), Number.POSITIVE_INFINITY, 0, 1);
    return reduceSum(
      bad,
      bad.spec.shape.map((_, axis) => axis),
    );
  };
  builder.output("x", count(x));
  graph.forward([x], context, (layer, output) => {
    for (const variable of layer.weights)
      builder.output(`${layer.name}/${variable.name}`, count(context.read(variable)));
    builder.output(layer.name, count(output));
  });
}

/** What layers see while a step is written. */
class StepContext implements CallContext {
  readonly training: boolean;
  readonly #builder: GraphBuilder;
  readonly #optimizer: Optimizer | undefined;
  readonly #updates = new Map<Variable, Sym>();

  constructor(builder: GraphBuilder, training: boolean, optimizer: Optimizer | undefined) {
    this.training = training;
    this.#builder = builder;
    this.#optimizer = optimizer;
  }

  /** The optimizer's count of steps: what random ops draw by. */
  get step(): Sym {
    return this.#optimizer === undefined ? literal(this.#builder, [0], []) : this.read(this.#optimizer.iteration);
  }

  #start(variable: Variable): Sym {
    return this.#builder.variable(variable.path, variable.shape);
  }

  read(variable: Variable): Sym {
    return this.#updates.get(variable) ?? this.#start(variable);
  }

  update(variable: Variable, value: Sym): void {
    this.#updates.set(variable, value);
  }

  /** Writes what the layers stated; `guard` chooses between it and the value at the start of the step. */
  writeUpdates(guard: (fresh: Sym, old: Sym) => Sym): void {
    for (const [variable, value] of this.#updates)
      this.#builder.update(variable.path, guard(value, this.#start(variable)));
  }
}
