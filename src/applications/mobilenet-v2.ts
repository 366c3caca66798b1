import type { BatchShape, KerasTensor } from "../nn/keras-tensor.ts";
import { Add } from "../nn/layers/add.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { DepthwiseConv2D } from "../nn/layers/depthwise-conv2d.ts";
import { ReLU } from "../nn/layers/relu.ts";
import { ZeroPadding2D } from "../nn/layers/zero-padding2d.ts";
import { number } from "../nn/option-kinds.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, type CheckedOptions, denseTop } from "./application.ts";
import { channelsOf, halvingPad, roundChannels, through } from "./blocks.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { nearestPublished, type PublishedFile, publishedAt, requireOneOf } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Options of `MobileNetV2`. */
export interface MobileNetV2Options extends ApplicationOptions {
  /** Width: factor of all numbers of filters, which are then rounded to multiples of 8. Default 1. */
  readonly alpha?: number | undefined;
}

interface Checked extends CheckedOptions {
  readonly alpha: number;
}

const options = { alpha: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }) };

/** Filters, blocks, and the stride of the first block of each stage. */
const stages = [
  [16, 1, 1],
  [24, 2, 2],
  [32, 3, 2],
  [64, 4, 2],
  [96, 3, 1],
  [160, 3, 2],
  [320, 1, 1],
] as const;

const normalization = (name: string) => new BatchNormalization({ epsilon: 1e-3, momentum: 0.999, name });
const relu6 = (name: string) => new ReLU({ maxValue: 6, name });
const pointwise = (filters: number, name: string) =>
  new Conv2D({ filters, kernelSize: 1, padding: "same", useBias: false, name });

/** Wider channels, a depthwise convolution, narrow channels again; and the input added where the shapes are equal. */
function invertedResidual(input: KerasTensor, filters: number, strides: 1 | 2, id: number): KerasTensor {
  const channels = channelsOf(input);
  const prefix = id === 0 ? "expanded_conv_" : `block_${id}_`;
  let x = input;
  if (id > 0)
    x = through(
      x,
      pointwise(6 * channels, `${prefix}expand`),
      normalization(`${prefix}expand_BN`),
      relu6(`${prefix}expand_relu`),
    );
  if (strides === 2) x = new ZeroPadding2D({ padding: halvingPad(x, 3), name: `${prefix}pad` }).apply(x);
  const padding = strides === 1 ? "same" : "valid";
  x = through(
    x,
    new DepthwiseConv2D({ kernelSize: 3, strides, padding, useBias: false, name: `${prefix}depthwise` }),
    normalization(`${prefix}depthwise_BN`),
    relu6(`${prefix}depthwise_relu`),
    pointwise(filters, `${prefix}project`),
    normalization(`${prefix}project_BN`),
  );
  return channels === filters && strides === 1 ? new Add({ name: `${prefix}add` }).apply([input, x]) : x;
}

function body(image: KerasTensor, { alpha }: Checked): KerasTensor {
  let x = through(
    image,
    new Conv2D({
      filters: roundChannels(32 * alpha),
      kernelSize: 3,
      strides: 2,
      padding: "same",
      useBias: false,
      name: "Conv1",
    }),
    normalization("bn_Conv1"),
    relu6("Conv1_relu"),
  );
  let id = 0;
  for (const [filters, blocks, strides] of stages)
    for (let i = 0; i < blocks; i++)
      x = invertedResidual(x, roundChannels(Math.trunc(filters * alpha)), i === 0 ? strides : 1, id++);
  // As in the paper, a narrow net keeps the width of its last layer.
  const filters = alpha > 1 ? roundChannels(1280 * alpha) : 1280;
  return through(
    x,
    new Conv2D({ filters, kernelSize: 1, useBias: false, name: "Conv_1" }),
    normalization("Conv_1_bn"),
    relu6("out_relu"),
  );
}

/** Sizes of images and widths that weights are published for. */
const sizes = [96, 128, 160, 192, 224] as const;
const alphas = [0.35, 0.5, 0.75, 1, 1.3, 1.4] as const;

function published({ alpha, includeTop }: Checked, shape: BatchShape): PublishedFile {
  requireOneOf("MobileNetV2", "alpha", alpha, alphas);
  const width = alpha === 1 ? "1.0" : String(alpha);
  const name = `mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${width}_${nearestPublished(shape, sizes)}`;
  return { url: `${publishedAt}mobilenet_v2/${name}${includeTop ? "" : "_no_top"}.h5` };
}

/**
 * MobileNetV2 (Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks"). 3.5 million weights, images
 * [224, 224, 3] that `mobilenetV2.preprocessInput` made. K: `applications/mobilenet_v2.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { MobileNetV2 } from "fovea/applications";
 * const base = await MobileNetV2({ weights: null, alpha: 0.35, includeTop: false, pooling: "avg", inputShape: [96, 96, 3] });
 * base.outputShape; // [null, 1280]
 * ```
 */
export function MobileNetV2(given: MobileNetV2Options = {}): Promise<Model> {
  return buildApplication<Checked>(
    {
      title: "MobileNetV2",
      options,
      image: ({ inputShape }) => ({ size: nearestPublished(inputShape ?? [], sizes), minSize: 32 }),
      name: ({ alpha, weights }, shape) =>
        `mobilenetv2_${alpha.toFixed(2)}_${weights === "imagenet" ? nearestPublished(shape, sizes) : (shape[0] ?? "None")}`,
      body,
      top: denseTop(),
      published,
    },
    given,
  );
}

/** Pixels of 0 … 255 as MobileNetV2 takes them: -1 … 1. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("tf");
