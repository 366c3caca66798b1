/** Losses: values, weights and masks, logits behind a softmax, names, options, and what targets are told. */
import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import { tensor } from "../../src/base/tensor.ts";
import type { Sym } from "../../src/ir/graph.ts";
import * as barrel from "../../src/nn/losses/index.ts";
import {
  BinaryCrossentropy,
  CategoricalCrossentropy,
  Dice,
  Huber,
  KLDivergence,
  type Loss,
  MeanAbsoluteError,
  MeanSquaredError,
  SparseCategoricalCrossentropy,
} from "../../src/nn/losses/index.ts";
import { checkLoss, type LossLike, type LossName, lossNames } from "../../src/nn/losses/names.ts";
import { resolveLoss } from "../../src/nn/losses/resolve.ts";
import { classesOf } from "../../src/nn/registry.ts";
import { abs, mul, sigmoid, sub } from "../../src/ops/elementwise.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { softmax } from "../../src/ops/softmax.ts";
import type { Value } from "./numbers.ts";
import { runLoss } from "./run-rows.ts";

const bad = <T>(options: unknown) => options as T;
/** What takes a loss: `compile`, and the first call after it. */
const takers = [checkLoss, resolveLoss];

/** Values of each row: the loss without reduction. */
function run(made: new (options: object) => Loss, options: object, yTrue: Value, yPred: Value, from?: (x: Sym) => Sym) {
  const { value, gradient } = runLoss(new made({ ...options, reduction: "none" }), { yTrue, yPred }, from);
  return { values: [...value], gradient: [...gradient!] };
}

describe("values", () => {
  test("probabilities are normalised, then clipped as float32 does", () => {
    const oneHot = { shape: [3, 2], data: [1, 0, 1, 0, 1, 0] };
    const yPred = { shape: [3, 2], data: [0, 1, 1, 0, 3, 1] };
    const { values, gradient } = run(CategoricalCrossentropy, {}, oneHot, yPred);
    expect(values[0]).toBeCloseTo(16.118095, 5);
    expect(values[1]).toBeCloseTo(1.1920929e-7, 12);
    expect(values[2]).toBeCloseTo(-Math.log(0.75), 6);
    // Keras on JAX and PyTorch: beyond the clip nothing is learnt.
    expect(gradient.slice(0, 4).map(Math.abs)).toEqual([0, 0, 0, 0]);
    expect(gradient[4]).toBeCloseTo(-1 / 3 + 1 / 4, 6);
  });

  test("logits far apart neither overflow nor saturate", () => {
    const yPred = { shape: [2, 2], data: [1000, -1000, 1000, -1000] };
    const yTrue = { shape: [2, 2], data: [1, 0, 0, 1] };
    const { values, gradient } = run(CategoricalCrossentropy, { fromLogits: true }, yTrue, yPred);
    expect(values.map(Math.abs)).toEqual([0, 2000]);
    expect(gradient.map((value) => value + 0)).toEqual([0, 0, 1, -1]);
  });

  test("binary logits far apart neither overflow nor saturate, and have a slope at 0", () => {
    const yPred = { shape: [4, 1], data: [1000, -1000, 1000, 0] };
    const { values, gradient } = run(
      BinaryCrossentropy,
      { fromLogits: true },
      { shape: [4], data: [1, 1, 0, 1] },
      yPred,
    );
    expect(values.slice(0, 3)).toEqual([0, 1000, 1000]);
    expect(values[3]).toBeCloseTo(Math.LN2, 12);
    expect(gradient.map((value) => value + 0)).toEqual([0, -1, 1, -0.5]);
  });

  test("a probability below 2⁻¹⁰⁰ has no gradient, which would become subnormal on its way back", () => {
    const yPred = { shape: [2, 2], data: [0, -60, 0, -80] };
    const yTrue = { shape: [2, 2], data: [1, 0, 1, 0] };
    for (const loss of [CategoricalCrossentropy, BinaryCrossentropy]) {
      const { gradient } = run(loss, { fromLogits: true }, yTrue, yPred);
      const factor = loss === BinaryCrossentropy ? 0.5 : 1;
      expect(gradient[1]! / (factor * Math.exp(-60))).toBeCloseTo(1, 6);
      expect(Math.abs(gradient[3]!)).toBe(0);
    }
  });

  test("sparse labels mean the same as one-hot ones", () => {
    const yPred = { shape: [2, 3], data: [0.2, 0.5, 0.3, 0.6, 0.3, 0.1] };
    const oneHot = run(CategoricalCrossentropy, {}, { shape: [2, 3], data: [0, 0, 1, 1, 0, 0] }, yPred);
    for (const shape of [[2], [2, 1]])
      expect(run(SparseCategoricalCrossentropy, {}, { shape, data: [2, 0] }, yPred)).toEqual(oneHot);
  });

  test("an ignored class is left out of the mean", () => {
    const yPred = { shape: [4, 2], data: [0.5, 0.5, 0.1, 0.9, 0.25, 0.75, 0.9, 0.1] };
    const yTrue = { shape: [4], data: [0, -1, 1, -1] };
    const { value } = runLoss(new SparseCategoricalCrossentropy({ ignoreClass: -1 }), { yTrue, yPred });
    expect(value[0]).toBeCloseTo(-(Math.log(0.5) + Math.log(0.75)) / 2, 5);
    const { values } = run(
      SparseCategoricalCrossentropy,
      { ignoreClass: 1 },
      { shape: [4], data: [0, 1, 1, 0] },
      yPred,
    );
    expect(values.map((each) => each + 0)).toEqual([-Math.log(0.5), 0, 0, -Math.log(0.9)]);
  });

  test("label smoothing spreads a share over all classes", () => {
    const yPred = { shape: [1, 2], data: [0.9, 0.1] };
    const { values } = run(CategoricalCrossentropy, { labelSmoothing: 0.4 }, { shape: [1, 2], data: [1, 0] }, yPred);
    expect(values[0]).toBeCloseTo(-0.8 * Math.log(0.9) - 0.2 * Math.log(0.1), 6);
  });

  test("squares of n targets against n outputs are n, not n x n", () => {
    const { values } = run(MeanSquaredError, {}, { shape: [3], data: [1, 2, 3] }, { shape: [3, 1], data: [1, 4, 6] });
    expect(values).toEqual([0, 4, 9]);
  });
});

describe("weights and masks", () => {
  // |p - t| is 1, 2, 3, 4, 5, 6.
  const yTrue = { shape: [2, 3, 1], data: [0, 0, 0, 0, 0, 0] };
  const yPred = { shape: [2, 3, 1], data: [1, -2, 3, -4, 5, -6] };
  const value = (feeds: { weights?: Value; mask?: Value }, options = {}) =>
    runLoss(new MeanAbsoluteError(options), { yTrue, yPred, ...feeds }).value[0];
  const of = (shape: number[], ...data: number[]) => ({ shape, data });

  test.each<[string, Value, number]>([
    ["one for each row", of([2], 1, 10), (6 + 150) / 6],
    ["one for each row, in a column", of([2, 1], 1, 10), (6 + 150) / 6],
    ["one for each place", of([2, 3], 1, 0, 0, 0, 0, 2), 13 / 6],
    ["one for each place, with the axis that the values lack", of([2, 3, 1], 1, 0, 0, 0, 0, 2), 13 / 6],
  ])("%s: divided by the places, not by the weights", (_title, weights, expected) => {
    expect(value({ weights })).toBeCloseTo(expected, 6);
  });

  test("a mask takes the mean over the places that count", () => {
    expect(value({ mask: of([2, 3], 1, 1, 0, 0, 0, 1) })).toBeCloseTo((1 + 2 + 6) / 3, 5);
    expect(value({ mask: of([2], 0, 1) })).toBeCloseTo(5, 5);
  });

  test("weights and a mask: all / counted places times the weighed mean", () => {
    const feeds = { mask: of([2, 3], 1, 1, 0, 0, 0, 1), weights: of([2], 2, 3) };
    expect(value(feeds)).toBeCloseTo((2 + 4 + 18) / 3, 5);
    expect(value(feeds, { reduction: "sum" })).toBeCloseTo(24, 5);
    expect(value(feeds, { reduction: "mean_with_sample_weight" })).toBeCloseTo(24 / (2 + 2 + 3), 5);
  });

  test("nothing counts: 0, and no NaN", () => {
    expect(value({ mask: of([2], 0, 0) })).toBe(0);
    expect(value({ weights: of([2], 0, 0) }, { reduction: "mean_with_sample_weight" })).toBe(0);
  });

  test("an ignored class and a mask", () => {
    const loss = new SparseCategoricalCrossentropy({ ignoreClass: 9 });
    const feeds = {
      yTrue: of([3], 0, 9, 1),
      yPred: of([3, 2], 0.5, 0.5, 0.5, 0.5, 0.75, 0.25),
      mask: of([3], 0, 1, 1),
    };
    expect(runLoss(loss, feeds).value[0]).toBeCloseTo(-Math.log(0.25), 5);
  });

  test("weights of another shape are refused", () => {
    expect(() => value({ weights: of([2, 2], 1, 1, 1, 1) })).toThrow(ShapeError);
    expect(() => value({ weights: of([2, 2], 1, 1, 1, 1) })).toThrow(
      /^mean_absolute_error: sample weights of shape \(None, 2\) do not fit values of shape \(None, 3\); give one weight for each row/,
    );
  });

  test("a loss of the whole batch has no rows to weigh", () => {
    const weigh = () => runLoss(new Dice(), { yTrue, yPred, weights: of([2], 1, 2) });
    expect(weigh).toThrow(ArgumentError);
    expect(weigh).toThrow(/^dice gives one value for the whole batch, which has no rows to weigh/);
  });
});

describe("logits behind an activation", () => {
  const logits = { shape: [2, 3], data: [90, -90, 0, 1, 2, 4] };
  const oneHot = { shape: [2, 3], data: [0, 1, 0, 0, 0, 1] };
  const exact = run(CategoricalCrossentropy, { fromLogits: true }, oneHot, logits);

  test("a saturated softmax learns as its logits do", () => {
    expect(run(CategoricalCrossentropy, {}, oneHot, logits, (x) => softmax(x))).toEqual(exact);
    expect(run(SparseCategoricalCrossentropy, {}, { shape: [2], data: [1, 2] }, logits, (x) => softmax(x))).toEqual(
      exact,
    );
    expect(exact.values[0]).toBeCloseTo(180, 9);
    expect(exact.gradient.slice(0, 2)).toEqual([1, -1]);
  });

  test("through views that keep the classes", () => {
    const pixels = { shape: [2, 1, 1, 3], data: oneHot.data };
    const viewed = run(CategoricalCrossentropy, {}, pixels, logits, (x) => reshape(softmax(x), [2, 1, 1, 3]));
    expect(viewed).toEqual(exact);
  });

  test("not through views that part the classes, nor through other ops", () => {
    const wide = { shape: [1, 6], data: [90, -90, 0, 1, 2, 4] };
    const parted = { shape: [1, 2, 3], data: oneHot.data };
    const { gradient } = run(CategoricalCrossentropy, {}, parted, wide, (x) => reshape(softmax(x), [1, 2, 3]));
    expect(Math.max(...gradient.slice(0, 3).map(Math.abs))).toBeLessThan(1e-12);
    const halved = run(CategoricalCrossentropy, {}, oneHot, logits, (x) => mul(softmax(x), 0.5));
    expect(halved.values[0]).toBeCloseTo(16.118095, 5);
  });

  test("a saturated sigmoid learns as its logits do; softmax and sigmoid are not mixed up", () => {
    const yTrue = { shape: [2, 1], data: [0, 1] };
    const yPred = { shape: [2, 1], data: [200, -3] };
    const ofSigmoid = run(BinaryCrossentropy, {}, yTrue, yPred, sigmoid);
    expect(ofSigmoid).toEqual(run(BinaryCrossentropy, { fromLogits: true }, yTrue, yPred));
    expect(ofSigmoid.gradient[0]).toBe(1);
    const clipped = run(BinaryCrossentropy, {}, oneHot, logits, (x) => softmax(x));
    expect(clipped.values[0]).toBeLessThan(17);
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
    ["mae", MeanAbsoluteError],
    ["bce", BinaryCrossentropy],
    ["BCE", BinaryCrossentropy],
    ["kl_divergence", KLDivergence],
    ["kld", KLDivergence],
    ["huber", Huber],
  ] satisfies [LossName, unknown][])("%s", (name, made) => {
    expect(resolveLoss(name)).toBeInstanceOf(made);
  });

  test("the list of names is that of the classes", () => {
    const classes = classesOf({ base: barrel.Loss, barrel });
    expect([...lossNames().classNames].sort()).toEqual([...classes.keys()].sort());
  });

  test("names are checked by the type", () => {
    // @ts-expect-error a misspelt name
    const wrong: LossLike = "mean_sqared_error";
    for (const take of takers) expect(() => take(wrong)).toThrow(/Did you mean "mean_squared_error"\?/);
  });

  test("crossentropy is decided by the shapes", () => {
    const yPred = { shape: [2, 3], data: [0.2, 0.5, 0.3, 0.6, 0.3, 0.1] };
    const oneHot = { shape: [2, 3], data: [0, 0, 1, 1, 0, 0] };
    const expected = -(Math.log(0.3) + Math.log(0.6)) / 2;
    for (const name of ["crossentropy", "ce"]) {
      const loss = resolveLoss(name);
      expect(loss.name).toBe(name);
      expect(runLoss(loss, { yTrue: oneHot, yPred }).value[0]).toBeCloseTo(expected, 6);
      expect(runLoss(loss, { yTrue: { shape: [2], data: [2, 0] }, yPred }).value[0]).toBeCloseTo(expected, 6);
      expect(() => loss.checkTargets(tensor([2, 7]), [null, 3])).toThrow(/label 7 in row 1/);
      const one = { yTrue: { shape: [2], data: [1, 0] }, yPred: { shape: [2, 1], data: [0.3, 0.4] } };
      expect(runLoss(loss, one).value[0]).toBeCloseTo(-(Math.log(0.3) + Math.log(0.6)) / 2, 6);
    }
  });

  test("a function is a loss under its own name, and its mean", () => {
    const distance = (yTrue: Sym, yPred: Sym) => abs(sub(yTrue, yPred));
    const loss = resolveLoss(distance);
    expect(loss.name).toBe("distance");
    const feeds = { yTrue: { shape: [2, 2], data: [0, 0, 0, 0] }, yPred: { shape: [2, 2], data: [1, 2, -3, 6] } };
    expect(runLoss(loss, { ...feeds, weights: { shape: [2], data: [1, 2] } }).value[0]).toBe((3 + 18) / 4);
    for (const take of takers) expect(() => take(loss.describe())).toThrow(/The loss was a function named "distance"/);
  });

  test("a class is no loss", () => {
    for (const take of takers) expect(() => take(MeanSquaredError)).toThrow(/pass an object: new MeanSquaredError\(\)/);
  });

  test("a loss is itself", () => {
    const own = new MeanSquaredError();
    expect(resolveLoss(own)).toBe(own);
  });

  test.each(["categorical_cross_entropy", "categoricalcrossentropy"])("%s: a near miss is named", (name) => {
    for (const take of takers)
      expect(() => take(name)).toThrow(/^Unknown loss .* Did you mean "categorical_crossentropy"\?/);
  });

  test.each(["toString", undefined, null, 7])("%s is unknown", (name) => {
    for (const take of takers) expect(() => take(bad(name))).toThrow(ArgumentError);
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
    [() => new CategoricalCrossentropy({ axis: 0.5 }), /axis is 0\.5, expected a whole number/],
    [() => new MeanSquaredError(bad({ reduction: "avg" })), /^Unknown reduction of MeanSquaredError "avg"/],
    [() => new Huber({ delta: 0 }), /^Huber: delta is 0, expected a number above 0/],
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
