/** Huffman tables of JPEG in the form that the kernel of `entropy-kernel.ts` reads. */
import {
  END_OF_BLOCK,
  EXTRA_BITS,
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

const entry = (length: number, step: number, value: number) => (value << 16) | (step << 8) | length;

/**
 * Writes the table for the kernel, at `at`. Codes of a length count up, and a longer one begins with twice the next (T.81, C.2).
 *
 * @returns whether it is valid: codes do not overlap, and 8-bit samples can have these symbols
 */
export function writeHuffmanTable(
  { counts, symbols }: HuffmanCodes,
  kind: "dc" | "ac",
  memory: ArrayBuffer,
  at: number,
): boolean {
  const entries = new Int32Array(memory, at, 2 ** LOOKUP_BITS).fill(LONG_CODE << 8);
  const limits = new Int32Array(memory, at + LIMITS, 17);
  const places = new Int32Array(memory, at + PLACES, 17);
  new Uint8Array(memory, at + SYMBOLS, 256).set(symbols);
  const most = kind === "dc" ? MOST_DC_BITS : MOST_AC_BITS;
  if (symbols.some((symbol) => (kind === "dc" ? symbol : symbol & 15) > most)) return false;
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length++) {
    places[length] = place - code;
    const end = place + counts[length - 1]!;
    // A code of ones alone is none (T.81, C.2).
    if (code + counts[length - 1]! >= 2 ** length) return false;
    for (; place < end; place++, code++)
      if (length <= LOOKUP_BITS) writeEntries(entries, code, length, symbols[place]!, kind);
    limits[length] = code << (16 - length);
    code *= 2;
  }
  return true;
}

/**
 * Writes what all looked-up bits mean that begin with the code. The symbol of a DC difference is its number of bits; that of an AC
 * coefficient has it in its lower half, and in the upper half the zeros before it. 15, 0 are sixteen zeros, other runs with 0 end
 * the block.
 */
function writeEntries(entries: Int32Array, code: number, length: number, symbol: number, kind: "dc" | "ac"): void {
  const free = LOOKUP_BITS - length;
  const [run, bits] = kind === "dc" ? [0, symbol] : [symbol >> 4, symbol & 15];
  const first = code << free;
  const write = (begin: number, size: number, value: number) => entries.fill(value, begin, begin + size);
  if (kind === "ac" && bits === 0)
    write(first, 2 ** free, run === 15 ? entry(length, 16, 0) : entry(length, END_OF_BLOCK, 0));
  else if (bits > free || bits > SAFE_BITS) write(first, 2 ** free, entry(length, EXTRA_BITS, symbol));
  else {
    const size = 2 ** (free - bits);
    for (let value = 0; value < 2 ** bits; value++)
      write(first + value * size, size, entry(length + bits, run + 1, extended(value, bits)));
  }
}
