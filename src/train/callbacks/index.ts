/** Public barrel of "fovea/callbacks". */
export type { LogName, Logs } from "../history.ts";
export { History } from "../history.ts";
export { Callback, type CallbackLike, type CallbackMethods, type FitParams } from "./callback.ts";
export { EarlyStopping, type EarlyStoppingOptions } from "./early-stopping.ts";
export { LambdaCallback } from "./lambda-callback.ts";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduce-lr-on-plateau.ts";
