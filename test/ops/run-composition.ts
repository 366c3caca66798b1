/** Runs functions that emit several nodes: in float64 by the ops' plain meaning, and on a device. */
import { type Shape, sizeOf } from "../../src/base/shape.ts";
import { gradients } from "../../src/compile/differentiate.ts";
import type { Device } from "../../src/ir/device.ts";
import { GraphBuilder, type Sym } from "../../src/ir/graph.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { runGraph } from "../devices/run-graph.ts";
import { evaluateGraph } from "../ir/evaluate-graph.ts";

export interface Given {
  readonly shape: Shape;
  readonly data: readonly number[];
  readonly batched?: boolean;
}

export const given = (shape: Shape, data: readonly number[], batched = false): Given => ({ shape, data, batched });

type Write = (...inputs: Sym[]) => Sym | readonly Sym[];

interface Emitted {
  readonly outputs: readonly Sym[];
  readonly inputs: readonly Sym[];
}

function emit(builder: GraphBuilder, inputs: readonly Given[], write: Write): Emitted {
  const syms = inputs.map(({ shape, batched = false }, i) =>
    builder.input(`x${i}`, { shape, dtype: "float32", batched }),
  );
  const outputs = [write(...syms)].flat();
  outputs.forEach((output, i) => {
    builder.output(`y${i}`, output);
  });
  return { outputs, inputs: syms };
}

const feedsOf = (inputs: readonly Given[]) => Object.fromEntries(inputs.map(({ data }, i) => [`x${i}`, data]));
const rowsOf = (inputs: readonly Given[]) => inputs.find(({ batched }) => batched)?.shape[0] ?? 1;

/** The outputs in float64, with their shapes. */
export function evaluate(inputs: readonly Given[], write: Write): { shape: Shape; data: number[] }[] {
  const builder = new GraphBuilder();
  const { outputs } = emit(builder, inputs, write);
  const made = evaluateGraph(verifyGraph(builder.finish()), feedsOf(inputs), rowsOf(inputs)).outputs;
  return outputs.map(({ spec }, i) => ({ shape: spec.shape, data: [...made[`y${i}`]!] }));
}

/** Gradients of Σ first output · cotangent by each input, in float64; null where there is none. */
export function differentiate(inputs: readonly Given[], write: Write, cotangent: readonly number[]) {
  const builder = new GraphBuilder();
  const { outputs, inputs: syms } = emit(builder, inputs, write);
  const seed = builder.input("seed", outputs[0]!.spec);
  const made = gradients(outputs[0]!, syms, seed);
  made.forEach((gradient, i) => {
    if (gradient !== null) builder.output(`d${i}`, gradient);
  });
  const feeds = { ...feedsOf(inputs), seed: cotangent };
  const values = evaluateGraph(verifyGraph(builder.finish()), feeds, rowsOf(inputs)).outputs;
  return made.map((gradient, i) => (gradient === null ? null : [...values[`d${i}`]!]));
}

/** The outputs as a device computes them. */
export async function runOn(device: Device, inputs: readonly Given[], write: Write): Promise<number[][]> {
  const feeds = Object.fromEntries(inputs.map(({ data }, i) => [`x${i}`, Float32Array.from(data)]));
  let count = 0;
  const { outputs } = await runGraph(
    device,
    (builder) => {
      count = emit(builder, inputs, write).outputs.length;
    },
    feeds,
    rowsOf(inputs),
  );
  return Array.from({ length: count }, (_, i) => [...outputs[`y${i}`]!]);
}

/** Slopes of Σ first output · cotangent by one input, by central differences. */
export function slopes(inputs: readonly Given[], write: Write, cotangent: readonly number[], by: number): number[] {
  const project = (data: readonly number[]) => {
    const moved = inputs.map((input, i) => (i === by ? { ...input, data } : input));
    return evaluate(moved, write)[0]!.data.reduce((sum, y, i) => sum + y * cotangent[i]!, 0);
  };
  const { data, shape } = inputs[by]!;
  return Array.from({ length: sizeOf(shape) }, (_, i) => {
    const step = 1e-5;
    return (project(data.with(i, data[i]! + step)) - project(data.with(i, data[i]! - step))) / (2 * step);
  });
}
