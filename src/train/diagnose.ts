/** Finds out where a NaN or infinite loss comes from. */
import { NumericError } from "../base/errors.ts";
import type { Session } from "../engine/session.ts";
import { type DatasetPair, rowSpec, rowsOf } from "./dataset-pair.ts";
import type { LayerGraph } from "./layer-graph.ts";
import { type StepParts, type StepSpec, stepKey, traceStep } from "./step.ts";

/** Where in training the loss went bad, 1-based. */
export interface BadStep {
  readonly epoch: number;
  readonly batch: number;
  readonly loss: number;
}

/**
 * Runs the batch again through the weights of the last good step (a guard in the step keeps them) and names the first value
 * that is not a number, or not finite.
 */
export async function diagnoseLoss(
  session: Session,
  graph: LayerGraph,
  parts: Pick<StepParts, "optimizer">,
  batch: DatasetPair,
  at: BadStep,
): Promise<NumericError> {
  const rows = rowsOf(batch.x);
  const spec: StepSpec = { mode: "diagnose", batchSize: rows, x: rowSpec(batch.x), weighted: false };
  const trace = traceStep(graph, spec, parts as StepParts);
  const counts = await session.run(stepKey(spec), trace, { x: batch.x.data }, rows);
  const first = Object.entries(counts).find(([, [count]]) => count !== 0);
  return new NumericError(
    `The loss is ${at.loss} at step ${at.batch} of epoch ${at.epoch}. ${explain(graph, batch, first?.[0])} ` +
      "The model keeps the weights of the last good step. Try a smaller learning rate, clipnorm on the optimizer, or check the data.",
  );
}

function explain(graph: LayerGraph, batch: DatasetPair, first: string | undefined): string {
  if (first === "x") return "The inputs of this batch hold NaN or infinite values.";
  const bad = (values: ArrayLike<number>) => Array.prototype.some.call(values, (value) => !Number.isFinite(value));
  if (bad(batch.y.data)) return "The targets of this batch hold NaN or infinite values.";
  if (batch.weights !== undefined && bad(batch.weights.data))
    return "The sample weights of this batch hold NaN or infinite values.";
  if (first === undefined) return "Every layer's output is finite, so it comes from the loss itself.";
  const owner = graph.layers.find((layer) => first.startsWith(`${layer.name}/`));
  if (owner !== undefined)
    return `The first bad values are in the weight "${first.slice(owner.name.length + 1)}" of layer "${owner.name}".`;
  return `The first bad values are in the output of layer "${first}".`;
}
