/** Bytes in the making: little-endian fields one after the other. */
export class Packer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  #grow(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** An unsigned number of 8 bytes; Infinity has all bits set, as HDF5 writes "undefined". */
  u64(value: number): this {
    const at = this.#grow(8);
    const isSet = value === Number.POSITIVE_INFINITY;
    this.#view.setBigUint64(at, isSet ? 0xffff_ffff_ffff_ffffn : BigInt(value), true);
    return this;
  }

  f32(value: number): this {
    const at = this.#grow(4);
    this.#view.setFloat32(at, value, true);
    return this;
  }

  f64(value: number): this {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Letters of one byte each. */
  text(letters: string): this {
    return this.bytes(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
  }

  zeros(length: number): this {
    this.#grow(length);
    return this;
  }

  /** Zeros up to a multiple of `step`. */
  align(step: number): this {
    return this.zeros((step - (this.#length % step)) % step);
  }

  /** What was packed so far; further fields do not change it. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
