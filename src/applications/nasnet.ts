import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Activation } from "../nn/layers/activation.ts";
import { Add } from "../nn/layers/add.ts";
import { AveragePooling2D } from "../nn/layers/average-pooling2d.ts";
import { BatchNormalization } from "../nn/layers/batch-normalization.ts";
import { Concatenate } from "../nn/layers/concatenate.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { Cropping2D } from "../nn/layers/cropping2d.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { MaxPooling2D } from "../nn/layers/max-pooling2d.ts";
import { SeparableConv2D } from "../nn/layers/separable-conv2d.ts";
import { ZeroPadding2D } from "../nn/layers/zero-padding2d.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, denseTop, withTopOrNot } from "./application.ts";
import { channelsOf, halvingPad, through } from "./blocks.ts";
import { type PreprocessInput, preprocessing } from "./preprocessing.ts";
import { publishedAt } from "./published-file.ts";

export { decodePredictions } from "./imagenet-utils.ts";

/** The outputs of the last two cells: a cell reads both. */
interface Path {
  readonly current: KerasTensor;
  /** Undefined before the first cell. */
  readonly previous: KerasTensor | undefined;
}

const relu = (name?: string) => new Activation({ activation: "relu", name });
const normalization = (name: string) => new BatchNormalization({ momentum: 0.9997, epsilon: 1e-3, name });
const pointwise = (filters: number, name: string) =>
  new Conv2D({ filters, kernelSize: 1, padding: "same", useBias: false, kernelInitializer: "he_normal", name });
const add = (a: KerasTensor, b: KerasTensor, name?: string) => new Add({ name }).apply([a, b]);
const smooth = (x: KerasTensor, name: string) =>
  new AveragePooling2D({ poolSize: 3, strides: 1, padding: "same", name }).apply(x);

/** ReLU, separable convolution and normalization, twice; the first may halve the image. */
function separable(input: KerasTensor, filters: number, kernelSize: number, id: string, strides = 1): KerasTensor {
  let x = relu().apply(input);
  if (strides === 2) {
    const padding = halvingPad(x, kernelSize);
    x = new ZeroPadding2D({ padding, name: `separable_conv_1_pad_${id}` }).apply(x);
  }
  const options = { filters, kernelSize, useBias: false } as const;
  const padding = strides === 2 ? "valid" : "same";
  return through(
    x,
    new SeparableConv2D({ ...options, strides, padding, name: `separable_conv_1_${id}` }),
    normalization(`separable_conv_1_bn_${id}`),
    relu(),
    new SeparableConv2D({ ...options, padding: "same", name: `separable_conv_2_${id}` }),
    normalization(`separable_conv_2_bn_${id}`),
  );
}

/** The previous output in the size and width of the cell. */
function adjusted({ current, previous }: Path, filters: number, id: string): KerasTensor {
  if (previous === undefined) return current;
  if (previous.shape[2] !== current.shape[2]) {
    const x = relu(`adjust_relu_1_${id}`).apply(previous);
    // Every other cell, and every other one beginning with the next row and column.
    const half = (part: 1 | 2, ...shift: readonly Layer[]) =>
      through(
        x,
        ...shift,
        new AveragePooling2D({ poolSize: 1, strides: 2, name: `adjust_avg_pool_${part}_${id}` }),
        pointwise(Math.floor(filters / 2), `adjust_conv_${part}_${id}`),
      );
    const even = half(1);
    const odd = half(
      2,
      new ZeroPadding2D({
        padding: [
          [0, 1],
          [0, 1],
        ],
      }),
      new Cropping2D({
        cropping: [
          [1, 0],
          [1, 0],
        ],
      }),
    );
    return normalization(`adjust_bn_${id}`).apply(new Concatenate().apply([even, odd]));
  }
  if (channelsOf(previous) === filters) return previous;
  return through(
    previous,
    relu(),
    pointwise(filters, `adjust_conv_projection_${id}`),
    normalization(`adjust_bn_${id}`),
  );
}

const squeezed = ({ current }: Path, filters: number, kind: string, id: string) =>
  through(current, relu(), pointwise(filters, `${kind}_conv_1_${id}`), normalization(`${kind}_bn_1_${id}`));

/** A cell that keeps the size (figure 4 of the paper, left). */
function normalCell(path: Path, filters: number, id: string): Path {
  const p = adjusted(path, filters, id);
  const h = squeezed(path, filters, "normal", id);
  const name = (part: string) => `normal_${part}_${id}`;
  const x1 = add(separable(h, filters, 5, name("left1")), separable(p, filters, 3, name("right1")), name("add_1"));
  const x2 = add(separable(p, filters, 5, name("left2")), separable(p, filters, 3, name("right2")), name("add_2"));
  const x3 = add(smooth(h, name("left3")), p, name("add_3"));
  const x4 = add(smooth(p, name("left4")), smooth(p, name("right4")), name("add_4"));
  const x5 = add(separable(h, filters, 3, name("left5")), h, name("add_5"));
  const joined = new Concatenate({ name: name("concat") }).apply([p, x1, x2, x3, x4, x5]);
  return { current: joined, previous: path.current };
}

/** A cell that halves the size (figure 4, right). */
function reductionCell(path: Path, filters: number, id: string): Path {
  const p = adjusted(path, filters, id);
  const h = squeezed(path, filters, "reduction", id);
  const name = (part: string) => `reduction_${part}_${id}`;
  const padded = new ZeroPadding2D({ padding: halvingPad(h, 3), name: name("pad_1") }).apply(h);
  const pool = { poolSize: 3, strides: 2 } as const;
  const x1 = add(
    separable(h, filters, 5, name("left1"), 2),
    separable(p, filters, 7, name("right1"), 2),
    name("add_1"),
  );
  const x2 = add(
    new MaxPooling2D({ ...pool, name: name("left2") }).apply(padded),
    separable(p, filters, 7, name("right2"), 2),
    name("add_2"),
  );
  const x3 = add(
    new AveragePooling2D({ ...pool, name: name("left3") }).apply(padded),
    separable(p, filters, 5, name("right3"), 2),
    name("add3"),
  );
  const x4 = add(x2, smooth(x1, name("left4")));
  const x5 = add(
    separable(x1, filters, 3, name("left4")),
    new MaxPooling2D({ ...pool, name: name("right5") }).apply(padded),
    name("add4"),
  );
  const joined = new Concatenate({ name: name("concat") }).apply([x2, x3, x4, x5]);
  return { current: joined, previous: path.current };
}

/** Normal cells between two reductions. */
const CELLS = 4;
/** Filters of the first normal cells; each reduction doubles them. */
const FILTERS = 44;

function body(image: KerasTensor): KerasTensor {
  const stem = through(
    image,
    new Conv2D({
      filters: 32,
      kernelSize: 3,
      strides: 2,
      useBias: false,
      kernelInitializer: "he_normal",
      name: "stem_conv1",
    }),
    normalization("stem_bn1"),
  );
  let path: Path = { current: stem, previous: undefined };
  path = reductionCell(path, FILTERS / 4, "stem_1");
  path = reductionCell(path, FILTERS / 2, "stem_2");
  for (let stage = 0; stage < 3; stage++) {
    const filters = FILTERS * 2 ** stage;
    if (stage > 0) path = reductionCell(path, filters, `reduce_${stage * CELLS}`);
    const first = stage === 0 ? 0 : stage * CELLS + 1;
    for (let i = 0; i < CELLS; i++) path = normalCell(path, filters, String(first + i));
  }
  return relu().apply(path.current);
}

/**
 * NASNet-A, mobile (Zoph et al. 2018, "Learning Transferable Architectures for Scalable Image Recognition"). 5.3 million weights,
 * images [224, 224, 3] that `nasnet.preprocessInput` made. K: `applications/nasnet.py`.
 *
 * @throws ArgumentError for options that do not go together; InputOutputError when weights cannot be had
 * @example
 * ```ts
 * import { NASNetMobile } from "fovea/applications";
 * const base = await NASNetMobile({ weights: null, includeTop: false, inputShape: [64, 64, 3] });
 * base.outputShape; // [null, 2, 2, 1056]
 * ```
 */
export function NASNetMobile(options: ApplicationOptions = {}): Promise<Model> {
  return buildApplication(
    {
      title: "NASNetMobile",
      // Without a size of its own the cells cannot be brought to the same size.
      image: () => ({ size: 224, minSize: 32, fixedSize: true }),
      name: () => "nasnet_mobile",
      body,
      top: denseTop(),
      published: withTopOrNot(
        {
          url: `${publishedAt}nasnet/NASNet-mobile.h5`,
          file: "nasnet_mobile.h5",
          hash: "020fb642bf7360b370c678b08e0adf61",
        },
        {
          url: `${publishedAt}nasnet/NASNet-mobile-no-top.h5`,
          file: "nasnet_mobile_no_top.h5",
          hash: "1ed92395b5b598bdda52abe5c0dbfd63",
        },
      ),
    },
    options,
  );
}

/** Pixels of 0 … 255 as NASNet takes them: -1 … 1. */
export const preprocessInput: PreprocessInput = /* @__PURE__ */ preprocessing("tf");
