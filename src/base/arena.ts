/**
 * Allocates blocks in one range of memory: first fit, freed neighbours merged. It computes offsets only and touches no memory.
 */
export class Arena {
  readonly #alignment: number;
  readonly #slack: number;
  readonly #page: number;
  readonly #free: { offset: number; bytes: number }[] = [];
  /** Maximum end of all blocks so far: the size that the region needs. */
  bytes = 0;

  /** @param page no block crosses a multiple of this many bytes, unless it is larger than a page */
  constructor(alignment: number, slack: number, page = Number.POSITIVE_INFINITY) {
    this.#alignment = alignment;
    this.#slack = slack;
    this.#page = page;
  }

  /** The first offset from `offset` on where the bytes lie within one page. */
  #fit(offset: number, bytes: number): number {
    const end = (Math.floor(offset / this.#page) + 1) * this.#page;
    return Number.isFinite(end) && offset + bytes > end && offset % this.#page !== 0 ? end : offset;
  }

  /** Bytes that a block occupies: its size plus the slack that kernels may read beyond its end, rounded up to the alignment. */
  #rounded(bytes: number): number {
    return Math.ceil((bytes + this.#slack) / this.#alignment) * this.#alignment;
  }

  allocate(bytes: number): number {
    const needed = this.#rounded(bytes);
    const ends = (start: number) => this.#fit(start, needed) + needed;
    const at = this.#free.findIndex(({ offset, bytes }) => ends(offset) <= offset + bytes);
    const hole = this.#free[at];
    if (hole !== undefined) return this.#take(at, this.#fit(hole.offset, needed), needed);
    const last = this.#free.at(-1);
    const open = last !== undefined && last.offset + last.bytes === this.bytes;
    const end = ends(open ? last.offset : this.bytes);
    if (open) last.bytes = end - last.offset;
    else this.#free.push({ offset: this.bytes, bytes: end - this.bytes });
    this.bytes = end;
    return this.#take(this.#free.length - 1, end - needed, needed);
  }

  /** Cuts a block out of a hole; the space before and after it stays free. */
  #take(hole: number, start: number, bytes: number): number {
    const { offset, bytes: size } = this.#free[hole]!;
    const left = [
      { offset, bytes: start - offset },
      { offset: start + bytes, bytes: offset + size - start - bytes },
    ];
    this.#free.splice(hole, 1, ...left.filter((block) => block.bytes > 0));
    return start;
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
