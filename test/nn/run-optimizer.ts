/** Traces steps of optimizers into graphs and evaluates them in float64, without a device. */
import { sizeOf } from "../../src/base/shape.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import type { Optimizer } from "../../src/nn/optimizers/index.ts";
import { Trace } from "../../src/nn/trace.ts";
import type { Variable } from "../../src/nn/variable.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

type Numbers = ArrayLike<number>;
type Guard = (fresh: Sym, old: Sym) => Sym;

/** Writes a step of an optimizer that was built for the weights; the gradients are the inputs "g0", "g1", … */
export function traceOptimizer(
  builder: GraphBuilder,
  optimizer: Optimizer,
  weights: readonly Variable[],
  guard?: Guard,
): void {
  const pairs = weights.map((variable, i) => ({
    variable,
    gradient: builder.input(`g${i}`, { shape: variable.shape, dtype: "float32", batched: false }),
  }));
  const trace = new Trace({ builder, training: true });
  trace.write(() => optimizer.apply(pairs));
  trace.commit(guard);
}

/** Steps an optimizer over host variables, in place; every written value passes through `guard`. */
export function stepOptimizer(
  optimizer: Optimizer,
  weights: readonly Variable[],
  slopes: readonly Numbers[],
  guard?: Guard,
): void {
  optimizer.build(weights);
  const builder = new GraphBuilder();
  traceOptimizer(builder, optimizer, weights, guard);
  const state = [...weights, ...optimizer.variablesOf(weights)];
  const { variables } = evaluateGraph(
    verifyGraph(builder.finish()),
    Object.fromEntries(slopes.map((slope, i) => [`g${i}`, slope])),
    1,
    Object.fromEntries(state.map(({ path, value }) => [path, value])),
  );
  for (const variable of state) {
    const value = variables[variable.path];
    if (value === undefined) continue;
    if (value.length !== sizeOf(variable.shape)) throw new Error(`"${variable.path}" has changed its size.`);
    variable.value = Float32Array.from(value);
  }
}
