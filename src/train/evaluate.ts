/** Evaluation and prediction: forward passes over batches, nothing learnt. */
import { allocate } from "../base/dtype.ts";
import { InternalError } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import type { Session } from "../engine/session.ts";
import type { ProgressLine } from "../view/progress-line.ts";
import { runBatches } from "./batch-runner.ts";
import type { Callback } from "./callbacks/callback.ts";
import { type DatasetPair, rowSpec, rowsOf } from "./dataset-pair.ts";
import type { Logs } from "./history.ts";
import type { LayerGraph } from "./layer-graph.ts";
import { type StepSpec, stepKey, traceStep } from "./step.ts";
import { feedsOf, logsOf, type Trainer, weightsOf } from "./trainer.ts";

export interface PassOptions {
  readonly batchSize: number;
  readonly callbacks?: readonly Callback[];
  readonly progress?: ProgressLine;
  readonly signal?: AbortSignal | undefined;
}

/** Loss and metrics over the rows, as one mean each. */
export async function evaluatePair(
  trainer: Trainer,
  session: Session,
  data: DatasetPair,
  { batchSize, callbacks = [], progress, signal }: PassOptions,
): Promise<Logs> {
  const { executable } = await trainer.step(session, "test", batchSize, data);
  await trainer.resetTrackers(session, "test");
  const tell = async (visit: (callback: Callback) => void | Promise<void>) => {
    for (const callback of callbacks) await visit(callback);
  };
  progress?.beginTest(Math.ceil(rowsOf(data.x) / batchSize));
  await tell((callback) => callback.onTestBegin?.({}));
  let logs: Logs = {};
  await runBatches({
    executable,
    data: feedsOf(data),
    batchSize,
    order: null,
    inFlight: executable.stepsInFlight,
    begin: async (batch) => {
      if (signal?.aborted) return false;
      await tell((callback) => callback.onTestBatchBegin?.(batch, {}));
      return !signal?.aborted;
    },
    end: async (batch, outputs) => {
      logs = logsOf(outputs);
      progress?.step(batch, logs);
      await tell((callback) => callback.onTestBatchEnd?.(batch, logs));
    },
  });
  signal?.throwIfAborted();
  progress?.endTest(logs);
  await tell((callback) => callback.onTestEnd?.(logs));
  return logs;
}

/** The model's output for every row of x. */
export async function predictRows(
  graph: LayerGraph,
  session: Session,
  x: Tensor,
  { batchSize, progress, signal }: PassOptions,
): Promise<Tensor> {
  await session.sync(weightsOf(graph));
  const spec: StepSpec = { mode: "predict", batchSize, x: rowSpec(x), weighted: false };
  const { executable } = await session.step(stepKey(spec), traceStep(graph, spec));
  const shape = graph.outputs[0]!.shape.slice(1).map((axis) => {
    if (axis === null) throw new InternalError("A model's output has an axis of unknown size.");
    return axis;
  });
  const width = shape.reduce((product, axis) => product * axis, 1);
  const y = allocate("float32", rowsOf(x) * width);
  progress?.beginTest(Math.ceil(rowsOf(x) / batchSize), "predict");
  await runBatches({
    executable,
    data: { x },
    batchSize,
    order: null,
    inFlight: executable.stepsInFlight,
    begin: () => !signal?.aborted,
    end: (batch, outputs) => {
      y.set(outputs.y!, batch * batchSize * width);
      progress?.step(batch);
    },
  });
  signal?.throwIfAborted();
  progress?.endTest();
  return new Tensor(y, [rowsOf(x), ...shape]);
}
