/** Who reads the values of a graph. */
import type { Graph, Node, Sym } from "../ir/graph.ts";

/** The nodes that read each value, in graph order, each once. */
export function findReaders({ nodes }: Pick<Graph, "nodes">): ReadonlyMap<Sym, readonly Node[]> {
  const readers = new Map<Sym, Node[]>();
  for (const node of nodes)
    for (const input of new Set(node.inputs)) {
      const known = readers.get(input);
      if (known === undefined) readers.set(input, [node]);
      else known.push(node);
    }
  return readers;
}

/** How many nodes, outputs and variables read each value, views counted as what they show. */
export function countReads({ nodes, outputs, variables }: Graph): ReadonlyMap<Sym, number> {
  const shown = new Map<Sym, Sym>();
  const reads = new Map<Sym, number>();
  const read = (sym: Sym) => {
    const root = shown.get(sym) ?? sym;
    reads.set(root, (reads.get(root) ?? 0) + 1);
  };
  for (const { op, inputs, outputs: made } of nodes)
    if (op.view) shown.set(made[0]!, shown.get(inputs[0]!) ?? inputs[0]!);
    else for (const input of inputs) read(input);
  for (const sym of outputs.values()) read(sym);
  for (const { update } of variables) if (update !== undefined) read(update);
  return reads;
}
