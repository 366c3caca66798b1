import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { type Key, keyOf } from "../../base/random.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { div, where } from "../../ops/elementwise.ts";
import { randomUniform } from "../../ops/random-uniform.ts";
import type { CallContext } from "../call-context.ts";
import { checkNumber, formatValue, missing } from "../options.ts";
import { nextSeedKey } from "../process-state.ts";
import { type BatchShape, checkShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface DropoutOptions {
  /** Share of the values that become 0 in training, 0 … 1. */
  readonly rate: number;
  /** Shape of the mask, null for the batch axis; 1 where the mask repeats, null for the input's own size. Default: the input's. */
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
    super("Dropout", options, { rate: missing, noiseShape: null, seed: null });
    const { rate, seed, noiseShape } = this.options;
    checkNumber(this.title, "rate", rate, "a number from 0 to 1", (value) => value >= 0 && value <= 1);
    if (seed !== null) checkNumber(this.title, "seed", seed, "a whole number", Number.isSafeInteger);
    if (noiseShape !== null) checkShape(this.title, "noiseShape", noiseShape);
    if (noiseShape?.[0] !== undefined && noiseShape[0] !== null)
      throw new ArgumentError(
        `${this.title}: noiseShape is ${formatValue(noiseShape)}, expected null as its first entry: each row has its own mask.`,
      );
    this.#key = seed === null ? nextSeedKey() : keyOf(seed);
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

  override call(inputs: readonly Sym[], context: CallContext): Sym {
    const x = onlyInput(inputs);
    const { rate, noiseShape } = this.options;
    if (!context.training || rate === 0) return x;
    // No number is below itself; x · 0 would let NaN and infinity through.
    if (rate === 1) return where(x, x, x, 0);
    const mask = (noiseShape ?? x.spec.shape).slice(1).map((axis, i) => axis ?? x.spec.shape[i + 1]!);
    const noise = randomUniform(context.step, x, this.#key, mask);
    return where(noise, rate, 0, div(x, 1 - rate));
  }

  /** In Keras's order, which puts the seed first. */
  override getConfig(): Record<string, unknown> {
    const { rate, seed, noiseShape, ...common } = super.getConfig();
    return { ...common, rate, seed, noiseShape };
  }
}
