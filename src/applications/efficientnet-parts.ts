/** What both generations of EfficientNet share. K: `applications/efficientnet.py`, `efficientnet_v2.py`. */

import { VarianceScaling } from "../nn/initializers/variance-scaling.ts";
import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { Add } from "../nn/layers/add.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { Dense } from "../nn/layers/dense.ts";
import { Dropout } from "../nn/layers/dropout.ts";
import { GlobalAveragePooling2D } from "../nn/layers/global-average-pooling2d.ts";
import { Multiply } from "../nn/layers/multiply.ts";
import { Reshape } from "../nn/layers/reshape.ts";
import type { CheckedOptions } from "./application.ts";
import { channelsOf, through } from "./blocks.ts";

/** How kernels of convolutions are drawn. */
export const convolutionInitializer = () =>
  new VarianceScaling({ scale: 2, mode: "fan_out", distribution: "truncated_normal" });

/** Normalization and swish. */
export const normalized = (momentum: number, normalization: string, activation: string) => [
  new BatchNormalization({ momentum, name: normalization }),
  new Activation({ activation: "swish", name: activation }),
];

export const pointwise = (filters: number, name: string) =>
  new Conv2D({
    filters,
    kernelSize: 1,
    padding: "same",
    useBias: false,
    kernelInitializer: convolutionInitializer(),
    name,
  });

/** Each channel times a factor of 0 … 1 that all channels' means decide, by way of a quarter of the block's input channels. */
export function squeezeAndExcite(x: KerasTensor, inputChannels: number, name: string): KerasTensor {
  const channels = channelsOf(x);
  const options = { kernelSize: 1, padding: "same", kernelInitializer: convolutionInitializer() } as const;
  const filters = Math.max(1, Math.floor(inputChannels / 4));
  const factor = through(
    x,
    new GlobalAveragePooling2D({ name: `${name}se_squeeze` }),
    new Reshape({ targetShape: [1, 1, channels], name: `${name}se_reshape` }),
    new Conv2D({ ...options, filters, activation: "swish", name: `${name}se_reduce` }),
    new Conv2D({ ...options, filters: channels, activation: "sigmoid", name: `${name}se_expand` }),
  );
  return new Multiply({ name: `${name}se_excite` }).apply([x, factor]);
}

/** The input added to a block's output; in training the output of some rows is left out. */
export function residual(input: KerasTensor, x: KerasTensor, dropRate: number, name: string): KerasTensor {
  const kept =
    dropRate === 0 ? x : new Dropout({ rate: dropRate, noiseShape: [null, 1, 1, 1], name: `${name}drop` }).apply(x);
  return new Add({ name: `${name}add` }).apply([kept, input]);
}

/** Share of rows that the last block would leave out; the blocks before leave out less in proportion. */
export const DROP_CONNECT_RATE = 0.2;

/** "block2a_": the stage, counted from 1, and the block in it. */
export const blockName = (stage: number, block: number) => `block${stage + 1}${String.fromCharCode(97 + block)}_`;

export const topOf =
  (dropoutRate: number) =>
  (features: KerasTensor, { classes, classifierActivation }: CheckedOptions): KerasTensor =>
    through(
      features,
      new GlobalAveragePooling2D({ name: "avg_pool" }),
      new Dropout({ rate: dropoutRate, name: "top_dropout" }),
      new Dense({
        units: classes,
        activation: classifierActivation,
        kernelInitializer: new VarianceScaling({ scale: 1 / 3, mode: "fan_out", distribution: "uniform" }),
        name: "predictions",
      }),
    );
