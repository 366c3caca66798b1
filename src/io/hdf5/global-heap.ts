/** Texts of any length are in heaps that the whole file shares. Section III.E. */
import { FormatError } from "../../base/errors.ts";
import { type Cursor, decodeText } from "../cursor.ts";
import { cursorAt, type HdfFile } from "./layout.ts";

/** Longest text; a config of 10,000 layers has a tenth of it. */
const MOST_BYTES = 1 << 27;

/** The text that a reference (length, address of the heap, index in it) stands for. */
export async function readHeapText(file: HdfFile, reference: Cursor, what: string): Promise<string> {
  const length = reference.u32();
  const address = reference.uint(file.addressSize);
  const index = reference.u32();
  if (length === 0) return "";
  const bytes = await findObject(file, address, index, what);
  if (length > bytes.length)
    throw new FormatError(`${what} in ${file.source.name} is damaged: a text of ${length} bytes has ${bytes.length}.`);
  return decodeText(bytes.subarray(0, length));
}

async function findObject(file: HdfFile, address: number, index: number, what: string): Promise<Uint8Array> {
  const head = await cursorAt(file, address, 8 + file.lengthSize, what);
  head.signature("GCOL");
  head.skip(4);
  const size = head.uint(file.lengthSize);
  if (size > MOST_BYTES) throw new FormatError(`${what} in ${file.source.name} is damaged: a heap of ${size} bytes.`);
  const cursor = await cursorAt(file, address, size, what);
  cursor.skip(8 + file.lengthSize);
  while (cursor.left >= 8 + file.lengthSize) {
    const found = cursor.u16();
    cursor.skip(6);
    const bytes = cursor.uint(file.lengthSize);
    if (found === index && index !== 0) return cursor.bytes(bytes);
    if (found === 0) break;
    cursor.skip(bytes);
    cursor.align(8);
  }
  throw new FormatError(`${what} in ${file.source.name} is damaged: its text is not in the heap.`);
}
