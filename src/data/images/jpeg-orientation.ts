/** Browsers turn a JPEG as its EXIF block says; Keras does not, so the block is hidden from them. */

const APP1 = 0xe1;
/** A marker that decoders pass over. */
const APP15 = 0xef;
const EXIF = [0x45, 0x78, 0x69, 0x66];

/** The same file with its EXIF block marked as another one; other formats, and files without one, as they are. */
export function withoutOrientation(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return bytes;
  // Segments of a marker and a length stand before the picture.
  for (let at = 2; at + 8 <= bytes.length && bytes[at] === 0xff; at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!) {
    if (bytes[at + 1] !== APP1 || !EXIF.every((byte, i) => bytes[at + 4 + i] === byte)) continue;
    const hidden = bytes.slice();
    hidden[at + 1] = APP15;
    return hidden;
  }
  return bytes;
}
