/** The base of initializers. Values are drawn on the host by a counter-based generator, so a seed gives the same weights everywhere. */
import { type Key, keyOf, RandomStream } from "../../base/random.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { checkNumber, describeObject, fillOptions, type ObjectConfig } from "../options.ts";

/** What a seed does: an initializer with a seed of its own gives the same values at every call, as in Keras. */
export interface SeedOptions {
  /** A whole number. Default null: by `setSeed`. */
  readonly seed?: number | null;
}

/** Makes the first values of a weight. */
export abstract class Initializer<O extends object = object> {
  /** Keras's name of the class; stated, since minifiers rename classes. */
  readonly className: string;
  /** Own options, defaults filled in. */
  readonly options: Readonly<Required<O>>;

  /** @param defaults every option with its default; a key that it lacks is an unknown option */
  constructor(className: string, options: O, defaults: Required<O>) {
    this.className = className;
    this.options = fillOptions(className, options, defaults);
    for (const [name, value] of Object.entries(this.options)) {
      if (name === "seed" && value !== null)
        checkNumber(className, name, value, "a whole number", Number.isSafeInteger);
      if (typeof value === "number") checkNumber(className, name, value, "a finite number", () => true);
    }
  }

  /** Values of a weight of this shape; the same key gives the same values. */
  abstract initialize(shape: Shape, key: Key): Float32Array;

  /** Keras's config with camelCase keys. */
  getConfig(): Record<string, unknown> {
    return { ...this.options };
  }

  /** Class and config, as the configs of layers hold them. */
  describe(): ObjectConfig {
    return describeObject("keras.initializers", this.className, this.getConfig());
  }
}

/** An array of `shape` with one draw per value, in row-major order. */
export function fill(shape: Shape, draw: (index: number) => number): Float32Array {
  return Float32Array.from({ length: sizeOf(shape) }, (_, index) => draw(index));
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
