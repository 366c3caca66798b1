/** The root of the package: named re-exports, nothing else. */
export type { DType, TypedArray } from "./base/dtype.ts";
export {
  ArgumentError,
  DatasetError,
  DeviceError,
  FormatError,
  FoveaError,
  InputOutputError,
  NumericError,
  ShapeError,
  StateError,
} from "./base/errors.ts";
export type { HostArray } from "./base/host-array.ts";
export { concatenate, stack } from "./base/stack.ts";
export type { Nested } from "./base/structure.ts";
export { type NestedArray, Tensor, type TensorLike, tensor } from "./base/tensor.ts";
export { Dataset, type DatasetLike } from "./data/dataset.ts";
export { toCategorical } from "./data/one-hot.ts";
export { PyDataset } from "./data/py-dataset.ts";
export { type DeviceInfo, devices } from "./engine/choose-device.ts";
export type { DeviceName } from "./engine/device-options.ts";
export { type ByteSource, memorySource } from "./io/byte-source.ts";
export type { LoadPlace, SavePlace, StoredFile } from "./io/place.ts";
export type { FileStore, FileToWrite } from "./io/stores/file-store.ts";
export type { DirectoryHandle, FileHandle } from "./io/stores/handle-store.ts";
export type { Sym } from "./ir/graph.ts";
export { type DTypePolicy, setDtypePolicy } from "./nn/dtype-policy.ts";
export { gradients } from "./nn/gradients.ts";
export { type JitOptions, jit, valueAndGrad } from "./nn/jit.ts";
export type { BatchShape, KerasTensor } from "./nn/keras-tensor.ts";
export { input, input as Input } from "./nn/layers/input-layer.ts";
export { clearSession, dtypePolicy, setSeed } from "./nn/process-state.ts";
export { type LoadModelOptions, loadModel } from "./storage/index.ts";
export type { FitOptions } from "./train/fit-options.ts";
export { type CustomObjects, cloneModel, type FromConfigOptions, modelFromJSON } from "./train/from-config.ts";
export { History, type Logs } from "./train/history.ts";
export { type AnyModel, Model } from "./train/model.ts";
export type { BatchOptions, CompileOptions, EvaluateOptions, ModelOptions, PredictOptions } from "./train/options.ts";
export type { Verbose } from "./train/output.ts";
export type {
  LayerFilters,
  QuantizationMode,
  QuantizationReport,
  QuantizedWeight,
  QuantizeOptions,
} from "./train/quantize.ts";
export { Sequential } from "./train/sequential.ts";
export type { StepBatch, StepLogs, StepValues, TrainStep } from "./train/step-writer.ts";
export type { LoadedWeights, LoadWeightsOptions, SaveOptions, SaveWeightsOptions } from "./train/storable.ts";
