import { describe, expect, test } from "vitest";
import { ArgumentError, InternalError } from "../../src/base/errors.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { GraphBuilder, type Spec, type Sym } from "../../src/ir/graph.ts";
import { emitOne, type Op } from "../../src/ir/op.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { add, floor, less, mul, relu, square, stopGradient, sub } from "../../src/ops/elementwise.ts";
import { matMul } from "../../src/ops/mat-mul.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { evaluateGraph, type Values } from "../ir/evaluate-graph.ts";

const vector: Spec = { shape: [3], dtype: "float32", batched: false };
const rows: Spec = { shape: [2, 3], dtype: "float32", batched: true };

/** Gradients of a scalar by the named inputs. */
function slopes(inputs: Readonly<Record<string, Spec>>, loss: (syms: Record<string, Sym>) => Sym, feeds: Values) {
  const builder = new GraphBuilder();
  const syms = Object.fromEntries(Object.entries(inputs).map(([name, spec]) => [name, builder.input(name, spec)]));
  const names = Object.keys(inputs);
  gradients(loss(syms), Object.values(syms)).forEach((gradient, i) => {
    if (gradient !== null) builder.output(names[i]!, gradient);
  });
  const { outputs } = evaluateGraph(verifyGraph(builder.finish()), feeds, 2);
  return Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, [...values]]));
}

test("a value that is read several times gets the sum of its readers' gradients", () => {
  // x² + 3x + x·x: slope 4x + 3
  const loss = ({ x }: Record<string, Sym>) => reduceSum(add(add(square(x!), mul(3, x!)), mul(x!, x!)), [0]);
  expect(slopes({ x: vector }, loss, { x: [1, -2, 0] })).toEqual({ x: [7, -5, 3] });
});

test("the gradient of a repeated value is summed over its repetitions", () => {
  const loss = ({ x, bias, scale }: Record<string, Sym>) => reduceSum(mul(add(x!, bias!), scale!), [0, 1]);
  const specs = { x: rows, bias: vector, scale: { ...vector, shape: [] } };
  expect(slopes(specs, loss, { x: [1, 2, 3, 4, 5, 6], bias: [10, 20, 30], scale: [2] })).toEqual({
    x: [2, 2, 2, 2, 2, 2],
    bias: [4, 4, 4],
    scale: [141],
  });
});

test("what the loss does not depend on has no gradient", () => {
  const loss = ({ x }: Record<string, Sym>) => reduceSum(x!, [0]);
  expect(slopes({ x: vector, y: vector }, loss, { x: [1, 2, 3], y: [1, 2, 3] })).toEqual({ x: [1, 1, 1] });
});

test("no gradient goes through an op whose derivative is zero", () => {
  const loss = ({ x }: Record<string, Sym>) => reduceSum(mul(floor(x!), x!), [0]);
  expect(slopes({ x: vector }, loss, { x: [1.5, -0.5, 2] })).toEqual({ x: [1, -1, 2] });
});

describe("an op that states no gradient", () => {
  const bareOp: Op = { name: "bare", infer: ([x]) => [x!], reference: ([x], [y]) => y!.set(x!) };
  const bare = (x: Sym) => emitOne(bareOp, [x], {});
  const start = () => {
    const builder = new GraphBuilder();
    return { builder, x: builder.input("x", vector), y: builder.input("y", vector) };
  };

  test("between a wanted value and the loss is an error that names it and its layer", () => {
    const { builder, x } = start();
    const loss = reduceSum(
      builder.within({ owner: "my_layer", backward: false }, () => bare(square(x))),
      [0],
    );
    expect(() => gradients(loss, [x])).toThrow(
      new ArgumentError(
        'The op "bare" of "my_layer" has no gradient, but the loss depends on trained values through it. ' +
          'Give the op a gradient rule ("zero" where its derivative is zero), or pass its inputs through stopGradient.',
      ),
    );
  });

  test("does no harm elsewhere: beside the way, behind stopGradient, behind a step", () => {
    const { x, y } = start();
    const loss = reduceSum(add(mul(x, bare(y)), add(bare(stopGradient(x)), bare(less(x, y)))), [0]);
    expect(gradients(loss, [x])[0]).not.toBeNull();
    expect(gradients(reduceSum(bare(x), [0]), [y])).toEqual([null]);
  });
});

describe("nothing is emitted that nobody wants", () => {
  test("the image's gradient is not made when only the weights' is wanted", () => {
    const builder = new GraphBuilder();
    const [x, w] = [builder.input("x", rows), builder.input("w", { ...vector, shape: [3, 4] })];
    const loss = reduceSum(relu(matMul(x, w)), [0, 1]);
    const before = builder.nodes.length;
    expect(gradients(loss, [w])[0]!.spec.shape).toEqual([3, 4]);
    const made = builder.nodes.slice(before);
    expect(made.filter(({ op }) => op.name === "transpose")).toHaveLength(0);
    expect(made.flatMap(({ outputs }) => outputs).filter(({ spec }) => spec.shape.join() === "2,3")).toHaveLength(0);
  });

  test("branches that do not lead to a wanted value are not walked", () => {
    const builder = new GraphBuilder();
    const [x, y] = [builder.input("x", vector), builder.input("y", vector)];
    const branch = square(square(square(y)));
    const loss = reduceSum(sub(x, branch), [0]);
    const before = builder.nodes.length;
    gradients(loss, [x]);
    expect(builder.nodes.slice(before).some(({ inputs }) => inputs.includes(branch) || inputs.includes(y))).toBe(false);
  });
});

test("the gradient of a value by itself is the seed", () => {
  const builder = new GraphBuilder();
  const [x, seed] = [builder.input("x", vector), builder.input("seed", vector)];
  expect(gradients(x, [x], seed)).toEqual([seed]);
});

test("a tensor needs a seed", () => {
  const x = new GraphBuilder().input("x", vector);
  expect(() => gradients(x, [x])).toThrow(new InternalError("Only a scalar can be differentiated without a seed."));
});
