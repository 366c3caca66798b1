/** Public barrel of "fovea/regularizers": every class here is found by its name. */
export { L1, L1L2, type L1L2Options, type L1Options, L2, type L2Options } from "./norms.ts";
export { OrthogonalRegularizer, type OrthogonalRegularizerOptions } from "./orthogonal-regularizer.ts";
export { Regularizer } from "./regularizer.ts";
