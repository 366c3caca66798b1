/** DepthwiseConv2D and SeparableConv2D: messages, configs, fans of the initializers, order of the channels. */
import { beforeEach, describe, expect, test } from "vitest";
import { toSnakeCaseKeys } from "../../src/base/case.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { DepthwiseConv2D, SeparableConv2D } from "../../src/nn/layers/index.ts";
import { clearSession } from "../../src/nn/process-state.ts";
import { runLayer } from "./run-layer.ts";

beforeEach(() => clearSession());

const bad = <T>(options: unknown) => options as T;

describe("refused", () => {
  test.each([
    ["no kernelSize", () => new DepthwiseConv2D(bad({})), /kernelSize is undefined/],
    ["multiplier", () => new DepthwiseConv2D({ kernelSize: 3, depthMultiplier: 0 }), /depthMultiplier is 0, expected/],
    ["filters", () => new DepthwiseConv2D(bad({ kernelSize: 3, filters: 4 })), /unknown option "filters"/],
    [
      "kernelInitializer",
      () => new DepthwiseConv2D(bad({ kernelSize: 3, kernelInitializer: "ones" })),
      /unknown option "kernelInitializer"/,
    ],
    [
      "strides and dilation",
      () => new DepthwiseConv2D({ kernelSize: 3, strides: 2, dilationRate: 2 }),
      /^DepthwiseConv2D "depthwise_conv2d": strides and dilationRate cannot both be above 1\.$/,
    ],
    ["no filters", () => new SeparableConv2D(bad({ kernelSize: 3 })), /filters is undefined/],
    [
      "initializer",
      () => new SeparableConv2D({ filters: 2, kernelSize: 3, pointwiseInitializer: "he_norm" as never }),
      /Unknown initializer "he_norm"\. Did you mean "he_normal"\?/,
    ],
    [
      "strides and dilation",
      () => new SeparableConv2D({ filters: 1, kernelSize: 3, strides: 2, dilationRate: [1, 2] }),
      /^SeparableConv2D "separable_conv2d": strides and dilationRate/,
    ],
    [
      "padding",
      () => new SeparableConv2D(bad({ filters: 1, kernelSize: 3, padding: "sane" })),
      /Did you mean "same"\?/,
    ],
  ])("%s", (_title, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });

  test.each([
    ["depthwise", () => new DepthwiseConv2D({ kernelSize: 5 })],
    ["separable", () => new SeparableConv2D({ filters: 2, kernelSize: 5 })],
  ])("a kernel larger than the image, %s", (_title, make) => {
    const build = () => make().build([null, 3, 8, 2]);
    expect(build).toThrow(
      /: kernel 5x5 does not fit input 3x8 \(padding "valid"\)\. Use padding "same" or kernelSize <= 3\.$/,
    );
    expect(build).toThrow(ShapeError);
  });
});

test("output channel c · multiplier + m comes from input channel c", () => {
  const layer = new DepthwiseConv2D({ kernelSize: 1, depthMultiplier: 3, useBias: false });
  const run = runLayer(layer, { shape: [1, 1, 1, 2], data: [10, 100] }, { weights: [[1, 2, 3, 4, 5, 6]] });
  expect([...run.output]).toEqual([10, 20, 30, 400, 500, 600]);
});

test("GlorotUniform counts a depthwise kernel's fans as Keras does: 9 · 16 and 9 · 1", () => {
  const layer = new DepthwiseConv2D({ kernelSize: 3 });
  layer.build([null, 8, 8, 16]);
  const largest = Math.max(...layer.weights[0]!.value.map(Math.abs));
  const limit = Math.sqrt(6 / (144 + 9));
  expect(largest).toBeLessThanOrEqual(limit);
  expect(largest).toBeGreaterThan(0.9 * limit);
});

test("the configs are Keras's, key by key", () => {
  const object = (module: string, class_name: string, config: object) => ({
    module,
    class_name,
    config,
    registered_name: null,
  });
  const glorot = object("keras.initializers", "GlorotUniform", { seed: null, input_axes: null, output_axes: null });
  const head = { name: "a", trainable: true, dtype: object("keras", "DTypePolicy", { name: "float32" }) };
  const middle = {
    kernel_size: [3, 3],
    strides: [1, 1],
    padding: "valid",
    data_format: "channels_last",
    dilation_rate: [1, 1],
    activation: "linear",
    use_bias: true,
    depthwise_initializer: glorot,
  };
  const zeros = object("keras.initializers", "Zeros", {});
  // In the order of `get_config` of Keras's base_depthwise_conv.py and base_separable_conv.py.
  expect(JSON.stringify(toSnakeCaseKeys(new DepthwiseConv2D({ kernelSize: 3, name: "a" }).getConfig()))).toBe(
    JSON.stringify({
      ...head,
      depth_multiplier: 1,
      ...middle,
      bias_initializer: zeros,
      depthwise_regularizer: null,
      bias_regularizer: null,
      activity_regularizer: null,
      depthwise_constraint: null,
      bias_constraint: null,
    }),
  );
  expect(
    JSON.stringify(toSnakeCaseKeys(new SeparableConv2D({ filters: 2, kernelSize: 3, name: "a" }).getConfig())),
  ).toBe(
    JSON.stringify({
      ...head,
      depth_multiplier: 1,
      filters: 2,
      ...middle,
      pointwise_initializer: glorot,
      bias_initializer: zeros,
      depthwise_regularizer: null,
      pointwise_regularizer: null,
      bias_regularizer: null,
      activity_regularizer: null,
      depthwise_constraint: null,
      pointwise_constraint: null,
      bias_constraint: null,
    }),
  );
});
