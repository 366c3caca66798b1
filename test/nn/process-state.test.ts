import { beforeEach, describe, expect, test } from "vitest";
import { Conv2D, Dense, MaxPooling2D } from "../../src/nn/layers/index.ts";
import { Adam } from "../../src/nn/optimizers/index.ts";
import { clearSession, nextSeedKey, setSeed, snakeCaseName, uniqueName } from "../../src/nn/process-state.ts";

beforeEach(() => clearSession());

describe("names", () => {
  // As Keras 3.15 names them.
  test.each([
    ["Conv2D", "conv2d"],
    ["Conv2DTranspose", "conv2d_transpose"],
    ["DepthwiseConv2D", "depthwise_conv2d"],
    ["MaxPooling2D", "max_pooling2d"],
    ["GlobalAveragePooling2D", "global_average_pooling2d"],
    ["BatchNormalization", "batch_normalization"],
    ["ReLU", "re_lu"],
    ["LeakyReLU", "leaky_re_lu"],
    ["PReLU", "p_re_lu"],
    ["ELU", "elu"],
    ["ZeroPadding2D", "zero_padding2d"],
    ["InputLayer", "input_layer"],
    ["SGD", "sgd"],
    ["AdamW", "adam_w"],
    ["RMSprop", "rm_sprop"],
  ])("%s is %s", (className, name) => {
    expect(snakeCaseName(className)).toBe(name);
  });

  test("are numbered by class", () => {
    const make = () => new Conv2D({ filters: 1, kernelSize: 1 }).name;
    expect([make(), make(), new Dense({ units: 1 }).name, make()]).toEqual(["conv2d", "conv2d_1", "dense", "conv2d_2"]);
    expect(new MaxPooling2D({ name: "pool" }).name).toBe("pool");
    expect(new MaxPooling2D().name).toBe("max_pooling2d");
    expect([new Adam().name, new Adam().name]).toEqual(["adam", "adam_1"]);
  });

  test("start anew after clearSession", () => {
    expect([uniqueName("x"), uniqueName("x")]).toEqual(["x", "x_1"]);
    clearSession();
    expect(uniqueName("x")).toBe("x");
  });
});

describe("the seed", () => {
  test("repeats all keys, none twice", () => {
    const draw = (seed: number) => {
      setSeed(seed);
      return Array.from({ length: 100 }, () => nextSeedKey().join());
    };
    expect(draw(5)).toEqual(draw(5));
    expect(new Set([...draw(5), ...draw(6), ...draw(2 ** 40 + 5)]).size).toBe(300);
  });

  test.each([Number.NaN, 0.5, 2 ** 60])("%s is refused", (seed) => {
    expect(() => setSeed(seed)).toThrow(/^setSeed: got .*, expected a whole number\.$/);
  });
});
