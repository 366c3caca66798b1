/** Ops whose gradients are differentiated in turn: second derivatives against central differences of the first. */
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { GraphBuilder } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { mul } from "../../src/ops/elementwise.ts";
import { reduceSum } from "../../src/ops/reduce.ts";
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";
import { capacityOf, casesOf, drawInputs, emitCase, type NamedCase } from "./case-graph.ts";

/** z = Σ c · (d Σ seed · y / d x) over the inputs x with a gradient, whose slopes by x and by the seed are looked at. */
function emitSlope(each: NamedCase) {
  const builder = new GraphBuilder();
  const { inputs, outputs } = emitCase(builder, each);
  const seed = builder.input("seed", outputs[0]!.spec);
  const sources = each.gradients.map((at) => inputs[at]!);
  const first = gradients(outputs[0]!, sources, seed).map((gradient, i) => {
    const weights = builder.input(`c${each.gradients[i]}`, gradient!.spec);
    const { shape } = gradient!.spec;
    return reduceSum(
      mul(gradient!, weights),
      shape.map((_, axis) => axis),
    );
  });
  const total = first.slice(1).reduce((sum, part) => mul(sum, part), first[0]!);
  return { builder, total, sources: [...sources, seed], names: [...each.gradients.map((at) => `x${at}`), "seed"] };
}

describe.each(["batchMatMul", "gather", "scatterAdd", "crop", "pad", "concatenate", "split"] as const)("%s", (name) => {
  const cases = casesOf(name).filter((each) => each.gradients.length > 0 && each.inputs.length < 5);
  test.each(cases)("$name", (each) => {
    const { builder, total, sources, names } = emitSlope(each);
    builder.output("z", total);
    const second = gradients(total, sources);
    second.forEach((gradient, i) => {
      if (gradient !== null) builder.output(`d${i}`, gradient);
    });
    const graph = verifyGraph(builder.finish());
    const random = new RandomStream(keyOf(41));
    const feeds: Record<string, number[]> = {};
    drawInputs(each).forEach((value, i) => {
      feeds[`x${i}`] = [...value];
    });
    for (const [input, sym] of graph.inputs)
      feeds[input] ??= Array.from({ length: sizeOf(sym.spec.shape) }, () => random.normal());
    const rows = capacityOf(each);
    const evaluate = (moved: Record<string, number[]>) => evaluateGraph(graph, moved, rows).outputs;
    const made = evaluate(feeds);
    names.forEach((input, i) => {
      const value = feeds[input]!;
      const places = [...random.permutation(value.length)].slice(0, 12);
      const expected = places.map((at) => {
        const z = (step: number) => evaluate({ ...feeds, [input]: value.with(at, value[at]! + step) }).z![0]!;
        return (z(1e-4) - z(-1e-4)) / 2e-4;
      });
      const actual = places.map((at) => made[`d${i}`]?.[at] ?? 0);
      expect(relativeError(actual, expected, 1e-3), `by ${input}`).toBeLessThan(1e-5);
    });
  });
});
