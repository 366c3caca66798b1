/** Inspects a model: `import { benchmark, cost, race, receptiveField } from "fovea/insight"`. */

export type { Pair } from "../nn/layers/reading.ts";
export { type Benchmark, type BenchmarkOptions, benchmark, type LayerProfile, type LayerTime } from "./bench.ts";
export { benchmarkNotes, benchmarkText } from "./bench-text.ts";
export { type Cost, cost, costText, type LayerCost } from "./cost.ts";
export { type Crossover, type CrossoverCell, type CrossoverOptions, crossover } from "./crossover.ts";
export { explainSteps } from "./explain.ts";
export type { Parity } from "./parity.ts";
export { race } from "./race.ts";
export type {
  Race,
  RaceDevice,
  RaceFailure,
  RaceLane,
  RaceOptions,
  RaceProgress,
  RaceSpeed,
} from "./race-options.ts";
export { crossoverText, raceNotes, raceText } from "./race-text.ts";
export { type PixelBox, type ReceptiveField, receptiveField, receptiveFieldText } from "./receptive-field.ts";
