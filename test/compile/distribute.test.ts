/** Several processes in one: their graphs run in step, and the test adds up what they exchange. */
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../src/base/shape.ts";
import { compile } from "../../src/compile/compile.ts";
import { decompose } from "../../src/compile/decompose.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { distribute, ranksBeforeInput, rowsByRankInput } from "../../src/compile/distribute.ts";
import { traceGraph } from "../../src/engine/session.ts";
import { firstRowInput, type Graph, meanOverInput, type Sym, withRows } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { allSumOp, beginSumOp } from "../../src/ops/all-sum.ts";
import { div, mul, square, sub } from "../../src/ops/elementwise.ts";
import { randomUniform } from "../../src/ops/random-uniform.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { rowNumber } from "../../src/ops/row-number.ts";
import { shareSum } from "../../src/ops/share-sum.ts";
import { evaluateGraph, type Values } from "../ir/evaluate-graph.ts";
import { fc } from "../properties.ts";
import { compareProgram, settings } from "./compare-program.ts";
import { randomGraph } from "./random-graph.ts";

/** Outputs and variables of each process; `counts`: the live rows of each. */
function evaluateShares(graph: Graph, inputs: Values, counts: readonly number[], variables: Values) {
  const starts = counts.map((_, rank) => counts.slice(0, rank).reduce((sum, count) => sum + count, 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const processes = counts.map((rows, rank) => {
    const values = new Map<Sym, Float64Array>();
    const own: Values = {
      [meanOverInput]: [total],
      [firstRowInput]: [starts[rank]!],
      [rowsByRankInput]: counts.map((count, other) => (other === rank ? count : 0)),
      [ranksBeforeInput]: counts.map((_, other) => (other < rank ? 1 : 0)),
    };
    for (const [name, sym] of graph.inputs) {
      const size = sizeOf(withRows(sym.spec, rows).shape);
      const from = sym.spec.batched ? starts[rank]! * sizeOf(sym.spec.shape.slice(1)) : 0;
      values.set(sym, Float64Array.from(own[name] ?? inputs[name]!).slice(from, from + size));
    }
    for (const { name, sym } of graph.variables) values.set(sym, Float64Array.from(variables[name]!));
    return { rows, values };
  });
  for (const { op, attrs, inputs: read, outputs } of graph.nodes) {
    for (const { rows, values } of processes) {
      const specs = (syms: readonly Sym[]) => syms.map((sym) => withRows(sym.spec, rows));
      const made = specs(outputs).map(({ shape }) => new Float64Array(sizeOf(shape)));
      const call = { attrs, inputs: specs(read), outputs: specs(outputs), firstRow: 0 };
      op.reference(
        read.map((sym) => values.get(sym)!),
        made,
        call,
      );
      outputs.forEach((output, i) => {
        values.set(output, made[i]!);
      });
    }
    if (op !== allSumOp && op !== beginSumOp) continue;
    for (const output of outputs) {
      const all = processes.map(({ values }) => values.get(output)!);
      const sum = all[0]!.map((_, i) => all.reduce((before, each) => before + each[i]!, 0));
      for (const { values } of processes) values.set(output, sum);
    }
  }
  return processes.map(({ values }) => ({
    outputs: Object.fromEntries([...graph.outputs].map(([name, sym]) => [name, values.get(sym)!])),
    variables: Object.fromEntries(graph.variables.map(({ name, sym, update }) => [name, values.get(update ?? sym)!])),
  }));
}

/** Checks that the processes compute what one computes: equal unbatched values, and a share of each batched one. */
function compareShares(graph: Graph, inputs: Values, variables: Values, counts: readonly number[]): void {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const whole = evaluateGraph(graph, inputs, rows, variables);
  for (const countsRows of [false, true]) {
    const shared = verifyGraph(distribute(graph, { processes: counts.length, countsRows, overlaps: true }));
    const shares = evaluateShares(shared, inputs, counts, variables);
    const close = (actual: Float64Array, expected: Float64Array) => {
      expect(actual.length).toBe(expected.length);
      expected.forEach((value, i) => {
        expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
      });
    };
    for (const [name, sym] of graph.outputs) {
      const own = shares.map(({ outputs }) => outputs[name]!);
      if (sym.spec.batched) close(Float64Array.from(own.flatMap((each) => [...each])), whole.outputs[name]!);
      else for (const each of own) close(each, whole.outputs[name]!);
    }
    for (const { variables: after } of shares)
      for (const [name, value] of Object.entries(whole.variables)) close(after[name]!, value);
  }
}

const counts = fc.constantFrom([5], [3, 2], [1, 4], [2, 1, 2], [1, 0, 0, 1], [0, 1]);

describe("random graphs", () => {
  test("several processes compute what one computes, whatever rows each has", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 30 }), counts, (seed, size, each) => {
        const { graph, inputs, variables } = randomGraph(seed, size, 5);
        compareShares(graph, inputs, variables, each);
      }),
    );
  });

  test("a program with exchanges computes what its graph means", () => {
    fc.assert(
      fc.property(
        fc.record({ seed: fc.nat(), size: fc.integer({ min: 0, max: 30 }), rows: fc.integer({ min: 1, max: 5 }) }),
        fc.constantFrom(...settings.filter(({ wholeBatch }) => !wholeBatch).slice(0, 3)),
        ({ seed, size, rows }, setting) => {
          const { graph, inputs, variables } = randomGraph(seed, size, 5);
          const shared = distribute(graph, { processes: 1, countsRows: false, overlaps: true });
          const fed = { ...inputs, [meanOverInput]: [rows], [firstRowInput]: [0] };
          compareProgram(shared, fed, variables, [rows], setting);
        },
      ),
    );
  });
});

/** x [6, 2] → its mean over rows, the variance, and each row with its number and a random number. */
const statistics = () =>
  traceGraph((builder) => {
    const x = builder.input("x", { shape: [6, 2], dtype: "float32", batched: true });
    const mean = div(reduceSum(x, [0], true), builder.localRows());
    builder.output("variance", div(reduceSum(square(sub(x, mean)), [0]), builder.meanOver()));
    builder.output("numbers", rowNumber(x));
    builder.output("numbered", reduceSum(mul(rowNumber(x), reduceSum(x, [1])), [0]));
    builder.output(
      "drawn",
      randomUniform(builder.input("step", { shape: [], dtype: "float32", batched: false }), x, [3, 4], [2]),
    );
  });

test("rows are counted over all processes, by number and in random numbers too", () => {
  const x = Float64Array.from({ length: 12 }, (_, i) => Math.sin(i));
  for (const each of [
    [3, 3],
    [2, 0, 4],
    [1, 1, 1, 2],
  ])
    compareShares(statistics(), { x, step: [2] }, {}, each);
});

test("a sum over the rows of one process stays its own, and what is summed of it afterwards is exchanged", () => {
  const x = [1, 2, 3, 4, 5, 6];
  const graph = traceGraph((builder) => {
    const rows = builder.input("x", { shape: [6, 1], dtype: "float32", batched: true });
    builder.output("own", shareSum(rows));
    builder.output("all", reduceSum(mul(rows, shareSum(rows)), [0]));
    builder.output("slope", gradients(reduceSum(mul(square(rows), shareSum(rows)), [0, 1]), [rows])[0]!);
  });
  const shared = decompose(distribute(graph, { processes: 2, countsRows: false, overlaps: true }), {
    kernels: new Set<string>(),
  });
  const [first, second] = evaluateShares(verifyGraph(shared), { x }, [2, 4], {});
  expect([first!.outputs.own, second!.outputs.own].map((each) => [...each!])).toEqual([
    [3, 3],
    [18, 18, 18, 18],
  ]);
  // (1 + 2) · 3 + (3 + 4 + 5 + 6) · 18
  for (const { outputs } of [first!, second!]) expect([...outputs.all!]).toEqual([333]);
  // d/dxᵢ Σⱼ xⱼ² Σₖ xₖ = 2 xᵢ Σₖ xₖ + Σⱼ xⱼ²
  expect([...first!.outputs.slope!]).toEqual([11, 17]);
  expect([...second!.outputs.slope!]).toEqual([194, 230, 266, 302]);
});

/** Ops of the exchanges and the numbers of their operands. */
const exchangesOf = ({ nodes }: Graph) =>
  nodes.filter(({ op }) => op.collective).map(({ op, inputs }) => [op.name, inputs.length]);

test("sums that wait for the same exchanges are exchanged together, and those that nothing waits for with the last ones", () => {
  // Of the variance and the numbered sum the first waits for the mean's sum.
  const shared = distribute(statistics(), { processes: 2, countsRows: false, overlaps: true });
  expect(exchangesOf(shared)).toEqual([
    ["allSum", 1],
    ["allSum", 2],
  ]);
});

test("large sums that nothing waits for are exchanged while others are computed, where that is wanted", () => {
  const width = 9000;
  const graph = traceGraph((builder) => {
    const x = builder.input("x", { shape: [5, width], dtype: "float32", batched: true });
    const weight = builder.variable("weight", [width]);
    const mean = div(reduceSum(x, [0], true), builder.localRows());
    const gradient = reduceSum(square(x), [0]);
    builder.update("weight", sub(weight, gradient));
    builder.output("variance", reduceSum(square(sub(x, mean)), [0, 1]));
  });
  const overlapped = distribute(graph, { processes: 2, countsRows: false, overlaps: true });
  expect(exchangesOf(overlapped)).toEqual([
    ["allSum", 1],
    ["beginSum", 1],
    ["allSum", 1],
    ["endSum", 2],
  ]);
  expect(exchangesOf(distribute(graph, { processes: 2, countsRows: false, overlaps: false }))).toEqual([
    ["allSum", 1],
    ["allSum", 2],
  ]);
  const [x, weight] = [5 * width, width].map((size) => Float64Array.from({ length: size }, (_, i) => Math.sin(i)));
  compareShares(graph, { x: x! }, { weight: weight! }, [3, 2]);
  for (const setting of settings.filter(({ wholeBatch }) => !wholeBatch).slice(0, 3)) {
    const alone = distribute(graph, { processes: 1, countsRows: false, overlaps: true });
    compareProgram(alone, { x: x!, [meanOverInput]: [5], [firstRowInput]: [0] }, { weight: weight! }, [5], setting);
  }
});

test("the step of one process has no exchange, and is compiled as if there were none", () => {
  const graph = statistics();
  const traits = { sliceRows: 8, kernels: new Set<string>(), fusedOperands: 0, alignment: 64, slack: 0 };
  const { phases } = compile(graph, traits);
  expect(phases.flatMap(({ calls }) => calls.map(({ mode }) => mode))).not.toContain("exchange");
});
