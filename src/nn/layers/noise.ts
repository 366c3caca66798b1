/** What layers that draw random numbers in training share. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { integer, value } from "../option-kinds.ts";
import { checkNumber } from "../options.ts";
import { keyOfSeed } from "../process-state.ts";
import { checkShape } from "./arguments.ts";
import { SameShapeLayer } from "./unary-layer.ts";

export const seedOption = () => ({
  /** Default null: from `setSeed`. */
  seed: integer({ default: null }),
});

/** A number from 0 to below 1. */
export const rateBelowOne = () =>
  value<number>((rate, owner, name) => {
    checkNumber(owner, name, rate, "a number from 0 to below 1", (given) => given >= 0 && given < 1);
    return rate;
  });

export const noiseShapeOption = () => ({
  /** Shape of the mask, null for the batch axis; 1 where the mask repeats, null for the input's own size. Default: the input's. */
  noiseShape: value<BatchShape, null>(
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
});

/** Does nothing in evaluation and prediction. */
export abstract class Noise<O extends { readonly seed: number | null }> extends SameShapeLayer<O> {
  constructor(options: object) {
    super(options);
    const { seed } = this.options;
    this.randomKey = keyOfSeed(seed);
  }

  /** How much noise there is; with 0 the layer does nothing. */
  protected abstract get strength(): number;

  /** Writes the values with noise. */
  protected abstract disturb(x: Sym): Sym;

  override call(x: Sym, { training }: CallOptions = {}): Sym {
    return training && this.strength > 0 ? this.disturb(x) : x;
  }
}

/** Noise whose numbers may be shared along axes. */
export abstract class MaskedNoise<
  O extends { readonly seed: number | null; readonly noiseShape: BatchShape | null },
> extends Noise<O> {
  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { noiseShape } = this.options;
    const fits = (axis: number | null, i: number) => axis === null || axis === 1 || axis === inputShape[i];
    if (noiseShape !== null && !(noiseShape.length === inputShape.length && noiseShape.every(fits)))
      throw new ShapeError(
        `${this.title}: noiseShape ${formatShape(noiseShape)} does not fit the input ${formatShape(inputShape)}; each axis must be the input's, null or 1.`,
      );
    return inputShape;
  }

  /** Shape of the numbers of one row. */
  protected maskShape({ spec: { shape } }: Sym): number[] {
    return (this.options.noiseShape ?? shape).slice(1).map((axis, i) => axis ?? shape[i + 1]!);
  }
}
