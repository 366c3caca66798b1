/** Uncompressed BMP images (Microsoft's BITMAPINFOHEADER): 1, 4 and 8 bits by a palette, 24 and 32 bits. */
import { FormatError } from "../../base/errors.ts";
import { Cursor, startsWith } from "../../io/cursor.ts";
import type { Pixels } from "./colors.ts";

export const isBmp = (bytes: Uint8Array): boolean => startsWith(bytes, "BM");

/** An axis of an image is no longer. */
const MOST_AXIS = 1 << 16;

/** @param name how messages call the file */
export function decodeBmp(bytes: Uint8Array, name: string): Pixels {
  const cursor = new Cursor(bytes, `The header of ${name}`);
  cursor.skip(10);
  const start = cursor.u32();
  const headerSize = cursor.u32();
  if (headerSize < 40) throw new FormatError(`${name} is a BMP of OS/2, which is not read; save it as PNG.`);
  const [width, signedHeight] = [cursor.u32() | 0, cursor.u32() | 0];
  cursor.skip(2);
  const [bits, compression] = [cursor.u16(), cursor.u32()];
  cursor.skip(12);
  const stated = cursor.u32();
  const height = Math.abs(signedHeight);
  if (width < 1 || height < 1 || width > MOST_AXIS || height > MOST_AXIS)
    throw new FormatError(`${name} is damaged: its header states ${width}x${signedHeight} pixels.`);
  // 3: the masks of 32 bits are stated; they are those of the plain layout in all but exotic files, which are refused.
  const plain = compression === 0 || (compression === 3 && bits === 32 && hasUsualMasks(bytes, name));
  if (!plain || ![1, 4, 8, 24, 32].includes(bits))
    throw new FormatError(
      `${name} is a BMP of ${bits} bits with compression ${compression}, which is not read; save it as PNG.`,
    );
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (start + stride * height > bytes.length)
    throw new FormatError(
      `${name} is cut off: ${width}x${height} pixels of ${bits} bits end at byte ${start + stride * height}, and it has ${bytes.length}.`,
    );
  const rowAt = (y: number) => start + stride * (signedHeight < 0 ? y : height - 1 - y);
  const data = new Uint8Array(width * height * 3);
  const palette = bits <= 8 ? readPalette(bytes, name, 14 + headerSize, stated === 0 ? 2 ** bits : stated) : undefined;
  for (let y = 0, at = 0; y < height; y++) {
    const row = rowAt(y);
    for (let x = 0; x < width; x++, at += 3) {
      const from = palette === undefined ? row + (x * bits) / 8 : 4 * indexOf(bytes, row, x, bits);
      const source = palette ?? bytes;
      if (from + 2 >= source.length)
        throw new FormatError(`${name} is damaged: pixel (${x}, ${y}) is outside of its palette.`);
      data[at] = source[from + 2]!;
      data[at + 1] = source[from + 1]!;
      data[at + 2] = source[from]!;
    }
  }
  return { width, height, channels: 3, data };
}

function hasUsualMasks(bytes: Uint8Array, name: string): boolean {
  const cursor = new Cursor(bytes, `The header of ${name}`);
  cursor.skip(54);
  return [0xff0000, 0xff00, 0xff].every((mask) => cursor.u32() === mask);
}

function readPalette(bytes: Uint8Array, name: string, at: number, colors: number): Uint8Array {
  if (colors > 256 || at + 4 * colors > bytes.length)
    throw new FormatError(`${name} is damaged: its palette of ${colors} colours does not fit into the file.`);
  return bytes.subarray(at, at + 4 * colors);
}

/** The number of the colour of pixel x in a row. */
function indexOf(bytes: Uint8Array, row: number, x: number, bits: number): number {
  const bit = x * bits;
  return (bytes[row + (bit >> 3)]! >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
}
