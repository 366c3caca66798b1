import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { AveragePooling2D } from "../nn/layers/average-pooling2d.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Concatenate } from "../nn/layers/concatenate.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { MaxPooling2D } from "../nn/layers/max-pooling2d.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, denseTop, withTopOrNot } from "./application.ts";
import { through } from "./blocks.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { publishedAt } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** Filters, height and width of a kernel; "halve": stride 2 without padding, "valid": without padding. */
type Convolution = readonly [filters: number, height: number, width: number, mode?: "halve" | "valid"];

/** A chain of convolutions, each with its normalization and ReLU. */
function convolve(x: KerasTensor, ...convolutions: readonly Convolution[]): KerasTensor {
  const layers = convolutions.flatMap(([filters, height, width, mode]) => [
    new Conv2D({
      filters,
      kernelSize: [height, width],
      strides: mode === "halve" ? 2 : 1,
      padding: mode === undefined ? "same" : "valid",
      useBias: false,
    }),
    new BatchNormalization({ scale: false }),
    new Activation({ activation: "relu" }),
  ]);
  return through(x, ...layers);
}

const join = (branches: readonly KerasTensor[], name?: string) =>
  new Concatenate({ axis: 3, name }).apply([...branches]);
const smooth = (x: KerasTensor) => new AveragePooling2D({ poolSize: 3, strides: 1, padding: "same" }).apply(x);
const halve = (x: KerasTensor) => new MaxPooling2D({ poolSize: 3, strides: 2 }).apply(x);

/** 35x35: a 1x1, a 5x5 and two 3x3 convolutions beside each other. */
const wideBlock = (x: KerasTensor, pooled: number, name: string) =>
  join(
    [
      convolve(x, [64, 1, 1]),
      convolve(x, [48, 1, 1], [64, 5, 5]),
      convolve(x, [64, 1, 1], [96, 3, 3], [96, 3, 3]),
      convolve(smooth(x), [pooled, 1, 1]),
    ],
    name,
  );

/** 17x17: kernels of 7x7 as a row and a column, `narrow` channels inside. */
const rowBlock = (x: KerasTensor, narrow: number, name: string) =>
  join(
    [
      convolve(x, [192, 1, 1]),
      convolve(x, [narrow, 1, 1], [narrow, 1, 7], [192, 7, 1]),
      convolve(x, [narrow, 1, 1], [narrow, 7, 1], [narrow, 1, 7], [narrow, 7, 1], [192, 1, 7]),
      convolve(smooth(x), [192, 1, 1]),
    ],
    name,
  );

/** 8x8: kernels of 3x3 as a row beside a column. */
function forkBlock(x: KerasTensor, index: number): KerasTensor {
  const fork = (stem: KerasTensor, name?: string) =>
    join([convolve(stem, [384, 1, 3]), convolve(stem, [384, 3, 1])], name);
  const single = convolve(x, [320, 1, 1]);
  const short = fork(convolve(x, [384, 1, 1]), `mixed9_${index}`);
  const long = fork(convolve(x, [448, 1, 1], [384, 3, 3]));
  return join([single, short, long, convolve(smooth(x), [192, 1, 1])], `mixed${9 + index}`);
}

function body(image: KerasTensor): KerasTensor {
  let x: KerasTensor = halve(convolve(image, [32, 3, 3, "halve"], [32, 3, 3, "valid"], [64, 3, 3]));
  x = halve(convolve(x, [80, 1, 1, "valid"], [192, 3, 3, "valid"]));
  x = wideBlock(x, 32, "mixed0");
  x = wideBlock(x, 64, "mixed1");
  x = wideBlock(x, 64, "mixed2");
  x = join(
    [convolve(x, [384, 3, 3, "halve"]), convolve(x, [64, 1, 1], [96, 3, 3], [96, 3, 3, "halve"]), halve(x)],
    "mixed3",
  );
  x = rowBlock(x, 128, "mixed4");
  x = rowBlock(x, 160, "mixed5");
  x = rowBlock(x, 160, "mixed6");
  x = rowBlock(x, 192, "mixed7");
  x = join(
    [
      convolve(x, [192, 1, 1], [320, 3, 3, "halve"]),
      convolve(x, [192, 1, 1], [192, 1, 7], [192, 7, 1], [192, 3, 3, "halve"]),
      halve(x),
    ],
    "mixed8",
  );
  return forkBlock(forkBlock(x, 0), 1);
}

const files = `${publishedAt}inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels`;

/**
 * Inception v3 (Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision"). 23.9 million weights, images
 * [299, 299, 3] that `inceptionV3.preprocessInput` made. K: `applications/inception_v3.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { InceptionV3 } from "fovea/applications";
 * const base = await InceptionV3({ weights: null, includeTop: false, inputShape: [96, 96, 3] });
 * base.outputShape; // [null, 1, 1, 2048]
 * ```
 */
export function InceptionV3(options: ApplicationOptions = {}): Promise<Model> {
  return buildApplication(
    {
      title: "InceptionV3",
      image: () => ({ size: 299, minSize: 75 }),
      name: () => "inception_v3",
      body,
      top: denseTop("avg_pool"),
      published: withTopOrNot(
        { url: `${files}.h5`, hash: "9a0d58056eeedaa3f26cb7ebd46da564" },
        { url: `${files}_notop.h5`, hash: "bcbd6486424b2319ff4ef7d526e38f63" },
      ),
    },
    options,
  );
}

/** Pixels of 0 … 255 as InceptionV3 takes them: -1 … 1. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("tf");
