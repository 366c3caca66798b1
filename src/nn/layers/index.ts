/** Public barrel of "fovea/layers", and the registry of layers. */

export { Activation, type ActivationOptions } from "./activation.ts";
export { Add } from "./add.ts";
export { AveragePooling2D, type AveragePooling2DOptions } from "./average-pooling2d.ts";
export { BatchNormalization, type BatchNormalizationOptions } from "./batch-normalization.ts";
export { Concatenate, type ConcatenateOptions } from "./concatenate.ts";
export { Conv2D, type Conv2DOptions } from "./conv2d.ts";
export { Dense, type DenseOptions } from "./dense.ts";
export { DepthwiseConv2D, type DepthwiseConv2DOptions } from "./depthwise-conv2d.ts";
export { Dropout, type DropoutOptions } from "./dropout.ts";
export { Flatten, type FlattenOptions } from "./flatten.ts";
export { GlobalAveragePooling2D, type GlobalAveragePooling2DOptions } from "./global-average-pooling2d.ts";
export { InputLayer, type InputLayerOptions } from "./input-layer.ts";
export {
  type BatchShape,
  type KerasTensor,
  Layer,
  type LayerNode,
  type LayerOptions,
  type WeightOptions,
} from "./layer.ts";
export { MaxPooling2D, type MaxPooling2DOptions } from "./max-pooling2d.ts";
export { ReLU, type ReLUOptions } from "./re-lu.ts";
export { Reshape, type ReshapeOptions } from "./reshape.ts";
export { SeparableConv2D, type SeparableConv2DOptions } from "./separable-conv2d.ts";
export { ZeroPadding2D, type ZeroPadding2DOptions } from "./zero-padding2d.ts";
