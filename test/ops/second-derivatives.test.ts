/** The gradient rules' own gradients: differences of first derivatives, for every op that has one. */
import { describe, expect, test } from "vitest";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { add } from "../../src/ops/elementwise.ts";
import { ops } from "../../src/ops/index.ts";
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";
import { capacityOf, casesOf, drawInputs, emitCase, type NamedCase, opNames } from "./case-graph.ts";

/** Elements of an input that are moved. */
const SAMPLE = 12;

/** s = Σ over inputs of ⟨cotangent, d ⟨seed, output⟩ / d input⟩, and its gradient by the inputs and the seed where it has one. */
function writeSecond(each: NamedCase) {
  const builder = new GraphBuilder();
  const { inputs, outputs } = emitCase(builder, each);
  const wrt = each.gradients.map((at) => inputs[at]!);
  const seed = builder.input("seed", outputs[0]!.spec);
  const first = gradients(outputs[0]!, wrt, seed).map((gradient) => gradient!);
  const cotangents = first.map((gradient, i) => builder.input(`cotangent${i}`, gradient.spec));
  const names = [...each.gradients.map((at) => `x${at}`), "seed"];
  const totals = new Map<string, Sym>();
  first.forEach((gradient, i) => {
    builder.output(`first${i}`, gradient);
    gradients(gradient, [...wrt, seed], cotangents[i]!).forEach((second, k) => {
      const known = totals.get(names[k]!);
      if (second !== null) totals.set(names[k]!, known === undefined ? second : add(known, second));
    });
  });
  for (const [name, total] of totals) builder.output(`by ${name}`, total);
  return { graph: verifyGraph(builder.finish()), names, seed, cotangents };
}

describe.each(opNames.filter((name) => typeof ops[name].gradient === "function"))("%s", (name) => {
  test.each(casesOf(name).filter((each) => each.gradients.length > 0))("$name", (each) => {
    const { graph, names, seed, cotangents } = writeSecond(each);
    const random = new RandomStream(keyOf(7));
    const draw = ({ spec }: Sym) => Float64Array.from({ length: sizeOf(spec.shape) }, () => random.normal());
    const feeds: Record<string, Float64Array> = { seed: draw(seed) };
    drawInputs(each).forEach((values, i) => {
      feeds[`x${i}`] = Float64Array.from(values);
    });
    cotangents.forEach((cotangent, i) => {
      feeds[`cotangent${i}`] = draw(cotangent);
    });
    const run = (values: typeof feeds) => evaluateGraph(graph, values, capacityOf(each)).outputs;
    const projected = (values: typeof feeds) => {
      const outputs = run(values);
      const dot = (i: number) => outputs[`first${i}`]!.reduce((sum, y, k) => sum + y * feeds[`cotangent${i}`]![k]!, 0);
      return cotangents.reduce((sum, _, i) => sum + dot(i), 0);
    };
    const analytic = run(feeds);
    for (const by of names) {
      const values = feeds[by]!;
      const elements = [...random.permutation(values.length)].slice(0, SAMPLE);
      const expected = elements.map((i) => {
        const step = 1e-5 * Math.max(1, Math.abs(values[i]!));
        const moved = (to: number) => projected({ ...feeds, [by]: values.with(i, to) });
        return (moved(values[i]! + step) - moved(values[i]! - step)) / (2 * step);
      });
      const actual = elements.map((i) => analytic[`by ${by}`]?.[i] ?? 0);
      const scale = Math.max(1e-3, ...expected.map(Math.abs));
      expect(relativeError(actual, expected, scale), `by ${by}`).toBeLessThan(2e-6);
    }
  });
});
