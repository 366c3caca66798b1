/** Tar archives (POSIX ustar): headers of 512 bytes, each followed by a file padded to a multiple of 512. */
import { FormatError } from "../../base/errors.ts";
import { decodeText } from "../../io/cursor.ts";

const BLOCK = 512;

/** The plain files of an archive, by path; they share its memory. @param name how messages call the archive */
export function tarFiles(bytes: Uint8Array, name: string): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    // Two blocks of zeros end the archive.
    if (header.every((byte) => byte === 0)) return files;
    const text = (from: number, length: number) => decodeText(header.subarray(from, from + length));
    // The sum of the header's bytes, with spaces in place of the sum itself.
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    const [stated, size] = [text(148, 8), text(124, 12)].map((octal) => Number.parseInt(octal.trim(), 8)) as [
      number,
      number,
    ];
    if (sum !== stated || !Number.isSafeInteger(size))
      throw new FormatError(`${name} is no tar archive or is damaged: the header at byte ${at} has a wrong checksum.`);
    const start = at + BLOCK;
    if (start + size > bytes.length)
      throw new FormatError(
        `${name} is cut off: ${text(0, 100)} ends at byte ${start + size}, and it has ${bytes.length}.`,
      );
    const [kind, prefix] = [text(156, 1), text(257, 5) === "ustar" ? text(345, 155) : ""];
    const path = prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`;
    if (kind === "" || kind === "0") files.set(path, bytes.subarray(start, start + size));
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new FormatError(`${name} is cut off: it ends without the two empty blocks of a tar archive.`);
}
