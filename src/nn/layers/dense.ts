import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { matMul } from "../../ops/mat-mul.ts";
import { type ActivationLike, activate, checkActivation } from "../activations.ts";
import type { CallContext } from "../call-context.ts";
import { describeInitializer, type InitializerLike, resolveInitializer } from "../initializers.ts";
import { checkFlag, missing } from "../options.ts";
import type { Variable } from "../variable.ts";
import { checkPositive } from "./arguments.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface DenseOptions {
  /** Size of the output's last axis. */
  readonly units: number;
  /** Default none ("linear"). */
  readonly activation?: ActivationLike | null;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default "glorot_uniform". */
  readonly kernelInitializer?: InitializerLike;
  /** Default "zeros". */
  readonly biasInitializer?: InitializerLike;
}

/**
 * Fully connected layer: activation(x · kernel + bias) over the last axis. Keras `layers/core/dense.py`.
 *
 * [batch, …, inputs] → [batch, …, units]. Weights: `kernel` [inputs, units], `bias` [units].
 *
 * @example
 * ```ts
 * import { Dense } from "fovea/layers";
 * new Dense({ units: 10, activation: "softmax" }).computeOutputShape([null, 128]); // [null, 10]
 * ```
 */
export class Dense extends Layer<DenseOptions> {
  #kernel: Variable | undefined;
  #bias: Variable | undefined;

  constructor(options: DenseOptions & LayerOptions) {
    super("Dense", options, {
      units: missing,
      activation: "linear",
      useBias: true,
      kernelInitializer: "glorot_uniform",
      biasInitializer: "zeros",
    });
    checkPositive(this.title, "units", this.options.units);
    checkActivation(this.title, this.options.activation);
    checkFlag(this.title, "useBias", this.options.useBias);
    resolveInitializer(this.options.kernelInitializer);
    resolveInitializer(this.options.biasInitializer);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    if (inputShape.length < 2)
      throw new ShapeError(
        `${this.title} takes inputs of 2 or more axes [batch, …, inputs], got ${formatShape(inputShape)}.`,
      );
    this.knownAxis(inputShape, -1);
    return [...inputShape.slice(0, -1), this.options.units];
  }

  protected override makeWeights(inputShape: BatchShape): void {
    const { units, useBias, kernelInitializer, biasInitializer } = this.options;
    this.#kernel = this.addWeight({
      name: "kernel",
      shape: [inputShape.at(-1)!, units],
      initializer: kernelInitializer,
    });
    if (useBias) this.#bias = this.addWeight({ name: "bias", shape: [units], initializer: biasInitializer });
  }

  override call(inputs: readonly Sym[], context: CallContext): Sym {
    const y = matMul(onlyInput(inputs), context.read(this.#kernel!));
    return activate(this.options.activation, this.#bias === undefined ? y : add(y, context.read(this.#bias)));
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...super.getConfig(),
      activation: this.options.activation ?? "linear",
      kernelInitializer: describeInitializer(this.options.kernelInitializer),
      biasInitializer: describeInitializer(this.options.biasInitializer),
      kernelRegularizer: null,
      biasRegularizer: null,
      kernelConstraint: null,
      biasConstraint: null,
      quantizationConfig: null,
    };
  }
}
