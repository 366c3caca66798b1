import type { TypedArray } from "../../src/base/dtype.ts";
import { compile } from "../../src/compile/compile.ts";
import { type Trace, traceGraph } from "../../src/engine/session.ts";
import type { Device, Outputs } from "../../src/ir/device.ts";
import { verifyGraph } from "../../src/ir/verify.ts";

export interface GraphRun {
  readonly outputs: Outputs;
  readonly variables: Readonly<Record<string, Float32Array>>;
}

export interface LoadedGraph {
  /** Writes the variables, runs `steps` steps with `rows` live rows and reads everything back. */
  run(
    feeds: Readonly<Record<string, TypedArray>>,
    rows: number,
    values?: Readonly<Record<string, Float32Array>>,
    steps?: number,
  ): Promise<GraphRun>;
  release(): void;
}

/** Compiles a traced graph for a device, every pass verified. What is compiled once serves every number of rows and every value. */
export async function loadGraph(
  device: Device,
  trace: Trace,
  variables: Readonly<Record<string, { readonly shape: readonly number[] }>> = {},
): Promise<LoadedGraph> {
  const graph = verifyGraph(traceGraph(trace));
  const program = compile(graph, device.traits, (_pass, current) => verifyGraph(current));
  for (const [name, { shape }] of Object.entries(variables)) device.addVariable(name, shape);
  const executable = await device.load(program);
  return {
    run: async (feeds, rows, values = {}, steps = 1) => {
      for (const [name, value] of Object.entries(values)) await device.write(name, value);
      let outputs: Outputs = {};
      for (let step = 0; step < steps; step++) outputs = await executable.run(feeds, rows);
      const after: Record<string, Float32Array> = {};
      for (const name of Object.keys(variables)) after[name] = (await device.read(name)) as Float32Array;
      return { outputs, variables: after };
    },
    release: () => executable.release(),
  };
}

/** Compiles a traced graph for a device, runs it `steps` times and reads everything back. */
export async function runGraph(
  device: Device,
  trace: Trace,
  feeds: Readonly<Record<string, TypedArray>>,
  rows: number,
  variables: Readonly<Record<string, { shape: readonly number[]; value: Float32Array }>> = {},
  steps = 1,
): Promise<GraphRun> {
  const loaded = await loadGraph(device, trace, variables);
  const values = Object.fromEntries(Object.entries(variables).map(([name, { value }]) => [name, value]));
  const made = await loaded.run(feeds, rows, values, steps);
  loaded.release();
  return made;
}
