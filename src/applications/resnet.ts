import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { Add } from "../nn/layers/add.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import type { Model } from "../train/model.ts";
import type { ApplicationOptions } from "./application.ts";
import { through } from "./blocks.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { buildResNet, normalization, normalizedRelu, type ResNetGeneration } from "./resnet-parts.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Narrow, convolve, widen, add the input. The first block of a stage brings the input to the stage's size and width. */
function block(input: KerasTensor, filters: number, strides: number, isFirst: boolean, name: string): KerasTensor {
  const shortcut = isFirst
    ? through(
        input,
        new Conv2D({ filters: 4 * filters, kernelSize: 1, strides, name: `${name}_0_conv` }),
        normalization(`${name}_0`),
      )
    : input;
  const x = through(
    input,
    new Conv2D({ filters, kernelSize: 1, strides, name: `${name}_1_conv` }),
    ...normalizedRelu(`${name}_1`),
    new Conv2D({ filters, kernelSize: 3, padding: "same", name: `${name}_2_conv` }),
    ...normalizedRelu(`${name}_2`),
    new Conv2D({ filters: 4 * filters, kernelSize: 1, name: `${name}_3_conv` }),
    normalization(`${name}_3`),
  );
  const sum = new Add({ name: `${name}_add` }).apply([shortcut, x]);
  return new Activation({ activation: "relu", name: `${name}_out` }).apply(sum);
}

const generation: ResNetGeneration = {
  afterStem: (x) => through(x, ...normalizedRelu("conv1")),
  stage(input, filters, blocks, index) {
    let x = input;
    for (let i = 0; i < blocks; i++) {
      const strides = index > 0 && i === 0 ? 2 : 1;
      x = block(x, filters, strides, i === 0, `conv${index + 2}_block${i + 1}`);
    }
    return x;
  },
  afterStages: (x) => x,
};

/**
 * ResNet50 (He et al. 2016, "Deep Residual Learning for Image Recognition"). 25.6 million weights, images [224, 224, 3] that
 * `resnet.preprocessInput` made. K: `applications/resnet.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { ResNet50 } from "fovea/applications";
 * const base = await ResNet50({ weights: null, includeTop: false, inputShape: [64, 64, 3] });
 * base.outputShape; // [null, 2, 2, 2048]
 * ```
 */
export function ResNet50(options: ApplicationOptions = {}): Promise<Model> {
  const hashes = ["2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"] as const;
  return buildResNet({ title: "ResNet50", name: "resnet50", blocks: [3, 4, 6, 3], hashes }, generation, options);
}

/** Pixels of 0 … 255 as ResNet takes them: blue, green, red, each less its mean over ImageNet. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("caffe");
