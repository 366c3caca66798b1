/**
 * NumPy's `RandomState`: MT19937 (Matsumoto and Nishimura 1998) seeded by `init_genrand`, and its shuffle. Keras orders the files of
 * folders and the rows of its text data sets by it, so the same seed gives the same order and the same split.
 */

const N = 624;
const M = 397;

export class NumpyRandom {
  readonly #state = new Uint32Array(N);
  #next = N;

  /** @param seed 0 … 2³² − 1 */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < N; i++) {
      const last = state[i - 1]! ^ (state[i - 1]! >>> 30);
      state[i] = Math.imul(1_812_433_253, last) + i;
    }
  }

  #bits(): number {
    if (this.#next === N) this.#refill();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < N; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff);
      state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }

  /** A whole number of 0 … most: bits under a mask, drawn until they fit. */
  #upTo(most: number): number {
    const mask = 2 ** Math.ceil(Math.log2(most + 1)) - 1;
    for (;;) {
      const value = (this.#bits() & mask) >>> 0;
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
