/** Writes functions of "fovea/ops" into a graph and evaluates it in float64. */
import { gradients } from "../../../src/compile/differentiate.ts";
import { GraphBuilder, type Sym } from "../../../src/ir/graph.ts";
import { verifyGraph } from "../../../src/ir/verify.ts";
import { type BatchShape, KerasTensor } from "../../../src/nn/keras-tensor.ts";
import { Layer } from "../../../src/nn/layers/layer.ts";
import { Trace } from "../../../src/nn/trace.ts";
import { evaluateGraph } from "../../ir/evaluate-graph.ts";

export interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface OperationRun {
  readonly sym: Sym;
  readonly values: Float64Array;
  /** By each input, of Σ values · cotangent. */
  readonly gradients: readonly (Float64Array | undefined)[];
}

/** @param kinds a letter for each input: b follows the batch */
export function runOperation(
  write: (...x: Sym[]) => unknown,
  inputs: readonly Numbers[],
  kinds: string,
  { cotangent, live }: { readonly cotangent?: ArrayLike<number>; readonly live?: number } = {},
): OperationRun {
  const builder = new GraphBuilder();
  const syms = inputs.map(({ shape }, i) =>
    builder.input(`x${i}`, { shape, dtype: "float32", batched: kinds[i] === "b" }),
  );
  const sym = new Trace({ builder, training: true }).write(() => write(...syms)) as Sym;
  builder.output("y", sym);
  const feeds: Record<string, ArrayLike<number>> = Object.fromEntries(inputs.map(({ data }, i) => [`x${i}`, data]));
  const capacity = inputs.find((_, i) => kinds[i] === "b")?.shape[0] ?? 1;
  feeds.meanOver = [live ?? capacity];
  if (cotangent !== undefined) {
    gradients(sym, syms, builder.input("seed", sym.spec)).forEach((gradient, i) => {
      if (gradient !== null) builder.output(`d${i}`, gradient);
    });
    feeds.seed = cotangent;
  }
  const { outputs } = evaluateGraph(verifyGraph(builder.finish()), feeds, live ?? capacity);
  return { sym, values: outputs.y!, gradients: inputs.map((_, i) => outputs[`d${i}`]) };
}

class Source extends Layer {
  override call(x: Sym): Sym {
    return x;
  }
}

/** A symbolic tensor of the functional API. */
export function placeholder(shape: BatchShape): KerasTensor {
  return new KerasTensor({
    shape,
    dtype: "float32",
    layer: new Source() as unknown as Layer,
    nodeIndex: 0,
    tensorIndex: 0,
  });
}
