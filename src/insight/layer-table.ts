/**
 * What insight knows of each layer. The table is complete over the barrel of layers: a layer that is added there does not
 * compile before it says here what its output reads and how much it multiplies.
 */
import { ArgumentError, StateError } from "../base/errors.ts";
import { formatShape, type Padding, sizeOf, windowPad } from "../base/shape.ts";
import type * as barrel from "../nn/layers/index.ts";
import type { KerasTensor, Layer } from "../nn/layers/layer.ts";
import type { Pair, Reading } from "./reading.ts";

type Barrel = typeof barrel;

/** Names of the layer classes that can be constructed. */
type LayerName = {
  [Name in keyof Barrel]: Barrel[Name] extends new (...options: never) => Layer ? Name : never;
}[keyof Barrel];

/** Shapes are those of one row, without the batch axis. */
interface LayerInsight<L extends Layer> {
  reading(layer: L, inputShape: readonly number[]): Reading;
  multiplyAdds(layer: L, inputShape: readonly number[], outputShape: readonly number[]): number;
  /** Whether the same weights serve every place of the output. */
  readonly sharesWeights: boolean;
}

const same: Reading = { kind: "same" };
const reorder: Reading = { kind: "reorder" };
const free = { multiplyAdds: () => 0, sharesWeights: false };

/** Over the last axis: all there is in a vector, the channels of one place in an image. */
const lastAxis = (inputShape: readonly number[]): Reading => ({ kind: inputShape.length === 1 ? "all" : "channels" });

function windowReading(
  kernel: Pair,
  strides: Pair,
  dilation: Pair,
  padding: Padding,
  inputShape: readonly number[],
): Reading {
  const pad = (axis: 0 | 1) => windowPad(inputShape[axis]!, kernel[axis], strides[axis], dilation[axis], padding)[0];
  return { kind: "window", window: { kernel, strides, dilation, padBefore: [pad(0), pad(1)] } };
}

interface Convolution {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly dilationRate: Pair;
  readonly padding: Padding;
}

const convReading = ({ kernelSize, strides, dilationRate, padding }: Convolution, inputShape: readonly number[]) =>
  windowReading(kernelSize, strides, dilationRate, padding, inputShape);

interface Pooling {
  readonly poolSize: Pair;
  readonly strides: Pair;
  readonly padding: Padding;
}

const poolReading = ({ poolSize, strides, padding }: Pooling, inputShape: readonly number[]) =>
  windowReading(poolSize, strides, [1, 1], padding, inputShape);

const table: { readonly [Name in LayerName]: LayerInsight<InstanceType<Barrel[Name]>> } = {
  Activation: {
    ...free,
    reading: ({ options }, inputShape) => (options.activation === "softmax" ? lastAxis(inputShape) : same),
  },
  Add: { ...free, reading: () => same },
  AveragePooling2D: { ...free, reading: poolReading },
  // In use it shifts and scales each value by itself; only in training the batch has a say.
  BatchNormalization: {
    reading: () => same,
    multiplyAdds: (_, inputShape) => sizeOf(inputShape),
    sharesWeights: false,
  },
  Concatenate: { ...free, reading: () => same },
  Conv2D: {
    reading: convReading,
    multiplyAdds: ({ kernelSize, options }, inputShape, outputShape) =>
      sizeOf(outputShape) * sizeOf(kernelSize) * (inputShape.at(-1)! / options.groups),
    sharesWeights: true,
  },
  Dense: {
    reading: (_, inputShape) => lastAxis(inputShape),
    multiplyAdds: (_, inputShape, outputShape) => sizeOf(outputShape) * inputShape.at(-1)!,
    sharesWeights: false,
  },
  DepthwiseConv2D: {
    reading: convReading,
    multiplyAdds: ({ kernelSize }, _, outputShape) => sizeOf(outputShape) * sizeOf(kernelSize),
    sharesWeights: true,
  },
  Dropout: { ...free, reading: () => same },
  Flatten: { ...free, reading: () => reorder },
  GlobalAveragePooling2D: { ...free, reading: () => ({ kind: "all" }) },
  InputLayer: { ...free, reading: () => same },
  MaxPooling2D: { ...free, reading: poolReading },
  ReLU: { ...free, reading: () => same },
  Reshape: { ...free, reading: () => reorder },
  SeparableConv2D: {
    reading: convReading,
    multiplyAdds: ({ kernelSize, options }, inputShape, outputShape) => {
      const lanes = inputShape.at(-1)! * options.depthMultiplier;
      return sizeOf(outputShape.slice(0, -1)) * lanes * (sizeOf(kernelSize) + options.filters);
    },
    sharesWeights: true,
  },
  // Each cell reads the one that it was before, if it was one.
  ZeroPadding2D: {
    ...free,
    reading: ({ padding: [[top], [left]] }) => ({
      kind: "window",
      window: { kernel: [1, 1], strides: [1, 1], dilation: [1, 1], padBefore: [top, left] },
    }),
  },
};

function insightOf(layer: Layer): LayerInsight<Layer> {
  const known: Readonly<Record<string, LayerInsight<never> | undefined>> = table;
  const insight = Object.hasOwn(table, layer.className) ? known[layer.className] : undefined;
  if (insight === undefined)
    throw new ArgumentError(
      `Layer "${layer.name}" is of class ${layer.className}, of which fovea knows neither what it reads nor what it costs. ` +
        `Known: ${Object.keys(table).join(", ")}. Ask for a model without it.`,
    );
  return insight as LayerInsight<Layer>;
}

/** What the layer's output entries read. */
export function readingOf(layer: Layer, inputShape: readonly number[]): Reading {
  return insightOf(layer).reading(layer, inputShape);
}

/** Products with a weight for one row, forward. */
export function multiplyAddsOf(layer: Layer, inputShape: readonly number[], outputShape: readonly number[]): number {
  return insightOf(layer).multiplyAdds(layer, inputShape, outputShape);
}

export function sharesWeights(layer: Layer): boolean {
  return insightOf(layer).sharesWeights;
}

/** A tensor's shape without the batch axis. */
export function rowShape(layer: string, { shape }: KerasTensor): number[] {
  return shape.slice(1).map((axis) => {
    if (axis === null)
      throw new StateError(
        `Layer "${layer}" has a shape with unknown axes, ${formatShape(shape)}; build the model with sizes.`,
      );
    return axis;
  });
}
