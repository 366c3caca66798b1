import { compile } from "../../src/compile/compile.ts";
import type { Graph } from "../../src/ir/graph.ts";
import { printProgram } from "../../src/ir/print-program.ts";
import type { Program, Traits } from "../../src/ir/program.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { relativeError } from "../ir/closeness.ts";
import { evaluateGraph, type Values } from "../ir/evaluate-graph.ts";
import { checkProgram, type Order, orders, ProgramRunner } from "./run-program.ts";

/** How a program is planned and run. */
export interface Setting {
  readonly workers: number;
  readonly order: Order;
  readonly sliceRows: number;
  readonly fuse: boolean;
  /** Whether the device runs composite ops itself. */
  readonly composites: boolean;
  /** One worker takes the whole batch. */
  readonly wholeBatch?: true;
}

export const settings: readonly Setting[] = [
  ...[1, 2, 3].flatMap((workers) =>
    orders.flatMap((order) =>
      [1, 2, Number.POSITIVE_INFINITY].flatMap((sliceRows) =>
        [false, true].map((fuse) => ({ workers, order, sliceRows, fuse, composites: !fuse })),
      ),
    ),
  ),
  ...[false, true].map(
    (fuse): Setting => ({
      workers: 1,
      order: "forward",
      sliceRows: Number.POSITIVE_INFINITY,
      fuse,
      composites: false,
      wholeBatch: true,
    }),
  ),
];

/** More than the chains of the tests have, and few enough to matter where there is one worker. */
const fusedOperands = ({ fuse, wholeBatch }: Setting) => (fuse ? (wholeBatch ? 6 : 24) : 0);

export const traitsOf = (setting: Setting): Traits => ({
  sliceRows: setting.sliceRows,
  ...(setting.wholeBatch ? { wholeBatch: true } : {}),
  fusedOperands: fusedOperands(setting),
  kernels: new Set(setting.composites ? ["softmax", "logSoftmax", "conv2dGradInput"] : []),
  alignment: 16,
  slack: 16,
});

/**
 * Plans a graph, verified after every pass, and runs one step for each of `rows` on the simulated device and by plain
 * evaluation; throws unless outputs and variables agree after every step.
 */
export function compareProgram(
  graph: Graph,
  feeds: Values,
  variables: Values,
  rows: readonly number[],
  setting: Setting,
): Program {
  const traits = traitsOf(setting);
  const program = checkProgram(
    compile(verifyGraph(graph), traits, (_pass, current) => verifyGraph(current)),
    traits,
  );
  const runner = new ProgramRunner(program, setting.workers, setting.order, variables);
  let state = variables;
  for (const live of rows) {
    const expected = evaluateGraph(graph, feeds, live, state);
    const outputs = runner.step(feeds, live);
    const after = runner.variables();
    state = expected.variables;
    const check = (name: string, actual: Float64Array | undefined, wanted: Float64Array) => {
      if (relativeError(actual ?? [], wanted) > 1e-7)
        throw new Error(
          `${name}: [${actual}] is not [${wanted}] with ${live} rows, ${JSON.stringify(setting)}\n${printProgram(program)}`,
        );
    };
    for (const [name, value] of Object.entries(expected.outputs)) check(`output ${name}`, outputs[name], value);
    for (const [name, value] of Object.entries(expected.variables)) check(`variable ${name}`, after[name], value);
  }
  return program;
}
