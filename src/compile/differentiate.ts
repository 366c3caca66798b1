/**
 * Reverse-mode differentiation: visits the nodes between the variables and the loss in reverse order and applies each op's
 * gradient rule. The gradient of a value with several readers is the sum of its readers' gradients.
 */
import { ArgumentError, InternalError } from "../base/errors.ts";
import type { Node, Sym } from "../ir/graph.ts";
import { convert } from "../ir/precision.ts";
import { add } from "../ops/elementwise.ts";
import { literal } from "../ops/literal.ts";

/**
 * Emits d(Σ value·seed)/d wrt for each of `wrt`; null where the value does not depend on it, or only through ops whose
 * derivative is zero.
 * @param value what is differentiated; a scalar unless `seed` is given
 * @param seed gradient of the final number by `value`; default 1
 * @throws ArgumentError when an op without a gradient lies between
 */
export function gradients(value: Sym, wrt: readonly Sym[], seed?: Sym): (Sym | null)[] {
  const { builder } = value;
  if (seed === undefined && value.spec.shape.length > 0)
    throw new InternalError("Only a scalar can be differentiated without a seed.");
  const nodes = [...builder.nodes];
  const reached = dependents(nodes, wrt);
  const totals = new Map<Sym, Sym>([[value, seed ?? literal(builder, [1], [])]]);
  const accumulate = (sym: Sym, gradient: Sym) => {
    // The gradient of what is stored as float16 is stored as it; gradients of weights are sums over rows, which stay float32.
    const own = sym.precision === "float16" && sym.spec.batched ? convert(gradient, "float16") : gradient;
    const known = totals.get(sym);
    totals.set(sym, known === undefined ? own : add(known, own));
  };
  for (const node of nodes.reverse()) {
    const upstream = node.outputs.map((output) => totals.get(output) ?? null);
    const { gradient: rule } = node.op;
    if (rule === "zero" || upstream.every((gradient) => gradient === null)) continue;
    if (!node.inputs.some((input) => reached.has(input))) continue;
    if (rule === undefined) throw missingGradient(node);
    builder.within(node.origin && { ...node.origin, backward: true }, () => {
      const made = rule({
        inputs: node.inputs,
        outputs: node.outputs,
        attrs: node.attrs,
        gradients: upstream,
        wanted: (input) => reached.has(node.inputs[input]!),
      });
      node.inputs.forEach((input, i) => {
        const gradient = made[i] ?? null;
        if (gradient !== null && reached.has(input)) accumulate(input, gradient);
      });
    });
  }
  return wrt.map((sym) => totals.get(sym) ?? null);
}

function missingGradient({ op, origin }: Node): ArgumentError {
  const where = origin === undefined ? "" : ` of "${origin.owner}"`;
  return new ArgumentError(
    `The op "${op.name}"${where} has no gradient, but the loss depends on trained values through it. ` +
      `Give the op a gradient rule ("zero" where its derivative is zero), or pass its inputs through stopGradient.`,
  );
}

/** The values that change when any of `sources` does by a little, the sources included. */
function dependents(nodes: readonly Node[], sources: readonly Sym[]): Set<Sym> {
  const reached = new Set(sources);
  for (const node of nodes) {
    if (node.op.gradient !== "zero" && node.inputs.some((input) => reached.has(input)))
      for (const output of node.outputs) reached.add(output);
  }
  return reached;
}
