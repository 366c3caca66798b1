/** Public barrel of "fovea/schedules": every class here is found by its name. */
export { CosineDecay, type CosineDecayOptions } from "./cosine-decay.ts";
export { CosineDecayRestarts, type CosineDecayRestartsOptions } from "./cosine-decay-restarts.ts";
export { type DecayOptions, ExponentialDecay, InverseTimeDecay } from "./exponential.ts";
export { LearningRateSchedule } from "./learning-rate-schedule.ts";
export { PiecewiseConstantDecay, type PiecewiseConstantDecayOptions } from "./piecewise-constant-decay.ts";
export { PolynomialDecay, type PolynomialDecayOptions } from "./polynomial-decay.ts";
