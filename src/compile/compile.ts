/** The compiler: graph in, program out. Each pass is a pure function in a separate file. */
import { changesVariables, type Graph } from "../ir/graph.ts";
import type { Program, Traits } from "../ir/program.ts";
import { decompose } from "./decompose.ts";
import { fold } from "./fold.ts";
import { fuse } from "./fuse.ts";
import { plan } from "./plan.ts";
import { simplify } from "./simplify.ts";
import { widen } from "./widen.ts";

/** Called with the graph after each pass, by tests that verify it and by `explain`. */
export type Inspect = (pass: string, graph: Graph) => void;

/** A pass. */
export type Rewrite = (graph: Graph) => Graph;

/** @param distribute makes the step that of one of several processes: see distribute.ts */
export function compile(graph: Graph, traits: Traits, inspect?: Inspect, distribute?: Rewrite): Program {
  const passes: [string, Rewrite][] = [
    ...(traits.float16 === true ? [] : [["widen", widen] satisfies [string, Rewrite]]),
    ["simplify", simplify],
    ["fold", (current) => (keepsPrepared(current, traits) ? simplify(fold(current)) : current)],
    ...(distribute === undefined ? [] : [["distribute", distribute] satisfies [string, Rewrite]]),
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

/** Whether a program computes what follows from variables alone once for all steps: what folding adds then costs nothing. */
function keepsPrepared(graph: Graph, { fusedOperands, wholeBatch }: Traits): boolean {
  return fusedOperands > 0 && wholeBatch !== true && !changesVariables(graph);
}
