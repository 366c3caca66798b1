/**
 * Keras's `keras.applications`: architectures for images, with the weights that Keras publishes. Each has a module with the scaling
 * of its pixels: `import { MobileNetV2, mobilenetV2 } from "fovea/applications"`.
 */
export type { ApplicationOptions } from "./application.ts";
export * as convnext from "./convnext.ts";
export { type ConvNeXtOptions, ConvNeXtTiny } from "./convnext.ts";
export * as densenet from "./densenet.ts";
export { DenseNet121 } from "./densenet.ts";
export * as efficientnet from "./efficientnet.ts";
export { EfficientNetB0, EfficientNetB1, EfficientNetB2, EfficientNetB3 } from "./efficientnet.ts";
export * as efficientnetV2 from "./efficientnet-v2.ts";
export { EfficientNetV2B0, type EfficientNetV2Options } from "./efficientnet-v2.ts";
export type {
  DecodedPrediction,
  DecodeOptions,
  PreprocessInput,
  PreprocessMode,
  PreprocessOptions,
} from "./imagenet-utils.ts";
export * as imagenetUtils from "./imagenet-utils.ts";
export * as inceptionV3 from "./inception-v3.ts";
export { InceptionV3 } from "./inception-v3.ts";
export * as mobilenet from "./mobilenet.ts";
export { MobileNet, type MobileNetOptions } from "./mobilenet.ts";
export * as mobilenetV2 from "./mobilenet-v2.ts";
export { MobileNetV2, type MobileNetV2Options } from "./mobilenet-v2.ts";
export * as mobilenetV3 from "./mobilenet-v3.ts";
export { MobileNetV3Large, type MobileNetV3Options, MobileNetV3Small } from "./mobilenet-v3.ts";
export * as nasnet from "./nasnet.ts";
export { NASNetMobile } from "./nasnet.ts";
export * as resnet from "./resnet.ts";
export { ResNet50 } from "./resnet.ts";
export * as resnetV2 from "./resnet-v2.ts";
export { ResNet50V2 } from "./resnet-v2.ts";
export * as vgg16 from "./vgg16.ts";
export { VGG16 } from "./vgg16.ts";
export * as vgg19 from "./vgg19.ts";
export { VGG19 } from "./vgg19.ts";
export * as xception from "./xception.ts";
export { Xception } from "./xception.ts";
