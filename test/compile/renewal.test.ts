import { expect, test } from "vitest";
import { plan } from "../../src/compile/plan.ts";
import { traceGraph } from "../../src/engine/session.ts";
import { emitOne, type Op } from "../../src/ir/op.ts";
import type { Traits } from "../../src/ir/program.ts";
import { mul, sub } from "../../src/ops/elementwise.ts";
import { reduceSum } from "../../src/ops/reduce.ts";

const traits: Traits = { sliceRows: 2, kernels: new Set(), fusedOperands: 0, alignment: 8, slack: 0 };

/** Twice the value; `recompute` as asked. */
const twice = (recompute: boolean): Op => ({
  name: "twice",
  ...(recompute ? { recompute: true } : {}),
  infer: ([x]) => [x!],
  reference: ([x], [y]) => y!.set(x!.map((value) => 2 * value)),
});

/** t = twice(x) is read beside its own maker, and again after a sum over all rows. */
const trace = (recompute: boolean) =>
  traceGraph((builder) => {
    const x = builder.input("x", { shape: [8, 3], dtype: "float32", batched: true });
    const t = emitOne(twice(recompute), [x], {});
    const sum = reduceSum(mul(t, t), [0], true);
    builder.output("y", mul(t, sum));
    builder.output("z", sub(t, sum));
  });

const callsOf = (recompute: boolean) =>
  plan(trace(recompute), traits).phases.map(({ calls }) => calls.map(({ op }) => op.name));

test("a value that is cheap to make is made once in each phase that reads it, and kept in none", () => {
  const phases = callsOf(true);
  expect(phases.filter((calls) => calls.includes("twice"))).toHaveLength(2);
  for (const calls of phases) expect(calls.filter((name) => name === "twice").length).toBeLessThanOrEqual(1);
  const { buffers } = plan(trace(true), traits);
  expect(buffers.filter(({ kind, spec }) => kind === "shared" && spec.batched)).toEqual([]);
});

test("any other value is kept for the whole batch", () => {
  expect(
    callsOf(false)
      .flat()
      .filter((name) => name === "twice"),
  ).toHaveLength(1);
  const { buffers } = plan(trace(false), traits);
  expect(buffers.filter(({ kind, spec }) => kind === "shared" && spec.batched)).toHaveLength(1);
});
