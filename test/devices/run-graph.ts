import type { TypedArray } from "../../src/base/dtype.ts";
import { compile } from "../../src/compile/compile.ts";
import { type Trace, traceGraph } from "../../src/engine/session.ts";
import type { Device, Outputs } from "../../src/ir/device.ts";
import { verifyGraph } from "../../src/ir/verify.ts";

export interface GraphRun {
  readonly outputs: Outputs;
  readonly variables: Readonly<Record<string, Float32Array>>;
}

/** Compiles a traced graph for a device, every pass verified, runs it `steps` times and reads everything back. */
export async function runGraph(
  device: Device,
  trace: Trace,
  feeds: Readonly<Record<string, TypedArray>>,
  rows: number,
  variables: Readonly<Record<string, { shape: readonly number[]; value: Float32Array }>> = {},
  steps = 1,
): Promise<GraphRun> {
  const graph = verifyGraph(traceGraph(trace));
  const program = compile(graph, device.traits, (_pass, current) => verifyGraph(current));
  for (const [name, { shape, value }] of Object.entries(variables)) {
    device.addVariable(name, shape);
    await device.write(name, value);
  }
  const executable = await device.load(program);
  let outputs: Outputs = {};
  for (let step = 0; step < steps; step++) outputs = await executable.run(feeds, rows);
  const after: Record<string, Float32Array> = {};
  for (const name of Object.keys(variables)) after[name] = await device.read(name);
  executable.release();
  return { outputs, variables: after };
}
