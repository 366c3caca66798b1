/** Text of a file, piece by piece: UTF-8, unpacked if it is gzip. */
import { FormatError } from "../../base/errors.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import { isGzip } from "../idx.ts";

/** Bytes that are read at a time. */
const BLOCK = 1 << 18;
/** A line or record that is longer is taken for a file of another format. */
export const MOST_LENGTH = 1 << 26;

async function* blocksOf(source: ByteSource): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  for (let at = 0; at < source.size; at += BLOCK) {
    // A file is never read into shared memory.
    yield (await source.read(at, Math.min(BLOCK, source.size - at))) as Uint8Array<ArrayBuffer>;
  }
}

async function* unpacked(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  const blocks = blocksOf(source);
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await blocks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new FormatError(`${source.name}: its gzip data is damaged or cut off.`, { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The text in pieces that end anywhere, without a byte order mark. @throws FormatError for bytes that are no UTF-8 */
export async function* textOf(source: ByteSource): AsyncGenerator<string, void, undefined> {
  const packed = source.size >= 2 && isGzip(await source.read(0, 2));
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new FormatError(
        `${source.name} is no text in UTF-8. Save it as UTF-8, or check that it is the right file.`,
        {
          cause,
        },
      );
    }
  };
  for await (const bytes of packed ? unpacked(source) : blocksOf(source)) yield decode(bytes);
  yield decode();
}
