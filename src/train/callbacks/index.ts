/** Public barrel of "fovea/callbacks". */
export type { Logs } from "../history.ts";
export { History } from "../history.ts";
export { Callback, type FitParams, type TrainedModel } from "./callback.ts";
export { EarlyStopping, type EarlyStoppingOptions } from "./early-stopping.ts";
