/** Station 7 without its view: lanes, their replay, and whether their numbers are the same. */
import { type Crossover, compareLosses, type Parity, type RaceDevice, type RaceLane } from "fovea/insight";
import { duration, shortNumber } from "../../base/numbers.ts";

export const laneKeys = ["cpu-1", "cpu", "gpu", "reference"] as const;
export type LaneKey = (typeof laneKeys)[number];

export interface LaneKind {
  readonly name: string;
  readonly device: RaceDevice;
  /** Undefined: all that there are. */
  readonly threads?: number;
}

export const lanes: Readonly<Record<LaneKey, LaneKind>> = {
  "cpu-1": { name: "CPU, 1 thread", device: "cpu", threads: 1 },
  cpu: { name: "CPU, all threads", device: "cpu" },
  gpu: { name: "WebGPU", device: "gpu" },
  reference: { name: "Reference", device: "reference" },
};

/** What a device did, and the steps of which its speed knows nothing. */
export interface Entry extends Omit<RaceLane, "speedUp" | "target" | "accuracies"> {
  readonly key: LaneKey;
  readonly warmUpSteps: number;
}

export interface Absent {
  readonly key: LaneKey;
  readonly reason: string;
}

/** When each step was done, in milliseconds from the first one's start. Steps of the warm-up share its time. */
export function arrivalsOf({ losses, warmUpSteps, warmUpMs, speed }: Entry): number[] {
  const warm = Math.min(warmUpSteps, losses.length);
  const times = [...new Array<number>(warm).fill(warmUpMs / warm), ...(speed?.stepMs ?? [])];
  let sum = 0;
  return times.map((ms) => {
    sum += ms;
    return sum;
  });
}

/** Steps that are done after so many milliseconds. */
export const stepsAt = (arrivals: readonly number[], ms: number): number =>
  arrivals.reduce((done, arrival) => done + (arrival <= ms ? 1 : 0), 0);

/** When the first of those that ran all steps is through; 0 if none did. */
export function finishOf(entries: readonly Entry[], steps: number): number {
  const finishes = entries.filter(({ losses }) => losses.length === steps).map((entry) => arrivalsOf(entry).at(-1)!);
  return finishes.length === 0 ? 0 : Math.min(...finishes);
}

/** Longer races are replayed in this time. */
const LONGEST_MS = 10_000;
/** Seconds of the race that pass in a second of the replay: 1, or more for long races. */
export const replaySpeed = (finishMs: number): number => Math.max(1, finishMs / LONGEST_MS);

/** Relative gap up to which two losses count as the same number. */
const TOLERANCE = 1e-3;

/** Compares the losses of the steps that all lanes have done with those of the first; undefined for fewer than two lanes. */
export const parityOf = (entries: readonly Entry[]): Parity | undefined =>
  compareLosses(
    entries.map(({ key, losses }) => ({ device: key, losses })),
    TOLERANCE,
  );

/** The verdict as a sentence. */
export function verdictOf({ partsAt, largestGap, largestAt, largestOn, base }: Parity): string {
  const [name, baseName] = [largestOn, base].map((key) => lanes[key as LaneKey].name);
  const gap = `The largest relative gap, ${name} to ${baseName}, is ${largestGap.toExponential(1).replace("-", "−")} in step ${largestAt}`;
  return partsAt === undefined
    ? `Pass: the losses are the same numbers. ${gap}; up to 10⁻³ counts as the same.`
    : `Fail: the losses are not the same numbers. ${gap}, more than the 10⁻³ that count as the same.`;
}

/** Images a second over those of the slowest lane; undefined without two that were measured. */
export function speedUpOf(entry: Entry, entries: readonly Entry[]): number | undefined {
  const speeds = entries.flatMap(({ speed }) => speed?.imagesPerSecond ?? []);
  return entry.speed === undefined || speeds.length < 2 ? undefined : entry.speed.imagesPerSecond / Math.min(...speeds);
}

export const columns = [
  "device",
  "start",
  "compile",
  "warm-up",
  "step, median",
  "step, p95",
  "images/s",
  "speed-up",
] as const;

/** A row of the table, in the order of its columns; "–" for what was not measured. */
export function rowOf(entry: Entry, entries: readonly Entry[]): readonly string[] {
  const { key, startMs, compileMs, warmUpMs, speed } = entry;
  const speedUp = speedUpOf(entry, entries);
  return [
    lanes[key].name,
    duration(startMs),
    duration(compileMs),
    duration(warmUpMs),
    speed === undefined ? "–" : `${shortNumber(speed.medianMs)} ms`,
    speed === undefined ? "–" : `${shortNumber(speed.p95Ms)} ms`,
    speed === undefined ? "–" : shortNumber(speed.imagesPerSecond),
    speedUp === undefined ? "–" : `${speedUp.toFixed(2)}×`,
  ];
}

/** Why a device is not in the race, in one line. */
export const absentLine = ({ key, reason }: Absent): string =>
  key === "gpu" ? `No WebGPU: ${reason}` : `${lanes[key].name} did not run: ${reason}`;

/** The winner of a pair of filters and batch size: "WebGPU 3.10×", or the speed of the only one; "" if it was not raced. */
export function winnerOf({ cells }: Pick<Crossover, "cells">, filters: number, batchSize: number): string {
  const cell = cells.find((each) => each.filters === filters && each.batchSize === batchSize);
  if (cell?.winner === undefined) return "";
  const { device, factor } = cell.winner;
  const name = device === "gpu" ? "WebGPU" : device === "cpu" ? "CPU" : device;
  return factor === undefined
    ? `${name} alone: ${shortNumber(cell.imagesPerSecond[device]!)} images/s`
    : `${name} ${factor.toFixed(2)}×`;
}
