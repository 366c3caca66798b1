/** What both generations of ResNet share. K: `applications/resnet.py`. */
import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { MaxPooling2D } from "../nn/layers/max-pooling2d.ts";
import { ZeroPadding2D } from "../nn/layers/zero-padding2d.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, denseTop, withTopOrNot } from "./application.ts";
import { through } from "./blocks.ts";
import { publishedAt } from "./published-file.ts";

/** Normalization and ReLU, named after the layer before. */
export const normalization = (name: string) => new BatchNormalization({ epsilon: 1.001e-5, name: `${name}_bn` });
export const normalizedRelu = (name: string) => [
  normalization(name),
  new Activation({ activation: "relu", name: `${name}_relu` }),
];

/** One of the published nets. */
export interface ResNetVariant {
  readonly title: string;
  readonly name: string;
  /** Blocks of each of the four stages. */
  readonly blocks: readonly [number, number, number, number];
  /** MD5 of the weights with the top, and without. */
  readonly hashes: readonly [string, string];
}

/** What a generation makes of the images before and after the stages, and of a stage. */
export interface ResNetGeneration {
  /** After the first convolution. */
  readonly afterStem: (x: KerasTensor) => KerasTensor;
  /** Stage `index` of `blocks` blocks, `filters` wide inside. */
  readonly stage: (x: KerasTensor, filters: number, blocks: number, index: number) => KerasTensor;
  readonly afterStages: (x: KerasTensor) => KerasTensor;
}

/** Filters inside of the blocks of each stage; a block gives four times as many. */
const filters = [64, 128, 256, 512] as const;

export function buildResNet(
  { title, name, blocks, hashes }: ResNetVariant,
  { afterStem, stage, afterStages }: ResNetGeneration,
  options: ApplicationOptions,
): Promise<Model> {
  const files = `${publishedAt}resnet/${name}_weights_tf_dim_ordering_tf_kernels`;
  const body = (image: KerasTensor) => {
    const stem = through(
      image,
      new ZeroPadding2D({ padding: 3, name: "conv1_pad" }),
      new Conv2D({ filters: 64, kernelSize: 7, strides: 2, name: "conv1_conv" }),
    );
    const small = through(
      afterStem(stem),
      new ZeroPadding2D({ padding: 1, name: "pool1_pad" }),
      new MaxPooling2D({ poolSize: 3, strides: 2, name: "pool1_pool" }),
    );
    return afterStages(blocks.reduce((x, count, i) => stage(x, filters[i]!, count, i), small));
  };
  return buildApplication(
    {
      title,
      image: () => ({ size: 224, minSize: 32 }),
      name: () => name,
      body,
      top: denseTop("avg_pool"),
      poolNames: { avg: "avg_pool", max: "max_pool" },
      published: withTopOrNot({ url: `${files}.h5`, hash: hashes[0] }, { url: `${files}_notop.h5`, hash: hashes[1] }),
    },
    options,
  );
}
