/** The start of an HDF5 file: where its root group is. Section II. */
import { FormatError } from "../../base/errors.ts";
import { type ByteSource, paged, partOf } from "../byte-source.ts";
import { Cursor } from "../cursor.ts";
import { checkSum, type HdfFile, unsupported } from "./layout.ts";

export const signature = "\x89HDF\r\n\x1a\n";

export interface Superblock {
  readonly file: HdfFile;
  /** Address of the root group's object header. */
  readonly root: number;
}

/** @throws FormatError for a file that is no HDF5, or is shorter than it states */
export async function readSuperblock(given: ByteSource): Promise<Superblock> {
  const start = await findStart(given);
  // A file may begin with a block of the user's own, at whose end address 0 is.
  const source = paged(start === 0 ? given : partOf(given, given.name, start, given.size - start));
  const bytes = await source.read(0, Math.min(source.size, 128));
  const cursor = new Cursor(bytes, `The superblock of ${source.name}`);
  cursor.skip(8);
  const version = cursor.u8();
  if (version > 3)
    throw new FormatError(`${source.name} is damaged, or of an HDF5 newer than 2: superblock version ${version}.`);
  if (version < 2) cursor.skip(4);
  const [addressSize, lengthSize] = [cursor.u8(), cursor.u8()];
  for (const size of [addressSize, lengthSize])
    if (![2, 4, 8].includes(size)) throw new FormatError(`${source.name} is damaged: addresses of ${size} bytes.`);
  const file: HdfFile = { source, addressSize, lengthSize };
  cursor.skip(version < 2 ? 9 : 1);
  if (version === 1) cursor.skip(4);
  const base = cursor.uint(addressSize);
  if (base !== 0 && base !== start) throw unsupported(file, `its addresses begin at byte ${base}`);
  cursor.skip(addressSize);
  const end = cursor.uint(addressSize);
  const size = end - base;
  if (end !== Number.POSITIVE_INFINITY && size > source.size)
    throw new FormatError(`${source.name} is cut off: it has ${source.size} bytes, and says that it has ${size}.`);
  // Before the root's own address: that of a driver's block, and where the root's name would be.
  if (version < 2) cursor.skip(addressSize + lengthSize);
  const root = cursor.uint(addressSize);
  if (version >= 2) checkSum(file, bytes.subarray(0, cursor.position + 4), "The superblock");
  return { file, root };
}

/** The superblock is at byte 0, 512, 1024, 2048, … */
async function findStart(source: ByteSource): Promise<number> {
  for (let at = 0; at + 48 <= source.size; at = at === 0 ? 512 : at * 2)
    if (String.fromCharCode(...(await source.read(at, 8))) === signature) return at;
  throw new FormatError(
    `${source.name} is no HDF5 file: its signature is missing${source.size < 48 ? `, and it has only ${source.size} bytes` : ""}.`,
  );
}
