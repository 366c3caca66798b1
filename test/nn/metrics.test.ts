import { describe, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../../src/base/errors.ts";
import {
  BinaryAccuracy,
  CategoricalAccuracy,
  checkMetric,
  MeanSquaredError,
  type Metric,
  resolveMetric,
  SparseCategoricalAccuracy,
} from "../../src/nn/metrics.ts";
import { runRows } from "./run-nn.ts";

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

describe("names", () => {
  test.each([
    ["categorical_accuracy", CategoricalAccuracy, "max"],
    ["CategoricalAccuracy", CategoricalAccuracy, "max"],
    ["sparse_categorical_accuracy", SparseCategoricalAccuracy, "max"],
    ["binary_accuracy", BinaryAccuracy, "max"],
    ["mse", MeanSquaredError, "min"],
    ["MSE", MeanSquaredError, "min"],
    ["mean_squared_error", MeanSquaredError, "min"],
  ])("%s is kept as the name in logs", (name, made, direction) => {
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
    expect(() => checkMetric(bad(name))).toThrow(/^Unknown metric .*Known: accuracy, /);
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
    const trace = () => runRows((t, p) => metric.emit(t, p), value(y), value(output));
    expect(trace).toThrow(ShapeError);
    expect(trace).toThrow(message);
    expect(trace).toThrow(new RegExp(`^${metric.name}: `));
  });
});
