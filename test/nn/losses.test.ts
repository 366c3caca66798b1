import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { tensor } from "../../src/base/tensor.ts";
import {
  CategoricalCrossentropy,
  type Loss,
  MeanSquaredError,
  resolveLoss,
  SparseCategoricalCrossentropy,
} from "../../src/nn/losses.ts";
import { mean, runRows, type Value } from "./run-nn.ts";

const bad = <T>(options: unknown) => options as T;

const run = (loss: Loss, yTrue: Value, yPred: Value, weights?: number[]) =>
  runRows((t, p) => loss.emit(t, p), yTrue, yPred, weights);

describe("values", () => {
  test("probabilities are normalised, then clipped as float32 does", () => {
    const oneHot = { shape: [3, 2], data: [1, 0, 1, 0, 1, 0] };
    const yPred = { shape: [3, 2], data: [0, 1, 1, 0, 3, 1] };
    const { values, gradient } = run(new CategoricalCrossentropy(), oneHot, yPred, [1, 1, 1]);
    expect(values[0]).toBeCloseTo(16.118095, 5);
    expect(values[1]).toBeCloseTo(1.1920929e-7, 12);
    expect(values[2]).toBeCloseTo(-Math.log(0.75), 6);
    // Keras on JAX and PyTorch: beyond the clip nothing is learnt.
    expect([...gradient!.subarray(0, 4)].map(Math.abs)).toEqual([0, 0, 0, 0]);
    expect(gradient![4]).toBeCloseTo(-1 / 3 + 1 / 4, 6);
  });

  test("logits far apart neither overflow nor saturate", () => {
    const yPred = { shape: [2, 2], data: [1000, -1000, 1000, -1000] };
    const { values, gradient } = run(
      new CategoricalCrossentropy({ fromLogits: true }),
      { shape: [2, 2], data: [1, 0, 0, 1] },
      yPred,
      [1, 1],
    );
    expect([...values].map(Math.abs)).toEqual([0, 2000]);
    expect([...gradient!].map((value) => value + 0)).toEqual([0, 0, 1, -1]);
  });

  test("sparse labels mean the same as one-hot ones", () => {
    const yPred = { shape: [2, 3], data: [0.2, 0.5, 0.3, 0.6, 0.3, 0.1] };
    const oneHot = run(new CategoricalCrossentropy(), { shape: [2, 3], data: [0, 0, 1, 1, 0, 0] }, yPred, [1, 2]);
    for (const shape of [[2], [2, 1]]) {
      const sparse = run(new SparseCategoricalCrossentropy(), { shape, data: [2, 0] }, yPred, [1, 2]);
      expect(sparse).toEqual(oneHot);
    }
  });

  test("an ignored class is left out of the mean", () => {
    const yPred = { shape: [4, 2], data: [0.5, 0.5, 0.1, 0.9, 0.25, 0.75, 0.9, 0.1] };
    const { values } = run(
      new SparseCategoricalCrossentropy({ ignoreClass: -1 }),
      { shape: [4], data: [0, -1, 1, -1] },
      yPred,
    );
    expect(Math.abs(values[1]!) + Math.abs(values[3]!)).toBe(0);
    expect(mean(values)).toBeCloseTo(-(Math.log(0.5) + Math.log(0.75)) / 2, 5);
  });

  test("label smoothing spreads a share over all classes", () => {
    const { values } = run(
      new CategoricalCrossentropy({ labelSmoothing: 0.4 }),
      { shape: [1, 2], data: [1, 0] },
      { shape: [1, 2], data: [0.9, 0.1] },
    );
    expect(values[0]).toBeCloseTo(-0.8 * Math.log(0.9) - 0.2 * Math.log(0.1), 6);
  });

  test("squares of n targets against n outputs are n, not n x n", () => {
    const { values } = run(new MeanSquaredError(), { shape: [3], data: [1, 2, 3] }, { shape: [3, 1], data: [1, 4, 6] });
    expect([...values]).toEqual([0, 4, 9]);
  });
});

describe("names", () => {
  test.each([
    ["categorical_crossentropy", CategoricalCrossentropy],
    ["CategoricalCrossentropy", CategoricalCrossentropy],
    ["sparse_categorical_crossentropy", SparseCategoricalCrossentropy],
    ["mse", MeanSquaredError],
    ["MSE", MeanSquaredError],
    ["mean_squared_error", MeanSquaredError],
  ])("%s", (name, made) => {
    expect(resolveLoss(name)).toBeInstanceOf(made);
  });

  test("a loss is itself", () => {
    const own = new MeanSquaredError();
    expect(resolveLoss(own)).toBe(own);
  });

  test.each(["categorical_cross_entropy", "categoricalcrossentropy"])("%s: a near miss is named", (name) => {
    expect(() => resolveLoss(name)).toThrow(/^Unknown loss .* Did you mean "categorical_crossentropy"\?/);
  });

  test.each(["toString", undefined, null, 7])("%s is unknown", (name) => {
    expect(() => resolveLoss(bad(name))).toThrow(ArgumentError);
  });
});

describe("options", () => {
  test.each<[() => unknown, RegExp]>([
    [
      () => new CategoricalCrossentropy(bad({ from_logits: true })),
      /^CategoricalCrossentropy: unknown option "from_logits"\. Did you mean "fromLogits"\?/,
    ],
    [() => new CategoricalCrossentropy(bad({ fromLogits: "yes" })), /fromLogits is "yes", expected true or false/],
    [() => new CategoricalCrossentropy({ labelSmoothing: 2 }), /labelSmoothing is 2, expected a number from 0 to 1/],
    [() => new CategoricalCrossentropy(bad({ axis: 1 })), /axis 1 is not supported; classes are the last axis, -1/],
    [() => new MeanSquaredError(bad({ reduction: "sum" })), /reduction "sum" is not supported/],
    [() => new SparseCategoricalCrossentropy({ ignoreClass: 0.5 }), /ignoreClass is 0\.5, expected a whole number/],
  ])("%#", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });

  test("configs are Keras's", () => {
    expect(new CategoricalCrossentropy({ fromLogits: true }).getConfig()).toEqual({
      name: "categorical_crossentropy",
      reduction: "sum_over_batch_size",
      fromLogits: true,
      labelSmoothing: 0,
      axis: -1,
    });
    expect(new SparseCategoricalCrossentropy({ name: "mine" }).getConfig()).toEqual({
      name: "mine",
      reduction: "sum_over_batch_size",
      fromLogits: false,
      ignoreClass: null,
    });
  });
});

describe("targets are checked", () => {
  const categorical = new CategoricalCrossentropy();
  const sparse = new SparseCategoricalCrossentropy();
  const squared = new MeanSquaredError();
  const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
  const output = [null, 10];

  test.each<[string, Loss, ReturnType<typeof zeros>, readonly (number | null)[]]>([
    ["one-hot", categorical, zeros(3, 10), output],
    ["labels", sparse, tensor([9, 0, 3]), output],
    ["labels in a column", sparse, tensor([[9], [0]]), output],
    ["bytes", sparse, tensor(new Uint8Array([1, 9])), output],
    ["ignored labels", new SparseCategoricalCrossentropy({ ignoreClass: 255 }), tensor([1, 255]), output],
    ["labels of pixels", sparse, zeros(2, 4, 4), [null, 4, 4, 10]],
    ["open axes", categorical, zeros(2, 5, 10), [null, null, 10]],
    ["numbers", squared, zeros(3), [null, 1]],
    ["rows of numbers", squared, zeros(3, 4), [null, 4]],
  ])("%s fit", (_title, loss, y, shape) => {
    expect(() => loss.checkTargets(y, shape)).not.toThrow();
  });

  test.each<[string, Loss, ReturnType<typeof zeros>, RegExp]>([
    [
      "class numbers for a categorical loss",
      categorical,
      tensor([1, 2, 3]),
      /y has shape \(3,\), but the model's output is \(None, 10\)\. These look like class numbers: use toCategorical\(y, 10\), or loss "sparse_categorical_crossentropy"\.$/,
    ],
    ["a column of them", categorical, zeros(3, 1), /These look like class numbers/],
    [
      "another number of classes",
      categorical,
      zeros(3, 5),
      /y has shape \(3, 5\), but the model's output is \(None, 10\)\.$/,
    ],
    [
      "one-hot for a sparse loss",
      sparse,
      zeros(3, 10),
      /y has shape \(3, 10\), which looks one-hot; .* Use loss "categorical_crossentropy", or y\.argMax\(\)\.$/,
    ],
    ["pixels for a sparse loss", sparse, zeros(3, 4, 4), /y has shape \(3, 4, 4\), expected class numbers \(None,\)/],
    ["other sizes", squared, zeros(3, 4), /y has shape \(3, 4\), but the model's output is \(None, 10\)/],
    ["numbers for rows", squared, zeros(3), /y has shape \(3,\)/],
  ])("%s do not", (_title, loss, y, message) => {
    expect(() => loss.checkTargets(y, output)).toThrow(message);
    expect(() => loss.checkTargets(y, output)).toThrow(ShapeError);
  });

  test.each([
    [[1, 2, 10], "label 10 in row 2"],
    [[-1, 2], "label -1 in row 0"],
    [[0, 0.5], "label 0.5 in row 1"],
    [[0, Number.NaN], "label NaN in row 1"],
  ])("%j: labels that are no class", (labels, message) => {
    expect(() => sparse.checkTargets(tensor(labels), output)).toThrow(ArgumentError);
    expect(() => sparse.checkTargets(tensor(labels), output)).toThrow(
      `sparse_categorical_crossentropy: ${message} is not a class of the model's output; expected whole numbers 0 … 9.`,
    );
  });
});
