import { StateError } from "../base/errors.ts";
import { checkKeys } from "../base/options.ts";
import type { Exchanges, Group } from "../ir/group.ts";
import { checkFlag } from "../nn/options.ts";
import type { ProcessDistribution } from "../nn/process-state.ts";
import { currentGroup } from "./process-group.ts";

export interface DataParallelOptions {
  /**
   * Whether all processes bring the same data, of which each takes its share of every batch. False: each brings rows of its own,
   * and its batches are shares of the global ones. Default true.
   */
  readonly autoShardDataset?: boolean;
  /**
   * Which rows a BatchNormalization without `synchronized` takes its statistics from in training. False: all rows of the batch, as
   * one process does, for three exchanges a layer and step. True: the rows of its own process, as Keras's replicas do under
   * TensorFlow's `MirroredStrategy`, without these exchanges; results then depend on the number of processes. Default false.
   */
  readonly localStatistics?: boolean;
  /**
   * Whether gradients of later layers are exchanged while those of earlier ones are computed, where a step has several exchanges
   * (with BatchNormalization). Else all are exchanged at the end. Default true.
   */
  readonly overlap?: boolean;
}

/**
 * Each process computes a share of the rows of every batch; weights are the same in all of them. K:
 * `keras.distribution.DataParallel`.
 *
 * `batchSize` of `fit` is that of all processes together, so that losses are those of one process, whatever their number.
 *
 * @throws StateError before `initialize`
 * @example
 * ```ts
 * import { DataParallel, initialize, setDistribution } from "fovea/distribution";
 * await initialize();
 * setDistribution(new DataParallel());
 * ```
 */
export class DataParallel implements ProcessDistribution {
  readonly autoShardDataset: boolean;
  readonly localStatistics: boolean;
  readonly overlap: boolean;
  /** @internal */
  readonly group: Group | undefined;
  /** Number of this process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly size: number;

  constructor(options: DataParallelOptions = {}) {
    checkKeys("DataParallel", options, ["autoShardDataset", "localStatistics", "overlap"]);
    const { autoShardDataset = true, localStatistics = false, overlap = true } = options;
    checkFlag("DataParallel", "autoShardDataset", autoShardDataset);
    checkFlag("DataParallel", "localStatistics", localStatistics);
    checkFlag("DataParallel", "overlap", overlap);
    const joined = currentGroup();
    if (joined === undefined)
      throw new StateError("DataParallel: call await initialize() first, which joins the other processes.");
    this.autoShardDataset = autoShardDataset;
    this.localStatistics = localStatistics;
    this.overlap = overlap;
    this.group = joined === "alone" ? undefined : joined;
    this.rank = this.group?.rank ?? 0;
    this.size = this.group?.size ?? 1;
  }

  /** Exchanges with the other processes so far, and the milliseconds that steps have waited for them. */
  get exchanges(): Exchanges {
    return this.group?.exchanges ?? { count: 0, milliseconds: 0 };
  }
}
