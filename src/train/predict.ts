/** Prediction: the model's outputs for every row. */
import { allocate, type DType, type TypedArray } from "../base/dtype.ts";
import { ShapeError } from "../base/errors.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../base/shape.ts";
import { Tensor } from "../base/tensor.ts";
import type { CompiledStep } from "../engine/compiled-step.ts";
import type { Session } from "../engine/session.ts";
import { rowShape, type Spec } from "../ir/graph.ts";
import { outputName, outputSpecs } from "../ir/program.ts";
import type { ProgressLine } from "../view/progress-line.ts";
import { Breath, runBatches } from "./batch-runner.ts";
import type { CallbackList } from "./callback-list.ts";
import type { FeedSource } from "./feed-source.ts";
import type { Runner } from "./runner.ts";
import { stepChooser } from "./step-chooser.ts";

/** Rows of one output, put one behind the other. */
class Gathered {
  /** Of one row. */
  readonly shape: Shape;
  readonly #dtype: DType;
  #values: TypedArray;
  #rows = 0;

  constructor(spec: Spec, rows: number | undefined) {
    this.shape = rowShape(spec);
    this.#dtype = spec.dtype;
    this.#values = allocate(spec.dtype, (rows ?? 32) * sizeOf(this.shape));
  }

  append(values: TypedArray, rows: number): void {
    const width = sizeOf(this.shape);
    if ((this.#rows + rows) * width > this.#values.length) {
      const larger = allocate(this.#dtype, 2 * (this.#rows + rows) * width);
      larger.set(this.#values.subarray(0, this.#rows * width));
      this.#values = larger;
    }
    this.#values.set(values, this.#rows * width);
    this.#rows += rows;
  }

  tensor(): Tensor {
    const width = sizeOf(this.shape);
    const isFull = this.#values.length === this.#rows * width;
    return new Tensor(isFull ? this.#values : this.#values.slice(0, this.#rows * width), [this.#rows, ...this.shape]);
  }
}

export interface PredictionOptions {
  readonly callbacks: CallbackList;
  readonly progress: ProgressLine;
  readonly signal: AbortSignal | undefined;
}

/** The model's outputs for every row, in their order. */
export async function predictSource(
  runner: Runner,
  session: Session,
  source: FeedSource,
  { callbacks, progress, signal }: PredictionOptions,
): Promise<Tensor[]> {
  const chooser = stepChooser(runner, session, "predict", source.capacity);
  let gathered: readonly Gathered[] | undefined;
  /** The step whose outputs came last. */
  let of: CompiledStep | undefined;
  progress.beginTest(source.batches, "predict");
  await callbacks.tell("onPredictBegin", 0, {});
  await runBatches({
    reader: source.open(0),
    breath: new Breath(session.device),
    stepFor: chooser,
    ...callbacks.beforeBatches("Predict", signal),
    end: (batch, outputs, { fed, step: { compiled } }) => {
      if (compiled !== of) {
        const specs = outputSpecs(compiled.program);
        gathered ??= specs.map((spec) => new Gathered(spec, source.rows));
        gathered.forEach(({ shape }, i) => {
          checkShape(shape, rowShape(specs[i]!));
        });
        of = compiled;
      }
      gathered?.forEach((each, i) => {
        each.append(outputs[outputName(i)]!, fed.rows);
      });
      progress.step(batch);
      return callbacks.tell("onPredictBatchEnd", batch, {});
    },
  });
  signal?.throwIfAborted();
  progress.endTest();
  await callbacks.tell("onPredictEnd", 0, {});
  return (gathered ?? []).map((each) => each.tensor());
}

function checkShape(first: Shape, other: Shape): void {
  if (!sameShape(first, other))
    throw new ShapeError(
      `predict: the batches give outputs ${formatShape([null, ...first])} and ${formatShape([null, ...other])}, which are no one tensor; predict them one by one.`,
    );
}
