/**
 * NumPy's `RandomState` and its shuffle. Keras orders the files of folders and the rows of its text data sets by it, so the same seed
 * gives the same order and the same split.
 */
import { MersenneTwister, stateOfSeed } from "./mersenne-twister.ts";

export class NumpyRandom {
  readonly #twister: MersenneTwister;

  /** @param seed 0 … 2³² − 1 */
  constructor(seed: number) {
    this.#twister = new MersenneTwister(stateOfSeed(seed));
  }

  /** A whole number of 0 … most: bits under a mask, drawn until they fit. */
  #upTo(most: number): number {
    const mask = 2 ** Math.ceil(Math.log2(most + 1)) - 1;
    for (;;) {
      const value = (this.#twister.bits() & mask) >>> 0;
      if (value <= most) return value;
    }
  }

  /** Shuffles a list in its place, as `RandomState.shuffle` does. */
  shuffle<T>(list: { [index: number]: T; readonly length: number }): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.#upTo(i);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
  }
}
