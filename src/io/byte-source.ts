/** Bytes that can be read from any place: a file, a Blob, memory, an entry of an archive. Nothing is read before it is asked for. */
import { ArgumentError, FormatError } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";

/** The bytes of pieces, one after the other. Their memory is never shared, which their type does not say. */
export function blobOf(pieces: Iterable<Uint8Array>): Blob {
  return new Blob([...pieces] as Uint8Array<ArrayBuffer>[]);
}

// Not Uint8Array<ArrayBuffer>: the package's types must compile with TypeScript 5.4, where it is not generic.
export interface ByteSource {
  /** For messages: the path, address or name. */
  readonly name: string;
  /** Number of bytes. */
  readonly size: number;
  /** Bytes `offset … offset + length - 1`, all of them. They belong to the caller only to read. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Throws unless the source has these bytes; called before anything is allocated for them. */
export function checkRange(source: Pick<ByteSource, "name" | "size">, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0)
    if (offset + length <= source.size) return;
  throw new FormatError(
    `${source.name} has ${source.size} bytes, and bytes ${offset} to ${offset + length} of it were looked for: the file is cut off or damaged.`,
  );
}

/** Bytes in memory. @throws ArgumentError for anything else */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  if (!(bytes instanceof Uint8Array))
    throw new ArgumentError(`memorySource: bytes is ${formatValue(bytes)}, expected a Uint8Array.`);
  const source: ByteSource = {
    name,
    size: bytes.length,
    read: async (offset, length) => {
      checkRange(source, offset, length);
      // Not subarray: that of Node's Buffer is a Buffer, whose slice shares its memory.
      return new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length);
    },
    close: async () => {},
  };
  return source;
}

/** A Blob or File of a browser or of Node. */
export function blobSource(name: string, blob: Blob): ByteSource {
  const source: ByteSource = {
    name,
    size: blob.size,
    read: async (offset, length) => {
      checkRange(source, offset, length);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
    close: async () => {},
  };
  return source;
}

/** A range of another source, which stays its owner's to close. */
export function partOf(source: ByteSource, name: string, start: number, size: number): ByteSource {
  checkRange(source, start, size);
  const part: ByteSource = {
    name,
    size,
    read: async (offset, length) => {
      checkRange(part, offset, length);
      return source.read(start + offset, length);
    },
    close: async () => {},
  };
  return part;
}

/** Sources one behind the other, as one. They stay their owner's to close. */
export function joined(name: string, parts: readonly ByteSource[]): ByteSource {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const read = async (offset: number, length: number) => {
    checkRange({ name, size }, offset, length);
    const pieces: Uint8Array[] = [];
    let start = 0;
    for (const part of parts) {
      const [from, to] = [Math.max(offset, start), Math.min(offset + length, start + part.size)];
      if (from < to) pieces.push(await part.read(from - start, to - from));
      start += part.size;
    }
    if (pieces.length === 1) return pieces[0]!;
    const whole = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  };
  return { name, size, read, close: async () => {} };
}

const PAGE = 1 << 16;
const PAGES = 16;

/** The same source with its last pages kept, for readers that take many short pieces near each other. */
export function paged(source: ByteSource): ByteSource {
  const pages = new Map<number, Promise<Uint8Array>>();
  const page = (index: number) => {
    const known = pages.get(index);
    if (known !== undefined) return known;
    const start = index * PAGE;
    const made = source.read(start, Math.min(PAGE, source.size - start));
    if (pages.size >= PAGES) pages.delete(pages.keys().next().value!);
    pages.set(index, made);
    return made;
  };
  const read = async (offset: number, length: number) => {
    checkRange(source, offset, length);
    const first = Math.floor(offset / PAGE);
    const last = Math.floor(Math.max(offset, offset + length - 1) / PAGE);
    if (length === 0) return new Uint8Array();
    if (last > first + 1) return source.read(offset, length);
    const head = (await page(first)).subarray(offset - first * PAGE, offset - first * PAGE + length);
    if (last === first) return head;
    const joined = new Uint8Array(length);
    joined.set(head);
    joined.set((await page(last)).subarray(0, length - head.length), head.length);
    return joined;
  };
  return { name: source.name, size: source.size, read, close: () => source.close() };
}

/** All bytes of a source that is expected to be small. @throws FormatError when it has more than `most` */
export async function readAll(source: ByteSource, most: number): Promise<Uint8Array> {
  if (source.size > most)
    throw new FormatError(`${source.name} has ${source.size} bytes, more than the ${most} that it can have.`);
  return source.read(0, source.size);
}
