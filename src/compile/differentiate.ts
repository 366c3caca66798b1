/**
 * Reverse-mode differentiation: walks the nodes that lie between the variables and the loss backwards and asks each op for its
 * gradient rule. A value that is read several times gets the sum of its readers' gradients.
 */
import { InternalError } from "../base/errors.ts";
import type { Node, Sym } from "../ir/graph.ts";
import { add } from "../ops/elementwise.ts";
import { literal } from "../ops/literal.ts";

/**
 * Emits d(Σ value·seed)/d wrt for each of `wrt`; null where the value does not depend on it.
 * @param value what is differentiated; a scalar unless `seed` is given
 * @param seed gradient of the final number by `value`; default 1
 */
export function gradients(value: Sym, wrt: readonly Sym[], seed?: Sym): (Sym | null)[] {
  const { builder } = value;
  if (seed === undefined && value.spec.shape.length > 0)
    throw new InternalError("Only a scalar can be differentiated without a seed.");
  const nodes = [...builder.nodes];
  const reached = dependents(nodes, wrt);
  const totals = new Map<Sym, Sym>([[value, seed ?? literal(builder, [1], [])]]);
  const accumulate = (sym: Sym, gradient: Sym) => {
    const known = totals.get(sym);
    totals.set(sym, known === undefined ? gradient : add(known, gradient));
  };
  for (const node of nodes.reverse()) {
    const upstream = node.outputs.map((output) => totals.get(output) ?? null);
    if (upstream.every((gradient) => gradient === null) || !node.inputs.some((input) => reached.has(input))) continue;
    if (node.op.gradient === null) continue;
    const { gradient: rule } = node.op;
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

/** The values that depend on any of `sources`, the sources included. */
function dependents(nodes: readonly Node[], sources: readonly Sym[]): Set<Sym> {
  const reached = new Set(sources);
  for (const node of nodes) {
    if (node.inputs.some((input) => reached.has(input))) for (const output of node.outputs) reached.add(output);
  }
  return reached;
}
