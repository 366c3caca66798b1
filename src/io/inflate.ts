/** Unpacks by the platform's own decoder, and never more than was announced. */

import { FormatError } from "../base/errors.ts";
import { blobOf } from "./byte-source.ts";

/**
 * Unpacks bytes in the deflate format.
 *
 * @param format "deflate-raw" for zip, "deflate" (with zlib's header) for HDF5
 * @param size number of bytes that must come; more or fewer are an error, and no more are kept
 */
export async function inflate(
  what: string,
  packed: Uint8Array,
  format: "deflate" | "deflate-raw",
  size: number,
): Promise<Uint8Array> {
  const damaged = (why: string, cause?: unknown) => new FormatError(`${what} is damaged: ${why}.`, { cause });
  // Deflate cannot shrink by more than this, so a larger size is not true.
  if (size > packed.length * 1032 + 64) throw damaged(`${packed.length} packed bytes cannot hold the ${size} stated`);
  const reader = blobOf([packed]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  const bytes = new Uint8Array(size);
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > size) throw damaged(`it unpacks to more than the ${size} bytes stated`);
      bytes.set(value, at);
      at += value.length;
    }
  } catch (cause) {
    await reader.cancel().catch(() => undefined);
    if (cause instanceof FormatError) throw cause;
    throw damaged("its compressed data cannot be unpacked", cause);
  }
  if (at !== size) throw damaged(`it unpacks to ${at} bytes instead of the ${size} stated`);
  return bytes;
}
