import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { Add } from "../nn/layers/add.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { MaxPooling2D } from "../nn/layers/max-pooling2d.ts";
import { ZeroPadding2D } from "../nn/layers/zero-padding2d.ts";
import type { Model } from "../train/model.ts";
import type { ApplicationOptions } from "./application.ts";
import { through } from "./blocks.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { buildResNet, normalizedRelu, type ResNetGeneration } from "./resnet-parts.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Normalization comes before each convolution, so that the sum of a block passes on as it is. */
function block(input: KerasTensor, filters: number, strides: number, isFirst: boolean, name: string): KerasTensor {
  const activated = through(
    input,
    new BatchNormalization({ epsilon: 1.001e-5, name: `${name}_preact_bn` }),
    new Activation({ activation: "relu", name: `${name}_preact_relu` }),
  );
  const shortcut = isFirst
    ? new Conv2D({ filters: 4 * filters, kernelSize: 1, strides, name: `${name}_0_conv` }).apply(activated)
    : strides > 1
      ? new MaxPooling2D({ poolSize: 1, strides }).apply(input)
      : input;
  const x = through(
    activated,
    new Conv2D({ filters, kernelSize: 1, useBias: false, name: `${name}_1_conv` }),
    ...normalizedRelu(`${name}_1`),
    new ZeroPadding2D({ padding: 1, name: `${name}_2_pad` }),
    new Conv2D({ filters, kernelSize: 3, strides, useBias: false, name: `${name}_2_conv` }),
    ...normalizedRelu(`${name}_2`),
    new Conv2D({ filters: 4 * filters, kernelSize: 1, name: `${name}_3_conv` }),
  );
  return new Add({ name: `${name}_out` }).apply([shortcut, x]);
}

const generation: ResNetGeneration = {
  afterStem: (x) => x,
  // The last block of a stage halves the image, but for the last stage's.
  stage(input, filters, blocks, index) {
    let x = input;
    for (let i = 0; i < blocks; i++) {
      const strides = index < 3 && i === blocks - 1 ? 2 : 1;
      x = block(x, filters, strides, i === 0, `conv${index + 2}_block${i + 1}`);
    }
    return x;
  },
  afterStages: (x) => through(x, ...normalizedRelu("post")),
};

/**
 * ResNet50V2 (He et al. 2016, "Identity Mappings in Deep Residual Networks"). 25.6 million weights, images [224, 224, 3] that
 * `resnetV2.preprocessInput` made. K: `applications/resnet_v2.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { ResNet50V2 } from "fovea/applications";
 * const base = await ResNet50V2({ weights: null, includeTop: false, inputShape: [64, 64, 3] });
 * base.outputShape; // [null, 2, 2, 2048]
 * ```
 */
export function ResNet50V2(options: ApplicationOptions = {}): Promise<Model> {
  const hashes = ["3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"] as const;
  return buildResNet({ title: "ResNet50V2", name: "resnet50v2", blocks: [3, 4, 6, 3], hashes }, generation, options);
}

/** Pixels of 0 … 255 as ResNetV2 takes them: -1 … 1. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("tf");
