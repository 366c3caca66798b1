import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { AveragePooling2D } from "../nn/layers/average-pooling2d.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Concatenate } from "../nn/layers/concatenate.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { MaxPooling2D } from "../nn/layers/max-pooling2d.ts";
import { ZeroPadding2D } from "../nn/layers/zero-padding2d.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, denseTop, withTopOrNot } from "./application.ts";
import { channelsOf, through } from "./blocks.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { publishedAt } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Channels that each convolution adds to those before it. */
const GROWTH = 32;

const normalized = (prefix: string) => [
  new BatchNormalization({ epsilon: 1.001e-5, name: `${prefix}bn` }),
  new Activation({ activation: "relu", name: `${prefix}relu` }),
];

/** A convolution of all channels so far, whose output joins them. */
function convolution(input: KerasTensor, name: string): KerasTensor {
  const x = through(
    input,
    ...normalized(`${name}_0_`),
    new Conv2D({ filters: 4 * GROWTH, kernelSize: 1, useBias: false, name: `${name}_1_conv` }),
    ...normalized(`${name}_1_`),
    new Conv2D({ filters: GROWTH, kernelSize: 3, padding: "same", useBias: false, name: `${name}_2_conv` }),
  );
  return new Concatenate({ axis: 3, name: `${name}_concat` }).apply([input, x]);
}

/** Half the channels, half the size. */
const transition = (x: KerasTensor, name: string) =>
  through(
    x,
    ...normalized(`${name}_`),
    new Conv2D({ filters: Math.floor(channelsOf(x) / 2), kernelSize: 1, useBias: false, name: `${name}_conv` }),
    new AveragePooling2D({ poolSize: 2, strides: 2, name: `${name}_pool` }),
  );

const bodyOf = (blocks: readonly number[]) => (image: KerasTensor) => {
  let x = through(
    image,
    new ZeroPadding2D({ padding: 3 }),
    new Conv2D({ filters: 64, kernelSize: 7, strides: 2, useBias: false, name: "conv1_conv" }),
    ...normalized("conv1_"),
    new ZeroPadding2D({ padding: 1 }),
    new MaxPooling2D({ poolSize: 3, strides: 2, name: "pool1" }),
  );
  blocks.forEach((convolutions, i) => {
    if (i > 0) x = transition(x, `pool${i + 1}`);
    for (let j = 1; j <= convolutions; j++) x = convolution(x, `conv${i + 2}_block${j}`);
  });
  return through(x, ...normalized(""));
};

const files = `${publishedAt}densenet/densenet121_weights_tf_dim_ordering_tf_kernels`;

/**
 * DenseNet121 (Huang et al. 2017, "Densely Connected Convolutional Networks"). 8.1 million weights, images [224, 224, 3] that
 * `densenet.preprocessInput` made. K: `applications/densenet.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { DenseNet121 } from "fovea/applications";
 * const base = await DenseNet121({ weights: null, includeTop: false, inputShape: [64, 64, 3] });
 * base.outputShape; // [null, 2, 2, 1024]
 * ```
 */
export function DenseNet121(options: ApplicationOptions = {}): Promise<Model> {
  return buildApplication(
    {
      title: "DenseNet121",
      image: () => ({ size: 224, minSize: 32 }),
      name: () => "densenet121",
      body: bodyOf([6, 12, 24, 16]),
      top: denseTop("avg_pool"),
      poolNames: { avg: "avg_pool", max: "max_pool" },
      published: withTopOrNot(
        { url: `${files}.h5`, hash: "9d60b8095a5708f2dcce2bca79d332c7" },
        { url: `${files}_notop.h5`, hash: "30ee3e1110167f948a6b9946edeeb738" },
      ),
    },
    options,
  );
}

/** Pixels of 0 … 255 as DenseNet takes them: 0 … 1, less each channel's mean over ImageNet, over its deviation. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("torch");
