/** BatchNormalization: messages, config, weights, and the edge where the variance is 0. */
import { beforeEach, describe, expect, test } from "vitest";
import { toSnakeCaseKeys } from "../../src/base/case.ts";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { BatchNormalization } from "../../src/nn/layers/index.ts";
import { clearSession } from "../../src/nn/process-state.ts";
import { runLayer } from "./run-layer.ts";

beforeEach(() => clearSession());

const bad = <T>(options: unknown) => options as T;

describe("refused", () => {
  test.each([
    ["half an axis", () => new BatchNormalization({ axis: 0.5 }), /axis is 0\.5, expected a whole number/],
    ["momentum", () => new BatchNormalization({ momentum: 1.5 }), /momentum is 1\.5, expected a number from 0 to 1/],
    ["epsilon", () => new BatchNormalization({ epsilon: -1 }), /epsilon is -1, expected a number of 0 or more/],
    ["center", () => new BatchNormalization(bad({ center: 1 })), /center is 1, expected true or false/],
    ["scale", () => new BatchNormalization(bad({ scale: "no" })), /scale is "no", expected true or false/],
    [
      "initializer",
      () => new BatchNormalization({ gammaInitializer: "once" as never }),
      /Unknown initializer "once"\. Did you mean "one"\?/,
    ],
    ["misspelt", () => new BatchNormalization(bad({ eps: 1 })), /^BatchNormalization: unknown option "eps"/],
    [
      "the batch axis",
      () => new BatchNormalization({ axis: 0 }).build([null, 4]),
      /^BatchNormalization "batch_normalization": axis 0 of an input \(None, 4\), expected -1 … -1 or 1 … 1; the batch axis/,
    ],
    ["a missing axis", () => new BatchNormalization({ axis: 3 }).build([null, 4, 4]), /axis 3 .* -2 … -1 or 1 … 2/],
  ])("%s", (_title, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });

  test("an axis of unknown size", () => {
    const build = () => new BatchNormalization().build([null, 4, null]);
    expect(build).toThrow(/must know axis 2 of its input, got \(None, 4, None\)/);
    expect(build).toThrow(ShapeError);
  });
});

test("Keras's order of weights, trainable first; freezing moves them all", () => {
  const layer = new BatchNormalization();
  layer.build([null, 4, 4, 3]);
  const names = (variables: readonly { readonly name: string }[]) => variables.map(({ name }) => name);
  expect(names(layer.weights)).toEqual(["gamma", "beta", "moving_mean", "moving_variance"]);
  expect(layer.weights.map(({ value }) => value[0])).toEqual([1, 0, 0, 1]);
  expect(names(layer.trainableWeights)).toEqual(["gamma", "beta"]);
  expect(names(layer.nonTrainableWeights)).toEqual(["moving_mean", "moving_variance"]);
  layer.trainable = false;
  expect(names(layer.nonTrainableWeights)).toEqual(["gamma", "beta", "moving_mean", "moving_variance"]);
  expect(layer.countParams()).toBe(12);
});

test("a batch of equal values gives beta, and gradients to the input that cancel", () => {
  const layer = new BatchNormalization();
  const data = new Float64Array(8).fill(3);
  const weights = [[2], [0.5], [9], [4]];
  const run = runLayer(
    layer,
    { shape: [4, 2, 1], data },
    { training: true, cotangent: data.map((_, i) => i), weights },
  );
  expect([...run.output]).toEqual(new Array(8).fill(0.5));
  expect(run.inputGradients[0]!.reduce((sum, slope) => sum + slope, 0)).toBeCloseTo(0, 9);
  expect(run.weightsAfter.map(([value]) => value)).toEqual([
    2,
    0.5,
    expect.closeTo(8.94, 12),
    expect.closeTo(3.96, 12),
  ]);
});

test("the config is Keras's, key by key", () => {
  const object = (module: string, class_name: string, config: object) => ({
    module,
    class_name,
    config,
    registered_name: null,
  });
  const [zeros, ones] = ["Zeros", "Ones"].map((name) => object("keras.initializers", name, {}));
  // As Keras 3.15.1 wrote it to config.json.
  expect(JSON.stringify(toSnakeCaseKeys(new BatchNormalization({ name: "b" }).getConfig()))).toBe(
    JSON.stringify({
      name: "b",
      trainable: true,
      dtype: object("keras", "DTypePolicy", { name: "float32" }),
      axis: -1,
      momentum: 0.99,
      epsilon: 0.001,
      center: true,
      scale: true,
      beta_initializer: zeros,
      gamma_initializer: ones,
      moving_mean_initializer: zeros,
      moving_variance_initializer: ones,
      beta_regularizer: null,
      gamma_regularizer: null,
      beta_constraint: null,
      gamma_constraint: null,
      synchronized: false,
      renorm: false,
      renorm_clipping: null,
      renorm_momentum: 0.99,
    }),
  );
});
