import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { Dense } from "../nn/layers/dense.ts";
import { GlobalAveragePooling2D } from "../nn/layers/global-average-pooling2d.ts";
import { LayerNormalization } from "../nn/layers/layer-normalization.ts";
import { LayerScale } from "../nn/layers/layer-scale.ts";
import { Normalization } from "../nn/layers/normalization.ts";
import { add } from "../nn/operations/arithmetic.ts";
import { flag } from "../nn/option-kinds.ts";
import type { Model } from "../train/model.ts";
import { Sequential } from "../train/sequential.ts";
import { type ApplicationOptions, buildApplication, type CheckedOptions, withTopOrNot } from "./application.ts";
import { channelsOf, through } from "./blocks.ts";
import { type PreprocessInput, passThrough } from "./preprocessing.ts";
import { publishedAt } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Options of `ConvNeXtTiny`. */
export interface ConvNeXtOptions extends ApplicationOptions {
  /** Whether the model scales pixels of 0 … 255 itself. Default true. */
  readonly includePreprocessing?: boolean | undefined;
}

interface Checked extends CheckedOptions {
  readonly includePreprocessing: boolean;
}

const options = { includePreprocessing: /* @__PURE__ */ flag({ default: true }) };

const TINY = "convnext_tiny";

/** Blocks and filters of each stage. */
const stages = [
  [3, 96],
  [3, 192],
  [9, 384],
  [3, 768],
] as const;

/** What the factors of a block's output begin with. */
const FIRST_SCALE = 1e-6;

const normalization = (name?: string) => new LayerNormalization({ epsilon: 1e-6, name });

/** A depthwise convolution of 7x7 and two layers over the channels, added to the input. */
function block(input: KerasTensor, name: string): KerasTensor {
  const filters = channelsOf(input);
  const x = through(
    input,
    new Conv2D({ filters, kernelSize: 7, padding: "same", groups: filters, name: `${name}_depthwise_conv` }),
    normalization(`${name}_layernorm`),
    new Dense({ units: 4 * filters, name: `${name}_pointwise_conv_1` }),
    new Activation({ activation: "gelu", name: `${name}_gelu` }),
    new Dense({ units: filters, name: `${name}_pointwise_conv_2` }),
    new LayerScale({ initValues: FIRST_SCALE, projectionDim: filters, name: `${name}_layer_scale` }),
    new Activation({ activation: "linear", name: `${name}_identity` }),
  );
  return add(input, x);
}

/** Before the first stage patches of 4x4 become a place each; before each other one, patches of 2x2. */
function downsampling(stage: number, filters: number, name: string): Sequential {
  if (stage === 0)
    return new Sequential(
      [
        new Conv2D({ filters, kernelSize: 4, strides: 4, name: `${name}_stem_conv` }),
        normalization(`${name}_stem_layernorm`),
      ],
      { name: `${name}_stem` },
    );
  const i = stage - 1;
  return new Sequential(
    [
      normalization(`${name}_downsampling_layernorm_${i}`),
      new Conv2D({ filters, kernelSize: 2, strides: 2, name: `${name}_downsampling_conv_${i}` }),
    ],
    { name: `${name}_downsampling_block_${i}` },
  );
}

/** Pixels by ImageNet's statistics. */
const colorNormalization = (name: string) =>
  new Normalization({
    mean: [0.485, 0.456, 0.406].map((mean) => mean * 255),
    variance: [0.229, 0.224, 0.225].map((deviation) => (deviation * 255) ** 2),
    name: `${name}_prestem_normalization`,
  });

function body(image: KerasTensor, { includePreprocessing, name: given }: Checked): KerasTensor {
  const name = given ?? TINY;
  let x = includePreprocessing && channelsOf(image) === 3 ? colorNormalization(name).apply(image) : image;
  stages.forEach(([blocks, filters], stage) => {
    x = downsampling(stage, filters, name).apply(x);
    for (let i = 0; i < blocks; i++) x = block(x, `${name}_stage_${stage}_block_${i}`);
  });
  return x;
}

function top(features: KerasTensor, { classes, classifierActivation, name: given }: Checked): KerasTensor {
  const name = given ?? TINY;
  return through(
    features,
    new GlobalAveragePooling2D({ name: `${name}_head_gap` }),
    normalization(`${name}_head_layernorm`),
    new Dense({ units: classes, activation: classifierActivation, name: `${name}_head_dense` }),
  );
}

const files = `${publishedAt}convnext/${TINY}`;

/**
 * ConvNeXt, tiny (Liu et al. 2022, "A ConvNet for the 2020s"). 28.6 million weights, images [224, 224, 3] with pixels of 0 … 255.
 * K: `applications/convnext.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { ConvNeXtTiny } from "fovea/applications";
 * const base = await ConvNeXtTiny({ weights: null, includeTop: false, inputShape: [64, 64, 3] });
 * base.outputShape; // [null, 2, 2, 768]
 * ```
 */
export function ConvNeXtTiny(given: ConvNeXtOptions = {}): Promise<Model> {
  return buildApplication<Checked>(
    {
      title: "ConvNeXtTiny",
      options,
      image: () => ({ size: 224, minSize: 32 }),
      name: () => TINY,
      body,
      top,
      afterPooling: (features) => normalization().apply(features),
      published: withTopOrNot(
        { url: `${files}.h5`, hash: "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff" },
        { url: `${files}_notop.h5`, hash: "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1" },
      ),
    },
    given,
  );
}

/** Gives pixels back as they are: the model scales them itself. */
export const preprocessInput: PreprocessInput = passThrough;
