/** Public barrel of "fovea/optimizers": every class here is found by its name. */
export { LossScaleOptimizer, type LossScaleOptimizerOptions } from "./loss-scale-optimizer.ts";
export * from "./plain-optimizers.ts";
