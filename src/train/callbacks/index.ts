/** Public barrel of "fovea/callbacks". */
export type { LogName, Logs } from "../history.ts";
export { History } from "../history.ts";
export { BackupAndRestore, type BackupAndRestoreOptions } from "./backup-and-restore.ts";
export {
  Callback,
  type CallbackLike,
  type CallbackMethods,
  type CallbackState,
  type FitParams,
  type StateValue,
} from "./callback.ts";
export { CSVLogger, type CSVLoggerOptions } from "./csv-logger.ts";
export { EarlyStopping, type EarlyStoppingOptions } from "./early-stopping.ts";
export { LambdaCallback } from "./lambda-callback.ts";
export {
  type EpochSchedule,
  LearningRateScheduler,
  type LearningRateSchedulerOptions,
} from "./learning-rate-scheduler.ts";
export { ModelCheckpoint, type ModelCheckpointOptions } from "./model-checkpoint.ts";
export { ProgbarLogger } from "./progbar-logger.ts";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./reduce-lr-on-plateau.ts";
export { RemoteMonitor, type RemoteMonitorOptions } from "./remote-monitor.ts";
export { SwapEMAWeights, type SwapEMAWeightsOptions } from "./swap-ema-weights.ts";
export { TensorBoard, type TensorBoardOptions } from "./tensor-board.ts";
export { TerminateOnNaN, type TerminateOnNaNOptions } from "./terminate-on-nan.ts";
