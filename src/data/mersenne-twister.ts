/** MT19937 (Matsumoto and Nishimura 1998), from which NumPy's `RandomState` and Python's `random` draw. */

const N = 624;
const M = 397;

export class MersenneTwister {
  readonly #state: Uint32Array;
  #next = N;

  constructor(state: Uint32Array) {
    this.#state = state;
  }

  /** 32 bits. */
  bits(): number {
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
}

/** The state that `init_genrand` makes of a seed of 32 bits. */
export function stateOfSeed(seed: number): Uint32Array {
  const state = new Uint32Array(N);
  state[0] = seed;
  for (let i = 1; i < N; i++) {
    const last = state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[i] = Math.imul(1_812_433_253, last) + i;
  }
  return state;
}

/** The state that `init_by_array` makes of words of 32 bits, no more than 624. */
export function stateOfWords(words: readonly number[]): Uint32Array {
  const state = stateOfSeed(19_650_218);
  let i = 1;
  const mixed = (factor: number) => state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), factor);
  const advance = () => {
    i++;
    if (i < N) return;
    state[0] = state[N - 1]!;
    i = 1;
  };
  for (let k = 0; k < N; k++) {
    const j = k % words.length;
    state[i] = mixed(1_664_525) + words[j]! + j;
    advance();
  }
  for (let k = 0; k < N - 1; k++) {
    state[i] = mixed(1_566_083_941) - i;
    advance();
  }
  state[0] = 0x80000000;
  return state;
}
