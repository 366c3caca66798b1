/** Huffman tables of JPEG in the form that the kernel of `entropy-kernel.ts` reads. */
import {
  END_OF_BLOCK,
  EXTRA_BITS,
  HUFFMAN_SIZE,
  LIMITS,
  LONG_CODE,
  LOOKUP_BITS,
  MOST_AC_BITS,
  MOST_DC_BITS,
  PLACES,
  SAFE_BITS,
  SYMBOLS,
} from "./layout.ts";

/** A table as a file has it. */
export interface HuffmanCodes {
  /** Codes of each length 1 … 16. */
  readonly counts: Uint8Array;
  /** Their symbols, shorter codes first. */
  readonly symbols: Uint8Array;
}

/** The value of `bits` bits (ITU-T T.81, F.2.2.1, "EXTEND"): those that begin with 0 are negative. */
const extended = (value: number, bits: number) => (value < 2 ** (bits - 1) ? value - 2 ** bits + 1 : value);

/**
 * The table as bytes for the kernel. Codes of a length count up, and a longer one begins with twice the next (T.81, C.2).
 *
 * @returns undefined for codes that overlap, and for symbols that 8-bit samples do not need
 */
export function huffmanTable({ counts, symbols }: HuffmanCodes, kind: "dc" | "ac"): Uint8Array | undefined {
  const table = new Uint8Array(HUFFMAN_SIZE);
  const entries = new Int32Array(table.buffer, 0, 2 ** LOOKUP_BITS).fill(LONG_CODE << 8);
  const limits = new Int32Array(table.buffer, LIMITS, 17);
  const places = new Int32Array(table.buffer, PLACES, 17);
  table.set(symbols, SYMBOLS);
  const most = kind === "dc" ? MOST_DC_BITS : MOST_AC_BITS;
  if (symbols.some((symbol) => (kind === "dc" ? symbol : symbol & 15) > most)) return undefined;
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length++) {
    places[length] = place - code;
    for (const end = place + counts[length - 1]!; place < end; place++, code++) {
      const free = LOOKUP_BITS - length;
      if (free < 0) continue;
      const symbol = symbols[place]!;
      for (let rest = 0; rest < 2 ** free; rest++)
        entries[(code << free) + rest] = kind === "dc" ? dcEntry(symbol, length, rest) : acEntry(symbol, length, rest);
    }
    // A code of ones alone is none (T.81, C.2).
    if (code >= 2 ** length) return undefined;
    limits[length] = code << (16 - length);
    code *= 2;
  }
  return table;
}

const entry = (length: number, step: number, value: number) => (value << 16) | (step << 8) | length;

/** What the first `bits` of the bits behind a code mean; undefined where they are not all there. */
function shortValue(bits: number, length: number, rest: number): number | undefined {
  const left = LOOKUP_BITS - length - bits;
  if (left < 0 || bits > SAFE_BITS) return undefined;
  return bits === 0 ? 0 : extended(rest >> left, bits);
}

/** A symbol is the number of bits of a difference. `rest` are the looked-up bits behind its code. */
function dcEntry(bits: number, length: number, rest: number): number {
  const value = shortValue(bits, length, rest);
  return value === undefined ? entry(length, EXTRA_BITS, bits) : entry(length + bits, 1, value);
}

/** A symbol is a run of zeros and the number of bits of the coefficient behind them; 15, 0 are sixteen zeros, other runs with 0 end the block. */
function acEntry(symbol: number, length: number, rest: number): number {
  const [run, bits] = [symbol >> 4, symbol & 15];
  if (bits === 0) return run === 15 ? entry(length, 16, 0) : entry(length, END_OF_BLOCK, 0);
  const value = shortValue(bits, length, rest);
  return value === undefined ? entry(length, EXTRA_BITS, symbol) : entry(length + bits, run + 1, value);
}
