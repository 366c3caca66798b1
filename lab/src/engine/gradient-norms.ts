/** A network's own training step, which tells besides how long its gradient is, layer by layer. */
import type { Sequential } from "fovea";
import type { Layer } from "fovea/layers";
import { add, sqrt, square, sum } from "fovea/ops";

const PREFIX = "gradient/";

/** Layers with weights that train, in their order. */
export const weightedLayers = (model: Sequential): Layer[] =>
  model.layers.filter(({ trainableWeights }) => trainableWeights.length > 0);

/** From now on the logs of the model's training steps hold the lengths. */
export function logGradientNorms(model: Sequential): void {
  model.trainStep = (batch, step) => {
    const yPred = model.call(batch.x, { training: true, mask: undefined });
    const values = { ...batch, yPred };
    const loss = model.computeLoss(values);
    const pairs = step.gradients(loss, model.trainableWeights);
    step.apply(step.optimizer!, pairs);
    const norms = weightedLayers(model).map(({ name, trainableWeights }) => {
      const squares = pairs
        .filter(({ variable }) => trainableWeights.includes(variable))
        .map(({ gradient }) => sum(square(gradient)));
      return [PREFIX + name, sqrt(squares.reduce((all, each) => add(all, each)))] as const;
    });
    return { loss, ...Object.fromEntries(norms), ...model.computeMetrics(values) };
  };
}

/** The lengths in the logs of a step. */
export function gradientNormsIn(logs: Readonly<Record<string, number>>): number[] {
  return Object.entries(logs).flatMap(([name, value]) => (name.startsWith(PREFIX) ? [value] : []));
}
