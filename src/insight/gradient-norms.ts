/** How large the gradient of the loss is, weight by weight. */
import { StateError } from "../base/errors.ts";
import { keyOf } from "../base/random.ts";
import { BoundStep, runOnce, type StepState } from "../engine/bound-step.ts";
import type { Session } from "../engine/session.ts";
import type { GraphBuilder } from "../ir/graph.ts";
import { outputName } from "../ir/program.ts";
import { gradients } from "../nn/gradients.ts";
import { Trace } from "../nn/trace.ts";
import { sqrt, square } from "../ops/elementwise.ts";
import { reduceSum } from "../ops/reduce.ts";
import { checkData, dataTargetOf, rowsOfFeed, specsOf } from "../train/data.ts";
import type { AnyModel } from "../train/model.ts";
import { FedBatch, type StepSpec, stepKey } from "../train/step.ts";
import { StepWriter } from "../train/step-writer.ts";
import { Trackers } from "../train/trackers.ts";
import { checkModel } from "./check-model.ts";

/** One weight's part of the gradient. */
export interface WeightGradient {
  /** Keras's path of the weight: "conv2d/kernel". */
  readonly weight: string;
  /** Length of the gradient of the loss by it: the root of the sum of squares. */
  readonly norm: number;
  /** Length of the weight itself. */
  readonly size: number;
}

/**
 * The length of the gradient of the compiled loss by each weight that trains, for one batch. Layers run as in `evaluate` (nothing is
 * dropped), and nothing changes. Lengths that fall from layer to layer towards the input are a gradient that vanishes.
 *
 * @param model a compiled model
 * @param x inputs of a batch, as `trainOnBatch` takes them
 * @param y targets
 * @returns one entry for each weight that trains, in the order of `model.trainableWeights`
 * @throws StateError for a model that is not compiled; ShapeError for data that it does not take
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { gradientNorms } from "fovea/insight";
 * import { Dense } from "fovea/layers";
 * const model = new Sequential([new Dense({ units: 1, name: "dense", kernelInitializer: "ones", inputShape: [2] })]);
 * model.compile({ optimizer: "sgd", loss: "mse" });
 * const [kernel] = await gradientNorms(model, [[3, 4]], [[6]]);
 * kernel?.weight; // "dense/kernel"
 * kernel?.norm;   // 10: the error is 1, so the gradient is 2 · [3, 4]
 * ```
 */
export async function gradientNorms(model: AnyModel, x: unknown, y: unknown): Promise<WeightGradient[]> {
  const who = "gradientNorms";
  checkModel(who, model);
  const { runner } = model;
  const { objective } = runner.requireParts(who);
  const weights = model.trainableWeights;
  if (weights.length === 0) throw new StateError(`${who}: model "${model.name}" has no weights that train.`);
  const feed = checkData(who, { x, y }, dataTargetOf(model, objective));
  const rows = rowsOfFeed(feed);
  const spec: StepSpec = { mode: "train", capacity: rows, feeds: specsOf(feed), batchwise: true };
  const trace = (session: Session) => (builder: GraphBuilder) => {
    const nameOf = (variable: object) => session.nameOf(variable as never);
    const key = keyOf(0);
    const parts = { objective, optimizer: undefined, trackers: new Trackers("insight"), key, nameOf };
    const context = new Trace({ builder, training: false, root: model.name, key, nameOf });
    const norms = context.write(() => {
      const batch = new FedBatch(model, builder, spec);
      const yPred = model.call(batch.inputs as never, { training: false, mask: undefined });
      const writer = new StepWriter(model, spec, parts, context, batch);
      const loss = model.writing(writer, () => model.computeLoss({ x: batch.inputs, y: batch.y, yPred } as never));
      return gradients(loss, weights).map((slope) =>
        sqrt(
          reduceSum(
            square(slope),
            slope.spec.shape.map((_, axis) => axis),
          ),
        ),
      );
    });
    norms.forEach((norm, i) => {
      builder.output(outputName(i), norm);
    });
    return { uses: context.used, changes: [] } satisfies StepState;
  };
  const trained = weights.map(({ path }) => path).join(" ");
  const norms = await runner.onDevice(async (session) => {
    const key = `insight norms ${stepKey(spec)} v${runner.version} ${trained}`;
    const make = async () => new BoundStep(session, await session.step(key, trace(session)));
    const fed = Object.fromEntries(Object.entries(feed).map(([name, { data }]) => [name, data]));
    const { outputs } = await runOnce(make, fed, rows);
    return weights.map((_, i) => outputs[outputName(i)]![0]!);
  });
  return weights.map(({ path, value }, i) => ({
    weight: path,
    norm: norms[i]!,
    size: Math.sqrt(value.reduce((sum, each) => sum + each * each, 0)),
  }));
}
