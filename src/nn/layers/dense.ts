import { ShapeError } from "../../base/errors.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add } from "../../ops/elementwise.ts";
import { matMul } from "../../ops/mat-mul.ts";
import { activate, activation } from "../activations.ts";
import type { CallOptions } from "../call-context.ts";
import type { ScaledAxes } from "../compact-form.ts";
import { constraint } from "../constraints/resolve.ts";
import { initializer } from "../initializers/resolve.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { regularizer } from "../regularizers/resolve.ts";
import type { Variable } from "../variable.ts";
import { int8Config } from "./int8-config.ts";
import type { LayerOptions } from "./layer.ts";
import { lastAxis, type Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** Size of the output's last axis. */
  units: /* @__PURE__ */ integer({ min: 1 }),
  /** Default none ("linear"). */
  activation: /* @__PURE__ */ activation("linear"),
  /** Default true. */
  useBias: /* @__PURE__ */ flag({ default: true }),
  /** Default "glorot_uniform". */
  kernelInitializer: /* @__PURE__ */ initializer("glorot_uniform"),
  /** Default "zeros". */
  biasInitializer: /* @__PURE__ */ initializer("zeros"),
  /** Penalty of the kernel. Default none. */
  kernelRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the bias. Default none. */
  biasRegularizer: /* @__PURE__ */ regularizer(),
  /** Applied to the kernel after each update. Default none. */
  kernelConstraint: /* @__PURE__ */ constraint(),
  /** Applied to the bias after each update. Default none. */
  biasConstraint: /* @__PURE__ */ constraint(),
  /** With a `dtype` of int8: whether the inputs are rounded, too. Default null: they are. */
  quantizationConfig: /* @__PURE__ */ int8Config(),
};

export type DenseOptions = GivenOptions<typeof options>;

/**
 * Fully connected layer: activation(x · kernel + bias) over the last axis. K: `layers/core/dense.py`.
 *
 * [batch, …, inputs] → [batch, …, units]. Weights: `kernel` [inputs, units], `bias` [units].
 *
 * @example
 * ```ts
 * import { Dense } from "fovea/layers";
 * new Dense({ units: 10, activation: "softmax" }).computeOutputShape([null, 128]); // [null, 10]
 * ```
 */
export class Dense extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "Dense";
  static override readonly options = options;
  declare readonly ranks: { readonly in: number; readonly out: "same" };
  /** [inputs, units]. */
  kernel!: Variable;
  /** [units], with `useBias`. */
  bias: Variable | undefined;

  constructor(given: DenseOptions & LayerOptions) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    if (inputShape.length < 2)
      throw new ShapeError(
        `${this.title} takes inputs of 2 or more axes [batch, …, inputs], got ${formatShape(inputShape)}.`,
      );
    this.knownAxis(inputShape, -1);
    return [...inputShape.slice(0, -1), this.options.units];
  }

  override build(inputShape: BatchShape): void {
    const { units, useBias, ...rest } = this.options;
    this.kernel = this.addWeight({
      name: "kernel",
      shape: [inputShape.at(-1)!, units],
      initializer: rest.kernelInitializer,
      regularizer: rest.kernelRegularizer,
      constraint: rest.kernelConstraint,
    });
    if (!useBias) return;
    this.bias = this.addWeight({
      name: "bias",
      shape: [units],
      initializer: rest.biasInitializer,
      regularizer: rest.biasRegularizer,
      constraint: rest.biasConstraint,
    });
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const y = matMul(this.int8Inputs(x, [-1]), this.kernel.read());
    return activate(this.options.activation, this.bias === undefined ? y : add(y, this.bias.read()));
  }

  override get int8Weights(): ReadonlyMap<Variable, ScaledAxes> {
    if (!this.built) return super.int8Weights;
    return new Map([[this.kernel, { axes: [1] }]]);
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override reading(inputShape: readonly number[]): Reading {
    return lastAxis(inputShape);
  }

  override multiplyAdds(inputShape: readonly number[], outputShape: readonly number[]): number {
    return sizeOf(outputShape) * inputShape.at(-1)!;
  }
}
