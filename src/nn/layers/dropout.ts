import { ArgumentError } from "../../base/errors.ts";
import { type Key, keyOf } from "../../base/random.ts";
import type { Sym } from "../../ir/graph.ts";
import { div, mul, where } from "../../ops/elementwise.ts";
import { randomUniform } from "../../ops/random-uniform.ts";
import type { CallContext } from "../call-context.ts";
import { nextSeedKey } from "../process-state.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface DropoutOptions {
  /** Share of the values that become 0 in training, 0 … 1. */
  readonly rate: number;
  /** Shape of the mask with the batch axis; 1 where the mask repeats, null for the input's own size. Default: the input's. */
  readonly noiseShape?: BatchShape | null;
  /** Default: from `setSeed`. */
  readonly seed?: number | null;
}

/**
 * Sets a share of the values to 0 in training and divides the others by 1 - rate, so that their sum is kept on average
 * (Srivastava et al. 2014, inverted). Does nothing in evaluation and prediction. Keras `layers/regularization/dropout.py`.
 * The mask depends on the seed, the step and the row alone, not on device or threads.
 *
 * @example
 * ```ts
 * import { Dropout } from "fovea/layers";
 * new Dropout({ rate: 0.5 });
 * ```
 */
export class Dropout extends Layer<DropoutOptions> {
  readonly #key: Key;

  constructor(options: DropoutOptions & LayerOptions) {
    super("Dropout", options, { rate: Number.NaN, noiseShape: null, seed: null });
    const { rate, seed } = this.options;
    if (!(rate >= 0 && rate <= 1))
      throw new ArgumentError(`${this.title}: rate is ${JSON.stringify(rate)}, expected a number from 0 to 1.`);
    this.#key = seed === null ? nextSeedKey() : keyOf(seed);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { noiseShape } = this.options;
    if (noiseShape !== null && noiseShape.length !== inputShape.length)
      throw new ArgumentError(
        `${this.title}: noiseShape has ${noiseShape.length} axes, the input ${inputShape.length}; they must agree.`,
      );
    return inputShape;
  }

  override call(inputs: readonly Sym[], context: CallContext): Sym {
    const x = onlyInput(inputs);
    const { rate, noiseShape } = this.options;
    if (!context.training || rate === 0) return x;
    if (rate === 1) return mul(x, 0);
    if (noiseShape?.[0] === 1)
      throw new ArgumentError(`${this.title}: a mask shared by all rows (noiseShape [1, …]) is not supported.`);
    const mask = (noiseShape ?? x.spec.shape).slice(1).map((axis, i) => axis ?? x.spec.shape[i + 1]!);
    const noise = randomUniform(context.step, x, this.#key, mask);
    return where(noise, rate, 0, div(x, 1 - rate));
  }
}
