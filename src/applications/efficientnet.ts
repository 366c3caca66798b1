import type { KerasTensor } from "../nn/keras-tensor.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { DepthwiseConv2D } from "../nn/layers/depthwise-conv2d.ts";
import { Normalization } from "../nn/layers/normalization.ts";
import { Rescaling } from "../nn/layers/rescaling.ts";
import { ZeroPadding2D } from "../nn/layers/zero-padding2d.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, type CheckedOptions, withTopOrNot } from "./application.ts";
import { channelsOf, halvingPad, roundChannels, through } from "./blocks.ts";
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

export { decodePredictions } from "./imagenet-utils.ts";

/** One of the published nets: factors of the numbers of filters and blocks, and the images that go with them. */
interface Variant {
  readonly name: string;
  readonly width: number;
  readonly depth: number;
  readonly size: number;
  readonly dropoutRate: number;
  /** MD5 of the weights with the top, and without. */
  readonly hashes: readonly [string, string];
}

/** The stages of B0: blocks, filters, how much wider a block is inside, kernel size, and the stride of the first block. */
const stages = [
  [1, 16, 1, 3, 1],
  [2, 24, 6, 3, 2],
  [2, 40, 6, 5, 2],
  [3, 80, 6, 3, 2],
  [3, 112, 6, 5, 1],
  [4, 192, 6, 5, 2],
  [1, 320, 6, 3, 1],
] as const;

const MOMENTUM = 0.99;

/** Deviations of ImageNet's channels, whose roots the published weights need once more. */
const deviations = [0.229, 0.224, 0.225];

interface Block {
  readonly filters: number;
  readonly expansion: number;
  readonly kernelSize: number;
  readonly strides: 1 | 2;
  readonly dropRate: number;
}

function block(input: KerasTensor, { filters, expansion, kernelSize, strides, dropRate }: Block, name: string) {
  const channels = channelsOf(input);
  let x = input;
  if (expansion > 1)
    x = through(
      x,
      pointwise(channels * expansion, `${name}expand_conv`),
      ...normalized(MOMENTUM, `${name}expand_bn`, `${name}expand_activation`),
    );
  if (strides === 2) x = new ZeroPadding2D({ padding: halvingPad(x, kernelSize), name: `${name}dwconv_pad` }).apply(x);
  x = through(
    x,
    new DepthwiseConv2D({
      kernelSize,
      strides,
      padding: strides === 2 ? "valid" : "same",
      useBias: false,
      depthwiseInitializer: convolutionInitializer(),
      name: `${name}dwconv`,
    }),
    ...normalized(MOMENTUM, `${name}bn`, `${name}activation`),
  );
  x = through(
    squeezeAndExcite(x, channels, name),
    pointwise(filters, `${name}project_conv`),
    new BatchNormalization({ name: `${name}project_bn` }),
  );
  return strides === 1 && channels === filters ? residual(input, x, dropRate, name) : x;
}

const bodyOf =
  ({ width, depth }: Variant) =>
  (image: KerasTensor, { weights }: CheckedOptions): KerasTensor => {
    const filtersOf = (filters: number) => roundChannels(filters * width);
    const blocksOf = (blocks: number) => Math.ceil(blocks * depth);
    let x = through(image, new Rescaling({ scale: 1 / 255 }), new Normalization({ axis: 3 }));
    if (weights === "imagenet") x = new Rescaling({ scale: deviations.map((each) => 1 / Math.sqrt(each)) }).apply(x);
    x = through(
      x,
      new ZeroPadding2D({ padding: halvingPad(x, 3), name: "stem_conv_pad" }),
      new Conv2D({
        filters: filtersOf(32),
        kernelSize: 3,
        strides: 2,
        useBias: false,
        kernelInitializer: convolutionInitializer(),
        name: "stem_conv",
      }),
      ...normalized(MOMENTUM, "stem_bn", "stem_activation"),
    );
    const count = stages.reduce((sum, [blocks]) => sum + blocksOf(blocks), 0);
    let before = 0;
    stages.forEach(([blocks, filters, expansion, kernelSize, strides], stage) => {
      for (let i = 0; i < blocksOf(blocks); i++) {
        const dropRate = (DROP_CONNECT_RATE * before++) / count;
        const shape = { filters: filtersOf(filters), expansion, kernelSize, strides: i === 0 ? strides : 1 } as const;
        x = block(x, { ...shape, dropRate }, blockName(stage, i));
      }
    });
    return through(x, pointwise(filtersOf(1280), "top_conv"), ...normalized(MOMENTUM, "top_bn", "top_activation"));
  };

function build(title: string, variant: Variant, options: ApplicationOptions): Promise<Model> {
  const { name, size, dropoutRate, hashes } = variant;
  const url = `https://storage.googleapis.com/keras-applications/${name}`;
  return buildApplication(
    {
      title,
      image: () => ({ size, minSize: 32 }),
      name: () => name,
      body: bodyOf(variant),
      top: topOf(dropoutRate),
      poolNames: { avg: "avg_pool", max: "max_pool" },
      published: withTopOrNot({ url: `${url}.h5`, hash: hashes[0] }, { url: `${url}_notop.h5`, hash: hashes[1] }),
    },
    options,
  );
}

/**
 * EfficientNetB0 (Tan and Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks"). 5.3 million weights,
 * images [224, 224, 3] with pixels of 0 … 255. K: `applications/efficientnet.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { EfficientNetB0 } from "fovea/applications";
 * const base = await EfficientNetB0({ weights: null, includeTop: false, pooling: "avg" });
 * base.outputShape; // [null, 1280]
 * ```
 */
export function EfficientNetB0(options: ApplicationOptions = {}): Promise<Model> {
  const hashes = ["902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"] as const;
  const variant = { name: "efficientnetb0", width: 1, depth: 1, size: 224, dropoutRate: 0.2, hashes };
  return build("EfficientNetB0", variant, options);
}

/** EfficientNetB1: 7.9 million weights, images [240, 240, 3]; else as `EfficientNetB0`. K: `applications/efficientnet.py`. */
export function EfficientNetB1(options: ApplicationOptions = {}): Promise<Model> {
  const hashes = ["1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"] as const;
  const variant = { name: "efficientnetb1", width: 1, depth: 1.1, size: 240, dropoutRate: 0.2, hashes };
  return build("EfficientNetB1", variant, options);
}

/** EfficientNetB2: 9.2 million weights, images [260, 260, 3]; else as `EfficientNetB0`. K: `applications/efficientnet.py`. */
export function EfficientNetB2(options: ApplicationOptions = {}): Promise<Model> {
  const hashes = ["b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"] as const;
  const variant = { name: "efficientnetb2", width: 1.1, depth: 1.2, size: 260, dropoutRate: 0.3, hashes };
  return build("EfficientNetB2", variant, options);
}

/** EfficientNetB3: 12.3 million weights, images [300, 300, 3]; else as `EfficientNetB0`. K: `applications/efficientnet.py`. */
export function EfficientNetB3(options: ApplicationOptions = {}): Promise<Model> {
  const hashes = ["ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"] as const;
  const variant = { name: "efficientnetb3", width: 1.2, depth: 1.4, size: 300, dropoutRate: 0.3, hashes };
  return build("EfficientNetB3", variant, options);
}

/** Gives pixels back as they are: the model scales them itself. */
export const preprocessInput: PreprocessInput = passThrough;
