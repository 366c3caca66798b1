/**
 * The steps of a model as graphs: forward, loss, gradients, optimizer and metrics in one. Nothing here computes; the engine
 * compiles what is written and runs it.
 */
import type { DType } from "../base/dtype.ts";
import { ArgumentError, StateError } from "../base/errors.ts";
import type { Key } from "../base/random.ts";
import { type Shape, sameShape } from "../base/shape.ts";
import { flatten, isNoContainer, type Nested, pack } from "../base/structure.ts";
import type { StepState } from "../engine/bound-step.ts";
import type { Trace as TraceGraph } from "../engine/session.ts";
import type { Device } from "../ir/device.ts";
import type { GraphBuilder, Sym } from "../ir/graph.ts";
import { outputName } from "../ir/program.ts";
import { isKerasTensor, isSym } from "../nn/keras-tensor.ts";
import type { Layer } from "../nn/layers/layer.ts";
import type { Optimizer } from "../nn/optimizers/optimizer.ts";
import { type StepVariable, Trace } from "../nn/trace.ts";
import type { Variable } from "../nn/variable.ts";
import { allSum } from "../ops/all-sum.ts";
import { abs, cast, where } from "../ops/elementwise.ts";
import { reduceSum } from "../ops/reduce.ts";
import { reshape } from "../ops/reshape.ts";
import type { AnyModel } from "./model.ts";
import type { Objective } from "./objective.ts";
import { StepWriter } from "./step-writer.ts";
import type { Trackers } from "./trackers.ts";

/** Shape of one row and element type of a batch of data. */
export interface RowSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

export type StepMode = "train" | "test" | "predict" | "diagnose";

/** Everything that tells one compiled step of a model from another. */
export interface StepSpec {
  readonly mode: StepMode;
  /** The most rows of a batch. */
  readonly capacity: number;
  /** Inputs, targets and weights of a batch, by `feedName`. */
  readonly feeds: Readonly<Record<string, RowSpec>>;
  /** Loss and metrics of the step's own rows, instead of means since the start of the epoch. Default false. */
  readonly batchwise?: boolean;
}

/** Parts of a batch. */
export type Part = "x" | "y" | "w";

/** The name under which a part of a batch is fed: inputs, targets and weights by their place in the model's lists. */
export function feedName(part: Part, index: number): string {
  return `${part}${index}`;
}

/** What a training or test step is written with. */
export interface StepParts {
  readonly objective: Objective | undefined;
  readonly optimizer: Optimizer | undefined;
  readonly trackers: Trackers;
  /** What random ops draw by. */
  readonly key: Key;
  readonly nameOf: (variable: StepVariable) => string;
  /** The device that the step is for, where it is known. */
  readonly device?: Pick<Device, "name" | "traits"> | undefined;
  /** Whether several processes compute the step together. Default false. */
  readonly isShared?: boolean;
  /** Whether batch normalization that is not synchronized takes the statistics of this process's rows alone. Default false. */
  readonly localStatistics?: boolean;
}

/** What is to be known of a step that was written. */
export interface WrittenStep extends StepState {
  /** Sentences for the user. */
  readonly notices: readonly string[];
}

export function stepKey({ mode, capacity, feeds, batchwise }: StepSpec): string {
  const rows = Object.entries(feeds).map(([name, { dtype, shape }]) => `${name} ${dtype}[${shape.join(",")}]`);
  return `${mode} ${capacity} ${rows.join(" ")}${batchwise ? " batchwise" : ""}`;
}

/** Writes a step of this kind. */
export function writeStep(model: AnyModel, spec: StepSpec, parts: StepParts): TraceGraph<WrittenStep> {
  return (builder) => {
    const { objective, optimizer, trackers } = parts;
    const training = spec.mode === "train" || spec.mode === "diagnose";
    const isState = (variable: Variable) =>
      objective?.judge?.metrics.some(({ metric }) => metric.variables.includes(variable)) ?? false;
    const trace = new Trace({
      builder,
      training,
      root: model.name,
      key: parts.key,
      localStatistics: parts.localStatistics ?? false,
      nameOf: parts.nameOf,
      standIn: (variable) => (isState(variable) ? trackers.stateOf(variable) : variable),
      startsAnew: (variable) => spec.batchwise === true && isState(variable),
      ...(optimizer === undefined ? {} : { step: (each) => each.read(optimizer.iteration) }),
    });
    const write = () => {
      const batch = new FedBatch(model, builder, spec);
      if (spec.mode === "diagnose") return writeDiagnosis(model, batch, trace);
      if (spec.mode === "predict") return writePrediction(model, batch, trace);
      if (spec.mode === "train") requireTrainable(model as unknown as Layer);
      new StepWriter(model, spec, parts, trace, batch).write();
      if (parts.isShared === true && spec.mode === "train" && !spec.batchwise) writeStops(builder);
    };
    // What no layer writes belongs to the model.
    trace.write(() => builder.within({ owner: model.name, backward: false }, write));
    // What the logs keep is set by the run, and never read by the host.
    const kept = new Set<StepVariable>(trackers.variables);
    const isOwn = (variable: StepVariable) => !kept.has(variable);
    return {
      uses: trace.used.filter(isOwn),
      changes: [...trace.assigned.keys()].filter(isOwn),
      notices: [...trace.notices, ...policyNotices(trace, parts.device)],
    };
  };
}

/** Throws where a layer that trains keeps weights in a compact form: training the rest alone is nothing that was asked for. */
function requireTrainable(layer: Layer): void {
  if (!layer.trainable) return;
  const compact = layer.ownWeights.find(({ form }) => form !== undefined);
  if (compact?.form !== undefined)
    throw new StateError(
      `${layer.title} keeps its weight "${compact.name}" as ${compact.form.kind}, which training cannot change. Call model.dequantize() to train it, or set \`trainable = false\` of this layer to train the others.`,
    );
  layer.sublayers.forEach(requireTrainable);
}

/** Wishes of processes to end the run, added up so that all end after the same step: [to stop training, to abort]. */
export const stopName = "wishes to stop";

function writeStops(builder: GraphBuilder): void {
  const own = builder.input(stopName, { shape: [2], dtype: "float32", batched: false });
  builder.output(stopName, allSum([own])[0]!);
}

/** What a run says of policies that it does not follow, or not to the letter. */
function policyNotices({ policies }: Trace, device: StepParts["device"]): string[] {
  const narrow = [...policies].filter(([each]) => /float16$/.test(String(each)));
  return narrow.flatMap(([each, isHalf]) => {
    const policy = `Layers have the dtype policy "${each}"`;
    if (isHalf && device?.traits.float16 === true)
      return each === "float16" ? [`${policy}; fovea keeps their variables in float32, as "mixed_float16" does.`] : [];
    const lack = isHalf && device?.name === "gpu" ? " This GPU lacks 16-bit floats (the feature shader-f16)." : "";
    return [`${policy}; fovea computes in float32, which is at least as exact, and files keep the policy.${lack}`];
  });
}

/** The inputs of a step's graph. */
export class FedBatch {
  readonly x: readonly Sym[];
  readonly y: Nested<Sym> | undefined;
  readonly #spec: StepSpec;
  readonly #builder: GraphBuilder;
  readonly #model: AnyModel;

  constructor(model: AnyModel, builder: GraphBuilder, spec: StepSpec) {
    this.#spec = spec;
    this.#builder = builder;
    this.#model = model;
    const count = Object.keys(spec.feeds).filter((name) => name.startsWith("x")).length;
    this.x = Array.from({ length: count }, (_, i) => this.#input("x", i, model.inputDType(i))!);
    this.y = this.#readTargets();
  }

  /** The model's inputs in its own structure. */
  get inputs(): Nested<Sym> {
    return pack<unknown, Sym>(this.#model.inputStructure, isNoContainer, this.x);
  }

  /** A part as it was fed, as float32 unless it is an input that takes whole numbers. */
  #input(part: Part, index: number, wanted: DType): Sym | undefined {
    const spec = this.#spec.feeds[feedName(part, index)];
    if (spec === undefined) return undefined;
    const { shape, dtype } = spec;
    const value = this.#builder.input(feedName(part, index), {
      shape: [this.#spec.capacity, ...shape],
      dtype,
      batched: true,
    });
    return dtype === wanted || wanted !== "float32" ? value : cast(value);
  }

  /** The targets; undefined where there are none. */
  targets(yPred: readonly Sym[]): readonly (Sym | undefined)[] {
    return yPred.map((prediction, i) => {
      const target = this.#input("y", i, "float32");
      return target && alignTargets(target, prediction);
    });
  }

  /** The targets in the structure of the model's outputs; undefined where none were given. */
  #readTargets(): Nested<Sym> | undefined {
    const list = this.#model.outputNames.map((_, i) => this.#input("y", i, "float32"));
    if (list.every((target) => target === undefined)) return undefined;
    const structure = this.#model.outputStructure;
    if (structure !== undefined) return pack(structure, isKerasTensor, list as Sym[]);
    return list.length === 1 ? list[0] : (list as Sym[]);
  }

  weights(count: number): readonly (Sym | undefined)[] {
    return Array.from({ length: count }, (_, i) => this.#input("w", i, "float32"));
  }
}

/** Targets [n] for predictions [n, 1] become [n, 1], so that they are not broadcast to [n, n]. */
function alignTargets(yTrue: Sym, yPred: Sym): Sym {
  const { shape } = yPred.spec;
  const squeezed = shape.at(-1) === 1 && sameShape(yTrue.spec.shape, shape.slice(0, -1));
  return squeezed ? reshape(yTrue, shape) : yTrue;
}

function writePrediction(model: AnyModel, batch: FedBatch, trace: Trace): void {
  const outputs = flatten<Sym>(model.call(batch.inputs, { training: false, mask: undefined }), isSym);
  trace.commit();
  outputs.forEach((output, i) => {
    if (!output.spec.batched)
      throw new ArgumentError(
        `predict: output ${i} of model "${model.name}" has no batch axis, so it cannot be given for each row.`,
      );
    trace.builder.output(outputName(i), output);
  });
}

/** Counts, layer by layer, the values that are NaN or infinite. What layers update stays as it is. */
function writeDiagnosis(model: AnyModel, batch: FedBatch, trace: Trace): void {
  const { builder } = trace;
  const count = (value: Sym) => {
    const bad = where(abs(value), Number.POSITIVE_INFINITY, 0, 1);
    return reduceSum(
      bad,
      bad.spec.shape.map((_, axis) => axis),
    );
  };
  batch.x.forEach((x, i) => {
    builder.output(`input ${i}`, count(x));
  });
  const seen = new Map<string, number>();
  const once = (name: string): string => {
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return times === 0 ? name : `${name} (call ${times + 1})`;
  };
  model.observe(batch.inputs, { training: true, mask: undefined }, (layer, outputs) => {
    for (const variable of layer.weights)
      builder.output(once(`weight ${layer.name}/${variable.name}`), count(trace.initial(variable)));
    for (const output of outputs) builder.output(once(`output ${layer.name}`), count(output));
  });
}
