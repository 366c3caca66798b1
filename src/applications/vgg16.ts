import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { Dense } from "../nn/layers/dense.ts";
import { Flatten } from "../nn/layers/flatten.ts";
import { MaxPooling2D } from "../nn/layers/max-pooling2d.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, type CheckedOptions, withTopOrNot } from "./application.ts";
import { through } from "./blocks.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { publishedAt } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Filters of the convolutions of each block; a pooling layer ends a block. */
const blocks = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

function body(image: KerasTensor): KerasTensor {
  let x = image;
  blocks.forEach((convolutions, i) => {
    const block = `block${i + 1}`;
    convolutions.forEach((filters, j) => {
      const name = `${block}_conv${j + 1}`;
      x = new Conv2D({ filters, kernelSize: 3, activation: "relu", padding: "same", name }).apply(x);
    });
    x = new MaxPooling2D({ poolSize: 2, strides: 2, name: `${block}_pool` }).apply(x);
  });
  return x;
}

const top = (features: KerasTensor, { classes, classifierActivation }: CheckedOptions): KerasTensor =>
  through(
    features,
    new Flatten({ name: "flatten" }),
    new Dense({ units: 4096, activation: "relu", name: "fc1" }),
    new Dense({ units: 4096, activation: "relu", name: "fc2" }),
    new Dense({ units: classes, activation: classifierActivation, name: "predictions" }),
  );

const files = `${publishedAt}vgg16/vgg16_weights_tf_dim_ordering_tf_kernels`;

/**
 * VGG16 (Simonyan and Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition"). 138 million weights,
 * images [224, 224, 3] that `vgg16.preprocessInput` made. K: `applications/vgg16.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { VGG16 } from "fovea/applications";
 * const base = await VGG16({ weights: null, includeTop: false, inputShape: [64, 64, 3] });
 * base.outputShape; // [null, 2, 2, 512]
 * ```
 */
export function VGG16(options: ApplicationOptions = {}): Promise<Model> {
  return buildApplication(
    {
      title: "VGG16",
      image: () => ({ size: 224, minSize: 32 }),
      name: () => "vgg16",
      body,
      top,
      published: withTopOrNot(
        { url: `${files}.h5`, hash: "64373286793e3c8b2b4e3219cbf3544b" },
        { url: `${files}_notop.h5`, hash: "6d6bbae143d832006294945121d1f1fc" },
      ),
    },
    options,
  );
}

/** Pixels of 0 … 255 as VGG16 takes them: blue, green, red, each less its mean over ImageNet. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("caffe");
