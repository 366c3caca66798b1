/** Reads zip archives (PKWARE APPNOTE 6.3.10): stored and deflated entries, checked against their CRC-32. */

import { Crc32 } from "../base/crc32.ts";
import { FormatError } from "../base/errors.ts";
import { type ByteSource, checkRange, memorySource, partOf } from "./byte-source.ts";
import { Cursor } from "./cursor.ts";
import { inflate } from "./inflate.ts";

interface Entry {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headerAt: number;
}

/** More entries than any model has. */
const MOST_ENTRIES = 10_000;
/** Blocks in which an entry is read for its checksum. */
const BLOCK = 1 << 20;

export class ZipArchive {
  readonly #source: ByteSource;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(source: ByteSource, entries: ReadonlyMap<string, Entry>) {
    this.#source = source;
    this.#entries = entries;
  }

  /** Reads the directory at the end of the archive. @throws FormatError for anything that is none */
  static async open(source: ByteSource): Promise<ZipArchive> {
    const { count, size, start } = await findDirectory(source);
    checkRange(source, start, size);
    const what = `The zip directory of ${source.name}`;
    const cursor = new Cursor(await source.read(start, size), what);
    const entries = new Map<string, Entry>();
    for (let i = 0; i < count; i++) {
      const { name, entry } = readEntry(cursor);
      if (entries.has(name)) throw new FormatError(`${what} is damaged: it lists "${name}" twice.`);
      entries.set(name, entry);
    }
    return new ZipArchive(source, entries);
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /**
   * The bytes of an entry, its checksum compared; undefined when there is none of this name. A stored entry is read from the
   * archive where it is needed; a packed one is unpacked into memory.
   *
   * @param most largest size that is accepted
   */
  async open(name: string, most: number): Promise<ByteSource | undefined> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const what = `"${name}" in ${this.#source.name}`;
    if (entry.flags & 1) throw new FormatError(`${what} is encrypted; save the model without a password.`);
    if (entry.size > most)
      throw new FormatError(`${what} has ${entry.size} bytes, more than the ${most} that it can have.`);
    const start = await this.#dataOf(what, entry);
    const packed = partOf(this.#source, what, start, entry.packedSize);
    if (entry.method === 0) {
      if (entry.packedSize !== entry.size)
        throw new FormatError(`${what} is damaged: it is stored, and yet its two sizes differ.`);
      await checkCrc(packed, entry.crc);
      return packed;
    }
    if (entry.method !== 8)
      throw new FormatError(`${what} is packed by method ${entry.method}; only stored and deflated entries are read.`);
    const bytes = await inflate(what, await packed.read(0, packed.size), "deflate-raw", entry.size);
    const unpacked = memorySource(what, bytes);
    await checkCrc(unpacked, entry.crc);
    return unpacked;
  }

  /** Where an entry's data begin: after its own header, whose lengths may differ from those in the directory. */
  async #dataOf(what: string, { headerAt }: Entry): Promise<number> {
    const cursor = new Cursor(await this.#source.read(headerAt, 30), `The header of ${what}`);
    cursor.signature("PK\x03\x04");
    cursor.skip(22);
    return headerAt + 30 + cursor.u16() + cursor.u16();
  }
}

/** The record at the end of the archive, which a comment may follow. */
async function findDirectory(source: ByteSource): Promise<{ count: number; size: number; start: number }> {
  const length = Math.min(source.size, 22 + 0xffff);
  const tail = await source.read(source.size - length, length);
  for (let at = length - 22; at >= 0; at--) {
    if (tail[at] !== 0x50 || tail[at + 1] !== 0x4b || tail[at + 2] !== 5 || tail[at + 3] !== 6) continue;
    const cursor = new Cursor(tail.subarray(at), `The end of ${source.name}`);
    cursor.skip(10);
    const count = cursor.u16();
    const [size, start] = [cursor.u32(), cursor.u32()];
    if (at + 22 + cursor.u16() !== length) continue;
    if (size === 0xffffffff || start === 0xffffffff || count > MOST_ENTRIES)
      throw new FormatError(
        `${source.name} is a zip archive of more than 4 GB or 10,000 entries, which is not supported.`,
      );
    return { count, size, start };
  }
  throw new FormatError(
    `${source.name} has no zip directory at its end: the file is cut off, or it is no zip archive.`,
  );
}

function readEntry(cursor: Cursor): { readonly name: string; readonly entry: Entry } {
  cursor.signature("PK\x01\x02");
  cursor.skip(4);
  const [flags, method] = [cursor.u16(), cursor.u16()];
  cursor.skip(4);
  const [crc, packedSize, size] = [cursor.u32(), cursor.u32(), cursor.u32()];
  const [nameLength, extraLength, commentLength] = [cursor.u16(), cursor.u16(), cursor.u16()];
  cursor.skip(8);
  const headerAt = cursor.u32();
  const name = cursor.text(nameLength);
  cursor.skip(extraLength + commentLength);
  return { name, entry: { flags, method, crc, packedSize, size, headerAt } };
}

async function checkCrc(source: ByteSource, expected: number): Promise<void> {
  const crc = new Crc32();
  for (let at = 0; at < source.size; at += BLOCK) crc.update(await source.read(at, Math.min(BLOCK, source.size - at)));
  if (crc.value !== expected)
    throw new FormatError(`${source.name} is damaged: its checksum (CRC-32) is not the one that was stored with it.`);
}
