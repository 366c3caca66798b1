import type { BatchShape, KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { Add } from "../nn/layers/add.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { DepthwiseConv2D } from "../nn/layers/depthwise-conv2d.ts";
import { Dropout } from "../nn/layers/dropout.ts";
import { Flatten } from "../nn/layers/flatten.ts";
import { GlobalAveragePooling2D } from "../nn/layers/global-average-pooling2d.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { Multiply } from "../nn/layers/multiply.ts";
import { ReLU } from "../nn/layers/relu.ts";
import { Rescaling } from "../nn/layers/rescaling.ts";
import { ZeroPadding2D } from "../nn/layers/zero-padding2d.ts";
import { add, multiply } from "../nn/operations/arithmetic.ts";
import { flag, number } from "../nn/option-kinds.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, type Architecture, buildApplication, type CheckedOptions } from "./application.ts";
import { channelsOf, halvingPad, roundChannels, through } from "./blocks.ts";
import { type PreprocessInput, passThrough } from "./preprocessing.ts";
import { type PublishedFile, publishedAt, requireOneOf } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Options of `MobileNetV3Small` and `MobileNetV3Large`. */
export interface MobileNetV3Options extends ApplicationOptions {
  /** Width: factor of all numbers of filters, which are then rounded to multiples of 8. Default 1. */
  readonly alpha?: number | undefined;
  /** Without squeeze-and-excite, hard-swish and kernels of 5x5. Default false. */
  readonly minimalistic?: boolean | undefined;
  /** Share of the features that dropout sets to 0 before the classifier. Default 0.2. */
  readonly dropoutRate?: number | undefined;
  /** Whether the model scales pixels of 0 … 255 itself. Default true. */
  readonly includePreprocessing?: boolean | undefined;
}

interface Checked extends CheckedOptions {
  readonly alpha: number;
  readonly minimalistic: boolean;
  readonly dropoutRate: number;
  readonly includePreprocessing: boolean;
}

const options = {
  alpha: /* @__PURE__ */ number({ min: 0, open: true, default: 1 }),
  minimalistic: /* @__PURE__ */ flag({ default: false }),
  dropoutRate: /* @__PURE__ */ number({ min: 0, max: 1, default: 0.2 }),
  includePreprocessing: /* @__PURE__ */ flag({ default: true }),
};

/**
 * A block: how much wider it is inside, its filters before `alpha`, and its stride. `se`: squeeze and excite. "relu" keeps ReLU and
 * a kernel of 3x3; "swish" takes hard-swish; "wide" both hard-swish and a kernel of 5x5, and "wide-relu" the kernel alone.
 */
type Block = readonly [
  expansion: number,
  filters: number,
  strides: 1 | 2,
  kind: "relu" | "swish" | "wide" | "wide-relu",
  se?: "se",
];

const small: readonly Block[] = [
  [1, 16, 2, "relu", "se"],
  [72 / 16, 24, 2, "relu"],
  [88 / 24, 24, 1, "relu"],
  [4, 40, 2, "wide", "se"],
  [6, 40, 1, "wide", "se"],
  [6, 40, 1, "wide", "se"],
  [3, 48, 1, "wide", "se"],
  [3, 48, 1, "wide", "se"],
  [6, 96, 2, "wide", "se"],
  [6, 96, 1, "wide", "se"],
  [6, 96, 1, "wide", "se"],
];

const large: readonly Block[] = [
  [1, 16, 1, "relu"],
  [4, 24, 2, "relu"],
  [3, 24, 1, "relu"],
  [3, 40, 2, "wide-relu", "se"],
  [3, 40, 1, "wide-relu", "se"],
  [3, 40, 1, "wide-relu", "se"],
  [6, 80, 2, "swish"],
  [2.5, 80, 1, "swish"],
  [2.3, 80, 1, "swish"],
  [2.3, 80, 1, "swish"],
  [6, 112, 1, "swish", "se"],
  [6, 112, 1, "swish", "se"],
  [6, 160, 2, "wide", "se"],
  [6, 160, 1, "wide", "se"],
  [6, 160, 1, "wide", "se"],
];

const normalization = (name: string) => new BatchNormalization({ epsilon: 1e-3, momentum: 0.999, name });
const pointwise = (filters: number, name: string, useBias = false) =>
  new Conv2D({ filters, kernelSize: 1, padding: "same", useBias, name });

/** The activation of the wide layers: hard-swish, or ReLU where simple hardware is to run the net. */
const activationOf = ({ minimalistic }: Checked): Layer =>
  minimalistic ? new ReLU() : new Activation({ activation: "hard_swish" });

/** Each channel times a factor of 0 … 1 that all channels' means decide. */
function squeezeAndExcite(x: KerasTensor, prefix: string): KerasTensor {
  const filters = channelsOf(x);
  const name = (part: string) => `${prefix}squeeze_excite_${part}`;
  const squeezed = through(
    x,
    new GlobalAveragePooling2D({ keepdims: true, name: name("avg_pool") }),
    pointwise(roundChannels(filters / 4), name("conv"), true),
    new ReLU({ name: name("relu") }),
    pointwise(filters, name("conv_1"), true),
  );
  // A hard sigmoid.
  const factor = multiply(new ReLU({ maxValue: 6 }).apply(add(squeezed, 3)), 1 / 6);
  return new Multiply({ name: name("mul") }).apply([x, factor]);
}

function invertedResidual(input: KerasTensor, block: Block, id: number, given: Checked): KerasTensor {
  const [expansion, filtersBefore, strides, kind, se] = block;
  const channels = channelsOf(input);
  const filters = roundChannels(filtersBefore * given.alpha);
  const kernelSize = kind.startsWith("wide") && !given.minimalistic ? 5 : 3;
  const activate = () => (kind.endsWith("relu") ? new ReLU() : activationOf(given));
  const prefix = id === 0 ? "expanded_conv_" : `expanded_conv_${id}_`;
  let x = input;
  if (id > 0)
    x = through(
      x,
      pointwise(roundChannels(channels * expansion), `${prefix}expand`),
      normalization(`${prefix}expand_bn`),
      activate(),
    );
  if (strides === 2)
    x = new ZeroPadding2D({ padding: halvingPad(x, kernelSize), name: `${prefix}depthwise_pad` }).apply(x);
  const padding = strides === 1 ? "same" : "valid";
  x = through(
    x,
    new DepthwiseConv2D({ kernelSize, strides, padding, useBias: false, name: `${prefix}depthwise` }),
    normalization(`${prefix}depthwise_bn`),
    activate(),
  );
  if (se === "se" && !given.minimalistic) x = squeezeAndExcite(x, prefix);
  x = through(x, pointwise(filters, `${prefix}project`), normalization(`${prefix}project_bn`));
  return strides === 1 && channels === filters ? new Add({ name: `${prefix}add` }).apply([input, x]) : x;
}

const bodyOf = (blocks: readonly Block[]) => (image: KerasTensor, given: Checked) => {
  const scaled = given.includePreprocessing ? new Rescaling({ scale: 1 / 127.5, offset: -1 }).apply(image) : image;
  let x = through(
    scaled,
    new Conv2D({ filters: 16, kernelSize: 3, strides: 2, padding: "same", useBias: false, name: "conv" }),
    normalization("conv_bn"),
    activationOf(given),
  );
  blocks.forEach((block, id) => {
    x = invertedResidual(x, block, id, given);
  });
  return through(
    x,
    pointwise(roundChannels(channelsOf(x) * 6), "conv_1"),
    normalization("conv_1_bn"),
    activationOf(given),
  );
};

const topOf = (filters: number) => (features: KerasTensor, given: Checked) => {
  const { alpha, dropoutRate, classes, classifierActivation } = given;
  return through(
    features,
    new GlobalAveragePooling2D({ keepdims: true }),
    pointwise(alpha > 1 ? roundChannels(filters * alpha) : filters, "conv_2", true),
    activationOf(given),
    ...(dropoutRate > 0 ? [new Dropout({ rate: dropoutRate })] : []),
    pointwise(classes, "logits", true),
    new Flatten(),
    new Activation({ activation: classifierActivation, name: "predictions" }),
  );
};

/** MD5 of the weights with the top and without, by size, kind and width. */
const hashes: Readonly<Record<string, readonly [string, string]>> = {
  "large_224_0.75_float": ["765b44a33ad4005b3ac83185abf1d0eb", "40af19a13ebea4e2ee0c676887f69a2e"],
  "large_224_1.0_float": ["59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"],
  "large_minimalistic_224_1.0_float": ["675e7b876c45c57e9e63e6d90a36599c", "ec5221f64a2f6d1ef965a614bdae7973"],
  "small_224_0.75_float": ["cb65d4e5be93758266aa0a7f2c6708b7", "ebdb5cc8e0b497cd13a7c275d475c819"],
  "small_224_1.0_float": ["8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"],
  "small_minimalistic_224_1.0_float": ["99cd97fb2fcdad2bf028eb838de69e37", "cde8136e733e811080d9fcd8a252f7e4"],
};

const publishedOf =
  (title: string, size: "small" | "large") =>
  ({ alpha, minimalistic, includeTop }: Checked, _shape: BatchShape): PublishedFile => {
    requireOneOf(title, "alpha", alpha, minimalistic ? [1] : [0.75, 1]);
    const name = `${size}${minimalistic ? "_minimalistic" : ""}_224_${alpha === 1 ? "1.0" : alpha}_float`;
    const url = `${publishedAt}mobilenet_v3/weights_mobilenet_v3_${name}`;
    const [top, noTop] = hashes[name]!;
    return includeTop ? { url: `${url}.h5`, hash: top } : { url: `${url}_no_top_v2.h5`, hash: noTop };
  };

const architecture = (
  title: string,
  size: "small" | "large",
  blocks: readonly Block[],
  topFilters: number,
): Architecture<Checked> => ({
  title,
  options,
  image: () => ({ size: 224, minSize: 32, anySize: true }),
  name: () => title,
  body: bodyOf(blocks),
  top: topOf(topFilters),
  poolNames: { avg: "avg_pool", max: "max_pool" },
  published: publishedOf(title, size),
});

/**
 * MobileNetV3, small (Howard et al. 2019, "Searching for MobileNetV3"). 2.6 million weights, images of any size [height, width, 3]
 * with pixels of 0 … 255. K: `applications/mobilenet_v3.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { MobileNetV3Small } from "fovea/applications";
 * const model = await MobileNetV3Small({ weights: null, classes: 10 });
 * model.inputShape; // [null, null, null, 3]
 * ```
 */
export function MobileNetV3Small(given: MobileNetV3Options = {}): Promise<Model> {
  return buildApplication(architecture("MobileNetV3Small", "small", small, 1024), given);
}

/**
 * MobileNetV3, large (Howard et al. 2019). 5.5 million weights, images of any size [height, width, 3] with pixels of 0 … 255.
 * K: `applications/mobilenet_v3.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { MobileNetV3Large } from "fovea/applications";
 * const base = await MobileNetV3Large({ weights: null, includeTop: false, pooling: "avg" });
 * base.outputShape; // [null, 960]
 * ```
 */
export function MobileNetV3Large(given: MobileNetV3Options = {}): Promise<Model> {
  return buildApplication(architecture("MobileNetV3Large", "large", large, 1280), given);
}

/** Gives pixels back as they are: the model scales them itself. */
export const preprocessInput: PreprocessInput = passThrough;
