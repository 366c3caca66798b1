/** Random graphs of every kind of node that the planner tells apart. A smaller `size` is the beginning of the same graph. */
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sameShape, sizeOf } from "../../src/base/shape.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { type Graph, GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import { inferElementwise } from "../../src/ops/broadcast.ts";
import { conv2d } from "../../src/ops/conv2d.ts";
import { abs, add, mul, neg, relu, sigmoid, sub, tanh, where } from "../../src/ops/elementwise.ts";
import { literal } from "../../src/ops/literal.ts";
import { matMul, matMulOp, transpose } from "../../src/ops/mat-mul.ts";
import { maxPool2d } from "../../src/ops/max-pool2d.ts";
import { randomUniform } from "../../src/ops/random-uniform.ts";
import { broadcastTo, reduceSum } from "../../src/ops/reduce.ts";
import { reduceMax } from "../../src/ops/reduce-max.ts";
import { reshape } from "../../src/ops/reshape.ts";
import { logSoftmax, softmax } from "../../src/ops/softmax.ts";

export interface RandomGraph {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Float64Array>>;
  readonly variables: Readonly<Record<string, Float64Array>>;
}

const variableShapes = { a: [3], b: [3], c: [1, 3], m: [3, 3], n: [3, 3], s: [], t: [], w: [2, 2, 2, 2] };

/** Values stay small: whatever can grow goes through tanh or a mean. */
export function randomGraph(seed: number, size: number, capacity: number): RandomGraph {
  const random = new RandomStream(keyOf(seed));
  const builder = new GraphBuilder();
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]!;
  const inputShapes = { x: [capacity, 3], z: [capacity, 2, 3], v: [capacity, 3, 3, 2] };
  const inputs = Object.entries(inputShapes).map(([name, shape]) =>
    builder.input(name, { shape, dtype: "float32", batched: true }),
  );
  const bytes = builder.input("u", { shape: [capacity, 3], dtype: "uint8", batched: true });
  const variables = Object.entries(variableShapes).map(([name, shape]) => builder.variable(name, shape));
  const pool: Sym[] = [...inputs, ...variables, builder.localRows()];
  const leaves = [...pool];
  // Recent values are taken more often, so that chains grow.
  const recent = (from: readonly Sym[]) => (random.below(3) > 0 ? pick(from.slice(-6)) : pick(from));
  const some = (fits: (sym: Sym) => boolean) => {
    const found = pool.filter(fits);
    return found.length === 0 ? undefined : recent(found);
  };
  const rank = (sym: Sym) => sym.spec.shape.length;
  const fits = (a: Sym, b: Sym) => {
    try {
      return inferElementwise([a.spec, b.spec]) !== undefined;
    } catch {
      return false;
    }
  };
  const moves: readonly (() => readonly (Sym | null | undefined)[])[] = [
    () => [pick([tanh, neg, abs, sigmoid, relu])(recent(pool))],
    () => [pick([tanh, neg, abs, sigmoid, relu])(recent(pool))],
    () => {
      const a = recent(pool);
      const b = some((other) => fits(a, other))!;
      const combine = pick([
        () => mul(0.5, add(a, b)),
        () => tanh(mul(a, b)),
        () => tanh(sub(a, b)),
        () => where(a, b, b, a),
        () => tanh(add(mul(a, b), a)),
      ]);
      return [combine()];
    },
    () => [mul(bytes, 1 / 255)],
    () => [mul(transpose(reshape(bytes, [capacity, 3, 1]), [0, 2, 1]), 1 / 255)],
    () => {
      const x = recent(pool);
      const axes = x.spec.shape.flatMap((_, i) => (random.below(2) === 0 ? [i] : []));
      const count = axes.reduce((product, axis) => product * x.spec.shape[axis]!, 1);
      return [mul(1 / count, reduceSum(x, axes, random.below(2) === 0))];
    },
    () => {
      const x = some((sym) => rank(sym) > 0 && sym.spec.shape.at(-1) === 3);
      const m = some((sym) => rank(sym) === 2 && !sym.spec.batched && sym.spec.shape[0] === 3);
      return x === undefined || m === undefined || (rank(x) === 1 && x.spec.batched) ? [] : [tanh(matMul(x, m))];
    },
    () => {
      const a = some((sym) => rank(sym) >= 2);
      if (a === undefined) return [];
      const lead = a.spec.shape.slice(0, -1);
      const b = some(
        (sym) => rank(sym) >= 2 && sym.spec.batched === a.spec.batched && sameShape(sym.spec.shape.slice(0, -1), lead),
      )!;
      return [mul(0.1, builder.emit(matMulOp, [a, b], { transposeA: true })[0]!)];
    },
    () => {
      const x = recent(pool);
      const { shape, batched } = x.spec;
      const row = batched ? shape.slice(1) : shape;
      const flat = pick([[sizeOf(row)], [1, ...row], [...row, 1], row.filter((axis) => axis !== 1)]);
      return [reshape(x, batched ? [shape[0]!, ...flat] : flat)];
    },
    () => {
      const x = some((sym) => rank(sym) >= (sym.spec.batched ? 3 : 2));
      if (x === undefined) return [];
      const axes = x.spec.shape.map((_, i) => i);
      return [transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!])];
    },
    () => {
      const x = some((sym) => rank(sym) >= (sym.spec.batched ? 2 : 1));
      return x === undefined ? [] : [pick([softmax, (y: Sym) => tanh(logSoftmax(y))])(x)];
    },
    () => {
      const x = some((sym) => !sym.spec.batched);
      return x === undefined
        ? []
        : [broadcastTo(x, { shape: [capacity, ...x.spec.shape], batched: true, dtype: "float32" })];
    },
    () => {
      const x = some((sym) => rank(sym) >= 2);
      return x === undefined ? [] : [reduceMax(x, [-1], random.below(2) === 0)];
    },
    () => [literal(builder, [0.5, -0.25, 0.125], [3])],
    () => [
      randomUniform(builder.localRows(), recent(pool.filter((sym) => sym.spec.batched)), [random.below(9), 1], [3]),
    ],
    () => {
      const x = some((sym) => sym.spec.batched && rank(sym) === 4 && sym.spec.shape[3] === 2);
      const w = variables.at(-1)!;
      const options = {
        strides: [1, 1],
        pad: [
          [0, 1],
          [1, 0],
        ],
        dilation: [1, 1],
        groups: 1,
      } as const;
      return x === undefined ? [] : [tanh(conv2d(x, w, options))];
    },
    () => {
      const x = some((sym) => sym.spec.batched && rank(sym) === 4);
      const options = {
        window: [2, 2],
        strides: [1, 2],
        pad: [
          [0, 1],
          [0, 1],
        ],
      } as const;
      return x === undefined ? [] : [maxPool2d(x, options)];
    },
    () => {
      const value = recent(pool);
      const loss = reduceSum(
        value,
        value.spec.shape.map((_, i) => i),
      );
      const slopes = gradients(loss, [pick(leaves), pick(leaves), pick(leaves)]);
      return slopes.map((slope) => (slope === null ? null : tanh(slope)));
    },
  ];
  for (let step = 0; step < size; step++) for (const sym of pick(moves)()) if (sym) pool.push(sym);
  for (const [i, variable] of variables.entries()) {
    const news = pool.filter(
      ({ spec }) => !spec.batched && sizeOf(spec.shape) === sizeOf(variable.spec.shape) && random.below(4) > 0,
    );
    if (news.length > 0) builder.update(Object.keys(variableShapes)[i]!, reshape(recent(news), variable.spec.shape));
  }
  for (let k = random.below(5); k >= 0; k--) builder.output(`y${k}`, random.below(9) === 0 ? bytes : recent(pool));
  const draw = (shape: readonly number[], number = () => random.normal()) =>
    Float64Array.from({ length: sizeOf(shape) }, number);
  const drawAll = (shapes: Readonly<Record<string, readonly number[]>>) =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, draw(shape)]));
  return {
    graph: builder.finish(),
    inputs: { ...drawAll(inputShapes), u: draw([capacity, 3], () => random.below(256)) },
    variables: drawAll(variableShapes),
  };
}
