/** The calls of a model: data in, checked and put into batches; runs; results out. Calls that change weights exclude each other in `Model`. */
import { ArgumentError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import type { Key } from "../base/random.ts";
import { flatten, isNoContainer, type Nested, pack } from "../base/structure.ts";
import { Tensor } from "../base/tensor.ts";
import { batchSourceOf, type ProcessPlace, shareOf, TensorBatches, unpackBatch } from "../data/batch-source.ts";
import { splitTail } from "../data/batches.ts";
import { Dataset, type DatasetLike, isDatasetLike } from "../data/dataset.ts";
import { runOnce } from "../engine/bound-step.ts";
import type { Session } from "../engine/session.ts";
import { isKerasTensor } from "../nn/keras-tensor.ts";
import type { LineMode } from "../view/terminal-line.ts";
import { valuesOf } from "./batch-runner.ts";
import { CallbackList, listOf, progressBeside } from "./callback-list.ts";
import { checkData, dataTargetOf, type Feed, type GivenData, rowsOfFeed, sliceFeed, specsOf } from "./data.ts";
import { evaluateSource } from "./evaluate.ts";
import { capacityFor, type FeedOptions, type FeedSource, feedSource } from "./feed-source.ts";
import { runFit } from "./fit.ts";
import { checkFitOptions, type FitOptions, type ValidationData } from "./fit-options.ts";
import { History, type Logs, logsOf } from "./history.ts";
import type { AnyModel } from "./model.ts";
import type { Objective } from "./objective.ts";
import { checkPassOptions, type EvaluateOptions, type PredictOptions } from "./options.ts";
import { progressOptions } from "./output.ts";
import { predictSource } from "./predict.ts";
import type { Runner } from "./runner.ts";
import { readyStep } from "./steps.ts";
import type { Trackers } from "./trackers.ts";

/** What `fit` begins with. */
interface FitStart {
  /** What the order of the rows is drawn by. */
  readonly orderKey: Key;
  /** Takes the history before the first epoch. */
  begin(history: History): void;
}

export class ModelCalls {
  readonly #model: AnyModel;
  readonly #runner: Runner;

  constructor(model: AnyModel, runner: Runner) {
    this.#model = model;
    this.#runner = runner;
  }

  /** Checks rows of data; a model that is not built yet is built for them. */
  check(who: string, given: GivenData, objective: Objective | undefined): Feed {
    this.#model.prepare(given.x);
    const feed = checkData(who, given, dataTargetOf(this.#model, objective));
    if (!this.#model.isFunctional) {
      const isTensors = (x: unknown) =>
        !isNoContainer(x) && flatten(x as Nested<unknown>, isNoContainer).every((each) => each instanceof Tensor);
      this.#model.takeStructure(isTensors(given.x) ? (given.x as Nested<unknown>) : 0);
    }
    return feed;
  }

  /** Batches of what the user passed: tensors, or an iterable of [x, y, sampleWeight?]. */
  #source(
    who: string,
    given: GivenData,
    objective: Objective | undefined,
    { batchSize, steps }: { readonly batchSize?: number | undefined; readonly steps?: number | undefined },
  ): FeedSource {
    const { x } = given;
    if (!isDatasetLike(x)) {
      const feed = this.check(who, given, objective);
      // A prediction is about the rows that this process is given.
      if (objective === undefined) return tensorSource(feed, batchSize ?? 32, { steps });
      return this.#sharedTensors(who, feed, batchSize ?? 32, { steps });
    }
    if (batchSize !== undefined) throw batchesHaveSizes(who, batchSize);
    return this.#datasetSource(who, x, given, objective, { steps });
  }

  #datasetSource(
    who: string,
    data: DatasetLike<unknown>,
    given: GivenData,
    objective: Objective | undefined,
    options: FeedOptions,
  ): FeedSource {
    const { classWeight } = given;
    const toFeeds = (element: unknown): Feed => {
      const { x, y, sampleWeight } = unpackBatch(element);
      // Prediction takes the inputs of batches that hold targets, too.
      const parts = objective === undefined ? { x } : { x, y, sampleWeight, classWeight };
      return this.check(who, parts, objective);
    };
    return feedSource(batchSourceOf(Dataset.from(data as Iterable<unknown>), toFeeds), options);
  }

  async fit(x: unknown, y: unknown, given: FitOptions | undefined, { orderKey, begin }: FitStart): Promise<History> {
    const isDataset = isDatasetLike(x);
    const options = ((isDataset ? (y ?? given) : given) ?? {}) as FitOptions;
    const { objective } = this.#runner.requireParts("fit");
    checkFitOptions(options);
    const sources = this.#fitSources(x, isDataset ? undefined : y, options, objective, orderKey);
    return this.#runner.onDevice(async (session) => {
      const history = new History();
      begin(history);
      const { training, validation } = sources;
      try {
        const shared = {
          training: await this.#share("fit", training),
          validation: validation && (await this.#share("fit: validationData", validation)),
        };
        await runFit(this.#model, this.#runner, session, shared, options, history);
      } finally {
        await training.close();
      }
      return history;
    });
  }

  /** The processes that compute steps together, and how they divide batches. */
  get #distribution() {
    const { group, autoShardDataset } = this.#runner.parts?.distribution ?? {};
    return { group, place: autoShardDataset ? group : undefined, brings: autoShardDataset ? undefined : group };
  }

  /** What this process computes of the batches; all of them where it is alone. */
  async #share(who: string, source: FeedSource): Promise<FeedSource> {
    const { group, place, brings } = this.#distribution;
    if (group === undefined) return source;
    const { divideBatches, joinBatches } = await import("./shared-source.ts");
    return brings === undefined ? divideBatches(source, place!) : joinBatches(who, source, brings);
  }

  /** Batches of the rows of tensors for a step of all processes, each of which gathers its own. */
  #sharedTensors(who: string, feed: Feed, batchSize: number, options: TensorOptions): FeedSource {
    const { place, brings } = this.#distribution;
    if (brings === undefined) return tensorSource(feed, batchSize, { ...options, place });
    const { begin, end } = shareOf(batchSize, brings);
    if (end === begin)
      throw new ArgumentError(
        `${who}: batchSize is ${batchSize}, less than the ${brings.size} processes that bring rows of their own; it counts the rows of all.`,
      );
    return tensorSource(feed, end - begin, options);
  }

  #fitSources(x: unknown, y: unknown, options: FitOptions, objective: Objective, orderKey: Key) {
    const { batchSize, sampleWeight, classWeight, validationSplit = 0, validationData, stepsPerEpoch } = options;
    const given: GivenData = { x, y, sampleWeight, classWeight };
    const validation = validationData === undefined ? undefined : this.#validation(validationData, options, objective);
    if (isDatasetLike(x)) {
      if (validationSplit !== 0)
        throw new ArgumentError("fit: validationSplit needs tensors; give validationData instead.");
      if (batchSize !== undefined) throw batchesHaveSizes("fit", batchSize);
      const order = {
        key: options.shuffle === false ? undefined : orderKey,
        steps: stepsPerEpoch,
        continues: true,
      };
      return { training: this.#datasetSource("fit", x, given, objective, order), validation };
    }
    const all = this.check("fit", given, objective);
    const rows = rowsOfFeed(all);
    const splitAt =
      validationData === undefined && validationSplit !== 0 ? splitTail(rows, validationSplit) : undefined;
    // Class weights do not touch validation.
    const heldOut = splitAt === undefined ? undefined : sliceFeed(all, splitAt, rows);
    const plain =
      heldOut === undefined || classWeight === undefined
        ? heldOut
        : Object.fromEntries(Object.entries(heldOut).filter(([name]) => !name.startsWith("w")));
    const order = { key: orderKey, shuffle: options.shuffle ?? true, steps: stepsPerEpoch, continues: true };
    const train = splitAt === undefined ? all : sliceFeed(all, 0, splitAt);
    const size = options.validationBatchSize ?? batchSize ?? 32;
    return {
      training: this.#sharedTensors("fit", train, batchSize ?? 32, order),
      validation:
        plain === undefined
          ? validation
          : this.#sharedTensors("fit: validationSplit", plain, size, { steps: options.validationSteps }),
    };
  }

  #validation(data: ValidationData, options: FitOptions, objective: Objective): FeedSource {
    const who = "fit: validationData";
    const { validationBatchSize, validationSteps: steps, batchSize } = options;
    if (isDatasetLike(data)) return this.#source(who, { x: data }, objective, { steps });
    const isPair = Array.isArray(data) && data.length >= 2 && data.length <= 3;
    const isObject = !Array.isArray(data) && typeof data === "object" && data !== null && "x" in data;
    if (!isPair && !isObject)
      throw new ArgumentError("fit: validationData must be [x, y], [x, y, sampleWeight], { x, y } or a data set.");
    const [x, y, sampleWeight] = Array.isArray(data)
      ? data
      : [(data as GivenData).x, (data as GivenData).y, (data as GivenData).sampleWeight];
    const given = { x, y, sampleWeight: sampleWeight ?? undefined };
    return this.#source(who, given, objective, { batchSize: validationBatchSize ?? batchSize ?? 32, steps });
  }

  async evaluate(x: unknown, y: unknown, given: EvaluateOptions | undefined): Promise<Logs> {
    const isDataset = isDatasetLike(x);
    const options = ((isDataset ? (y ?? given) : given) ?? {}) as EvaluateOptions;
    checkPassOptions("evaluate", options, ["sampleWeight"]);
    const { objective } = this.#runner.requireParts("evaluate");
    const { sampleWeight, signal } = options;
    const data = { x, y: isDataset ? undefined : y, sampleWeight };
    const source = this.#source("evaluate", data, objective, options);
    return this.#pass(x, options, async (session) => {
      const { callbacks, progress } = this.#listeners(source, options);
      const shared = await this.#share("evaluate", source);
      return evaluateSource(this.#runner, session, shared, { callbacks, progress, signal });
    });
  }

  async predict(x: unknown, options: PredictOptions): Promise<Nested<Tensor>> {
    checkPassOptions("predict", options);
    const source = this.#source("predict", { x }, undefined, options);
    const outputs = await this.#pass(x, options, (session) => {
      // Who passes `write` wants to read something.
      const elsewhere = options.write === undefined ? "silent" : "log";
      const { callbacks, progress } = this.#listeners(source, options, elsewhere);
      return predictSource(this.#runner, session, source, { callbacks, progress, signal: options.signal });
    });
    const structure = this.#model.outputStructure;
    if (structure !== undefined) return pack(structure, isKerasTensor, outputs);
    return outputs.length === 1 ? outputs[0]! : outputs;
  }

  #pass<T>(x: unknown, options: PredictOptions, work: (session: Session) => Promise<T>): Promise<T> {
    const waits = isDatasetLike(x) || options.callbacks !== undefined;
    return this.#runner.inOrder(waits, () => this.#runner.onDevice(work));
  }

  #listeners(source: FeedSource, { verbose = "auto", write, callbacks }: PredictOptions, elsewhere: LineMode = "log") {
    const line = progressOptions(verbose, write, elsewhere);
    const params = { epochs: 1, steps: source.batches, verbose, write: line.write };
    const { progress } = progressBeside(listOf(callbacks), line);
    return { callbacks: new CallbackList(callbacks, this.#model, params), progress };
  }

  async trainOnBatch(given: GivenData, options: object): Promise<Logs> {
    checkKeys("trainOnBatch", options, ["sampleWeight", "classWeight"]);
    return this.#runBatch("trainOnBatch", "train", given);
  }

  async testOnBatch(given: GivenData, options: object): Promise<Logs> {
    checkKeys("testOnBatch", options, ["sampleWeight"]);
    return this.#runner.withTestTrackers((trackers) => this.#runBatch("testOnBatch", "test", given, trackers));
  }

  async #runBatch(who: string, mode: "train" | "test", given: GivenData, trackers?: Trackers): Promise<Logs> {
    const { objective } = this.#runner.requireParts(who);
    const all = this.check(who, given, objective);
    const { feed, rows, share, most, alsoFed } = await this.#shareOfRows(all);
    const spec = { mode, capacity: capacityFor(most), feeds: specsOf(feed), batchwise: true } as const;
    return this.#runner.onDevice(async (session) => {
      const make = () => readyStep(this.#runner, session, spec, trackers);
      const { step, outputs } = await runOnce(make, { ...valuesOf(feed), ...alsoFed }, rows, share);
      await session.settle(step.about.changes);
      return logsOf(outputs);
    });
  }

  /** What this process computes of one batch. */
  async #shareOfRows(all: Feed) {
    const { place, brings } = this.#distribution;
    const rows = rowsOfFeed(all);
    if (place !== undefined) {
      const { begin, end, share } = shareOf(rows, place);
      return { feed: sliceFeed(all, begin, end), rows: end - begin, share, most: share.most, alsoFed: {} };
    }
    if (brings === undefined) return { feed: all, rows, share: undefined, most: rows, alsoFed: {} };
    const { feedCounts } = await import("./shared-source.ts");
    const most = Math.max(...(await brings.gather("agree on the rows of a batch", rows)));
    return { feed: all, rows, share: undefined, most, alsoFed: feedCounts(brings, { feeds: all, rows }) };
  }
}

function batchesHaveSizes(who: string, batchSize: number): ArgumentError {
  return new ArgumentError(
    `${who}: batchSize does not go with data that comes in batches; use dataset.batch(${batchSize}).`,
  );
}

interface TensorOptions extends FeedOptions {
  readonly shuffle?: boolean | "batch";
  /** The process whose rows of each batch are read. */
  readonly place?: ProcessPlace | undefined;
}

/** Batches of the rows of tensors. */
function tensorSource(
  feed: Feed,
  batchSize: number,
  { shuffle = false, place, ...options }: TensorOptions = {},
): FeedSource {
  const capacity = Math.min(batchSize, capacityFor(rowsOfFeed(feed)));
  const source = new TensorBatches(feed, { batchSize, shuffle, place });
  return feedSource(source, { ...options, capacity, kind: feed });
}
