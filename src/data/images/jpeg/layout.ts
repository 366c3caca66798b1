/** Where things lie in the memory of the JPEG kernels, in bytes. What has no address here is placed picture by picture, behind `HEAP`. */

/** Bits that are looked up at once in a Huffman table; most codes are shorter, many together with their value. */
export const LOOKUP_BITS = 10;

/** The next bits of the segment in an i64, the first on top. */
export const BITS = 0;
/** How many of them are valid, 0 … 64. */
export const BIT_COUNT = 8;
/** Address of the segment's next word. */
export const NEXT_WORD = 12;
/** Address behind the segment's last byte. */
export const SEGMENT_END = 16;
/** Eight u16: the largest sum of |coefficient| that a column had. */
export const LARGEST = 32;
/** The coefficients of one block in their natural order, 64 i16; zero between blocks. */
export const BLOCK = 64;
/** The last DC coefficient of each component, i32. */
export const PREDICTIONS = 192;
/** Byte of the block in which the k-th coefficient of a file lies, 64 u8. */
export const ZIGZAG = 256;
/** Pairs of i16 factors of the DCT, four of each in 16 bytes. */
export const FACTORS = 320;
/** The blocks of an MCU, at most six (ITU-T T.81 allows ten). */
export const MCU_BLOCKS = 512;
export const MCU_BLOCK_SIZE = 32;
/** Fields of such a block, i32: addresses of its tables and its prediction, where its pixels go, bytes of a row there, bytes to its next place. */
export const OF_BLOCK = { dc: 0, ac: 4, quantization: 8, prediction: 12, pixels: 16, stride: 20, step: 24 } as const;
/** Quantization tables 0 … 3 in natural order, 64 u16 each. */
export const QUANTIZATION = 768;
export const QUANTIZATION_SIZE = 128;
/**
 * Huffman tables, DC 0 and 1, AC 0 and 1. Each has an entry (i32) for every `LOOKUP_BITS` bits; then, by the length 0 … 16 of a
 * code, the first 16 bits that are larger than all codes up to that length (i32), and what is to be added to a code to get the
 * place of its symbol (i32); then the symbols (u8).
 */
export const HUFFMAN = 2048;
export const LIMITS = 4 << LOOKUP_BITS;
export const PLACES = LIMITS + 4 * 17;
export const SYMBOLS = PLACES + 4 * 17;
export const HUFFMAN_SIZE = SYMBOLS + 256 + 56;
/** What a pass of the DCT gave, 64 i16. */
export const VALUES = 20_480;
export const HEAP = 20_608;

/**
 * Entries of a Huffman table: bits 0 … 5 hold the bits to drop, bits 8 … 15 the coefficients to go on by, bits 16 … 31 a value.
 * Those of other kinds go on by more than there are, so that one comparison finds all exceptions.
 */
export const EXTRA_BITS = 64;
export const END_OF_BLOCK = 128;
export const LONG_CODE = 192;

/** The most bits of a DC difference and of an AC coefficient of 8-bit samples (ITU-T T.81, tables F.1 and F.2). */
export const MOST_DC_BITS = 11;
export const MOST_AC_BITS = 10;
/** A coefficient of so many bits stays an i16 when it is multiplied with a u8. */
export const SAFE_BITS = 7;
/** Zeros behind a segment: more than a damaged block can read, 64 codes of 16 bits with values of 11. */
export const PADDING = 304;
/** A larger sum of |coefficient| in a column could leave i16 in the first pass of the DCT: 32767 · 2¹¹ / 11363 = 5905. */
export const MOST_OF_COLUMN = 5900;
