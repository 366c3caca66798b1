/** Looking into a model: `import { benchmark, cost, receptiveField } from "fovea/insight"`. */
export { type Benchmark, type BenchmarkOptions, benchmark, type LayerProfile, type LayerTime } from "./bench.ts";
export { benchmarkNotes, benchmarkText } from "./bench-text.ts";
export { type Cost, cost, costText, type LayerCost } from "./cost.ts";
export { explainSteps } from "./explain.ts";
export type { Pair } from "./reading.ts";
export { type PixelBox, type ReceptiveField, receptiveField, receptiveFieldText } from "./receptive-field.ts";
