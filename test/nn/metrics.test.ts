/** Metrics: what names mean, functions, values, vectors, and what mistakes are told. */
import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import type { Sym } from "../../src/ir/graph.ts";
import * as barrel from "../../src/nn/metrics/index.ts";
import {
  AUC,
  BinaryAccuracy,
  BinaryCrossentropy,
  CategoricalAccuracy,
  CategoricalCrossentropy,
  CosineSimilarity,
  FalsePositives,
  IoU,
  LogCoshError,
  Mean,
  MeanIoU,
  MeanMetricWrapper,
  MeanSquaredError,
  type Metric,
  Precision,
  RootMeanSquaredError,
  SparseCategoricalAccuracy,
  SparseCategoricalCrossentropy,
  SparseTopKCategoricalAccuracy,
  Sum,
  TopKCategoricalAccuracy,
} from "../../src/nn/metrics/index.ts";
import { checkMetric, type MetricLike, type MetricName, metricNames } from "../../src/nn/metrics/names.ts";
import { resolveMetric } from "../../src/nn/metrics/resolve.ts";
import { classesOf } from "../../src/nn/registry.ts";
import { abs, sub } from "../../src/ops/elementwise.ts";
import { runMetric } from "./run-rows.ts";

const bad = <T>(options: unknown) => options as T;

describe("what accuracy means", () => {
  // As Keras decides it: by the shapes of targets and outputs.
  test.each([
    { y: [8, 1], output: [null, 1], made: BinaryAccuracy },
    { y: [8], output: [null, 1], made: BinaryAccuracy },
    { y: [8], output: [null, 10], made: SparseCategoricalAccuracy },
    { y: [8, 1], output: [null, 10], made: SparseCategoricalAccuracy },
    { y: [8, 4, 4], output: [null, 4, 4, 10], made: SparseCategoricalAccuracy },
    { y: [8, 10], output: [null, 10], made: CategoricalAccuracy },
  ])("$y for $output", ({ y, output, made }) => {
    for (const name of ["accuracy", "acc", "Accuracy"]) {
      const metric = resolveMetric(name, y, output);
      expect(metric).toBeInstanceOf(made);
      expect(metric.name).toBe(name);
      expect(metric.direction).toBe("max");
    }
  });
});

describe("what crossentropy means", () => {
  test.each([
    { y: [8], output: [null, 1], made: BinaryCrossentropy },
    { y: [8], output: [null, 10], made: SparseCategoricalCrossentropy },
    { y: [8, 10], output: [null, 10], made: CategoricalCrossentropy },
  ])("$y for $output", ({ y, output, made }) => {
    for (const name of ["crossentropy", "ce"]) {
      const metric = resolveMetric(name, y, output);
      expect(metric).toBeInstanceOf(made);
      expect(metric).toMatchObject({ name, direction: "min" });
    }
  });
});

describe("names", () => {
  test.each([
    ["categorical_accuracy", CategoricalAccuracy, "max"],
    ["CategoricalAccuracy", CategoricalAccuracy, "max"],
    ["sparse_categorical_accuracy", SparseCategoricalAccuracy, "max"],
    ["binary_accuracy", BinaryAccuracy, "max"],
    ["mse", MeanSquaredError, "min"],
    ["MSE", MeanSquaredError, "min"],
    ["mean_squared_error", MeanSquaredError, "min"],
    ["auc", AUC, "max"],
    ["AUC", AUC, "max"],
    ["bce", BinaryCrossentropy, "min"],
    ["precision", Precision, "max"],
    ["false_positives", FalsePositives, "min"],
    ["root_mean_squared_error", RootMeanSquaredError, "min"],
    ["top_k_categorical_accuracy", TopKCategoricalAccuracy, "max"],
    ["sparse_top_k_categorical_accuracy", SparseTopKCategoricalAccuracy, "max"],
    ["cosine_similarity", CosineSimilarity, "max"],
  ] satisfies [MetricName, unknown, string][])("%s is kept as the name in logs", (name, made, direction) => {
    const metric = resolveMetric(name, [8, 10], [null, 10]);
    expect(metric).toBeInstanceOf(made);
    expect(metric).toMatchObject({ name, direction });
  });

  test("a metric is itself, under its own name", () => {
    const own = new CategoricalAccuracy();
    expect(resolveMetric(own, [8], [null, 10])).toBe(own);
    expect(own.name).toBe("categorical_accuracy");
    expect(new BinaryAccuracy({ name: "hits" }).name).toBe("hits");
  });

  test.each(["acuracy", "toString", undefined, null])("%s is unknown", (name) => {
    expect(() => checkMetric(bad(name))).toThrow(ArgumentError);
    expect(() => checkMetric(bad(name))).toThrow(/^Unknown metric .*Known: accuracy, .*\bmse\b/);
  });

  test("the list of names is that of the classes", () => {
    const classes = classesOf({ base: barrel.Metric, barrel });
    expect([...metricNames().classNames].sort()).toEqual([...classes.keys()].sort());
  });

  test("names of their own in Keras", () => {
    expect(new LogCoshError().name).toBe("logcosh");
    expect(new MeanIoU({ numClasses: 2 }).name).toBe("mean_io_u");
    expect(new AUC().name).toBe("auc");
  });

  test("names are checked by the type", () => {
    // @ts-expect-error a misspelt name
    const wrong: MetricLike = "presicion";
    expect(() => checkMetric(wrong)).toThrow(/Did you mean "precision"\?/);
  });

  test("a function is a metric under its own name: the mean of its values", () => {
    const distance = (yTrue: Sym, yPred: Sym) => abs(sub(yTrue, yPred));
    const metric = resolveMetric(distance, [2, 2], [null, 2]);
    expect(metric).toBeInstanceOf(MeanMetricWrapper);
    expect(metric).toMatchObject({ name: "distance", direction: undefined });
    const feeds = { yTrue: { shape: [2, 2], data: [0, 0, 0, 0] }, yPred: { shape: [2, 2], data: [1, 2, -3, 6] } };
    expect([...runMetric(metric, [feeds])[0]!]).toEqual([3]);
    const weighed = new MeanMetricWrapper({ fn: distance, name: "far" });
    expect([...runMetric(weighed, [{ ...feeds, weights: { shape: [2], data: [3, 1] } }])[0]!]).toEqual([18 / 8]);
    expect(new MeanMetricWrapper(bad(weighed.getConfig())).getConfig()).toEqual(weighed.getConfig());
  });

  test("a class is no metric", () => {
    expect(() => checkMetric(AUC)).toThrow(/pass an object: new AUC\(\)/);
  });

  test("a near miss is named", () => {
    expect(() => checkMetric("acuracy")).toThrow(/Did you mean "accuracy"\?/);
  });
});

describe("mistakes", () => {
  test.each<[() => unknown, RegExp]>([
    [
      () => new BinaryAccuracy({ threshold: 1 }),
      /^BinaryAccuracy: threshold is 1, expected a number between 0 and 1\.$/,
    ],
    [() => new BinaryAccuracy(bad({ treshold: 0.5 })), /unknown option "treshold"\. Did you mean "threshold"\?/],
    [() => new CategoricalAccuracy(bad({ threshold: 0.5 })), /^CategoricalAccuracy: unknown option "threshold"\./],
  ])("%#", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });

  test.each<[() => unknown, RegExp]>([
    [
      () => new Precision({ thresholds: 2 }),
      /^Precision: thresholds is 2, expected a number from 0 to 1, a list of such/,
    ],
    [() => new Precision({ thresholds: [] }), /thresholds is \[\], expected/],
    [() => new MeanIoU(bad({})), /^MeanIoU: numClasses is undefined, expected a whole number of 1 or more/],
    [
      () => new IoU({ numClasses: 2, targetClassIds: [2] }),
      /^IoU: targetClassIds holds 2, expected classes below 2\.$/,
    ],
    [() => new AUC(bad({ curve: "PRGAINS" })), /^Unknown curve of AUC "PRGAINS"/],
    [() => new AUC({ numLabels: 2 }), /^AUC: numLabels is 2, which is for multiLabel: true alone\.$/],
    [() => new AUC({ labelWeights: [1, -1] }), /labelWeights is \[1,-1\], expected a list of numbers of 0 or more/],
    [() => new TopKCategoricalAccuracy({ k: 0 }), /k is 0, expected a whole number of 1 or more/],
    [() => new MeanMetricWrapper(bad({ fn: "mse" })), /fn is "mse", expected a function of \(yTrue, yPred\)/],
  ])("options, %#", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(ArgumentError);
  });

  test.each<[Metric, number[], number[], RegExp]>([
    [
      new CategoricalAccuracy(),
      [4],
      [4, 3],
      /targets have shape \(None,\), expected \(None, 3\)\. For class numbers use/,
    ],
    [new SparseCategoricalAccuracy(), [4, 3], [4, 3], /expected \(None,\)\. For one-hot targets use/],
    [new BinaryAccuracy(), [4], [4, 3], /expected \(None, 3\)\. Each output value needs a target/],
    [new MeanSquaredError(), [4, 2], [4, 3], /expected \(None, 3\)\. Each output value needs its target/],
  ])("%#: targets of another shape", (metric, y, output, message) => {
    const value = (shape: number[]) => ({ shape, data: new Float32Array(12) });
    const trace = () => runMetric(metric, [{ yTrue: value(y), yPred: value(output) }]);
    expect(trace).toThrow(ShapeError);
    expect(trace).toThrow(message);
    expect(trace).toThrow(new RegExp(`^${metric.name}: `));
  });
});

describe("values without targets", () => {
  const values = (...data: number[]) => ({
    yTrue: { shape: [data.length], data },
    yPred: { shape: [data.length], data },
  });

  test("means and sums run over updates", () => {
    const updates = [values(1, 2), values(3, 4, 8)];
    expect(runMetric(new Mean(), updates, { valuesOnly: true }).flatMap((each) => [...each])).toEqual([1.5, 3.6]);
    expect(runMetric(new Sum(), updates, { valuesOnly: true }).flatMap((each) => [...each])).toEqual([3, 18]);
  });

  test("nothing: 0, and a NaN stays", () => {
    const none = { ...values(1, 2), yPred: { shape: [2], data: [0, 0] } };
    expect([...runMetric(new Mean(), [none])[0]!]).toEqual([0]);
    expect(runMetric(new Mean(), [values(1, Number.NaN)], { valuesOnly: true })[0]![0]).toBeNaN();
  });
});

test("NaN at a class is no hit among the largest", () => {
  const feeds = { yTrue: { shape: [2], data: [0, 0] }, yPred: { shape: [2, 2], data: [Number.NaN, 1, 2, 1] } };
  expect([...runMetric(new SparseTopKCategoricalAccuracy({ k: 1 }), [feeds])[0]!]).toEqual([0.5]);
});

test("each metric knows which way is better, but for what has no way", () => {
  const ways = [new Mean(), new Sum(), new MeanSquaredError(), new Precision(), new CosineSimilarity()];
  expect(ways.map(({ direction }) => direction)).toEqual([undefined, undefined, "min", "max", "max"]);
});
