import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { GraphBuilder } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { ops } from "../../src/ops/index.ts";
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";
import { capacityOf, casesOf, drawInputs, emitCase, type NamedCase, opNames } from "./case-graph.ts";

/** Elements of a large input that are looked at, drawn at random. */
const SAMPLE = 40;

/** Σ cotangent · d output / d input by central differences of the float64 meaning, at some elements of input `at`. */
function differences(
  { op, attrs, inputs }: NamedCase,
  values: readonly Float64Array[],
  at: number,
  cotangent: Float64Array,
  elements: readonly number[],
) {
  const outputs = op.infer(inputs, attrs);
  const project = (x: readonly Float64Array[]) => {
    const made = outputs.map(({ shape }) => new Float64Array(sizeOf(shape)));
    op.reference(x, made, { attrs, inputs, outputs, firstRow: 0 });
    return made[0]!.reduce((sum, y, i) => sum + y * cotangent[i]!, 0);
  };
  return elements.map((i) => {
    const x = values[at]![i]!;
    const step = 1e-5 * Math.max(1, Math.abs(x));
    const moved = (to: number) => project(values.map((value, k) => (k === at ? value.with(i, to) : value)));
    return (moved(x + step) - moved(x - step)) / (2 * step);
  });
}

describe.each(opNames)("%s", (name) => {
  const cases = casesOf(name).filter((each) => each.gradients.length > 0);

  test("has a gradient case exactly when it has a gradient", () => {
    expect(cases.length > 0).toBe(typeof ops[name].gradient === "function");
  });

  test.each(cases)("$name: the gradient is the slope", (each) => {
    const values = drawInputs(each).map((x) => Float64Array.from(x));
    const builder = new GraphBuilder();
    const { inputs, outputs } = emitCase(builder, each);
    const random = new RandomStream(keyOf(99));
    const cotangent = Float64Array.from({ length: sizeOf(outputs[0]!.spec.shape) }, () => random.normal());
    const wrt = each.gradients.map((at) => inputs[at]!);
    gradients(outputs[0]!, wrt, builder.input("seed", outputs[0]!.spec)).forEach((gradient, i) => {
      builder.output(`d${each.gradients[i]}`, gradient!);
    });
    const feeds = { ...Object.fromEntries(values.map((value, i) => [`x${i}`, value])), seed: cotangent };
    const analytic = evaluateGraph(verifyGraph(builder.finish()), feeds, capacityOf(each)).outputs;
    for (const at of each.gradients) {
      const elements = [...random.permutation(values[at]!.length)].slice(0, SAMPLE);
      const actual = elements.map((i) => analytic[`d${at}`]![i]!);
      expect(analytic[`d${at}`]).toHaveLength(values[at]!.length);
      const expected = differences(each, values, at, cotangent, elements);
      expect(relativeError(actual, expected), `by input ${at}`).toBeLessThan(1e-6);
    }
  });
});
