import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Sym } from "../../ir/graph.ts";
import { real, shapeText } from "./checks.ts";
import { arrange, contract, type Labelled, sumOut } from "./contraction.ts";
import { operateOn } from "./operation.ts";
import type { Made, Value } from "./value.ts";

/**
 * Einstein's sum: operands' axes have letters, equal letters are one axis, letters that the result lacks are summed over.
 * Batches may be on both sides, and may be summed over.
 *
 * @param equation "bqhd,bkhd->bhqk"; "..." stands for the axes that have no letter; without "->" the letters that occur once are
 *   kept, in alphabetical order
 * @throws ArgumentError for an equation that cannot be read; ShapeError for sizes that differ
 * @example
 * ```ts
 * import { input } from "fovea";
 * import { einsum } from "fovea/ops";
 * const [queries, keys] = [input({ shape: [5, 2, 8] }), input({ shape: [7, 2, 8] })];
 * einsum("bqhd,bkhd->bhqk", queries, keys).shape; // [null, 2, 5, 7]
 * ```
 */
export function einsum<A extends Value>(equation: string, ...operands: A[]): Made<A> {
  const write = (...values: Sym[]) => einsumOf(equation, values.map(real));
  return operateOn("einsum", "numpy.Einsum", operands, write, { subscripts: equation });
}

function einsumOf(equation: string, values: readonly Sym[]): Sym {
  const { terms, out } = parse(equation, values);
  let [result, ...rest] = terms.map((labels, i): Labelled => ({ value: values[i]!, labels }));
  while (rest.length > 0) {
    const [next, ...later] = rest as [Labelled, ...Labelled[]];
    const own = [...new Set([...result!.labels, ...next.labels])];
    const needed = own.filter((label) => out.includes(label) || later.some(({ labels }) => labels.includes(label)));
    const labels = later.length === 0 ? out : batchFirst([result!, next], needed);
    result = { value: contract("einsum", result!, next, labels), labels };
    rest = later;
  }
  const summed = sumOut(result!, out);
  if (summed.value.spec.batched && summed.labels[0] !== out[0])
    throw new ShapeError(
      `einsum "${equation}": the batch, axis "${summed.labels[0]}", must be the first of the result.`,
    );
  return arrange(summed, out);
}

/** The labels with the batch's, if it is among them, first. */
function batchFirst(operands: readonly Labelled[], labels: readonly string[]): string[] {
  const rows = operands.flatMap(({ value, labels: [first] }) => (value.spec.batched ? [first!] : []));
  return [...labels].sort((a, b) => Number(rows.includes(b)) - Number(rows.includes(a)));
}

interface Equation {
  readonly terms: readonly string[][];
  readonly out: readonly string[];
}

function parse(equation: string, values: readonly Sym[]): Equation {
  const fail = (reason: string): ArgumentError =>
    new ArgumentError(
      `einsum ${formatValue(equation)}: ${reason}. Write it as "ij,jk->ik", one term for each operand.`,
    );
  if (typeof equation !== "string") throw fail("it is no string");
  const bare = equation.replaceAll(" ", "");
  const [inputs, output, more] = bare.split("->");
  if (more !== undefined || !/^[A-Za-z.,]*$/.test(inputs!) || !/^[A-Za-z.]*$/.test(output ?? ""))
    throw fail("it cannot be read");
  const texts = inputs!.split(",");
  if (texts.length !== values.length) throw fail(`it has ${texts.length} terms for ${values.length} operands`);
  const sizes = new Map<string, number>();
  let hidden = 0;
  const terms = texts.map((text, i) => {
    const rank = values[i]!.spec.shape.length;
    const letters = text.replace("...", "").length;
    const free = text.includes("...") ? rank - letters : 0;
    if (free < 0 || letters + free !== rank || text.replace("...", "").includes("."))
      throw fail(`term "${text}" does not name the ${rank} axes of ${shapeText(values[i]!)}`);
    hidden = Math.max(hidden, free);
    const labels = expand(text, free);
    if (new Set(labels).size < labels.length)
      throw fail(`term "${text}" names an axis twice; diagonals are not supported, use trace`);
    labels.forEach((label, axis) => {
      const size = values[i]!.spec.shape[axis]!;
      if ((sizes.get(label) ?? size) !== size)
        throw new ShapeError(
          `einsum "${equation}": axis "${label}" is ${sizes.get(label)} in one operand and ${size} in another.`,
        );
      sizes.set(label, size);
    });
    return labels;
  });
  const all = terms.flat();
  const once = [...new Set(all)].filter((label) => label.length === 1 && all.indexOf(label) === all.lastIndexOf(label));
  const out = expand(output ?? `${hidden > 0 ? "..." : ""}${once.sort().join("")}`, hidden);
  const missing = out.find((label) => !all.includes(label));
  if (missing !== undefined) throw fail(`axis "${missing}" of the result is in no operand`);
  if (new Set(out).size < out.length) throw fail("the result names an axis twice");
  return { terms, out };
}

/** The labels of a term; axes behind the dots are counted from the last one on, as they are aligned. */
function expand(text: string, hidden: number): string[] {
  const [before, after] = text.split("...");
  if (after === undefined) return [...before!];
  return [...before!, ...Array.from({ length: hidden }, (_, i) => `...${hidden - i}`), ...after];
}
