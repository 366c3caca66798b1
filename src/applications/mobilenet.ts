import type { BatchShape, KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { DepthwiseConv2D } from "../nn/layers/depthwise-conv2d.ts";
import { Dropout } from "../nn/layers/dropout.ts";
import { GlobalAveragePooling2D } from "../nn/layers/global-average-pooling2d.ts";
import { ReLU } from "../nn/layers/relu.ts";
import { Reshape } from "../nn/layers/reshape.ts";
import { ZeroPadding2D } from "../nn/layers/zero-padding2d.ts";
import { integer, number } from "../nn/option-kinds.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, type CheckedOptions } from "./application.ts";
import { through } from "./blocks.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { nearestPublished, type PublishedFile, publishedAt, requireOneOf } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Options of `MobileNet`. */
export interface MobileNetOptions extends ApplicationOptions {
  /** Width: factor of all numbers of filters. Default 1. */
  readonly alpha?: number | undefined;
  /** Outputs of each depthwise convolution for each input channel. Default 1. */
  readonly depthMultiplier?: number | undefined;
  /** Share of the features that dropout sets to 0 before the classifier. Default 0.001. */
  readonly dropout?: number | undefined;
}

interface Checked extends CheckedOptions {
  readonly alpha: number;
  readonly depthMultiplier: number;
  readonly dropout: number;
}

const options = {
  alpha: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }),
  depthMultiplier: /* @__PURE__ */ integer({ min: 1, default: 1 }),
  dropout: /* @__PURE__ */ number({ min: 0, max: 1, default: 1e-3 }),
};

/** Filters and stride of each block. */
const blocks = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/** Normalization and an activation that ends at 6. */
const normalized = (name: string) => [
  new BatchNormalization({ name: `${name}_bn` }),
  new ReLU({ maxValue: 6, name: `${name}_relu` }),
];

function body(image: KerasTensor, { alpha, depthMultiplier }: Checked): KerasTensor {
  const width = (filters: number) => Math.trunc(filters * alpha);
  let x = through(
    image,
    new Conv2D({ filters: width(32), kernelSize: 3, strides: 2, padding: "same", useBias: false, name: "conv1" }),
    ...normalized("conv1"),
  );
  blocks.forEach(([filters, strides], i) => {
    const id = i + 1;
    const padding = strides === 1 ? "same" : "valid";
    if (strides === 2)
      x = new ZeroPadding2D({
        padding: [
          [0, 1],
          [0, 1],
        ],
        name: `conv_pad_${id}`,
      }).apply(x);
    const depthwise = {
      kernelSize: 3,
      strides,
      padding,
      depthMultiplier,
      useBias: false,
      name: `conv_dw_${id}`,
    } as const;
    const pointwise = {
      filters: width(filters),
      kernelSize: 1,
      padding: "same",
      useBias: false,
      name: `conv_pw_${id}`,
    } as const;
    x = through(
      x,
      new DepthwiseConv2D(depthwise),
      ...normalized(depthwise.name),
      new Conv2D(pointwise),
      ...normalized(pointwise.name),
    );
  });
  return x;
}

const top = (features: KerasTensor, { classes, classifierActivation, dropout }: Checked): KerasTensor =>
  through(
    features,
    new GlobalAveragePooling2D({ keepdims: true }),
    new Dropout({ rate: dropout, name: "dropout" }),
    new Conv2D({ filters: classes, kernelSize: 1, padding: "same", name: "conv_preds" }),
    new Reshape({ targetShape: [classes], name: "reshape_2" }),
    new Activation({ activation: classifierActivation, name: "predictions" }),
  );

/** Sizes of images that weights are published for. */
const sizes = [128, 160, 192, 224] as const;
const alphas: Readonly<Record<number, string>> = { 1: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5" };

function published({ alpha, depthMultiplier, includeTop }: Checked, shape: BatchShape): PublishedFile {
  requireOneOf("MobileNet", "depthMultiplier", depthMultiplier, [1]);
  requireOneOf("MobileNet", "alpha", alpha, Object.keys(alphas).map(Number));
  const name = `mobilenet_${alphas[alpha]}_${nearestPublished(shape, sizes)}_tf`;
  return { url: `${publishedAt}mobilenet/${name}${includeTop ? "" : "_no_top"}.h5` };
}

/**
 * MobileNet (Howard et al. 2017, "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications"). 4.3 million
 * weights, images [224, 224, 3] that `mobilenet.preprocessInput` made. K: `applications/mobilenet.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { MobileNet } from "fovea/applications";
 * const model = await MobileNet({ weights: null, alpha: 0.25, inputShape: [32, 32, 3], classes: 10 });
 * model.outputShape; // [null, 10]
 * ```
 */
export function MobileNet(given: MobileNetOptions = {}): Promise<Model> {
  return buildApplication<Checked>(
    {
      title: "MobileNet",
      options,
      image: ({ inputShape }) => ({ size: nearestPublished(inputShape ?? [], sizes), minSize: 32 }),
      name: ({ alpha, weights }, shape) =>
        `mobilenet_${alpha.toFixed(2)}_${weights === "imagenet" ? nearestPublished(shape, sizes) : (shape[0] ?? "None")}`,
      body,
      top,
      published,
    },
    given,
  );
}

/** Pixels of 0 … 255 as MobileNet takes them: -1 … 1. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("tf");
