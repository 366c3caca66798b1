import type { KerasTensor } from "../nn/keras-tensor.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { DepthwiseConv2D } from "../nn/layers/depthwise-conv2d.ts";
import { Normalization } from "../nn/layers/normalization.ts";
import { Rescaling } from "../nn/layers/rescaling.ts";
import { flag } from "../nn/option-kinds.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, type CheckedOptions, withTopOrNot } from "./application.ts";
import { channelsOf, through } from "./blocks.ts";
import {
  blockName,
  convolutionInitializer,
  DROP_CONNECT_RATE,
  normalized,
  pointwise,
  residual,
  squeezeAndExcite,
  topOf,
} from "./efficientnet-parts.ts";
import { type PreprocessInput, passThrough } from "./preprocessing.ts";
import { publishedAt } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Options of `EfficientNetV2B0`. */
export interface EfficientNetV2Options extends ApplicationOptions {
  /** Whether the model scales pixels of 0 … 255 itself. Default true. */
  readonly includePreprocessing?: boolean | undefined;
}

interface Checked extends CheckedOptions {
  readonly includePreprocessing: boolean;
}

const options = { includePreprocessing: /* @__PURE__ */ flag({ default: true }) };

/** The stages of B0: blocks, filters, how much wider a block is inside, the stride of the first block, and the kind of block. */
const stages = [
  [1, 16, 1, 1, "fused"],
  [2, 32, 4, 2, "fused"],
  [2, 48, 4, 2, "fused"],
  [3, 96, 4, 2, "depthwise"],
  [5, 112, 6, 1, "depthwise"],
  [8, 192, 6, 2, "depthwise"],
] as const;

const MOMENTUM = 0.9;

const convolution = (filters: number, strides: number, name: string) =>
  new Conv2D({
    filters,
    kernelSize: 3,
    strides,
    padding: "same",
    useBias: false,
    kernelInitializer: convolutionInitializer(),
    name,
  });

interface Block {
  readonly filters: number;
  readonly expansion: number;
  readonly strides: 1 | 2;
}

/** Wider, a depthwise convolution, squeeze and excite, narrow again. */
function depthwiseBlock(input: KerasTensor, { filters, expansion, strides }: Block, name: string): KerasTensor {
  const channels = channelsOf(input);
  const x = through(
    input,
    pointwise(channels * expansion, `${name}expand_conv`),
    ...normalized(MOMENTUM, `${name}expand_bn`, `${name}expand_activation`),
    new DepthwiseConv2D({
      kernelSize: 3,
      strides,
      padding: "same",
      useBias: false,
      depthwiseInitializer: convolutionInitializer(),
      name: `${name}dwconv2`,
    }),
    ...normalized(MOMENTUM, `${name}bn`, `${name}activation`),
  );
  return through(
    squeezeAndExcite(x, channels, name),
    pointwise(filters, `${name}project_conv`),
    new BatchNormalization({ momentum: MOMENTUM, name: `${name}project_bn` }),
  );
}

/** One whole convolution in the place of the first two. */
function fusedBlock(input: KerasTensor, { filters, expansion, strides }: Block, name: string): KerasTensor {
  if (expansion === 1)
    return through(
      input,
      convolution(filters, strides, `${name}project_conv`),
      ...normalized(MOMENTUM, `${name}project_bn`, `${name}project_activation`),
    );
  return through(
    input,
    convolution(channelsOf(input) * expansion, strides, `${name}expand_conv`),
    ...normalized(MOMENTUM, `${name}expand_bn`, `${name}expand_activation`),
    pointwise(filters, `${name}project_conv`),
    new BatchNormalization({ momentum: MOMENTUM, name: `${name}project_bn` }),
  );
}

/** Colours by ImageNet's statistics; other numbers of channels to -1 … 1. */
const preprocessed = (image: KerasTensor) =>
  channelsOf(image) === 3
    ? through(
        image,
        new Rescaling({ scale: 1 / 255 }),
        new Normalization({
          mean: [0.485, 0.456, 0.406],
          variance: [0.229 ** 2, 0.224 ** 2, 0.225 ** 2],
          axis: 3,
        }),
      )
    : new Rescaling({ scale: 1 / 128, offset: -1 }).apply(image);

function body(image: KerasTensor, { includePreprocessing }: Checked): KerasTensor {
  let x = through(
    includePreprocessing ? preprocessed(image) : image,
    convolution(32, 2, "stem_conv"),
    ...normalized(MOMENTUM, "stem_bn", "stem_activation"),
  );
  const count = stages.reduce((sum, [blocks]) => sum + blocks, 0);
  let before = 0;
  stages.forEach(([blocks, filters, expansion, firstStrides, kind], stage) => {
    for (let i = 0; i < blocks; i++) {
      const dropRate = (DROP_CONNECT_RATE * before++) / count;
      const strides = i === 0 ? firstStrides : 1;
      const name = blockName(stage, i);
      const made = (kind === "fused" ? fusedBlock : depthwiseBlock)(x, { filters, expansion, strides }, name);
      x = strides === 1 && channelsOf(x) === filters ? residual(x, made, dropRate, name) : made;
    }
  });
  return through(x, pointwise(1280, "top_conv"), ...normalized(MOMENTUM, "top_bn", "top_activation"));
}

const files = `${publishedAt}efficientnet_v2/efficientnetv2-b0`;

/**
 * EfficientNetV2B0 (Tan and Le 2021, "EfficientNetV2: Smaller Models and Faster Training"). 7.2 million weights, images [224, 224, 3]
 * with pixels of 0 … 255. K: `applications/efficientnet_v2.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { EfficientNetV2B0 } from "fovea/applications";
 * const base = await EfficientNetV2B0({ weights: null, includeTop: false, pooling: "avg" });
 * base.outputShape; // [null, 1280]
 * ```
 */
export function EfficientNetV2B0(given: EfficientNetV2Options = {}): Promise<Model> {
  return buildApplication<Checked>(
    {
      title: "EfficientNetV2B0",
      options,
      image: () => ({ size: 224, minSize: 32 }),
      name: () => "efficientnetv2-b0",
      body,
      top: topOf(0.2),
      poolNames: { avg: "avg_pool", max: "max_pool" },
      published: withTopOrNot(
        { url: `${files}.h5`, hash: "21ecbf6da12460d5c40bb2f29ceb2188" },
        { url: `${files}_notop.h5`, hash: "893217f2bb855e2983157299931e43ff" },
      ),
    },
    given,
  );
}

/** Gives pixels back as they are: the model scales them itself. */
export const preprocessInput: PreprocessInput = passThrough;
