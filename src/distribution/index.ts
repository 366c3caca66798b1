/** Training with several processes, on one machine or many: `fovea/distribution`. K: `keras/src/distribution`. */
export { DataParallel, type DataParallelOptions } from "./data-parallel.ts";
export { distribution, type InitializeOptions, initialize, setDistribution } from "./process.ts";
