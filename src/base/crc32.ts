/** Checksums of 32 bits, eight bytes at a time. */

/** Polynomials, their lowest power in the highest bit: of ISO 3309 (zip, PNG), and Castagnoli's (RFC 3720, TensorFlow's records). */
export const polynomials = { iso: 0xedb88320, castagnoli: 0x82f63b78 } as const;

/** table[0] is the usual one of a byte; table[k] is that of a byte with k zero bytes behind it. */
function makeTables(polynomial: number): readonly Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    tables[0]![byte] = value;
  }
  for (let byte = 0; byte < 256; byte++)
    for (let k = 1; k < 8; k++) {
      const before = tables[k - 1]![byte]!;
      tables[k]![byte] = (before >>> 8) ^ tables[0]![before & 0xff]!;
    }
  return tables;
}

export class Crc32 {
  readonly #tables: readonly Int32Array[];
  #value = -1;

  constructor(polynomial: number = polynomials.iso) {
    this.#tables = makeTables(polynomial);
  }

  /** The checksum of these bytes alone. */
  of(bytes: Uint8Array): number {
    this.#value = -1;
    this.update(bytes);
    return this.value;
  }

  update(bytes: Uint8Array): void {
    const [t0, t1, t2, t3, t4, t5, t6, t7] = this.#tables as unknown as Int32Array[] & { length: 8 };
    let value = this.#value;
    let i = 0;
    for (const last = bytes.length - 7; i < last; i += 8) {
      const low = value ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
      value =
        t7![low & 0xff]! ^
        t6![(low >>> 8) & 0xff]! ^
        t5![(low >>> 16) & 0xff]! ^
        t4![low >>> 24]! ^
        t3![bytes[i + 4]!]! ^
        t2![bytes[i + 5]!]! ^
        t1![bytes[i + 6]!]! ^
        t0![bytes[i + 7]!]!;
    }
    for (; i < bytes.length; i++) value = (value >>> 8) ^ t0![(value ^ bytes[i]!) & 0xff]!;
    this.#value = value;
  }

  /** The checksum of all bytes so far. */
  get value(): number {
    return ~this.#value >>> 0;
  }
}
