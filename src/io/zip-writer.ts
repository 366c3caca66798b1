/** Writes zip archives of stored entries, as Keras does: nothing is packed, so that weights can be read in their place. */

import { Crc32 } from "../base/crc32.ts";
import { ArgumentError } from "../base/errors.ts";
import { Packer } from "./packer.ts";

export interface ZipEntry {
  /** Path in the archive, with "/" between folders. */
  readonly name: string;
  /** The entry's bytes, in pieces that are not copied. */
  readonly pieces: readonly Uint8Array[];
}

/** What an archive without the zip64 extension can hold. */
const MOST_BYTES = 0xfffffffe;

/** The archive in pieces, to be written one after the other. `date` is stated for each entry, in local time. */
export function* zipPieces(entries: readonly ZipEntry[], date: Date): Generator<Uint8Array> {
  const directory = new Packer();
  let at = 0;
  for (const { name, pieces } of entries) {
    const crc = new Crc32();
    for (const piece of pieces) crc.update(piece);
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    const encoded = new TextEncoder().encode(name);
    if (at + size + 1000 > MOST_BYTES)
      throw new ArgumentError(
        `The model has more than the 4 GB that a .keras file can hold; save its weights in parts: saveWeights("model.weights.json", { maxShardSize }).`,
      );
    const fields = (packer: Packer) => {
      packer.u16(20).u16(0x800).u16(0).u16(timeOf(date)).u16(dateOf(date));
      packer.u32(crc.value).u32(size).u32(size).u16(encoded.length).u16(0);
    };
    const header = new Packer().text("PK\x03\x04");
    fields(header);
    header.bytes(encoded);
    yield header.finish();
    yield* pieces;
    directory.text("PK\x01\x02").u16(20);
    fields(directory);
    directory.u16(0).u16(0).u16(0).u32(0).u32(at).bytes(encoded);
    at += header.length + size;
  }
  const { length } = directory;
  directory.text("PK\x05\x06").u32(0).u16(entries.length).u16(entries.length).u32(length).u32(at).u16(0);
  yield directory.finish();
}

/** MS-DOS time: hours, minutes, and seconds in twos. */
const timeOf = (date: Date) => (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);

const dateOf = (date: Date) =>
  (Math.max(0, date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
