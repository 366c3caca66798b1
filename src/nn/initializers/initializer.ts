/** The base of initializers. Values are drawn on the host by a counter-based generator, so a seed gives the same weights everywhere. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { type Key, keyOf, RandomStream } from "../../base/random.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { Configurable, type SomeOptions } from "../configurable.ts";
import { checkWeightShape, guard } from "../doors.ts";
import { integer } from "../option-kinds.ts";

/** What a seed does: an initializer with a seed of its own gives the same values at every call, as in Keras. */
export interface SeedOptions {
  /** A whole number. Default null: by `setSeed`. */
  readonly seed?: number | null | undefined;
}

/** The option of all random initializers. */
export const seed = () => integer({ default: null });

/**
 * The base of initializers: the first values of a weight. K: `initializers/initializer.py`.
 *
 * @typeParam O the initializer's own options
 * @example
 * ```ts
 * import { Initializer } from "fovea/initializers";
 * import { Dense } from "fovea/layers";
 * class Alternating extends Initializer {
 *   override initialize(shape: readonly number[]) {
 *     return new Float32Array(shape.reduce((a, b) => a * b, 1)).map((_, i) => (i % 2 ? -1 : 1));
 *   }
 * }
 * new Dense({ units: 3, kernelInitializer: new Alternating() });
 * ```
 */
export abstract class Initializer<O extends object = object> extends Configurable<O> {
  static override readonly module: string = "keras.initializers";

  constructor(options: SomeOptions<O> = {}) {
    super(options);
    const takesKey = (this.initialize as unknown) !== undefined && this.initialize.length > 1;
    guard(this, "initialize", (shape, key) => {
      checkWeightShape(this.className, shape);
      if (!takesKey) return;
      if (!Array.isArray(key) || key.length !== 2 || !key.every(Number.isInteger))
        throw new ArgumentError(`${this.className}: key is ${formatValue(key)}, expected a pair of whole numbers.`);
    });
  }

  /** Whether it gives values for every shape: those of a weight are then drawn when they are first read. Default false. */
  get takesAnyShape(): boolean {
    return false;
  }

  /** Values of a weight of this shape, row-major; the same key gives the same values. */
  abstract initialize(shape: Shape, key: Key): Float32Array;
}

/** An array of `shape` with one draw per value, in row-major order. */
export function fill(shape: Shape, draw: (index: number) => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  // A plain loop: Float32Array.from takes twice as long, and a network has millions of weights.
  for (let i = 0; i < values.length; i++) values[i] = draw(i);
  return values;
}

/** The draws of an initializer: by its own seed, or by the weight's key. */
export function streamOf(seed: number | null, key: Key): RandomStream {
  return new RandomStream(seed === null ? key : keyOf(seed));
}

/** A standard normal draw within two standard deviations; others are drawn again. */
export function truncatedNormal(stream: RandomStream): number {
  for (;;) {
    const value = stream.normal();
    if (Math.abs(value) <= 2) return value;
  }
}
