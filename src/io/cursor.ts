/** Reads little-endian fields one after the other, and checks that they are there. */
import { FormatError } from "../base/errors.ts";

export class Cursor {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** @param what names the bytes in messages: `the header of "/layers" in model.h5` */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#what = what;
  }

  get position(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The position after `length` more bytes. */
  #take(length: number): number {
    if (!(length >= 0 && length <= this.left))
      throw new FormatError(
        `${this.#what} is damaged: ${length} bytes are needed at byte ${this.#at}, and ${this.left} are left.`,
      );
    const at = this.#at;
    this.#at += length;
    return at;
  }

  skip(length: number): void {
    this.#take(length);
  }

  /** Moves to a multiple of `step` bytes from the start. */
  align(step: number): void {
    this.#take(Math.min(this.left, (step - (this.#at % step)) % step));
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** An unsigned number of 1 to 8 bytes; Infinity where all bits are set, as HDF5 writes "undefined". */
  uint(size: number): number {
    const at = this.#take(size);
    let value = 0;
    let full = true;
    for (let i = size - 1; i >= 0; i--) {
      const byte = this.#bytes[at + i]!;
      full &&= byte === 0xff;
      value = value * 256 + byte;
    }
    if (full && size > 1) return Number.POSITIVE_INFINITY;
    if (!Number.isSafeInteger(value))
      throw new FormatError(`${this.#what} is damaged: the number at byte ${at} is ${value}.`);
    return value;
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** UTF-8 text of this many bytes, without the zeros at its end. */
  text(length: number): string {
    return decodeText(this.bytes(length));
  }

  /** Throws unless the next bytes are these letters. */
  signature(letters: string): void {
    const found = this.bytes(letters.length);
    if (!startsWith(found, letters))
      throw new FormatError(`${this.#what} is damaged: it does not begin with "${letters}".`);
  }
}

const decoder = /* @__PURE__ */ new TextDecoder();

/** UTF-8 text up to the first zero. */
export function decodeText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

export function startsWith(bytes: Uint8Array, letters: string): boolean {
  return bytes.length >= letters.length && Array.from(letters).every((letter, i) => bytes[i] === letter.charCodeAt(0));
}
