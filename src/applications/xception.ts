import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { Add } from "../nn/layers/add.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { MaxPooling2D } from "../nn/layers/max-pooling2d.ts";
import { SeparableConv2D } from "../nn/layers/separable-conv2d.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, denseTop, withTopOrNot } from "./application.ts";
import { through } from "./blocks.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { publishedAt } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

const relu = (name: string) => new Activation({ activation: "relu", name });

const convolution = (filters: number, strides: number, name: string): Layer[] => [
  new Conv2D({ filters, kernelSize: 3, strides, useBias: false, name }),
  new BatchNormalization({ name: `${name}_bn` }),
  relu(`${name}_act`),
];

const separable = (filters: number, name: string): Layer[] => [
  new SeparableConv2D({ filters, kernelSize: 3, padding: "same", useBias: false, name }),
  new BatchNormalization({ name: `${name}_bn` }),
];

/** Two separable convolutions and a pooling layer beside a convolution of stride 2. */
function halvingBlock(input: KerasTensor, filters: readonly [number, number], id: number): KerasTensor {
  const shortcut = through(
    input,
    new Conv2D({ filters: filters[1], kernelSize: 1, strides: 2, padding: "same", useBias: false }),
    new BatchNormalization(),
  );
  const x = through(
    input,
    // The activation of the block before has been applied already.
    ...(id === 2 ? [] : [relu(`block${id}_sepconv1_act`)]),
    ...separable(filters[0], `block${id}_sepconv1`),
    relu(`block${id}_sepconv2_act`),
    ...separable(filters[1], `block${id}_sepconv2`),
    new MaxPooling2D({ poolSize: 3, strides: 2, padding: "same", name: `block${id}_pool` }),
  );
  return new Add().apply([x, shortcut]);
}

/** Three separable convolutions beside the input. */
function middleBlock(input: KerasTensor, id: number): KerasTensor {
  const convolutions = [1, 2, 3].flatMap((i) => {
    const name = `block${id}_sepconv${i}`;
    return [relu(`${name}_act`), ...separable(728, name)];
  });
  return new Add().apply([through(input, ...convolutions), input]);
}

function body(image: KerasTensor): KerasTensor {
  let x = through(image, ...convolution(32, 2, "block1_conv1"), ...convolution(64, 1, "block1_conv2"));
  x = halvingBlock(x, [128, 128], 2);
  x = halvingBlock(x, [256, 256], 3);
  x = halvingBlock(x, [728, 728], 4);
  for (let id = 5; id <= 12; id++) x = middleBlock(x, id);
  x = halvingBlock(x, [728, 1024], 13);
  return through(
    x,
    ...separable(1536, "block14_sepconv1"),
    relu("block14_sepconv1_act"),
    ...separable(2048, "block14_sepconv2"),
    relu("block14_sepconv2_act"),
  );
}

const files = `${publishedAt}xception/xception_weights_tf_dim_ordering_tf_kernels`;

/**
 * Xception (Chollet 2017, "Xception: Deep Learning with Depthwise Separable Convolutions"). 22.9 million weights, images
 * [299, 299, 3] that `xception.preprocessInput` made. K: `applications/xception.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { Xception } from "fovea/applications";
 * const base = await Xception({ weights: null, includeTop: false, inputShape: [96, 96, 3] });
 * base.outputShape; // [null, 3, 3, 2048]
 * ```
 */
export function Xception(options: ApplicationOptions = {}): Promise<Model> {
  return buildApplication(
    {
      title: "Xception",
      image: () => ({ size: 299, minSize: 71 }),
      name: () => "xception",
      body,
      top: denseTop("avg_pool"),
      published: withTopOrNot(
        { url: `${files}.h5`, hash: "0a58e3b7378bc2990ea3b43d5981f1f6" },
        { url: `${files}_notop.h5`, hash: "b0042744bf5b25fce3cb969f33bebb97" },
      ),
    },
    options,
  );
}

/** Pixels of 0 … 255 as Xception takes them: -1 … 1. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("tf");
