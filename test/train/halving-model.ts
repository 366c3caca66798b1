/** A model of one number that each step brings half way to its target: exact in float32. */
import { type CompileOptions, Sequential, type Tensor, tensor } from "fovea";
import { Layer, Reshape } from "fovea/layers";
import { add, multiply, type Sym } from "fovea/ops";
import { SGD } from "fovea/optimizers";
import type { Variable } from "../../src/nn/variable.ts";

export type SteppedCompile = Pick<CompileOptions, "device" | "threads">;

/** The input times 0, plus the weight. */
class Constant extends Layer {
  #weight: Variable | undefined;

  override build(): void {
    this.#weight = this.addWeight({ name: "value", shape: [], initializer: "zeros" });
  }

  override call(x: Sym): Sym {
    return add(multiply(x, 0), this.#weight!.read());
  }
}

export interface Halving {
  readonly model: Sequential;
  /** 11 rows. */
  readonly x: Tensor;
  readonly y: Tensor;
  /** The weight weightAfter so many steps of one row: 1024 · (1 - 2⁻ⁿ). */
  weightAfter(steps: number): number;
}

/** The weight w becomes w - rate·2·(w - 1024). */
export function halving(options: SteppedCompile, rates: { learningRate?: number; momentum?: number } = {}): Halving {
  const model = new Sequential([new Reshape({ targetShape: [1], inputShape: [1] }), new Constant()]);
  model.compile({
    optimizer: new SGD({ learningRate: 0.25, ...rates }),
    loss: "mean_squared_error",
    ...options,
  });
  return {
    model,
    x: tensor(new Float32Array(11), [11, 1]),
    y: tensor(new Float32Array(11).fill(1024)),
    weightAfter: (steps) => 1024 * (1 - 2 ** -steps),
  };
}
