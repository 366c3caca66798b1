/** Inspects a model: `import { benchmark, featureMaps, gradCam, race, receptiveField } from "fovea/insight"`. */

export type { Pair } from "../nn/layers/reading.ts";
export { type Confusion, confusionMatrix, confusionText, worstConfusions } from "../view/confusion.ts";
export { type BarOptions, barStimulus } from "./bar-stimulus.ts";
export { type Benchmark, type BenchmarkOptions, benchmark, type LayerProfile, type LayerTime } from "./bench.ts";
export { benchmarkNotes, benchmarkText } from "./bench-text.ts";
export type { Box } from "./boxes.ts";
export { type Cost, cost, costText, type LayerCost } from "./cost.ts";
export { type Crossover, type CrossoverCell, type CrossoverOptions, crossover } from "./crossover.ts";
export { type DeadUnitsOptions, deadUnits, type LayerZeros } from "./dead-units.ts";
export {
  type AveragePrecision,
  type AveragePrecisionOptions,
  averagePrecision,
  boxIoU,
  type FoundBox,
  type NonMaxSuppressionOptions,
  nonMaxSuppression,
  type TrueBox,
} from "./detection.ts";
export { explainSteps } from "./explain.ts";
export { type FeatureMapsOptions, featureMaps } from "./feature-maps.ts";
export { type FindDigitsOptions, type FoundDigit, findDigits } from "./find-digits.ts";
export { type GradCamOptions, gradCam } from "./grad-cam.ts";
export { gradientNorms, type WeightGradient } from "./gradient-norms.ts";
export { type IdealInput, type IdealInputOptions, idealInput } from "./ideal-input.ts";
export type { LayerChoice } from "./image-model.ts";
export { type MeasuredFieldOptions, measuredField } from "./measured-field.ts";
export { type Occlusion, type OcclusionOptions, occlusion } from "./occlusion.ts";
export { type OrientationTuning, type OrientationTuningOptions, orientationTuning } from "./orientation-tuning.ts";
export { compareLosses, type LossCurve, type Parity } from "./parity.ts";
export {
  type PrincipalComponents,
  type PrincipalComponentsOptions,
  principalComponents,
} from "./principal-components.ts";
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
export { type RandomizeLayerOptions, randomizeLayer } from "./randomize-layer.ts";
export { type PixelBox, type ReceptiveField, receptiveField, receptiveFieldText } from "./receptive-field.ts";
export { type Explanation, type SaliencyMethod, type SaliencyOptions, saliency } from "./saliency.ts";
export { type ShiftMap, type ShiftMapOptions, shiftMap } from "./shift-map.ts";
export { type SlidingMap, slideOverPage } from "./slide.ts";
