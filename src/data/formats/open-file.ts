/** Opens what a reader of data is given: one file of any place, as bytes to be read in ranges or as a whole. */
import { ArgumentError, FormatError } from "../../base/errors.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import { type LoadPlace, openFileOf, placeOf, using } from "../../io/place.ts";
import { gunzip, isGzip } from "../idx.ts";

/** The file of a place, to be closed by the caller. `who` names the function in messages. */
export async function openFile(who: string, where: LoadPlace): Promise<ByteSource> {
  const place = await placeOf(who, where);
  if (place.name === undefined)
    throw new ArgumentError(`${who}: ${place.title} is a folder; pass the path of a file in it.`);
  return openFileOf(place, place.name);
}

/** No file that is read as a whole may be larger, packed or not: one typed array holds it. */
const MOST_BYTES = 2 ** 32 - 1;
/** Deflate cannot shrink by more than this. */
const MOST_RATIO = 1032;

/** All bytes of a file, unpacked if it is gzip, with its name for messages. @throws FormatError when it is too large */
export async function readFile(
  who: string,
  where: LoadPlace,
): Promise<{ readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }> {
  return using(await openFile(who, where), async (source) => {
    const { name, size } = source;
    if (size > MOST_BYTES)
      throw new FormatError(`${name} has ${size} bytes, more than the ${MOST_BYTES} that are read at once.`);
    // A file is never read into shared memory.
    const bytes = (await source.read(0, size)) as Uint8Array<ArrayBuffer>;
    if (!isGzip(bytes)) return { name, bytes };
    return { name, bytes: await gunzip(bytes, name, Math.min(MOST_BYTES, size * MOST_RATIO)) };
  });
}
