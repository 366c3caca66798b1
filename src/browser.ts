/**
 * The whole public surface as one module, a namespace for each subpath. The build joins it into one file,
 * `dist/browser/fovea.js`, for pages without a bundler.
 */

export * as applications from "./applications/index.ts";
export * as datasets from "./data/index.ts";
export * from "./index.ts";
export * as insight from "./insight/index.ts";
export * as constraints from "./nn/constraints/index.ts";
export * as initializers from "./nn/initializers/index.ts";
export * as layers from "./nn/layers/index.ts";
export * as losses from "./nn/losses/index.ts";
export * as metrics from "./nn/metrics/index.ts";
export * as ops from "./nn/operations/index.ts";
export * as optimizers from "./nn/optimizers/index.ts";
export * as options from "./nn/option-kinds.ts";
export * as regularizers from "./nn/regularizers/index.ts";
export * as schedules from "./nn/schedules/index.ts";
export * as code from "./storage/code/index.ts";
export * as callbacks from "./train/callbacks/index.ts";
export * as utils from "./train/utils.ts";
export * as plot from "./view/plot/index.ts";
