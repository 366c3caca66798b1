/** Real Keras's regularizers, constraints and initializers without chance. */
import { describe, expect, test } from "vitest";
import { toCamelCaseKeys } from "../../src/base/case.ts";
import { keyOf } from "../../src/base/random.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { GraphBuilder } from "../../src/ir/graph.ts";
import * as constraints from "../../src/nn/constraints/index.ts";
import * as initializers from "../../src/nn/initializers/index.ts";
import { classesOf } from "../../src/nn/registry.ts";
import * as regularizers from "../../src/nn/regularizers/index.ts";
import { literal } from "../../src/ops/literal.ts";
import golden from "../golden/weight-objects.json" with { type: "json" };
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

const titled = <T extends { readonly config: object }>(cases: readonly T[], name: (each: T) => string) =>
  cases.map((each) => ({ each, title: `${name(each)} ${JSON.stringify(each.config)}` }));

const make = <T extends object>(classes: Map<string, new (options: never) => T>, name: string, config: object): T => {
  const made = classes.get(name)!;
  return new made(toCamelCaseKeys(config) as never);
};

const spec = (shape: readonly number[]) => ({ shape, dtype: "float32" as const, batched: false });

const regularizerClasses = classesOf({ barrel: regularizers, base: regularizers.Regularizer });
describe("regularizers", () => {
  test.each(titled(golden.regularizers, ({ regularizer }) => regularizer))("$title", ({ each }) => {
    const { regularizer, config, value, loss, gradient } = each;
    const builder = new GraphBuilder();
    const x = builder.input("x", spec(value.shape));
    const penalty = make(regularizerClasses, regularizer, config).call(x);
    expect(penalty.spec.shape).toEqual([]);
    builder.output("loss", penalty);
    const [slope] = gradients(penalty, [x], literal(builder, [1], []));
    builder.output("gradient", slope!);
    const { outputs } = evaluateGraph(builder.finish(), { x: value.data }, 1);
    expect(relativeError(outputs.loss!, [loss])).toBeLessThan(1e-6);
    expect(relativeError(outputs.gradient!, gradient.data)).toBeLessThan(1e-6);
  });

  test.each([...regularizerClasses.keys()])("%s has numbers of Keras", (name) => {
    expect(golden.regularizers.map(({ regularizer }) => regularizer)).toContain(name);
  });
});

const constraintClasses = classesOf({ barrel: constraints, base: constraints.Constraint });
describe("constraints", () => {
  test.each(titled(golden.constraints, ({ constraint }) => constraint))("$title", ({ each }) => {
    const { constraint, config, value, result } = each;
    const builder = new GraphBuilder();
    const x = builder.input("x", spec(value.shape));
    builder.output("y", make(constraintClasses, constraint, config).call(x));
    const { outputs } = evaluateGraph(builder.finish(), { x: value.data }, 1);
    expect(relativeError(outputs.y!, result.data)).toBeLessThan(1e-6);
  });

  test.each([...constraintClasses.keys()])("%s has numbers of Keras, and keeps NaN", (name) => {
    expect(golden.constraints.map(({ constraint }) => constraint)).toContain(name);
    const builder = new GraphBuilder();
    const x = builder.input("x", spec([3, 1]));
    builder.output("y", make(constraintClasses, name, {}).call(x));
    const { outputs } = evaluateGraph(builder.finish(), { x: [1, Number.NaN, 2] }, 1);
    expect(outputs.y![1]).toBeNaN();
  });
});

// K: constraints/constraints.py, regularizers/regularizers.py. The golden rows state every option.
test.each([
  [new constraints.MaxNorm(), { maxValue: 2, axis: 0 }],
  [new constraints.MinMaxNorm(), { minValue: 0, maxValue: 1, rate: 1, axis: 0 }],
  [new constraints.UnitNorm(), { axis: 0 }],
  [new regularizers.L1(), { l1: 0.01 }],
  [new regularizers.L2(), { l2: 0.01 }],
  [new regularizers.L1L2(), { l1: 0, l2: 0 }],
  [new regularizers.OrthogonalRegularizer(), { factor: 0.01, mode: "rows" }],
])("%# has Keras's defaults", (made, config) => {
  expect(made.getConfig()).toEqual(config);
});

const initializerClasses = classesOf({ barrel: initializers, base: initializers.Initializer });
describe("initializers", () => {
  test.each(titled(golden.initializers, ({ initializer }) => initializer))("$title", ({ each }) => {
    const { initializer, config, shape, value } = each;
    const made = make(initializerClasses, initializer, config).initialize(shape, keyOf(1));
    expect(made).toHaveLength(value.data.length);
    expect(relativeError(made, value.data)).toBeLessThan(1e-6);
  });

  test.each([...initializerClasses].filter(([, made]) => !("seed" in made.options)).map(([name]) => name))(
    "%s has numbers of Keras",
    (name) => {
      expect(golden.initializers.map(({ initializer }) => initializer)).toContain(name);
    },
  );
});
