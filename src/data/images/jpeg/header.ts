/**
 * Headers of JPEG files (ITU-T T.81, annex B; JFIF). Only the usual kind is read: one sequential Huffman scan of 8-bit samples, grey or Y, Cb, Cr,
 * with chroma as large as Y, half as wide, or half as wide and high. Everything else is another decoder's.
 */
import type { HuffmanCodes } from "./huffman.ts";

/** How many samples of Y stand for one of chroma, along each axis. */
export interface Sampling {
  readonly across: 1 | 2;
  readonly down: 1 | 2;
}

export interface JpegComponent {
  readonly quantization: number;
  readonly dc: number;
  readonly ac: number;
}

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly sampling: Sampling;
  /** One or three. */
  readonly components: readonly JpegComponent[];
  /** Quantization tables by their number, in the order of the file (zigzag). */
  readonly quantization: readonly (Uint8Array | undefined)[];
  /** Huffman tables by their number. */
  readonly dc: readonly (HuffmanCodes | undefined)[];
  readonly ac: readonly (HuffmanCodes | undefined)[];
  /** MCUs between restart markers; 0: there are none. */
  readonly restartInterval: number;
  /** Where the entropy-coded data begins. */
  readonly data: number;
}

const SOF0 = 0xc0;
const SOF1 = 0xc1;
const DHT = 0xc4;
const SOI = 0xd8;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;
const APP0 = 0xe0;
const APP14 = 0xee;
const APP15 = 0xef;
const COM = 0xfe;

/** libjpeg's largest picture. */
const MOST_SIDE = 65_500;

interface FrameComponent {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly quantization: number;
}

/** What the segments have said so far. */
interface Segments {
  frame:
    | { readonly width: number; readonly height: number; readonly components: readonly FrameComponent[] }
    | undefined;
  readonly quantization: (Uint8Array | undefined)[];
  readonly dc: (HuffmanCodes | undefined)[];
  readonly ac: (HuffmanCodes | undefined)[];
  restartInterval: number;
  isJfif: boolean;
  /** Adobe's colour transform. */
  adobe: number | undefined;
}

/** @returns undefined for every file that is not of the usual kind, damaged ones included */
export function readHeader(bytes: Uint8Array): JpegHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return undefined;
  const known: Segments = {
    frame: undefined,
    quantization: [],
    dc: [],
    ac: [],
    restartInterval: 0,
    isJfif: false,
    adobe: undefined,
  };
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1]!;
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const end = at + 2 + length;
    if (bytes[at] !== 0xff || length < 2 || end > bytes.length) return undefined;
    const content = bytes.subarray(at + 4, end);
    if (marker === SOS) return headerOf(known, content, end);
    if (!readSegment(known, marker, content)) return undefined;
    at = end;
  }
  return undefined;
}

/** Whether the segment is one that is understood or may be passed over. */
function readSegment(known: Segments, marker: number, content: Uint8Array): boolean {
  if (marker === SOF0 || marker === SOF1) return readFrame(known, content);
  if (marker === DQT) return readQuantization(known, content);
  if (marker === DHT) return readHuffman(known, content);
  if (marker === DRI) {
    known.restartInterval = (content[0]! << 8) | content[1]!;
    return content.length === 2;
  }
  const startsWith = (letters: string) => letters === String.fromCharCode(...content.subarray(0, letters.length));
  if (marker === APP0 && content.length >= 14 && startsWith("JFIF\0")) {
    known.isJfif = true;
    // libjpeg warns of other versions.
    return content[5] === 1;
  }
  if (marker === APP14 && content.length >= 12 && startsWith("Adobe")) {
    known.adobe = content[11]!;
    return true;
  }
  return (marker >= APP0 && marker <= APP15) || marker === COM;
}

function readFrame(known: Segments, content: Uint8Array): boolean {
  const [precision, heightHigh, heightLow, widthHigh, widthLow, count] = content as unknown as number[];
  if (known.frame !== undefined || (count !== 1 && count !== 3) || content.length !== 6 + 3 * count) return false;
  const height = (heightHigh! << 8) | heightLow!;
  const width = (widthHigh! << 8) | widthLow!;
  const components = Array.from({ length: count }, (_, i): FrameComponent => {
    const [id, factors, quantization] = content.subarray(6 + 3 * i) as unknown as [number, number, number];
    return { id, across: factors >> 4, down: factors & 15, quantization };
  });
  known.frame = { width, height, components };
  return precision === 8 && width > 0 && height > 0 && Math.max(width, height) <= MOST_SIDE;
}

/** Tables of bytes; those of 16 bits are for 12-bit samples and for very low qualities. */
function readQuantization({ quantization }: Segments, content: Uint8Array): boolean {
  for (let at = 0; at < content.length; at += 65) {
    const number = content[at]!;
    if (number > 3 || at + 65 > content.length) return false;
    quantization[number] = content.slice(at + 1, at + 65);
  }
  return true;
}

function readHuffman({ dc, ac }: Segments, content: Uint8Array): boolean {
  for (let at = 0; at < content.length; ) {
    const number = content[at]!;
    const counts = content.slice(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const end = at + 17 + total;
    // Two tables of each kind are the most of the baseline process.
    if ((number & 0xee) !== 0 || total > 256 || end > content.length) return false;
    (number < 16 ? dc : ac)[number & 1] = { counts, symbols: content.slice(at + 17, end) };
    at = end;
  }
  return true;
}

/** The header, with the scan's: its components are those of the frame in their order, all coefficients at once. */
function headerOf(known: Segments, content: Uint8Array, data: number): JpegHeader | undefined {
  const { frame, quantization, dc, ac, restartInterval } = known;
  if (frame === undefined) return undefined;
  const { width, height } = frame;
  const count = frame.components.length;
  if (content.length !== 4 + 2 * count || content[0] !== count) return undefined;
  const [first, last, approximation] = content.subarray(1 + 2 * count) as unknown as number[];
  const sampling = samplingOf(frame.components);
  if (first !== 0 || last !== 63 || approximation !== 0 || sampling === undefined) return undefined;
  if (count === 3 && !isYCbCr(known, frame.components)) return undefined;
  const components = frame.components.map(({ quantization: number }, i): JpegComponent => {
    const tables = content[2 + 2 * i]!;
    return { quantization: number, dc: tables >> 4, ac: tables & 15 };
  });
  const hasAll = components.every(
    (each, i) =>
      content[1 + 2 * i] === frame.components[i]!.id &&
      quantization[each.quantization] !== undefined &&
      dc[each.dc] !== undefined &&
      ac[each.ac] !== undefined,
  );
  return hasAll ? { width, height, sampling, components, quantization, dc, ac, restartInterval, data } : undefined;
}

function samplingOf([luma, ...chroma]: readonly FrameComponent[]): Sampling | undefined {
  const { across, down } = luma!;
  // Factors of a single component mean nothing, but they have to be valid.
  if (chroma.length === 0)
    return across >= 1 && across <= 4 && down >= 1 && down <= 4 ? { across: 1, down: 1 } : undefined;
  if (chroma.some((each) => each.across !== 1 || each.down !== 1)) return undefined;
  return (across === 1 || across === 2) && (down === 1 || (down === 2 && across === 2)) ? { across, down } : undefined;
}

/** libjpeg's rules without those that warn or guess: JFIF, or Adobe's word for it, or neither and the usual numbers. */
function isYCbCr({ isJfif, adobe }: Segments, components: readonly FrameComponent[]): boolean {
  if (isJfif) return true;
  return adobe === undefined ? components.every(({ id }, i) => id === i + 1) : adobe === 1;
}
