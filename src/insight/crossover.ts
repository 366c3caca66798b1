/** Finds where one device overtakes another: short races over sizes of model and batch. */
import { ArgumentError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { checkKeys } from "../base/options.ts";
import { type Tensor, type TensorLike, tensor } from "../base/tensor.ts";
import { checkNumber } from "../nn/options.ts";
import { rowsOf } from "../train/data.ts";
import type { AnyModel } from "../train/model.ts";
import { race } from "./race.ts";
import { checkDevices, checkFunctions, checkPair, type RaceFailure, type RaceOptions } from "./race-options.ts";

export interface CrossoverOptions extends Pick<RaceOptions, "devices" | "seed" | "threads" | "signal"> {
  /** Training steps per device and cell; a quarter of them are warm-up. Default 12. */
  readonly steps?: number;
  /** Arguments of `makeModel`: the rows of the table. Default 8, 16, 32, 64. */
  readonly filters?: readonly number[];
  /** The columns of the table. Default 8, 32, 128. */
  readonly batchSizes?: readonly number[];
  /** Called after every cell. */
  readonly onCell?: (cell: CrossoverCell, done: number, cells: number) => void;
}

export interface CrossoverCell {
  readonly filters: number;
  readonly batchSize: number;
  /** Keyed by device. */
  readonly imagesPerSecond: Readonly<Record<string, number>>;
  /** The fastest device, and its speed divided by that of the next one (undefined if it ran alone); undefined if none ran. */
  readonly winner: { readonly device: string; readonly factor: number | undefined } | undefined;
}

export interface Crossover {
  readonly filters: readonly number[];
  readonly batchSizes: readonly number[];
  /** Steps per device and cell; a quarter of them are warm-up. */
  readonly steps: number;
  /** Row by row; the last ones are missing if `signal` stopped it. */
  readonly cells: readonly CrossoverCell[];
  /** One entry per failed device. */
  readonly failures: readonly RaceFailure[];
  readonly stopped: boolean;
}

/**
 * Races devices for every pair of a number of filters and a batch size: small models and batches leave a GPU idle, large ones
 * keep it busy. A few steps are enough to find the winner; for exact speeds use `race`.
 *
 * @param makeModel makes a compiled model with that many filters
 * @param data inputs [n, …] and targets as the loss wants them, at least as many rows as the largest batch
 * @throws ArgumentError for options, and what `race` throws
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { digits } from "fovea/datasets";
 * import { crossover, crossoverText } from "fovea/insight";
 * import { Conv2D, Dense, Flatten } from "fovea/layers";
 * const { train } = await digits.load({ train: 32, test: 1 });
 * const makeModel = (filters: number) => {
 *   const model = new Sequential([
 *     new Conv2D({ filters, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
 *     new Flatten(),
 *     new Dense({ units: 10, activation: "softmax" }),
 *   ]);
 *   model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy" });
 *   return model;
 * };
 * const options = { devices: ["cpu"], filters: [2, 4], batchSizes: [4, 8], steps: 4 } as const;
 * console.log(crossoverText(await crossover(makeModel, [train.images, train.labels], options)));
 * ```
 */
export async function crossover(
  makeModel: (filters: number) => AnyModel,
  data: readonly [x: TensorLike, y: TensorLike],
  options: CrossoverOptions = {},
): Promise<Crossover> {
  checkFunctions("crossover", { onCell: options?.onCell });
  if (typeof makeModel !== "function")
    throw new ArgumentError(`crossover: makeModel is ${formatValue(makeModel)}, expected a function of filters.`);
  checkPair("crossover", data);
  const [x, y] = [tensor(data[0]), data[1]];
  const { filters, batchSizes, devices: entered, onCell, ...shared } = checkCrossover(x, options);
  let devices = entered;
  const cells: CrossoverCell[] = [];
  const failures: RaceFailure[] = [];
  for (const count of filters) {
    for (const batchSize of batchSizes) {
      if (options.signal?.aborted || devices.length === 0) break;
      const result = await race(makeModel(count), [x, y], { ...shared, devices, batchSize });
      failures.push(...result.failures);
      devices = devices.filter((name) => !result.failures.some(({ device }) => device === name));
      if (result.stopped) break;
      const speeds = result.lanes.map(({ device, speed }) => [device, speed!.imagesPerSecond] as const);
      cells.push({ filters: count, batchSize, imagesPerSecond: Object.fromEntries(speeds), winner: winnerOf(speeds) });
      onCell?.(cells.at(-1)!, cells.length, filters.length * batchSizes.length);
    }
  }
  return { filters, batchSizes, steps: shared.steps, cells, failures, stopped: options.signal?.aborted === true };
}

const optionNames = [
  "devices",
  "seed",
  "threads",
  "signal",
  "steps",
  "filters",
  "batchSizes",
  "onCell",
] as const satisfies readonly (keyof CrossoverOptions)[];

/** The options with their defaults, after checking them and the rows of `x`. */
export function checkCrossover(x: Tensor, options: CrossoverOptions) {
  checkKeys("crossover", options, optionNames);
  const { devices = ["cpu", "gpu"], filters = [8, 16, 32, 64], batchSizes = [8, 32, 128], steps = 12 } = options;
  checkDevices("crossover", devices);
  checkList("filters", filters);
  checkList("batchSizes", batchSizes);
  const [rows, largest] = [rowsOf(x), Math.max(...batchSizes)];
  if (rows < largest)
    throw new ArgumentError(
      `crossover: ${rows} rows do not fill a batch of ${largest}; bring more rows, or smaller batchSizes.`,
    );
  return { ...options, devices, filters, batchSizes, steps };
}

function winnerOf(speeds: readonly (readonly [device: string, speed: number])[]): CrossoverCell["winner"] {
  const [first, second] = [...speeds].sort(([, a], [, b]) => b - a);
  if (first === undefined) return undefined;
  return { device: first[0], factor: second === undefined ? undefined : first[1] / second[1] };
}

function checkList(name: string, values: readonly number[]): void {
  if (!Array.isArray(values) || values.length === 0)
    throw new ArgumentError(`crossover: ${name} is ${formatValue(values)}, expected whole numbers such as [8, 64].`);
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  for (const value of values) checkNumber("crossover", name, value, "a list of whole numbers of 1 or more", isCount);
}
