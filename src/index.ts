/** The root of the package: named re-exports, nothing else. */
export type { DType, TypedArray } from "./base/dtype.ts";
export {
  ArgumentError,
  DeviceError,
  FormatError,
  FoveaError,
  InputOutputError,
  NumericError,
  ShapeError,
  StateError,
} from "./base/errors.ts";
export { type NestedArray, Tensor, type TensorLike, tensor } from "./base/tensor.ts";
export { toCategorical } from "./data/one-hot.ts";
export { type DeviceInfo, type DeviceName, devices } from "./engine/choose-device.ts";
export { input, type KerasTensor } from "./nn/keras-tensor.ts";
export { clearSession, setSeed } from "./nn/process-state.ts";
export type { FitOptions } from "./train/fit.ts";
export { History, type Logs } from "./train/history.ts";
export { Model } from "./train/model.ts";
export type { BatchOptions, CompileOptions, EvaluateOptions, ModelOptions, PredictOptions } from "./train/options.ts";
export type { Verbose } from "./train/output.ts";
export { Sequential } from "./train/sequential.ts";
