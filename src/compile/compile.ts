/** The compiler: graph in, program out. Each pass is a pure function in a separate file. */
import type { Graph } from "../ir/graph.ts";
import type { Program, Traits } from "../ir/program.ts";
import { decompose } from "./decompose.ts";
import { fuse } from "./fuse.ts";
import { plan } from "./plan.ts";
import { simplify } from "./simplify.ts";

/** Called with the graph after each pass, by tests that verify it and by `explain`. */
export type Inspect = (pass: string, graph: Graph) => void;

export function compile(graph: Graph, traits: Traits, inspect?: Inspect): Program {
  const passes: [string, (graph: Graph) => Graph][] = [
    ["simplify", simplify],
    ["decompose", (current) => simplify(decompose(current, traits))],
    ["fuse", (current) => (traits.fusedOperands > 0 ? fuse(current, traits.fusedOperands) : current)],
  ];
  inspect?.("trace", graph);
  let current = graph;
  for (const [name, pass] of passes) {
    current = pass(current);
    inspect?.(name, current);
  }
  return plan(current, traits);
}
