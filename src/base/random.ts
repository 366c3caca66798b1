/**
 * Counter-based random numbers: every value is a pure function of (key, counter), so the host, WebAssembly and WGSL draw
 * the same bits in any order. Threefry-2x32 with 20 rounds, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11).
 */
import { ArgumentError } from "./errors.ts";

const PARITY = 0x1bd11bda;

/** Rotation distances of eight rounds, which repeat. */
export const threefryRotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** Two 32-bit words that name a stream of random numbers. */
export type Key = readonly [number, number];

/**
 * Threefry-2x32-20: writes pairs of random words, of the counter and of those that follow it. In the midst of its loop stand eight
 * rounds and no call: that is what compilers make registers of.
 */
function fillPairs(pairs: Uint32Array, key: Key, counter0: number, counter1: number): void {
  const schedule = Int32Array.of(key[0], key[1], PARITY ^ key[0] ^ key[1]);
  const [a, b, c, d, e, f, g, h] = threefryRotations;
  for (let i = 0; i < pairs.length; i += 2) {
    const low = (counter0 >>> 0) + i / 2;
    let x0 = ((low | 0) + schedule[0]!) | 0;
    let x1 = (counter1 + Math.floor(low / 2 ** 32) + schedule[1]!) | 0;
    for (let group = 1; group <= 5; group++) {
      const isOdd = group % 2 === 1;
      x0 = (x0 + x1) | 0;
      x1 = rotate(x1, isOdd ? a : e) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = rotate(x1, isOdd ? b : f) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = rotate(x1, isOdd ? c : g) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = rotate(x1, isOdd ? d : h) ^ x0;
      x0 = (x0 + schedule[group % 3]!) | 0;
      x1 = (x1 + schedule[(group + 1) % 3]! + group) | 0;
    }
    pairs[i] = x0;
    pairs[i + 1] = x1;
  }
}

const rotate = (x: number, distance: number): number => (x << distance) | (x >>> (32 - distance));

/** Threefry-2x32-20: two random 32-bit words for a key and a two-word counter. */
export function threefry(key: Key, counter0: number, counter1: number): [number, number] {
  const pair = new Uint32Array(2);
  fillPairs(pair, key, counter0, counter1);
  return [pair[0]!, pair[1]!];
}

/** A key derived from another key and a number: independent streams for layers, epochs, purposes. */
export function foldKey(key: Key, data: number): Key {
  return threefry(key, data, 0x5eed);
}

/** The key of a user's seed, which may be any integer. */
export function keyOf(seed: number): Key {
  return [seed | 0, Math.floor(seed / 2 ** 32) | 0];
}

/** 32 random bits → float in [0, 1) on the grid of 2⁻²⁴, exact in float32. */
export function unitInterval(bits: number): number {
  return (bits >>> 8) * 2 ** -24;
}

/** Words of the first block that a stream draws ahead, and of the largest ones. */
const FEWEST_WORDS = 8;
const MOST_WORDS = 2048;

/** A sequence of draws from one key. */
export class RandomStream {
  readonly #key: Key;
  /** Of the next block. */
  #counter = 0;
  #block: Uint32Array = new Uint32Array();
  #at = 0;

  constructor(key: Key) {
    this.#key = key;
  }

  /** 32 random bits. */
  bits(): number {
    if (this.#at === this.#block.length) this.#refill();
    const bits = this.#block[this.#at]!;
    this.#at += 2;
    return bits;
  }

  /** Draws ahead, more each time: many draws at once are three times as fast, and most streams give few. */
  #refill(): void {
    this.#block = new Uint32Array(Math.min(MOST_WORDS, Math.max(FEWEST_WORDS, 2 * this.#block.length)));
    fillPairs(this.#block, this.#key, this.#counter, Math.floor(this.#counter / 2 ** 32));
    this.#counter += this.#block.length / 2;
    this.#at = 0;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return unitInterval(this.bits());
  }

  /** Uniform integer in 0 … limit-1, without modulo bias (draws above the last full multiple are rejected). */
  below(limit: number): number {
    if (!(limit >= 1 && limit <= 2 ** 32)) throw new ArgumentError(`A random draw below ${limit}: use 1 … 2^32.`);
    const ceiling = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const bits = this.bits();
      if (bits < ceiling) return bits % limit;
    }
  }

  /** Standard normal, Box and Muller 1958. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A permutation of 0 … count-1, Fisher and Yates. */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
