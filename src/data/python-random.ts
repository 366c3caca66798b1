/** Python's `random.seed` and `random.shuffle`, by which Keras's `split_dataset` orders elements. */
import { MersenneTwister, stateOfWords } from "./mersenne-twister.ts";

export class PythonRandom {
  readonly #twister: MersenneTwister;

  /** @param seed a whole number; its sign does not count, as in Python */
  constructor(seed: number) {
    const size = Math.abs(seed);
    const [low, high] = [size % 2 ** 32, Math.floor(size / 2 ** 32)];
    this.#twister = new MersenneTwister(stateOfWords(high === 0 ? [low] : [low, high]));
  }

  /** A whole number below `count`: the highest bits of a draw, drawn until they fit. */
  #below(count: number): number {
    // As many bits as `count` itself has.
    const shift = Math.clz32(count);
    for (;;) {
      const value = this.#twister.bits() >>> shift;
      if (value < count) return value;
    }
  }

  /** Shuffles a list in its place. */
  shuffle<T>(list: { [index: number]: T; readonly length: number }): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.#below(i + 1);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
  }
}
