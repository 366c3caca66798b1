/** Traces a layer into a graph, forward and back, and evaluates it in float64, without a device. */
import { gradients } from "../../src/compile/differentiate.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import { Trace } from "../../src/nn/trace.ts";
import { add } from "../../src/ops/elementwise.ts";
import { literal } from "../../src/ops/literal.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";
import type { Value } from "./numbers.ts";

type Numbers = ArrayLike<number>;

export interface LayerRun {
  readonly shape: readonly number[];
  readonly output: Float64Array;
  /** Losses that the layer added, then penalties of weights, as Keras lists them. */
  readonly losses: readonly number[];
  /** Gradients of Σ output · cotangent + Σ losses, by each input and by each trainable weight. */
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
 * Writes one layer, built for the inputs' shapes if it is not: inputs "x0" …, outputs "y" and "loss0" …; with gradients also the
 * input "seed" and the outputs "dx0" … (by the inputs) and "dw0" … (by the trainable weights).
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
  const trace = new Trace({ builder, training, step: () => literal(builder, [step], []) });
  return trace.write(() => {
    const y = layer.call(layer.takesSeveral ? inputs : inputs[0]!, { training, mask: undefined });
    builder.output("y", y);
    const penalties = layer.trainableWeights.flatMap((weight) => weight.regularizer?.call(weight.read()) ?? []);
    const losses = [...trace.losses, ...penalties];
    losses.forEach((loss, i) => void builder.output(`loss${i}`, loss));
    trace.commit();
    if (!withGradients) return y;
    const wrt = [...inputs, ...layer.trainableWeights.map((variable) => trace.initial(variable))];
    const parts = [
      gradients(y, wrt, builder.input("seed", y.spec)),
      ...(losses.length === 0
        ? []
        : [
            gradients(
              losses.reduce((sum, loss) => add(sum, loss)),
              wrt,
            ),
          ]),
    ];
    wrt.forEach((_, i) => {
      const found = parts.map((part) => part[i]!).filter((gradient) => gradient !== null);
      if (found.length === 0) return;
      const sum = found.reduce((total, gradient) => add(total, gradient));
      builder.output(i < inputs.length ? `dx${i}` : `dw${i - inputs.length}`, sum);
    });
    return y;
  });
}

/** Builds a layer for inputs of these shapes, batch first. */
export function buildFor(layer: Layer, shapes: readonly (readonly number[])[]): void {
  const open = shapes.map((shape) => [null, ...shape.slice(1)]);
  layer.build(layer.takesSeveral ? open : open[0]!);
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
  const named = Object.keys(outputs).filter((name) => name.startsWith("loss"));
  return {
    shape: y.spec.shape,
    output: outputs.y!,
    losses: named.map((_, i) => outputs[`loss${i}`]![0]!),
    inputGradients: inputs.map((_, i) => outputs[`dx${i}`]),
    weightGradients: layer.trainableWeights.map((_, i) => outputs[`dw${i}`]),
    weightsAfter: layer.weights.map(({ path }) => variables[path] ?? Float64Array.from(values[path]!)),
  };
}
