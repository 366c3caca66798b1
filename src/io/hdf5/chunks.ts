/** Datasets in chunks: a B-tree says where each chunk is. Section III.A.1. */
import { FormatError } from "../../base/errors.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import { type Filter, undoFilters } from "./filters.ts";
import { cursorAt, type HdfFile } from "./layout.ts";

export interface ChunkedDataset {
  readonly title: string;
  readonly shape: Shape;
  readonly chunk: Shape;
  /** Bytes of one element. */
  readonly bytes: number;
  /** Address of the B-tree. */
  readonly tree: number;
  readonly filters: readonly Filter[];
}

const MOST_NODES = 100_000;

/** All bytes of the dataset, row-major. */
export async function readChunks(file: HdfFile, dataset: ChunkedDataset): Promise<Uint8Array> {
  const reader = new ChunkReader(file, dataset);
  await reader.node(dataset.tree, 0);
  return reader.finish();
}

class ChunkReader {
  readonly #file: HdfFile;
  readonly #dataset: ChunkedDataset;
  readonly #what: string;
  /** Allocated with the first chunk: a file without chunks has no right to memory. */
  #bytes: Uint8Array | undefined;
  readonly #seen = new Set<number>();
  readonly #places = new Set<string>();

  constructor(file: HdfFile, dataset: ChunkedDataset) {
    this.#file = file;
    this.#dataset = dataset;
    this.#what = `${dataset.title} in ${file.source.name}`;
  }

  #damaged(why: string): FormatError {
    return new FormatError(`${this.#what} is damaged: ${why}.`);
  }

  async node(address: number, depth: number): Promise<void> {
    if (this.#seen.has(address) || this.#seen.size > MOST_NODES || depth > 32)
      throw this.#damaged("its chunks lead round in a circle");
    this.#seen.add(address);
    const { addressSize } = this.#file;
    const rank = this.#dataset.shape.length;
    const { title } = this.#dataset;
    const head = await cursorAt(this.#file, address, 8 + 2 * addressSize, title);
    head.signature("TREE");
    const [type, level, count] = [head.u8(), head.u8(), head.u16()];
    if (type !== 1) throw this.#damaged("its chunks are not in a tree");
    const entry = 8 + 8 * (rank + 1) + addressSize;
    const cursor = await cursorAt(this.#file, address + 8 + 2 * addressSize, count * entry, title);
    for (let i = 0; i < count; i++) {
      const [stored, mask] = [cursor.u32(), cursor.u32()];
      const offset = Array.from({ length: rank }, () => cursor.uint(8));
      cursor.skip(8);
      const child = cursor.uint(addressSize);
      if (level > 0) await this.node(child, depth + 1);
      else await this.#chunk(child, stored, mask, offset);
    }
  }

  async #chunk(address: number, stored: number, mask: number, offset: Shape): Promise<void> {
    const { shape, chunk, bytes: element, filters, title } = this.#dataset;
    const isOnGrid = offset.every((at, axis) => at < shape[axis]! && at % chunk[axis]! === 0);
    if (!isOnGrid || this.#places.has(String(offset))) throw this.#damaged(`a chunk is at [${offset.join(", ")}]`);
    this.#places.add(String(offset));
    const size = sizeOf(chunk) * element;
    if (!Number.isSafeInteger(size)) throw this.#damaged(`its chunks have ${size} bytes`);
    const applied = filters.filter((_, i) => (mask & (1 << i)) === 0);
    const packed = (await cursorAt(this.#file, address, stored, title)).bytes(stored);
    const bytes = await undoFilters(packed, applied, { title: this.#what, size, element });
    this.#bytes ??= new Uint8Array(this.#checkedLength());
    this.#place(bytes, offset);
  }

  /** No dataset is a thousand times as large as the file; one that says so is a trap for memory. */
  #checkedLength(): number {
    const { shape, bytes } = this.#dataset;
    const length = sizeOf(shape) * bytes;
    if (!(length <= this.#file.source.size * 1032)) throw this.#damaged(`it would have ${length} bytes`);
    return length;
  }

  /** Copies the part of a chunk that lies inside of the array. */
  #place(bytes: Uint8Array, offset: Shape): void {
    const { shape, chunk, bytes: element } = this.#dataset;
    const rank = shape.length;
    const row = Math.min(chunk[rank - 1]!, shape[rank - 1]! - offset[rank - 1]!) * element;
    const copy = (axis: number, from: number, to: number): void => {
      if (axis === rank - 1) {
        const at = (to * shape[axis]! + offset[axis]!) * element;
        this.#bytes!.set(bytes.subarray(from * chunk[axis]! * element, from * chunk[axis]! * element + row), at);
        return;
      }
      const rows = Math.min(chunk[axis]!, shape[axis]! - offset[axis]!);
      for (let i = 0; i < rows; i++) copy(axis + 1, from * chunk[axis]! + i, to * shape[axis]! + offset[axis]! + i);
    };
    copy(0, 0, 0);
  }

  finish(): Uint8Array {
    const { shape, chunk } = this.#dataset;
    const expected = shape.reduce((product, axis, i) => product * Math.ceil(axis / chunk[i]!), 1);
    if (this.#bytes === undefined || this.#places.size !== expected)
      throw this.#damaged(`${this.#places.size} of its ${expected} chunks are there`);
    return this.#bytes;
  }
}
