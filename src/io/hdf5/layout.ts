/** What all parts of the HDF5 reader share: the bytes, the sizes of addresses and lengths, and the words for damage. */
import { FormatError } from "../../base/errors.ts";
import type { ByteSource } from "../byte-source.ts";
import { Cursor } from "../cursor.ts";
import { lookup3 } from "./checksum.ts";

/** The file behind its superblock. Section numbers in this folder are those of the HDF5 File Format Specification 3.0. */
export interface HdfFile {
  /** Address 0 is its first byte; short reads are cheap. */
  readonly source: ByteSource;
  /** Bytes of an address. */
  readonly addressSize: number;
  /** Bytes of a length. */
  readonly lengthSize: number;
}

/** A part of the file. @throws FormatError where the file has no such bytes */
export async function cursorAt(file: HdfFile, address: number, length: number, what: string): Promise<Cursor> {
  const named = `${what} in ${file.source.name}`;
  if (!Number.isFinite(address)) throw new FormatError(`${named} is missing: its address is undefined.`);
  return new Cursor(await file.source.read(address, length), named);
}

/** Throws unless the last four bytes are the checksum of those before. */
export function checkSum(file: HdfFile, bytes: Uint8Array, what: string): void {
  const body = bytes.subarray(0, bytes.length - 4);
  const stated = new Cursor(bytes.subarray(bytes.length - 4), what).u32();
  if (lookup3(body) !== stated)
    throw new FormatError(`${what} in ${file.source.name} is damaged: its checksum does not fit.`);
}

/** The error for what HDF5 can hold and this reader cannot. */
export function unsupported(file: HdfFile, what: string): FormatError {
  return new FormatError(
    `${file.source.name}: ${what}, which is not supported. Keras writes no such files; save the model again with Keras.`,
  );
}

/**
 * Throws where many members or attributes are in a "fractal heap", which only HDF5's newest form uses. Sections IV.A.2.c and IV.A.2.p.
 *
 * @param body of the message that says where they are
 * @param countBytes of the greatest creation order, if the flags say that it is there
 */
export function checkCompact(file: HdfFile, body: Uint8Array, countBytes: number, what: string): void {
  const cursor = new Cursor(body, what);
  cursor.skip(1);
  if (cursor.u8() & 1) cursor.skip(countBytes);
  if (Number.isFinite(cursor.uint(file.addressSize))) throw unsupported(file, `${what} in a fractal heap`);
}
