/** Writes a training or test step around the model's own `trainStep` or `testStep`, and keeps the means for the logs. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import { flatten, type Nested } from "../base/structure.ts";
import type { Sym } from "../ir/graph.ts";
import { convert } from "../ir/precision.ts";
import { gradientsOrNone } from "../nn/gradients.ts";
import { isSym } from "../nn/keras-tensor.ts";
import type { GradientPair, Optimizer } from "../nn/optimizers/optimizer.ts";
import type { Trace } from "../nn/trace.ts";
import type { Variable } from "../nn/variable.ts";
import { abs, add, div, mul, where } from "../ops/elementwise.ts";
import { judgeOf } from "./judge.ts";
import type { AnyModel } from "./model.ts";
import type { Symbols, SymsOf } from "./model-types.ts";
import type { FedBatch, StepParts, StepSpec } from "./step.ts";

/**
 * A batch inside of a step, in the structures that the model takes and gives.
 *
 * @typeParam X what the model takes: a Sym, or a list or record of them
 * @typeParam Y what it gives
 */
export interface StepBatch<X extends Nested<Sym> = Sym, Y extends Nested<Sym> = Sym> {
  readonly x: X;
  /** undefined where no targets were given. */
  readonly y: Y | undefined;
  /** One value for each row, in the structure of the outputs; undefined where none were given. */
  readonly sampleWeight: Nested<Sym> | undefined;
}

/** What a loss is computed from. */
export interface StepValues<X extends Nested<Sym> = Sym, Y extends Nested<Sym> = Sym> {
  readonly x: X;
  readonly y?: Y | undefined;
  readonly yPred: Y;
  readonly sampleWeight?: Nested<Sym> | undefined;
}

type AnyBatch = StepBatch<SymsOf<Symbols>, SymsOf<Symbols>>;
type AnyValues = StepValues<Nested<Sym>, Nested<Sym>>;

/** Logs of a step: scalars by name. Means of metrics are shown as they are, other values as means over the epoch. */
export type StepLogs = Readonly<Record<string, Sym>>;

/** What a step of one's own is written with. */
export interface TrainStep {
  /** Rows of the batch, a float32 scalar. */
  readonly rows: Sym;
  /** Number of steps so far, a float32 scalar. */
  readonly count: Sym;
  /** The optimizer of `compile`. */
  readonly optimizer: Optimizer | undefined;
  /** The derivatives of a scalar loss by weights; weights that it does not depend on are left out. */
  gradients(loss: Sym, weights: readonly Variable[]): GradientPair[];
  /** Changes weights by their gradients. */
  apply(optimizer: Optimizer, pairs: readonly GradientPair[]): void;
  /** Makes the loss smaller by these weights: `gradients` and `apply`. What is read of the weights afterwards is the new value. */
  minimize(loss: Sym, weights: readonly Variable[], optimizer?: Optimizer): void;
}

export class StepWriter implements TrainStep {
  readonly #model: AnyModel;
  readonly #spec: StepSpec;
  readonly #parts: StepParts;
  readonly #trace: Trace;
  readonly #batch: FedBatch;
  /** Values that are shown as they are. */
  readonly #results = new Set<Sym>();
  readonly #minimized: Sym[] = [];
  readonly #totals = new Map<Sym, Sym>();
  readonly #outputLosses = new Map<string, Sym>();
  #rows: Sym | undefined;

  constructor(model: AnyModel, spec: StepSpec, parts: StepParts, trace: Trace, batch: FedBatch) {
    this.#model = model;
    this.#spec = spec;
    this.#parts = parts;
    this.#trace = trace;
    this.#batch = batch;
  }

  write(): void {
    const count = this.#model.outputNames.length;
    const weights = this.#batch.weights(count);
    const given = weights.filter((weight) => weight !== undefined);
    const batch: AnyBatch = {
      x: this.#batch.inputs as SymsOf<Symbols>,
      y: this.#batch.y as SymsOf<Symbols> | undefined,
      sampleWeight: given.length === 0 ? undefined : count === 1 ? weights[0] : (weights as Nested<Sym>),
    };
    const logs = this.#model.writing(this, () =>
      this.#spec.mode === "train" ? this.#model.trainStep(batch, this) : this.#model.testStep(batch, this),
    );
    this.#within("metrics", () => this.#writeLogs({ ...logs, ...Object.fromEntries(this.#outputLosses) }));
    const total = this.#guarded();
    // After a NaN or infinite loss nothing moves any more: the model keeps the weights of the last good step.
    const guard = (fresh: Sym, old: Sym) => where(abs(total!), Number.POSITIVE_INFINITY, fresh, old);
    this.#within("optimizer", () => this.#trace.commit(total === undefined ? undefined : guard));
  }

  #within<T>(owner: "loss" | "metrics" | "optimizer", write: () => T): T {
    return this.#trace.builder.within({ owner, backward: false }, write);
  }

  get rows(): Sym {
    return this.#trace.builder.localRows();
  }

  get count(): Sym {
    return this.#trace.step;
  }

  gradients(loss: Sym, weights: readonly Variable[]): GradientPair[] {
    this.#minimized.push(loss);
    return this.#slopes(loss, weights);
  }

  #slopes(loss: Sym, weights: readonly Variable[]): GradientPair[] {
    const without: string[] = [];
    const slopes = gradientsOrNone(loss, weights);
    const pairs = weights.flatMap((variable, i) => {
      const gradient = slopes[i];
      if (gradient === undefined) without.push(variable.path);
      return gradient === undefined ? [] : [{ variable, gradient }];
    });
    if (pairs.length > 0 && without.length > 0)
      this.#trace.notices.add(
        `The loss does not depend on ${without.map((path) => `"${path}"`).join(", ")}, so ${without.length === 1 ? "it is" : "they are"} not trained.`,
      );
    return pairs;
  }

  apply(optimizer: Optimizer, pairs: readonly GradientPair[]): void {
    optimizer.build(pairs.map(({ variable }) => variable));
    this.#within("optimizer", () => optimizer.apply(pairs));
  }

  get optimizer(): Optimizer | undefined {
    return this.#parts.optimizer;
  }

  minimize(loss: Sym, weights: readonly Variable[], optimizer = this.optimizer): void {
    if (optimizer === undefined)
      throw new ArgumentError(`Model "${this.#model.name}" has no optimizer; give one to compile or to minimize.`);
    optimizer.build(weights);
    this.#minimized.push(loss);
    this.apply(optimizer, this.#slopes(optimizer.scaleLoss(loss), weights));
  }

  /** The loss of the compiled parts and of what layers added. */
  writeLoss(values: AnyValues): Sym {
    return this.#within("loss", () => this.#writeLoss(values));
  }

  #writeLoss({ y, yPred, sampleWeight }: AnyValues): Sym {
    const { objective } = this.#parts;
    const predictions = flatten<Sym>(yPred, isSym);
    const yTrue = this.#targets(y, predictions);
    const weights = this.#listOf(sampleWeight, predictions.length);
    const judged = { yTrue, yPred: predictions, weights };
    const { total, parts } =
      objective === undefined ? { total: undefined, parts: [] } : judgeOf(objective).writeLosses(judged);
    for (const { name, value } of parts) this.#outputLosses.set(name, value);
    const penalties = this.#model.trainableWeights.flatMap((variable) =>
      variable.regularizer === null ? [] : [variable.regularizer.call(variable.read())],
    );
    const added = this.#trace.losses.map((each) => convert(each, "float32"));
    const terms = [...(total === undefined ? [] : [total]), ...added, ...penalties];
    const [first, ...more] = terms;
    if (first === undefined)
      throw new ArgumentError(
        `Model "${this.#model.name}" has nothing to train by: give compile a loss, call addLoss in a layer, or override computeLoss.`,
      );
    return more.reduce((sum, term) => add(sum, term), first);
  }

  #targets(y: Nested<Sym> | undefined, predictions: readonly Sym[]): readonly (Sym | undefined)[] {
    // The step's own targets are aligned output by output; a model may judge by others.
    if (y === undefined || y === this.#batch.y) return this.#batch.targets(predictions);
    return this.#listOf(y, predictions.length);
  }

  #listOf(values: Nested<Sym> | undefined, count: number): readonly (Sym | undefined)[] {
    if (values === undefined) return Array.from({ length: count }, () => undefined);
    if (isSym(values)) return Array.from({ length: count }, (_, i) => (i === 0 || count === 1 ? values : undefined));
    if (Array.isArray(values)) return values as readonly (Sym | undefined)[];
    const record = values as Readonly<Record<string, Sym | undefined>>;
    return this.#model.outputNames.map((name) => (Object.hasOwn(record, name) ? record[name] : undefined));
  }

  /** Updates the compiled metrics with the batch, and gives their results. */
  writeMetrics({ y, yPred, sampleWeight }: AnyValues): StepLogs {
    const { objective } = this.#parts;
    if (objective === undefined) return {};
    const predictions = flatten<Sym>(yPred, isSym);
    const yTrue = this.#targets(y, predictions);
    const weights = this.#listOf(sampleWeight, predictions.length);
    const metrics = judgeOf(objective).resolveMetrics(
      yTrue.map((target) => target?.spec.shape),
      predictions.map(({ spec }) => spec.shape),
    );
    return this.#within("metrics", () =>
      Object.fromEntries(
        metrics.map(({ name, metric, output, weighted }) => {
          metric.update(
            yTrue[output]!,
            convert(predictions[output]!, "float32"),
            weighted ? weights[output] : undefined,
          );
          const result = metric.result();
          this.#results.add(result);
          return [name, result];
        }),
      ),
    );
  }

  #writeLogs(logs: StepLogs): void {
    for (const [name, value] of Object.entries(logs)) {
      if (!isSym(value) || value.spec.shape.length > 0)
        throw new ShapeError(
          `Model "${this.#model.name}": the log "${name}" is ${isSym(value) ? formatShape(value.spec.shape) : typeof value}, expected a scalar; reduce it by mean or sum.`,
        );
      this.#trace.builder.output(name, this.#results.has(value) ? value : this.#mean(name, value));
    }
  }

  /** Mean of a step's value over the rows since the start of the epoch: Σ value · rows / Σ rows. */
  #mean(name: string, value: Sym): Sym {
    if (this.#spec.batchwise) {
      this.#totals.set(value, value);
      return value;
    }
    this.#rows ??= this.#track("rows", this.rows);
    const total = this.#track(`log ${name}`, mul(value, this.rows));
    this.#totals.set(value, total);
    return div(total, this.#rows);
  }

  #track(name: string, added: Sym): Sym {
    const variable = this.#parts.trackers.sum(name);
    const sum = add(this.#trace.initial(variable), added);
    this.#trace.builder.update(this.#parts.nameOf(variable), sum);
    return sum;
  }

  /** What is finite as long as all losses of the epoch were. */
  #guarded(): Sym | undefined {
    const totals = this.#minimized.map((loss, i) => {
      if (!this.#totals.has(loss)) this.#within("metrics", () => this.#mean(`minimized ${i}`, loss));
      return this.#totals.get(loss)!;
    });
    const [first, ...more] = new Set(totals);
    return first === undefined ? undefined : more.reduce((sum, total) => add(sum, total), first);
  }
}
