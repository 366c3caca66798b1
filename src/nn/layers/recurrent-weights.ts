/** The weights that cells share: a kernel for the input, one for the state, and a bias, with the gates side by side in the last axis. */
import type { Key } from "../../base/random.ts";
import type { Shape } from "../../base/shape.ts";
import { Initializer } from "../initializers/initializer.ts";
import type { OptionsOf } from "../option-kinds.ts";
import type { Variable } from "../variable.ts";
import type { WeightOptions } from "./layer-weight.ts";
import type { bias, weightConstraints, weightInitializers, weightRegularizers } from "./recurrent-options.ts";

export type RecurrentWeightOptions = OptionsOf<
  typeof bias & typeof weightInitializers & typeof weightRegularizers & typeof weightConstraints
> & { readonly unitForgetBias?: boolean | undefined };

interface Shapes {
  readonly kernel: WeightOptions["shape"];
  readonly recurrentKernel: WeightOptions["shape"];
  readonly bias: WeightOptions["shape"];
}

export interface RecurrentWeights {
  readonly kernel: Variable;
  readonly recurrentKernel: Variable;
  /** With `useBias`. */
  readonly bias: Variable | undefined;
}

/** The bias of an LSTM: the forget gate's part, the second quarter, begins at 1. */
class ForgetBias extends Initializer {
  static override readonly className = "ForgetBias";
  readonly #others: Initializer;

  constructor(others: Initializer) {
    super();
    this.#others = others;
  }

  override get takesAnyShape(): boolean {
    return this.#others.takesAnyShape;
  }

  override initialize(shape: Shape, key: Key): Float32Array {
    const quarter = shape[0]! / 4;
    return this.#others.initialize(shape, key).fill(1, quarter, 2 * quarter);
  }
}

/** Adds the weights to a cell, in Keras's order. */
export function addRecurrentWeights(
  cell: { addWeight(options: WeightOptions): Variable },
  shapes: Shapes,
  options: RecurrentWeightOptions,
): RecurrentWeights {
  const kernel = cell.addWeight({
    name: "kernel",
    shape: shapes.kernel,
    initializer: options.kernelInitializer,
    regularizer: options.kernelRegularizer,
    constraint: options.kernelConstraint,
  });
  const recurrentKernel = cell.addWeight({
    name: "recurrent_kernel",
    shape: shapes.recurrentKernel,
    initializer: options.recurrentInitializer,
    regularizer: options.recurrentRegularizer,
    constraint: options.recurrentConstraint,
  });
  if (!options.useBias) return { kernel, recurrentKernel, bias: undefined };
  const { biasInitializer } = options;
  const bias = cell.addWeight({
    name: "bias",
    shape: shapes.bias,
    initializer: options.unitForgetBias ? new ForgetBias(biasInitializer) : biasInitializer,
    regularizer: options.biasRegularizer,
    constraint: options.biasConstraint,
  });
  return { kernel, recurrentKernel, bias };
}
