/** Runs losses and metrics over plain numbers: traced as a step traces them, evaluated in float64, without a device. */
import { gradients } from "../../src/compile/differentiate.ts";
import { GraphBuilder, meanOverInput, type Sym } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import type { Loss } from "../../src/nn/losses/index.ts";
import type { Metric } from "../../src/nn/metrics/index.ts";
import { Trace } from "../../src/nn/trace.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";
import type { Value } from "./numbers.ts";

type Numbers = ArrayLike<number>;

/** What a loss or a metric reads; all with the rows first. */
export interface RowFeeds {
  readonly yTrue: Value;
  readonly yPred: Value;
  readonly weights?: Value | undefined;
  readonly mask?: Value | undefined;
}

type Shapes = { readonly [K in keyof RowFeeds]: Pick<Value, "shape"> | undefined };

function inputsOf(builder: GraphBuilder, shapes: Shapes) {
  const feed = (name: keyof RowFeeds) => {
    const given = shapes[name];
    return given && builder.input(name, { shape: given.shape, dtype: "float32", batched: true });
  };
  return { yTrue: feed("yTrue")!, yPred: feed("yPred")!, weights: feed("weights"), mask: feed("mask") };
}

/** The numbers of some feeds by name, and the rows that means are taken over. */
export function feedsOf({ yTrue, yPred, weights, mask }: RowFeeds): Record<string, Float32Array> {
  const given = Object.entries({ yTrue, yPred, weights, mask }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Float32Array.from(value.data)] as const],
  );
  return { ...Object.fromEntries(given), [meanOverInput]: Float32Array.of(yPred.shape[0]!) };
}

/** Writes a loss: output "value" (a scalar, or values), and "gradient" of its sum by the predictions. */
export function traceLoss(builder: GraphBuilder, loss: Loss, shapes: Shapes, from: (x: Sym) => Sym = (x) => x): void {
  const { yTrue, yPred, weights, mask } = inputsOf(builder, shapes);
  const value = new Trace({ builder, training: true }).write(() => loss.reduce(yTrue, from(yPred), weights, mask));
  builder.output("value", value);
  const seed = builder.input("seed", value.spec);
  const [gradient] = gradients(value, [yPred], seed);
  if (gradient) builder.output("gradient", gradient);
}

/**
 * The value of a loss, and the gradient of its sum by the predictions.
 *
 * @param from makes the outputs of a model out of the predictions; default: they are the outputs
 */
export function runLoss(loss: Loss, feeds: RowFeeds, from?: (x: Sym) => Sym) {
  const builder = new GraphBuilder();
  traceLoss(builder, loss, feeds, from);
  const graph = verifyGraph(builder.finish());
  const seed = new Float64Array(graph.inputs.get("seed")!.spec.shape.reduce((a, b) => a * b, 1)).fill(1);
  const { outputs } = evaluateGraph(graph, { ...doubles(feeds), seed }, feeds.yPred.shape[0]!);
  return { value: outputs.value!, gradient: outputs.gradient };
}

/** As `feedsOf`, but in float64, for differences. */
function doubles(feeds: RowFeeds): Record<string, Numbers> {
  const { yTrue, yPred, weights, mask } = feeds;
  const given = Object.entries({ yTrue, yPred, weights, mask }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.data] as const],
  );
  return { ...Object.fromEntries(given), [meanOverInput]: [yPred.shape[0]!] };
}

/**
 * Writes an update of a metric and its result after it: output "result".
 *
 * @param valuesOnly the metric takes `yTrue` alone, as values
 */
export function traceMetric(builder: GraphBuilder, metric: Metric, shapes: Shapes, valuesOnly = false): void {
  const { yTrue, yPred, weights } = inputsOf(builder, shapes);
  const trace = new Trace({ builder, training: false });
  trace.write(() => {
    if (valuesOnly) (metric as unknown as { update(values: Sym): void }).update(yTrue);
    else metric.update(yTrue, yPred, weights);
    builder.output("result", metric.result());
  });
  trace.commit();
}

/** Some metrics make their states at the first update: their shapes depend on the outputs. */
export function makeStates(metric: Metric, shapes: Shapes, valuesOnly = false): void {
  traceMetric(new GraphBuilder(), metric, shapes, valuesOnly);
}

/** The results of a metric after each update. */
export function runMetric(metric: Metric, updates: readonly RowFeeds[], { valuesOnly = false } = {}): Float64Array[] {
  makeStates(metric, updates[0]!, valuesOnly);
  let states = Object.fromEntries(metric.variables.map(({ path, value }) => [path, value as Numbers]));
  return updates.map((feeds) => {
    const builder = new GraphBuilder();
    traceMetric(builder, metric, feeds, valuesOnly);
    const { outputs, variables } = evaluateGraph(
      verifyGraph(builder.finish()),
      doubles(feeds),
      feeds.yPred.shape[0]!,
      states,
    );
    states = { ...states, ...variables };
    return outputs.result!;
  });
}
