/** Turns the cases of test/cases/ops.ts into numbers and graphs. */
import type { TypedArray } from "../../src/base/dtype.ts";
import { allocate } from "../../src/base/dtype.ts";
import { keyOf, RandomStream } from "../../src/base/random.ts";
import { sizeOf } from "../../src/base/shape.ts";
import type { GraphBuilder, Sym } from "../../src/ir/graph.ts";
import type { Op } from "../../src/ir/op.ts";
import { type OpName, ops } from "../../src/ops/index.ts";
import type { CaseInput, OpCase } from "../cases/op-case.ts";
import { opCases } from "../cases/ops.ts";

export interface NamedCase extends OpCase {
  readonly op: Op;
}

export const opNames = Object.keys(ops) as OpName[];

const table: Readonly<Record<OpName, readonly OpCase[]>> = opCases;

export function casesOf(name: OpName): NamedCase[] {
  return table[name].map((each) => ({ ...each, op: ops[name] as Op }));
}

/** The case's numbers, the same at every call: float32 values, so that every device is fed the same. */
export function drawInputs({ inputs }: OpCase): TypedArray[] {
  return inputs.map((input, i) => drawInput(input, new RandomStream(keyOf(1 + i))));
}

export function drawInput({ shape, dtype, draw }: CaseInput, random: RandomStream): TypedArray {
  const values = allocate(dtype, sizeOf(shape));
  const grid = random.permutation(values.length);
  for (let i = 0; i < values.length; i++) {
    if (draw === "normal") values[i] = random.normal();
    else if (draw === "positive") values[i] = 0.5 + 1.5 * random.uniform();
    else if (draw === "integers") values[i] = random.below(7) - 3;
    else if (draw === "distinct") values[i] = (grid[i]! - values.length / 2) / 10;
    else if ("kinks" in draw) {
      do values[i] = random.normal();
      while (draw.kinks.some((kink) => Math.abs(values[i]! - kink) < 0.1));
    } else values[i] = draw[i % draw.length]!;
  }
  return values;
}

/** Emits the case's op on inputs named x0, x1, …. */
export function emitCase(builder: GraphBuilder, { op, inputs, attrs }: NamedCase): { inputs: Sym[]; outputs: Sym[] } {
  const syms = inputs.map(({ shape, dtype, batched }, i) => builder.input(`x${i}`, { shape, dtype, batched }));
  return { inputs: syms, outputs: builder.emit(op, syms, attrs) };
}

/** Rows of the case's batch: what a step of its graph is fed. */
export function capacityOf({ op, inputs, attrs }: NamedCase): number {
  const specs = [...inputs, ...op.infer(inputs, attrs)];
  return specs.find(({ batched }) => batched)?.shape[0] ?? 1;
}
