/** What layers share that standardize their input, then scale and shift it by trained weights. */
import { sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, mul } from "../../ops/elementwise.ts";
import { reshape } from "../../ops/reshape.ts";
import { constraint } from "../constraints/resolve.ts";
import { initializer } from "../initializers/resolve.ts";
import { flag, number, type OptionsOf } from "../option-kinds.ts";
import { regularizer } from "../regularizers/resolve.ts";
import type { Variable } from "../variable.ts";
import { SameShapeLayer } from "./unary-layer.ts";

/** Options before those of the weights, in the order of Keras's configs. */
export const affineFlags = () => ({
  /** Added to the variance, so that it can be divided by. Default 0.001. */
  epsilon: number({ min: 0, default: 1e-3 }),
  /** Whether `beta` is added. Default true. */
  center: flag({ default: true }),
  /** Whether the result is multiplied by `gamma`. Default true. */
  scale: flag({ default: true }),
});

export const affineWeights = () => ({
  /** Default "zeros". */
  betaInitializer: initializer("zeros"),
  /** Default "ones". */
  gammaInitializer: initializer("ones"),
  /** Penalty of `beta`. Default none. */
  betaRegularizer: regularizer(),
  /** Penalty of `gamma`. Default none. */
  gammaRegularizer: regularizer(),
  /** Applied to `beta` after each update. Default none. */
  betaConstraint: constraint(),
  /** Applied to `gamma` after each update. Default none. */
  gammaConstraint: constraint(),
});

type AffineOptions = OptionsOf<ReturnType<typeof affineFlags> & ReturnType<typeof affineWeights>>;

/** `gamma` and `beta` along some axes of the input. */
export abstract class AffineNormalization<O extends AffineOptions> extends SameShapeLayer<O> {
  /** With `scale`. */
  gamma: Variable | undefined;
  /** With `center`. */
  beta: Variable | undefined;

  /** Makes the weights that the options ask for. */
  protected addAffineWeights(shape: readonly number[], { scale, center } = this.options as AffineOptions): void {
    const own = this.options;
    if (scale)
      this.gamma = this.addWeight({
        name: "gamma",
        shape,
        initializer: own.gammaInitializer,
        regularizer: own.gammaRegularizer,
        constraint: own.gammaConstraint,
      });
    if (center)
      this.beta = this.addWeight({
        name: "beta",
        shape,
        initializer: own.betaInitializer,
        regularizer: own.betaRegularizer,
        constraint: own.betaConstraint,
      });
  }

  /** x · gamma + beta, with the weights laid along the axes. */
  protected scaleAndShift(x: Sym, axes: readonly number[]): Sym {
    const sizes = x.spec.shape.map((size, i) => (axes.includes(i) ? size : 1));
    const scaled = this.gamma === undefined ? x : mul(x, reshape(this.gamma.read(), sizes));
    return this.beta === undefined ? scaled : add(scaled, reshape(this.beta.read(), sizes));
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    return sizeOf(inputShape);
  }
}
