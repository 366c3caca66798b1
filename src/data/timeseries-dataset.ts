/** Windows over a series. Keras `utils/timeseries_dataset_utils.py`. */
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { formatShape } from "../base/shape.ts";
import { type Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import { Dataset } from "./dataset.ts";
import { checkWhole } from "./source.ts";
import { gatherCopy } from "./tensor-source.ts";

/** Options of `timeseriesDatasetFromArray`. */
export interface TimeseriesOptions {
  /** Time steps of a window. */
  readonly sequenceLength: number;
  /** Time steps from the beginning of a window to that of the next. Default 1. */
  readonly sequenceStride?: number;
  /** Time steps from one value of a window to the next. Default 1. */
  readonly samplingRate?: number;
  /** Windows of a batch; null: no batches, each element is a window. Default 128. */
  readonly batchSize?: number | null;
  /** Whether the windows come in random order, another one in each pass. Default false. */
  readonly shuffle?: boolean;
  /** Whole number that decides the order. Default: another order in every run. */
  readonly seed?: number;
  /** Time steps before it are left out. Default 0. */
  readonly startIndex?: number;
  /** Time steps from it on are left out. Default: the length of the data. */
  readonly endIndex?: number;
}

const keys = [
  "sequenceLength",
  "sequenceStride",
  "samplingRate",
  "batchSize",
  "shuffle",
  "seed",
  "startIndex",
  "endIndex",
] as const satisfies readonly (keyof TimeseriesOptions)[];

/**
 * Windows of a series, as data to train with. Nothing is copied before a batch is asked for.
 *
 * @param data the series [steps, …]: axis 0 is the time
 * @param targets target i belongs to the window that begins at step i: [steps, …]; null: windows alone
 * @returns batches [windows, sequenceLength, …], with targets [x, y]
 * @throws ArgumentError for steps and bounds that the series lacks
 * @example
 * ```ts
 * import { timeseriesDatasetFromArray } from "fovea/utils";
 * const series = Float32Array.from({ length: 100 }, (_, step) => Math.sin(step / 5));
 * // Ten steps foretell the next one.
 * const windows = timeseriesDatasetFromArray(series.slice(0, -10), series.slice(10), { sequenceLength: 10 });
 * for await (const [x, y] of windows) console.log(x.shape, y.shape); // [81, 10] [81]
 * ```
 */
export function timeseriesDatasetFromArray(
  data: TensorLike,
  targets: null,
  options: TimeseriesOptions,
): Dataset<Tensor>;
export function timeseriesDatasetFromArray(
  data: TensorLike,
  targets: TensorLike,
  options: TimeseriesOptions,
): Dataset<[x: Tensor, y: Tensor]>;
export function timeseriesDatasetFromArray(
  data: TensorLike,
  targets: TensorLike | null,
  options: TimeseriesOptions,
): Dataset<Tensor> | Dataset<[x: Tensor, y: Tensor]> {
  const owner = "timeseriesDatasetFromArray";
  checkKeys(owner, options, keys);
  const { sequenceLength, sequenceStride = 1, samplingRate = 1, batchSize = 128, shuffle = false, seed } = options;
  const series = rowsOf(owner, "data", data);
  const steps = series.shape[0]!;
  const { startIndex = 0, endIndex = steps } = options;
  checkWhole(owner, "sequenceLength", sequenceLength, 1);
  for (const [name, value] of Object.entries({ sequenceStride, samplingRate })) {
    checkWhole(owner, name, value, 1);
    if (value >= steps) throw tooLarge(owner, name, value, steps);
  }
  checkWhole(owner, "startIndex", startIndex, 0);
  if (startIndex >= steps) throw tooLarge(owner, "startIndex", startIndex, steps);
  checkWhole(owner, "endIndex", endIndex, startIndex + 1);
  if (endIndex > steps)
    throw new ArgumentError(
      `${owner}: endIndex is ${endIndex}, expected ${steps} at most: the data has so many time steps.`,
    );
  if (typeof shuffle !== "boolean")
    throw new ArgumentError(`${owner}: shuffle is ${formatValue(shuffle)}, expected true or false.`);
  if (batchSize !== null) checkWhole(owner, "batchSize", batchSize, 1);
  const used = series.slice(startIndex, endIndex);
  const aims = targets === null ? undefined : rowsOf(owner, "targets", targets).slice(startIndex, endIndex);
  const begins = endIndex - startIndex - (sequenceLength - 1) * samplingRate;
  const count = Math.ceil(Math.max(0, Math.min(begins, aims?.shape[0] ?? begins)) / sequenceStride);
  if (count === 0)
    throw new ArgumentError(
      `${owner}: ${endIndex - startIndex} time steps hold no window of ${sequenceLength} with samplingRate ${samplingRate}${aims === undefined ? "" : ` and one of ${aims.shape[0]} targets`}.`,
    );
  const starts = Dataset.from(Int32Array.from({ length: count }, (_, i) => i * sequenceStride));
  const ordered = shuffle ? starts.shuffle(count, seed === undefined ? {} : { seed }) : starts;
  const windowsAt = (at: Tensor): Tensor => {
    const rows = Int32Array.from(
      { length: at.size * sequenceLength },
      (_, i) => at.data[Math.floor(i / sequenceLength)]! + (i % sequenceLength) * samplingRate,
    );
    return gatherCopy(used, rows, 0, rows.length).reshape([...at.shape, sequenceLength, ...used.shape.slice(1)]);
  };
  const aimsAt = (at: Tensor): Tensor =>
    gatherCopy(aims!, Int32Array.from(at.data), 0, at.size).reshape([...at.shape, ...aims!.shape.slice(1)]);
  const places = batchSize === null ? ordered : ordered.batch(batchSize);
  if (aims === undefined) return places.map(windowsAt);
  return places.map((at): [Tensor, Tensor] => [windowsAt(at), aimsAt(at)]);
}

function rowsOf(owner: string, name: string, given: TensorLike): Tensor {
  const made = tensor(given);
  if (made.rank > 0 && made.shape[0]! > 0) return made;
  throw new ShapeError(`${owner}: ${name} has shape ${formatShape(made.shape)}, expected time steps along axis 0.`);
}

const tooLarge = (owner: string, name: string, value: number, steps: number) =>
  new ArgumentError(`${owner}: ${name} is ${value}, expected less than ${steps}: the data has so many time steps.`);
