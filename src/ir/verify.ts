/** Checks the invariants of a graph. Tests run it after every pass, so that a bug is found in the pass that caused it. */
import { InternalError } from "../base/errors.ts";
import { type Graph, type Sym, sameSpec } from "./graph.ts";
import { printSpec } from "./print.ts";

/** Throws an InternalError that names the first node that violates a rule; returns the graph. */
export function verifyGraph(graph: Graph): Graph {
  const made = new Set<Sym>([...graph.inputs.values(), ...graph.variables.map((variable) => variable.sym)]);
  const need = (sym: Sym, reader: string) => {
    if (!made.has(sym)) throw new InternalError(`${reader} reads %${sym.id}, which is not made before it.`);
  };
  graph.nodes.forEach((node, at) => {
    const place = `Node ${at} (${node.op.name})`;
    for (const input of node.inputs) need(input, place);
    const expected = node.op.infer(
      node.inputs.map((input) => input.spec),
      node.attrs,
    );
    if (expected.length !== node.outputs.length)
      throw new InternalError(`${place} has ${node.outputs.length} outputs, its rule says ${expected.length}.`);
    node.outputs.forEach((output, i) => {
      if (made.has(output)) throw new InternalError(`${place} makes %${output.id} a second time.`);
      if (!sameSpec(output.spec, expected[i]!))
        throw new InternalError(
          `${place} output ${i} is ${printSpec(output.spec)}, its rule says ${printSpec(expected[i]!)}.`,
        );
      made.add(output);
    });
  });
  for (const [name, sym] of graph.outputs) need(sym, `Output "${name}"`);
  for (const { name, sym, update } of graph.variables) {
    if (update === undefined) continue;
    need(update, `Update of "${name}"`);
    if (!sameSpec(sym.spec, update.spec)) throw new InternalError(`Update of "${name}" changes its spec.`);
  }
  return graph;
}
