/**
 * The usual JPEG, by kernels of fovea's own: the pixels of libjpeg-turbo, bit for bit, in a quarter of the time that it takes in
 * WebAssembly, where it has no SIMD. Rows of colours are made when they are asked for, so that an image that becomes smaller is
 * never whole in memory.
 */
import { InternalError } from "../../../base/errors.ts";
import type { Pixels } from "../colors.ts";
import { MOST_PIXELS } from "../jpeg-decoder.ts";
import type { ResizePlan, Taps } from "../resize.ts";
import { dctFactors } from "./dct-kernel.ts";
import { type JpegHeader, readHeader } from "./header.ts";
import { type HuffmanCodes, writeHuffmanTable } from "./huffman.ts";
import { type JpegKernels, startJpegKernels } from "./kernels.ts";
import {
  BIT_COUNT,
  BLOCK,
  FACTORS,
  HEAP,
  HUFFMAN,
  HUFFMAN_SIZE,
  LARGEST,
  MCU_BLOCK_SIZE,
  MCU_BLOCKS,
  MOST_OF_COLUMN,
  NEXT_WORD,
  OF_BLOCK,
  PADDING,
  PREDICTIONS,
  QUANTIZATION,
  QUANTIZATION_SIZE,
  SEGMENT_END,
  ZIGZAG,
} from "./layout.ts";
import { TAP_SIZE } from "./row-kernels.ts";

const PAGE = 2 ** 16;
const RST0 = 0xd0;
const EOI = 0xd9;

/** Larger files than the kernels' memory should hold. */
const MOST_BYTES = 2 ** 25;

/** Place in a block, row by row, of the k-th coefficient of a file (ITU-T T.81, figure A.6): diagonals, up and down in turn. */
const zigzag = Array.from({ length: 64 }, (_, place) => place).sort((a, b) => {
  const [sumA, sumB] = [(a >> 3) + (a & 7), (b >> 3) + (b & 7)];
  if (sumA !== sumB) return sumA - sumB;
  return sumA % 2 === 0 ? b - a : a - b;
});

/** Samples of a component, rows of whole blocks. */
interface Plane {
  readonly at: number;
  readonly stride: number;
}

/** Where everything of a picture lies. */
interface Places {
  readonly segment: number;
  readonly planes: readonly Plane[];
  /** Two rows of chroma: weighed from two rows (u16), and as wide as the picture. */
  readonly weighed: readonly number[];
  readonly wide: readonly number[];
  /** A row of colours, four bytes a pixel. */
  readonly colors: number;
  readonly end: number;
}

interface Picture {
  readonly header: JpegHeader;
  readonly places: Places;
}

const upTo = (value: number, step: number) => Math.ceil(value / step) * step;

/** A decoder with its memory: it decodes one file at a time. */
export class SequentialJpeg {
  readonly #kernels: JpegKernels;
  readonly #memory: WebAssembly.Memory;
  #size = 0;
  #picture: Picture | undefined;
  /** What the four places for Huffman tables hold. */
  readonly #tables: (HuffmanCodes | undefined)[] = [];

  /** @param module of `compileJpegKernels` */
  constructor(module: WebAssembly.Module) {
    const { kernels, memory } = startJpegKernels(module);
    this.#kernels = kernels;
    this.#memory = memory;
    const bytes = new Uint8Array(memory.buffer);
    // Two bytes a coefficient.
    bytes.set(
      zigzag.map((place) => 2 * place),
      ZIGZAG,
    );
    new Int16Array(memory.buffer).set(dctFactors, FACTORS / 2);
  }

  /** Room for a file, until the next call; undefined for one that is too large. */
  roomFor(size: number): Uint8Array | undefined {
    this.#picture = undefined;
    if (size > MOST_BYTES || !this.#reserve(HEAP + size + 16)) return undefined;
    this.#size = size;
    return this.#file();
  }

  #file(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, HEAP, this.#size);
  }

  #reserve(end: number): boolean {
    const missing = end - this.#memory.buffer.byteLength;
    if (missing <= 0) return true;
    try {
      this.#memory.grow(Math.ceil(missing / PAGE));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Decodes the file that was written into the room.
   *
   * @returns its measures; undefined for a file that is not of the usual kind, is damaged or too large: another decoder has to look at it
   */
  decode(): { readonly height: number; readonly width: number } | undefined {
    this.#picture = undefined;
    const header = readHeader(this.#file());
    if (header === undefined) return undefined;
    const { width, height, sampling } = header;
    // libjpeg repeats the samples of very narrow chroma instead of filtering them.
    if (width * height > MOST_PIXELS || (sampling.across === 2 && width <= 4)) return undefined;
    const places = this.#placesOf(header);
    if (!this.#reserve(places.end) || !this.#writeTables(header) || !this.#readScan(header, places)) return undefined;
    this.#picture = { header, places };
    return { height, width };
  }

  #placesOf({ width, height, sampling, components }: JpegHeader): Places {
    let end = HEAP + this.#size + 16;
    const place = (size: number) => {
      const at = upTo(end, 16);
      end = at + size;
      return at;
    };
    const segment = place(this.#size + PADDING + 16);
    const [columns, rows] = [Math.ceil(width / (8 * sampling.across)), Math.ceil(height / (8 * sampling.down))];
    const planes = components.map((_, i): Plane => {
      const { across, down } = i === 0 ? sampling : { across: 1, down: 1 };
      const stride = columns * across * 8;
      return { at: place(stride * rows * down * 8), stride };
    });
    const chroma = columns * 8;
    // Rows are worked on in vectors of eight values, and read by one value before and behind.
    const weighed = [place(2 * chroma + 32), place(2 * chroma + 32)].map((at) => at + 16);
    const wide = [place(2 * chroma), place(2 * chroma)];
    const colors = place(4 * upTo(width, 8) + 16);
    return { segment, planes, weighed, wide, colors, end };
  }

  /** Whether the tables of the file are valid. */
  #writeTables({ components, quantization, dc, ac }: JpegHeader): boolean {
    const { buffer } = this.#memory;
    for (const { quantization: number } of components) {
      const table = new Uint16Array(buffer, QUANTIZATION + number * QUANTIZATION_SIZE, 64);
      for (let k = 0; k < 64; k++) table[zigzag[k]!] = quantization[number]![k]!;
    }
    for (const kind of ["dc", "ac"] as const)
      for (const component of components) {
        const codes = (kind === "dc" ? dc : ac)[component[kind]]!;
        const slot = (kind === "dc" ? 0 : 2) + component[kind];
        if (isSame(this.#tables[slot], codes)) continue;
        const isValid = writeHuffmanTable(codes, kind, buffer, HUFFMAN + slot * HUFFMAN_SIZE);
        this.#tables[slot] = isValid ? codes : undefined;
        if (!isValid) return false;
      }
    return true;
  }

  /** Whether the scan is whole, without anything that is not understood. */
  #readScan(header: JpegHeader, places: Places): boolean {
    const { width, height, sampling, restartInterval } = header;
    const ints = new Int32Array(this.#memory.buffer);
    const file = this.#file();
    const blocks = this.#writeBlocks(header, places, ints);
    const columns = Math.ceil(width / (8 * sampling.across));
    const all = columns * Math.ceil(height / (8 * sampling.down));
    const interval = restartInterval === 0 ? all : restartInterval;
    ints.fill(0, LARGEST / 4, LARGEST / 4 + 4);
    // A block that was damaged may have left coefficients.
    ints.fill(0, BLOCK / 4, BLOCK / 4 + 32);
    let from = header.data;
    for (let mcu = 0, restarts = 0; mcu < all; restarts++) {
      const marker = this.#kernels.unstuff(HEAP + from, HEAP + this.#size, places.segment) - HEAP;
      ints.fill(0, PREDICTIONS / 4, PREDICTIONS / 4 + 3);
      if (marker < 0) return false;
      const end = Math.min(all, mcu + interval);
      while (mcu < end) {
        const row = Math.floor(mcu / columns);
        const count = Math.min(end, (row + 1) * columns) - mcu;
        placeMcu(blocks, ints, row, mcu % columns);
        if (this.#kernels.decode(count, blocks.length) === 0) return false;
        mcu += count;
      }
      const bits = 8 * (ints[NEXT_WORD / 4]! - places.segment) - ints[BIT_COUNT / 4]!;
      if (places.segment + Math.ceil(bits / 8) !== ints[SEGMENT_END / 4]) return false;
      if (file[marker + 1] !== (mcu === all ? EOI : RST0 + (restarts % 8))) return false;
      from = marker + 2;
    }
    return new Uint16Array(this.#memory.buffer, LARGEST, 8).every((sum) => sum <= MOST_OF_COLUMN);
  }

  /** Writes what is the same for all MCUs. @returns where the blocks of an MCU go */
  #writeBlocks({ components, sampling }: JpegHeader, { planes }: Places, ints: Int32Array): McuBlock[] {
    const blocks: McuBlock[] = [];
    for (const [i, { quantization, dc, ac }] of components.entries()) {
      const { at, stride } = planes[i]!;
      const { across, down } = i === 0 ? sampling : { across: 1, down: 1 };
      for (let y = 0; y < down; y++)
        for (let x = 0; x < across; x++) {
          const field = (MCU_BLOCKS + blocks.length * MCU_BLOCK_SIZE) / 4;
          ints[field + OF_BLOCK.dc / 4] = HUFFMAN + dc * HUFFMAN_SIZE;
          ints[field + OF_BLOCK.ac / 4] = HUFFMAN + (2 + ac) * HUFFMAN_SIZE;
          ints[field + OF_BLOCK.quantization / 4] = QUANTIZATION + quantization * QUANTIZATION_SIZE;
          ints[field + OF_BLOCK.prediction / 4] = PREDICTIONS + 4 * i;
          ints[field + OF_BLOCK.stride / 4] = stride;
          ints[field + OF_BLOCK.step / 4] = 8 * across;
          blocks.push({
            pixels: field + OF_BLOCK.pixels / 4,
            at: at + 8 * (y * stride + x),
            row: 8 * down * stride,
            column: 8 * across,
          });
        }
    }
    return blocks;
  }

  /** Address of row y of the picture as colours, four bytes a pixel, until the next call. */
  #colorRow({ header, places }: Picture, y: number): number {
    const { width, height, sampling } = header;
    const { planes, weighed, wide, colors } = places;
    const [luma, ...chroma] = planes as [Plane, ...Plane[]];
    const rows = chroma.map(({ at, stride }, i) => {
      if (sampling.across === 1) return at + y * stride;
      const [near, far] = sampling.down === 1 ? [y, y] : neighbours(y, Math.ceil(height / 2));
      const samples = Math.ceil(width / 2);
      const from = weighed[i]!;
      this.#kernels.weigh(at + near * stride, at + far * stride, from, samples);
      // Two rows that are one weigh four instead of sixteen, and are rounded as libjpeg rounds one row.
      if (sampling.down === 1) this.#kernels.widen(from, wide[i]!, samples, 4, 8);
      else this.#kernels.widen(from, wide[i]!, samples, 8, 7);
      return wide[i]!;
    });
    const [cb, cr] = rows.length === 0 ? [wide[0]!, wide[0]!] : (rows as [number, number]);
    // Grey has no chroma, which is the middle.
    if (rows.length === 0) new Uint8Array(this.#memory.buffer, cb, upTo(width, 8)).fill(128);
    this.#kernels.color(luma.at + y * luma.stride, cb, cr, colors, width);
    return colors;
  }

  #decoded(): Picture {
    if (this.#picture === undefined) throw new InternalError("No JPEG has been decoded.");
    return this.#picture;
  }

  /**
   * Resizes the picture as `ImageResizer` does, number for number.
   *
   * @param into the result, RGB
   * @returns false, and nothing is done, for what the kernels cannot do: sums of more than two pixels
   */
  resize({ from, to, columns, isPadded, down, along }: ResizePlan, into: Float32Array): boolean {
    const picture = this.#decoded();
    const length = 3 * to.width;
    const bytes = upTo(4 * length, 16) + 16;
    const taps = upTo(picture.places.end, 16);
    const mixed = upTo(taps + TAP_SIZE * to.width, 16);
    const lines = [mixed + bytes, mixed + 2 * bytes] as const;
    if (down.count > 2 || along.count > 2 || !this.#reserve(mixed + 3 * bytes)) return false;
    const { buffer } = this.#memory;
    writeTaps(new DataView(buffer, taps), along, from.left);
    const row = new Float32Array(buffer, mixed, length);
    if (isPadded) into.fill(0);
    const held = [-1, -1];
    /** Address of a row of the image that has the result's width. */
    const lineOf = (y: number): number => {
      const line = lines[y % 2]!;
      if (held[y % 2] !== y) {
        this.#kernels.shorten(this.#colorRow(picture, from.top + y), taps, line, to.width);
        held[y % 2] = y;
      }
      return line;
    };
    for (let y = 0; y < to.height; y++) {
      const tap = y * down.count;
      const line = lineOf(down.from[tap]!);
      const share = down.count === 2 ? down.weights[tap + 1]! : 0;
      const next = share === 0 ? line : lineOf(down.from[tap + 1]!);
      this.#kernels.mix(line, down.weights[tap]!, next, share, mixed, length);
      into.set(row, ((to.top + y) * columns + to.left) * 3);
    }
    return true;
  }

  /** The pixels of the picture: R, G, B, 255. */
  pixels(): Pixels {
    const picture = this.#decoded();
    const { width, height } = picture.header;
    const data = new Uint8Array(4 * width * height);
    for (let y = 0; y < height; y++)
      data.set(new Uint8Array(this.#memory.buffer, this.#colorRow(picture, y), 4 * width), 4 * width * y);
    return { width, height, channels: 4, data };
  }
}

/** Where a block of the MCUs goes, in bytes: address in the first MCU, bytes to the next MCU below and to the right; and the word that says it to the kernel. */
interface McuBlock {
  readonly pixels: number;
  readonly at: number;
  readonly row: number;
  readonly column: number;
}

function placeMcu(blocks: readonly McuBlock[], ints: Int32Array, row: number, column: number): void {
  for (const block of blocks) ints[block.pixels] = block.at + row * block.row + column * block.column;
}

function writeTaps(into: DataView, { count, from, weights }: Taps, left: number): void {
  for (let x = 0; x < from.length / count; x++) {
    into.setInt32(TAP_SIZE * x, 4 * (left + from[x * count]!), true);
    into.setFloat32(TAP_SIZE * x + 4, weights[x * count]!, true);
    into.setFloat32(TAP_SIZE * x + 8, count === 2 ? weights[x * count + 1]! : 0, true);
  }
}

/** The two rows of half-high chroma around row y of the picture, the nearer one first; those at the border are repeated. */
function neighbours(y: number, rows: number): [near: number, far: number] {
  const near = y >> 1;
  return [near, Math.min(rows - 1, Math.max(0, y % 2 === 0 ? near - 1 : near + 1))];
}

function isSame(a: HuffmanCodes | undefined, b: HuffmanCodes): boolean {
  const same = (left: Uint8Array, right: Uint8Array) =>
    left.length === right.length && left.every((byte, i) => byte === right[i]);
  return a !== undefined && same(a.counts, b.counts) && same(a.symbols, b.symbols);
}
