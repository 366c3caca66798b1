/** What VGG16 and VGG19 share. */
import type { KerasTensor } from "../nn/keras-tensor.ts";
import { Conv2D } from "../nn/layers/conv2d.ts";
import { Dense } from "../nn/layers/dense.ts";
import { Flatten } from "../nn/layers/flatten.ts";
import { MaxPooling2D } from "../nn/layers/max-pooling2d.ts";
import type { Model } from "../train/model.ts";
import { type ApplicationOptions, buildApplication, type CheckedOptions, withTopOrNot } from "./application.ts";
import { through } from "./blocks.ts";
import { publishedAt } from "./published-file.ts";

/** Filters of the five blocks; a pooling layer ends a block. */
const widths = [64, 128, 256, 512, 512];

const body =
  (depths: readonly number[]) =>
  (image: KerasTensor): KerasTensor => {
    let x = image;
    widths.forEach((filters, i) => {
      const block = `block${i + 1}`;
      for (let j = 1; j <= depths[i]!; j++) {
        const name = `${block}_conv${j}`;
        x = new Conv2D({ filters, kernelSize: 3, activation: "relu", padding: "same", name }).apply(x);
      }
      x = new MaxPooling2D({ poolSize: 2, strides: 2, name: `${block}_pool` }).apply(x);
    });
    return x;
  };

const top = (features: KerasTensor, { classes, classifierActivation }: CheckedOptions): KerasTensor =>
  through(
    features,
    new Flatten({ name: "flatten" }),
    new Dense({ units: 4096, activation: "relu", name: "fc1" }),
    new Dense({ units: 4096, activation: "relu", name: "fc2" }),
    new Dense({ units: classes, activation: classifierActivation, name: "predictions" }),
  );

/** @param depths convolutions of each block; @param hashes of the published files, with a top and without */
export function buildVgg(
  title: "VGG16" | "VGG19",
  depths: readonly number[],
  hashes: readonly [withTop: string, without: string],
  options: ApplicationOptions,
): Promise<Model> {
  const name = title.toLowerCase();
  const files = `${publishedAt}${name}/${name}_weights_tf_dim_ordering_tf_kernels`;
  return buildApplication(
    {
      title,
      image: () => ({ size: 224, minSize: 32 }),
      name: () => name,
      body: body(depths),
      top,
      published: withTopOrNot({ url: `${files}.h5`, hash: hashes[0] }, { url: `${files}_notop.h5`, hash: hashes[1] }),
    },
    options,
  );
}
