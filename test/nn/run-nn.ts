/** Traces layers, losses, metrics and optimizers into graphs and evaluates them in float64, without a device. */
import { sizeOf } from "../../src/base/shape.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import type { CallContext } from "../../src/nn/call-context.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import type { Optimizer } from "../../src/nn/optimizers/index.ts";
import type { Variable } from "../../src/nn/variable.ts";
import { literal } from "../../src/ops/literal.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

type Numbers = ArrayLike<number>;

/** Numbers with a shape, as the golden files hold them. */
export interface Value {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

export class TraceContext implements CallContext {
  readonly builder: GraphBuilder;
  readonly training: boolean;
  readonly step: Sym;

  constructor(builder: GraphBuilder, training: boolean, step = 0) {
    this.builder = builder;
    this.training = training;
    this.step = literal(builder, [step], []);
  }

  read(variable: Variable): Sym {
    return this.builder.variable(variable.path, variable.shape);
  }

  update(variable: Variable, value: Sym): void {
    this.builder.update(variable.path, value);
  }
}

export interface LayerRun {
  readonly shape: readonly number[];
  readonly output: Float64Array;
  /** Gradients of Σ output · cotangent, by each input and by each trainable weight. */
  readonly inputGradients: readonly (Float64Array | undefined)[];
  readonly weightGradients: readonly (Float64Array | undefined)[];
  /** All weights after the step. */
  readonly weightsAfter: readonly Float64Array[];
}

export interface LayerRunOptions {
  readonly training?: boolean;
  readonly step?: number;
  /** Default: no gradients. */
  readonly cotangent?: Numbers;
  /** Values in place of the layer's own. */
  readonly weights?: readonly Numbers[];
}

/**
 * Writes one layer, built for the inputs' shapes if it is not: inputs "x0" …, output "y"; with gradients also the input "seed"
 * and the outputs "dx0" … (by the inputs) and "dw0" … (by the trainable weights).
 */
export function traceLayer(
  builder: GraphBuilder,
  layer: Layer,
  shapes: readonly (readonly number[])[],
  { training = false, step = 0, withGradients = false, prefix = "" } = {},
): Sym {
  const inputs = shapes.map((shape, i) => builder.input(`x${i}`, { shape, dtype: "float32", batched: true }));
  buildFor(layer, shapes);
  layer.weights.forEach((variable, i) => {
    variable.path = `${prefix}weight${i}`;
  });
  const context = new TraceContext(builder, training, step);
  const y = layer.call(inputs, context);
  builder.output("y", y);
  if (!withGradients) return y;
  const wrt = [...inputs, ...layer.trainableWeights.map((variable) => context.read(variable))];
  gradients(y, wrt, builder.input("seed", y.spec)).forEach((gradient, i) => {
    if (gradient !== null) builder.output(i < inputs.length ? `dx${i}` : `dw${i - inputs.length}`, gradient);
  });
  return y;
}

/** Builds a layer for inputs of these shapes, batch first. */
export function buildFor(layer: Layer, shapes: readonly (readonly number[])[]): void {
  const [first, ...more] = shapes.map((shape) => [null, ...shape.slice(1)]);
  layer.build(first!, ...more);
}

/** Runs one layer, built for the inputs' shapes if it is not. */
export function runLayer(layer: Layer, input: Value | readonly Value[], options: LayerRunOptions = {}): LayerRun {
  const inputs = Array.isArray(input) ? (input as readonly Value[]) : [input as Value];
  const { training = false, step = 0, cotangent, weights } = options;
  const builder = new GraphBuilder();
  const shapes = inputs.map(({ shape }) => shape);
  const y = traceLayer(builder, layer, shapes, { training, step, withGradients: cotangent !== undefined });
  const feeds = {
    ...Object.fromEntries(inputs.map(({ data }, i) => [`x${i}`, data])),
    ...(cotangent === undefined ? {} : { seed: cotangent }),
  };
  const values = Object.fromEntries(layer.weights.map(({ path, value }, i) => [path, weights?.[i] ?? value]));
  const { outputs, variables } = evaluateGraph(verifyGraph(builder.finish()), feeds, shapes[0]![0]!, values);
  return {
    shape: y.spec.shape,
    output: outputs.y!,
    inputGradients: inputs.map((_, i) => outputs[`dx${i}`]),
    weightGradients: layer.trainableWeights.map((_, i) => outputs[`dw${i}`]),
    weightsAfter: layer.weights.map(({ path }) => variables[path] ?? Float64Array.from(values[path]!)),
  };
}

/**
 * Writes what `emit` makes of targets and outputs: inputs "target" and "prediction", output "values"; with gradients also the
 * input "seed" and the output "gradient" (by the predictions).
 */
export function traceRows(
  builder: GraphBuilder,
  emit: (yTrue: Sym, yPred: Sym) => Sym,
  targetShape: readonly number[],
  predictionShape: readonly number[],
  withGradients: boolean,
): void {
  const feed = (name: string, shape: readonly number[]) =>
    builder.input(name, { shape, dtype: "float32", batched: true });
  const [target, prediction] = [feed("target", targetShape), feed("prediction", predictionShape)];
  const values = emit(target, prediction);
  builder.output("values", values);
  if (!withGradients) return;
  const [gradient] = gradients(values, [prediction], builder.input("seed", values.spec));
  if (gradient) builder.output("gradient", gradient);
}

/** What `emit` writes of targets and outputs, and (for a seed of `weights` per row) its gradient by the outputs. */
export function runRows(
  emit: (yTrue: Sym, yPred: Sym) => Sym,
  yTrue: Value,
  yPred: Value,
  weights?: Numbers,
): { readonly values: Float64Array; readonly gradient: Float64Array | undefined } {
  const builder = new GraphBuilder();
  traceRows(builder, emit, yTrue.shape, yPred.shape, weights !== undefined);
  const feeds = {
    target: yTrue.data,
    prediction: yPred.data,
    ...(weights === undefined ? {} : { seed: weights }),
  };
  const { outputs } = evaluateGraph(verifyGraph(builder.finish()), feeds, yTrue.shape[0]!);
  return { values: outputs.values!, gradient: outputs.gradient };
}

/** Writes a step of an optimizer that was built for the weights; the gradients are the inputs "g0", "g1", … */
export function traceOptimizer(
  builder: GraphBuilder,
  optimizer: Optimizer,
  weights: readonly Variable[],
  guard: (fresh: Sym, old: Sym) => Sym = (fresh) => fresh,
): void {
  const context = new TraceContext(builder, true);
  const pairs = weights.map((variable, i) => ({
    variable,
    gradient: builder.input(`g${i}`, { shape: variable.shape, dtype: "float32", batched: false }),
  }));
  const read = (variable: Variable) => context.read(variable);
  optimizer.emitUpdate({ read, update: (variable, value) => context.update(variable, value), guard }, pairs);
}

/** Steps an optimizer over host variables, in place; every written value passes through `guard`. */
export function stepOptimizer(
  optimizer: Optimizer,
  weights: readonly Variable[],
  slopes: readonly Numbers[],
  guard: (fresh: Sym, old: Sym) => Sym = (fresh) => fresh,
): void {
  optimizer.build(weights);
  const builder = new GraphBuilder();
  traceOptimizer(builder, optimizer, weights, guard);
  const state = [...weights, ...optimizer.variables];
  const { variables } = evaluateGraph(
    verifyGraph(builder.finish()),
    Object.fromEntries(slopes.map((slope, i) => [`g${i}`, slope])),
    1,
    Object.fromEntries(state.map(({ path, value }) => [path, value])),
  );
  for (const variable of state) {
    const value = variables[variable.path]!;
    if (value.length !== sizeOf(variable.shape)) throw new Error(`"${variable.path}" has changed its size.`);
    variable.value = Float32Array.from(value);
  }
}

/** Arithmetic mean. */
export const mean = (values: Numbers): number =>
  (Array.prototype.reduce.call(values, (a, b) => (a as number) + b, 0) as number) / values.length;
