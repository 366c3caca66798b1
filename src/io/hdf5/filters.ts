/** What a chunk of a dataset went through when it was stored, and the way back. Section IV.A.2.l. */
import { FormatError } from "../../base/errors.ts";
import type { Cursor } from "../cursor.ts";
import { inflate } from "../inflate.ts";
import { type HdfFile, unsupported } from "./layout.ts";

const names: Readonly<Record<number, "deflate" | "shuffle" | "fletcher32">> = {
  1: "deflate",
  2: "shuffle",
  3: "fletcher32",
};

export type Filter = (typeof names)[number];

/** The filters in the order in which they were applied. */
export function readFilters(cursor: Cursor, file: HdfFile, title: string): readonly Filter[] {
  const [version, count] = [cursor.u8(), cursor.u8()];
  if (version !== 1 && version !== 2) throw unsupported(file, `${title} has filters of version ${version}`);
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => {
    const id = cursor.u16();
    const nameSize = version === 1 || id >= 256 ? cursor.u16() : 0;
    cursor.skip(2);
    const values = cursor.u16();
    cursor.skip(nameSize + 4 * values);
    if (version === 1 && values % 2 === 1) cursor.skip(4);
    const filter = names[id];
    if (filter === undefined) throw unsupported(file, `${title} is packed by filter ${id}`);
    return filter;
  });
}

/**
 * The bytes of a chunk as they were before the filters.
 *
 * @param size number of bytes that the chunk has without filters
 * @param element bytes of one element
 */
export async function undoFilters(
  stored: Uint8Array,
  filters: readonly Filter[],
  { title, size, element }: { readonly title: string; readonly size: number; readonly element: number },
): Promise<Uint8Array> {
  let bytes = stored;
  // Applied before the packing, a checksum makes what was packed longer.
  let sums = filters.filter((filter) => filter === "fletcher32").length;
  for (const filter of filters.toReversed()) {
    if (filter === "fletcher32") {
      sums--;
      bytes = bytes.subarray(0, Math.max(0, bytes.length - 4));
    } else if (filter === "deflate") bytes = await inflate(title, bytes, "deflate", size + 4 * sums);
    else bytes = unshuffle(bytes, element);
  }
  if (bytes.length !== size)
    throw new FormatError(`${title} is damaged: a chunk has ${bytes.length} bytes instead of ${size}.`);
  return bytes;
}

/** All first bytes, then all second bytes, … → element after element. */
function unshuffle(bytes: Uint8Array, element: number): Uint8Array {
  const count = Math.floor(bytes.length / element);
  const whole = bytes.slice();
  for (let i = 0; i < count; i++)
    for (let byte = 0; byte < element; byte++) whole[i * element + byte] = bytes[byte * count + i]!;
  return whole;
}
