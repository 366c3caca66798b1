import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { keyOf } from "../../base/random.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { div, where } from "../../ops/elementwise.ts";
import { randomUniform } from "../../ops/random-uniform.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { type GivenOptions, integer, number, type OptionsOf, value } from "../option-kinds.ts";
import { nextSeedKey } from "../process-state.ts";
import { currentTrace } from "../trace.ts";
import { checkShape } from "./arguments.ts";
import type { LayerOptions } from "./layer.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** Share of the values that become 0 in training, 0 … 1. */
  rate: /* @__PURE__ */ number({ min: 0, max: 1 }),
  /** Default null: from `setSeed`. */
  seed: /* @__PURE__ */ integer({ default: null }),
  /** Shape of the mask, null for the batch axis; 1 where the mask repeats, null for the input's own size. Default: the input's. */
  noiseShape: /* @__PURE__ */ value<BatchShape, null>(
    (shape, owner, name) => {
      checkShape(owner, name, shape as BatchShape);
      if ((shape as BatchShape)[0] !== null)
        throw new ArgumentError(
          `${owner}: ${name} is ${formatValue(shape)}, expected null as its first entry: each row has its own mask.`,
        );
      return shape as BatchShape;
    },
    { default: null },
  ),
};

export type DropoutOptions = GivenOptions<typeof options>;

/**
 * Sets a share of the values to 0 in training and divides the others by 1 - rate, so that their sum is kept on average
 * (Srivastava et al. 2014, inverted). Does nothing in evaluation and prediction. K: `layers/regularization/dropout.py`.
 * The mask depends on the seed, the step and the row alone, not on device or threads.
 *
 * @example
 * ```ts
 * import { Dropout } from "fovea/layers";
 * new Dropout({ rate: 0.5 });
 * ```
 */
export class Dropout extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "Dropout";
  static override readonly options = options;

  constructor(given: DropoutOptions & LayerOptions) {
    super(given);
    const { seed } = this.options;
    this.randomKey = seed === null ? nextSeedKey() : keyOf(seed);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { noiseShape } = this.options;
    const fits = (axis: number | null, i: number) => axis === null || axis === 1 || axis === inputShape[i];
    if (noiseShape !== null && !(noiseShape.length === inputShape.length && noiseShape.every(fits)))
      throw new ShapeError(
        `${this.title}: noiseShape ${formatShape(noiseShape)} does not fit the input ${formatShape(inputShape)}; each axis must be the input's, null or 1.`,
      );
    return inputShape;
  }

  override call(x: Sym, { training }: CallOptions = {}): Sym {
    const { rate, noiseShape } = this.options;
    if (!training || rate === 0) return x;
    // No number is below itself; x · 0 would let NaN and infinity through.
    if (rate === 1) return where(x, x, x, 0);
    const mask = (noiseShape ?? x.spec.shape).slice(1).map((axis, i) => axis ?? x.spec.shape[i + 1]!);
    const noise = randomUniform(currentTrace(this.title).step, x, this.randomKey!, mask);
    return where(noise, rate, 0, div(x, 1 - rate));
  }
}
