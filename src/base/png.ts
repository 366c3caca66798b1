/** Pixels as the bytes of a PNG file (W3C, "Portable Network Graphics", 3rd edition). */
import { Crc32 } from "./crc32.ts";
import { joinBytes } from "./join-bytes.ts";

/** One byte for each channel of a pixel, row by row: grey, red-green-blue or red-green-blue-alpha. */
export interface Pixels {
  readonly columns: number;
  readonly rows: number;
  /** With a palette one byte a pixel, its index there. */
  readonly data: Uint8Array;
  /** Red, green and blue of up to 256 colours. */
  readonly palette?: Uint8Array;
}

const letters = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const word = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);

/** §5.3: length, type, data, checksum of type and data. */
function chunk(type: string, ...data: readonly Uint8Array[]): Uint8Array {
  const body = joinBytes([letters(type), ...data]);
  return joinBytes([word(body.length - 4), body, word(new Crc32().of(body))]);
}

/** A zlib stream (RFC 1950) of stored blocks (RFC 1951, §3.2.4). */
function stored(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < bytes.length; at += 65535) {
    const block = bytes.subarray(at, at + 65535);
    const { length } = block;
    const isLast = at + length === bytes.length;
    parts.push(Uint8Array.of(isLast ? 1 : 0, length, length >> 8, ~length, ~length >> 8), block);
  }
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return joinBytes([...parts, word(((b << 16) | a) >>> 0)]);
}

/** §11.2.1: the colour type of 1, 3 and 4 channels; of a palette. */
const colorTypes = { 1: 0, 3: 2, 4: 6, palette: 3 } as const;

/** The rows of the file's image data, each behind its filter: none. */
function linesOf({ rows, data }: Pixels): Uint8Array<ArrayBuffer> {
  const width = data.length / rows;
  const lines = new Uint8Array(rows * (width + 1));
  for (let row = 0; row < rows; row++) lines.set(data.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  return lines;
}

function fileOf({ columns, rows, data, palette }: Pixels, zlib: Uint8Array): Uint8Array<ArrayBuffer> {
  const channels = data.length / (rows * columns);
  const colorType = colorTypes[palette === undefined ? (channels as 1 | 3 | 4) : "palette"];
  return joinBytes([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", word(columns), word(rows), Uint8Array.of(8, colorType, 0, 0, 0)),
    ...(palette === undefined ? [] : [chunk("PLTE", palette)]),
    chunk("IDAT", zlib),
    chunk("IEND"),
  ]);
}

// Not Uint8Array<ArrayBuffer>: the package's types must compile with TypeScript 5.4, where it is not generic.

/** The whole file, not compressed: at once, because an SVG is a string, and small as atlases of maps are. */
export function encodePixelPng(pixels: Pixels): Uint8Array {
  return fileOf(pixels, stored(linesOf(pixels)));
}

/** The file as an address, for HTML and SVG that hold their pictures. */
export function pngAddress(pixels: Pixels): string {
  const bytes = encodePixelPng(pixels);
  let text = "";
  // A call takes some tens of thousands of arguments at most.
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return `data:image/png;base64,${btoa(text)}`;
}

/** The whole file, compressed. */
export async function compressPixelPng(pixels: Pixels): Promise<Uint8Array> {
  const zlib = new Blob([linesOf(pixels)]).stream().pipeThrough(new CompressionStream("deflate"));
  return fileOf(pixels, new Uint8Array(await new Response(zlib).arrayBuffer()));
}
