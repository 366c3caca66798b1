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
import type { WeightOptions } from "./layer-weight.ts";
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

interface Affine {
  /** With `scale`. */
  readonly gamma: Variable | undefined;
  /** With `center`. */
  readonly beta: Variable | undefined;
}

/** Adds the weights that the options ask for to a layer. */
export function addAffineWeights(
  layer: { addWeight(options: WeightOptions): Variable },
  shape: readonly number[],
  options: AffineOptions,
): Affine {
  const gamma = options.scale
    ? layer.addWeight({
        name: "gamma",
        shape,
        initializer: options.gammaInitializer,
        regularizer: options.gammaRegularizer,
        constraint: options.gammaConstraint,
      })
    : undefined;
  const beta = options.center
    ? layer.addWeight({
        name: "beta",
        shape,
        initializer: options.betaInitializer,
        regularizer: options.betaRegularizer,
        constraint: options.betaConstraint,
      })
    : undefined;
  return { gamma, beta };
}

/** x · gamma + beta, with the weights laid along the axes. */
export function scaleAndShift(x: Sym, { gamma, beta }: Affine, axes: readonly number[]): Sym {
  const sizes = x.spec.shape.map((size, i) => (axes.includes(i) ? size : 1));
  const scaled = gamma === undefined ? x : mul(x, reshape(gamma.read(), sizes));
  return beta === undefined ? scaled : add(scaled, reshape(beta.read(), sizes));
}

/** `gamma` and `beta` along an axis of the input, that of its channels. */
export abstract class AffineNormalization<O extends AffineOptions> extends SameShapeLayer<O> {
  /** With `scale`. */
  gamma: Variable | undefined;
  /** With `center`. */
  beta: Variable | undefined;

  /** Makes the weights that the options ask for. */
  protected addAffineWeights(shape: readonly number[]): void {
    ({ gamma: this.gamma, beta: this.beta } = addAffineWeights(this, shape, this.options));
  }

  override multiplyAdds(inputShape: readonly number[]): number {
    return sizeOf(inputShape);
  }
}
