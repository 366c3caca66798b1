/** Insight reads depthwise and separable convolutions, average pooling and batch normalisation. Numbers counted by hand. */
import { Sequential } from "fovea";
import { cost, receptiveField } from "fovea/insight";
import {
  AveragePooling2D,
  BatchNormalization,
  Conv2D,
  Dense,
  DepthwiseConv2D,
  GlobalAveragePooling2D,
  SeparableConv2D,
} from "fovea/layers";
import { expect, test } from "vitest";

const mobile = () =>
  new Sequential([
    new Conv2D({ filters: 8, kernelSize: 3, strides: 2, padding: "same", useBias: false, inputShape: [28, 28, 1] }),
    new BatchNormalization(),
    new DepthwiseConv2D({ kernelSize: 3, padding: "same", depthMultiplier: 2 }),
    new AveragePooling2D({ poolSize: 2 }),
    new SeparableConv2D({ filters: 12, kernelSize: 3, dilationRate: 2, depthMultiplier: 3 }),
    new GlobalAveragePooling2D({ keepdims: true }),
    new GlobalAveragePooling2D(),
    new Dense({ units: 10 }),
  ]);

test("costs", () => {
  const shown = cost(mobile()).layers.map(({ className, params, multiplyAdds, locallyConnectedParams }) => [
    className,
    params,
    multiplyAdds,
    locallyConnectedParams,
  ]);
  expect(shown).toEqual([
    ["Conv2D", 72, 14 * 14 * 8 * 9, 14 * 14 * 72],
    ["BatchNormalization", 32, 14 * 14 * 8, undefined],
    ["DepthwiseConv2D", 9 * 16 + 16, 14 * 14 * 16 * 9, 14 * 14 * 160],
    ["AveragePooling2D", 0, 0, undefined],
    ["SeparableConv2D", 9 * 48 + 48 * 12 + 12, 3 * 3 * 48 * (9 + 12), 9 * 1020],
    ["GlobalAveragePooling2D", 0, 0, undefined],
    ["GlobalAveragePooling2D", 0, 0, undefined],
    ["Dense", 130, 120, undefined],
  ]);
});

test("receptive fields", () => {
  const fields = receptiveField(mobile());
  expect(fields.map(({ kind, size, jump }) => [kind, size[0], jump[1]])).toEqual([
    ["grid", 3, 2],
    ["grid", 3, 2],
    ["grid", 7, 2],
    ["grid", 9, 4],
    ["grid", 25, 4],
    ["all", 28, 0],
    ["all", 28, 0],
    ["all", 28, 0],
  ]);
  // Rows 0, 2, 4 of the pooled image, each two rows of the depthwise one, each three of the first, each three of the image.
  expect(fields[4]!.box(0, 0)).toEqual({ top: 0, left: 0, bottom: 22, right: 22 });
  expect(fields[7]!.box()).toEqual({ top: 0, left: 0, bottom: 27, right: 27 });
});
