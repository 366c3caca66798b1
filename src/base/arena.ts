/** Places blocks in one stretch of memory: first fit, freed neighbours joined. Offsets only; no memory is touched. */
export class Arena {
  readonly #alignment: number;
  readonly #slack: number;
  readonly #free: { offset: number; bytes: number }[] = [];
  /** The most bytes in use at any time: the size that the region needs. */
  bytes = 0;

  constructor(alignment: number, slack: number) {
    this.#alignment = alignment;
    this.#slack = slack;
  }

  /** Bytes that a block takes: its own, what kernels may read beyond its end, rounded up to the alignment. */
  #rounded(bytes: number): number {
    return Math.ceil((bytes + this.#slack) / this.#alignment) * this.#alignment;
  }

  allocate(bytes: number): number {
    const needed = this.#rounded(bytes);
    const hole = this.#free.find((block) => block.bytes >= needed);
    if (hole !== undefined) {
      const { offset } = hole;
      hole.offset += needed;
      hole.bytes -= needed;
      if (hole.bytes === 0) this.#free.splice(this.#free.indexOf(hole), 1);
      return offset;
    }
    const last = this.#free.at(-1);
    if (last !== undefined && last.offset + last.bytes === this.bytes) {
      this.#free.pop();
      this.bytes = last.offset + needed;
      return last.offset;
    }
    this.bytes += needed;
    return this.bytes - needed;
  }

  free(offset: number, bytes: number): void {
    const size = this.#rounded(bytes);
    const next = this.#free.findIndex((block) => block.offset > offset);
    const at = next < 0 ? this.#free.length : next;
    this.#free.splice(at, 0, { offset, bytes: size });
    for (const i of [at, at - 1]) {
      const [block, neighbour] = [this.#free[i], this.#free[i + 1]];
      if (block !== undefined && neighbour !== undefined && block.offset + block.bytes === neighbour.offset) {
        block.bytes += neighbour.bytes;
        this.#free.splice(i + 1, 1);
      }
    }
  }
}
