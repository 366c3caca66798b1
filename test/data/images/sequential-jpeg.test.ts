/** The kernels of usual JPEGs: libjpeg-turbo's pixels, byte for byte, or none. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, test, vi } from "vitest";
import { keyOf, RandomStream } from "../../../src/base/random.ts";
import { type Pixels, recolored } from "../../../src/data/images/colors.ts";
import { readHeader } from "../../../src/data/images/jpeg/header.ts";
import { writeHuffmanTable } from "../../../src/data/images/jpeg/huffman.ts";
import { compileJpegKernels, startJpegKernels } from "../../../src/data/images/jpeg/kernels.ts";
import { HEAP, HUFFMAN_SIZE } from "../../../src/data/images/jpeg/layout.ts";
import { SequentialJpeg } from "../../../src/data/images/jpeg/sequential-jpeg.ts";
import { compileJpegDecoder, JpegDecoder } from "../../../src/data/images/jpeg-decoder.ts";
import { ImageResizer, type ResizeOptions } from "../../../src/data/images/resize.ts";
import { mutatedBytes } from "../../fuzz/mutate.ts";
import { testSeed } from "../../seed.ts";

interface Case {
  readonly name: string;
  readonly file: string;
  readonly pixels: string;
  readonly usual: boolean;
}
const golden = new URL("../../golden/jpegs.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(golden, "utf8")) as { cases: readonly Case[] };
const bytesOf = ({ file }: Case) => new Uint8Array(Buffer.from(file, "base64"));
const caseOf = (name: string) => bytesOf(cases.find((each) => each.name === name)!);

const kernels = compileJpegKernels()!;
const jpeg = new SequentialJpeg(kernels);
const library = compileJpegDecoder();
let turbo: JpegDecoder | undefined;

/** The picture by the kernels; undefined where they hand it on. */
function own(bytes: Uint8Array): Pixels | undefined {
  jpeg.roomFor(bytes.length)!.set(bytes);
  return jpeg.decode() && recolored(jpeg.pixels(), 3);
}

/** The picture by libjpeg-turbo; undefined where it warns or gives up. */
function known(bytes: Uint8Array): Pixels | undefined {
  turbo ??= new JpegDecoder(library);
  try {
    turbo.roomFor(bytes.length)!.set(bytes);
    return turbo.decode(bytes.length);
  } catch {
    turbo = undefined;
    return undefined;
  }
}

/** Quick where they are equal. */
function expectSame(a: Pixels | undefined, b: Pixels | undefined): void {
  expect([a?.width, a?.height]).toEqual([b?.width, b?.height]);
  if (a !== undefined && b !== undefined && Buffer.compare(a.data, b.data) !== 0)
    expect(Array.from(a.data)).toEqual(Array.from(b.data));
}

/** Pictures that are flat, smooth, noisy and as contrasted as can be. */
const contents = ["flat", "smooth", "noise", "contrast"] as const;
function image(width: number, height: number, channels: 1 | 3, content: (typeof contents)[number], key = 1) {
  const size = width * height * channels;
  const random = new RandomStream(keyOf(key));
  const drawn = Float64Array.from({ length: size }, () => random.uniform());
  const value = (i: number) => {
    if (content === "flat") return 60 + 90 * (i % channels);
    if (content === "smooth") return 127 + 120 * Math.sin(i / 50 + (i % channels));
    return content === "noise" ? 256 * drawn[i]! : drawn[i]! < 0.5 ? 0 : 255;
  };
  const made = sharp(
    Uint8Array.from({ length: size }, (_, i) => value(i)),
    { raw: { width, height, channels } },
  );
  return channels === 1 ? made.toColourspace("b-w") : made;
}

describe("pixels", () => {
  test.each(cases.filter(({ usual }) => usual))("are Pillow's: $name", (each) => {
    const bytes = bytesOf(each);
    const pixels = own(bytes)!;
    expectSame(pixels, known(bytes));
    expect(createHash("sha256").update(pixels.data).digest("hex")).toBe(each.pixels);
  });

  test("colours are JFIF's in integers, for all chroma", () => {
    const { kernels: own, memory } = startJpegKernels(kernels);
    const bytes = new Uint8Array(memory.buffer);
    const [y, cb, cr, into] = [HEAP, HEAP + 256, HEAP + 512, HEAP + 768] as const;
    bytes.fill(100, y, y + 256);
    bytes.set(
      Uint8Array.from({ length: 256 }, (_, i) => i),
      cb,
    );
    const cut = (value: number) => Math.min(255, Math.max(0, value));
    for (let red = 0; red < 256; red++) {
      bytes.fill(red, cr, cr + 256);
      own.color(y, cb, cr, into, 256);
      const known = Array.from({ length: 256 }, (_, blue) => {
        const [b, r] = [blue - 128, red - 128];
        const green = 100 + ((-22_554 * b - 46_802 * r + 32_768) >> 16);
        return [100 + ((91_881 * r + 32_768) >> 16), green, 100 + ((116_130 * b + 32_768) >> 16), 255].map(cut);
      });
      expect(Array.from(bytes.subarray(into, into + 1024))).toEqual(known.flat());
    }
  });

  const sizes = [
    [1, 1],
    [7, 5],
    [8, 8],
    [17, 33],
    [5, 70],
    [130, 9],
  ] as const;
  test.each([1, 10, 50, 75, 90, 100])(
    "are libjpeg-turbo's for all sizes, contents and samplings: quality %i",
    async (quality) => {
      for (const [width, height] of sizes)
        for (const content of contents)
          for (const chromaSubsampling of ["4:2:0", "4:4:4", "grey"]) {
            const isGrey = chromaSubsampling === "grey";
            const made = image(width, height, isGrey ? 1 : 3, content, quality);
            const options = isGrey ? { quality } : { quality, chromaSubsampling, optimiseCoding: width % 2 === 0 };
            const bytes = await made.jpeg(options).toBuffer();
            const pixels = own(bytes);
            if (width === 1 && chromaSubsampling === "4:2:0") expect(pixels).toBeUndefined();
            else expectSame(pixels, known(bytes));
          }
    },
  );

  test("values beyond the range wrap as libjpeg's do, and blocks that the kernels cannot compute are handed on", () => {
    const bytes = caseOf("quality 100");
    let handed = 0;
    for (const factor of [1, 2, 8, 40, 255]) {
      const stretched = withQuantization(bytes, factor);
      const pixels = own(stretched);
      if (pixels === undefined) handed++;
      else expectSame(pixels, known(stretched));
    }
    expect(handed).toBeGreaterThan(0);
    expect(handed).toBeLessThan(5);
    // A DC coefficient alone is computed whatever it is.
    const flat = caseOf("quality 1");
    expectSame(own(withQuantization(flat, 255)), known(withQuantization(flat, 255)));
  });
});

/** The file with `factor` in all places of its quantization tables. */
function withQuantization(bytes: Uint8Array, factor: number): Uint8Array {
  const changed = bytes.slice();
  for (let at = 2; changed[at + 1] !== 0xda; at += 2 + changed[at + 2]! * 256 + changed[at + 3]!)
    if (changed[at + 1] === 0xdb) changed.fill(factor, at + 5, at + 69);
  return changed;
}

describe("what is handed on", () => {
  test.each(cases.filter(({ usual }) => !usual))("$name", (each) => expect(own(bytesOf(each))).toBeUndefined());

  test("what is cut off anywhere, has bytes too many, or restarts out of turn", () => {
    const whole = caseOf("4:2:0, a restart every MCU");
    for (let length = 0; length < whole.length; length++) expect(own(whole.subarray(0, length))).toBeUndefined();
    const data = readHeader(whole)!.data;
    expect(own(Uint8Array.of(...whole.subarray(0, -2), 1, 2, 0xff, 0xd9))).toBeUndefined();
    const second = whole.findIndex((byte, at) => at > data && byte === 0xff && whole[at + 1] === 0xd1);
    for (const marker of [0xd0, 0xd2, 0xd9, 0x01]) {
      const changed = whole.slice();
      changed[second + 1] = marker;
      expect(own(changed)).toBeUndefined();
    }
    // What follows the end is nobody's.
    expectSame(own(Uint8Array.of(...whole, 1, 2, 3)), known(whole));
  });

  test("other versions of JFIF, of which libjpeg warns", () => {
    const bytes = caseOf("4:2:2");
    expect(String.fromCharCode(...bytes.subarray(6, 10))).toBe("JFIF");
    bytes[11] = 2;
    expect(known(bytes)).toBeUndefined();
    expect(own(bytes)).toBeUndefined();
  });

  test("files and pictures that are too large", () => {
    expect(jpeg.roomFor(2 ** 25 + 1)).toBeUndefined();
    const huge = caseOf("4:2:2");
    const frame = huge.findIndex((byte, at) => byte === 0xff && huge[at + 1] === 0xc0);
    huge.set([0xff, 0x00, 0xff, 0x00], frame + 5);
    expect(readHeader(huge)).toMatchObject({ width: 65_280, height: 65_280 });
    expect(own(huge)).toBeUndefined();
  });

  test("a mutated file gives libjpeg-turbo's pixels or none, and leaves the decoder as it was", () => {
    const usual = cases.filter((each) => each.usual).map(bytesOf);
    const random = new RandomStream(keyOf(testSeed));
    const good = caseOf("4:2:2");
    const pixels = own(good)!.data;
    let decoded = 0;
    for (let i = 0; i < 2000; i++) {
      const bytes = mutatedBytes(usual[random.below(usual.length)]!, random);
      const made = own(bytes);
      if (made !== undefined) {
        decoded++;
        expectSame(made, known(bytes));
      }
      if (i % 50 === 0) expect(Buffer.compare(own(good)!.data, pixels)).toBe(0);
    }
    expect(decoded).toBeGreaterThan(100);
  });
});

describe("resizing", () => {
  const bytes = caseOf("4:2:0, restarts amid rows");
  const both = (options: ResizeOptions) => {
    const resizer = new ImageResizer(options);
    const size = options.size[0] * options.size[1] * 3;
    const [ours, theirs] = [new Float32Array(size).fill(7), new Float32Array(size).fill(7)];
    resizer.resize(own(bytes)!, theirs);
    return { done: jpeg.resize(resizer.planOf(50, 50), ours), ours, theirs };
  };

  test.each<ResizeOptions>([
    { size: [20, 24], interpolation: "bilinear", fit: "stretch" },
    { size: [90, 131], interpolation: "bilinear", fit: "stretch" },
    { size: [50, 50], interpolation: "bilinear", fit: "stretch" },
    { size: [1, 1], interpolation: "bilinear", fit: "stretch" },
    { size: [30, 11], interpolation: "bilinear", fit: "crop" },
    { size: [30, 71], interpolation: "bilinear", fit: "pad" },
    { size: [20, 24], interpolation: "nearest", fit: "stretch" },
    { size: [25, 25], interpolation: "area", fit: "stretch" },
  ])("gives the numbers of ImageResizer: %j", (options) => {
    const { done, ours, theirs } = both(options);
    expect(done).toBe(true);
    expect(ours).toEqual(theirs);
  });

  test("leaves sums of more pixels to it", () => {
    const { done, ours } = both({ size: [20, 24], interpolation: "bicubic", fit: "stretch" });
    expect(done).toBe(false);
    expect(ours.every((value) => value === 7)).toBe(true);
  });

  test("needs a picture", () => {
    jpeg.roomFor(10);
    expect(() => jpeg.pixels()).toThrow("No JPEG has been decoded.");
  });
});

test("where WebAssembly has no SIMD there are no kernels", () => {
  const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  expect(compileJpegKernels()).toBeUndefined();
  validate.mockRestore();
});

describe("Huffman tables", () => {
  const counts = (...lengths: number[]) => Uint8Array.from({ length: 16 }, (_, i) => lengths[i] ?? 0);

  test("that are no prefix code, or have symbols of other processes, are refused", () => {
    const isValid = (kind: "dc" | "ac", lengths: Uint8Array, ...symbols: number[]) =>
      writeHuffmanTable({ counts: lengths, symbols: Uint8Array.from(symbols) }, kind, new ArrayBuffer(HUFFMAN_SIZE), 0);
    expect(isValid("dc", counts(1, 1), 0, 1)).toBe(true);
    // Both codes of one bit: that of ones is none. Three codes of one bit. A third code of two bits.
    expect(isValid("dc", counts(2), 0, 1)).toBe(false);
    expect(isValid("ac", counts(3), 0, 1, 2)).toBe(false);
    expect(isValid("ac", counts(1, 2), 0, 1, 2)).toBe(false);
    expect(isValid("dc", counts(1), 12)).toBe(false);
    expect(isValid("ac", counts(1), 0x0b)).toBe(false);
    expect(isValid("ac", counts(1), 0xfa)).toBe(true);
  });
});
