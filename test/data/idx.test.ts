import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import { gunzip, parseIdx } from "../../src/data/idx.ts";
import { fc } from "../properties.ts";
import { idxFile } from "./idx-files.ts";

const images = idxFile([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]);
const packed = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes));

describe("parseIdx", () => {
  test("reads images and labels without copying", () => {
    const parsed = parseIdx(images, "images");
    expect(parsed.shape).toEqual([2, 2, 3]);
    expect(parsed.dtype).toBe("uint8");
    expect(parsed.toArray()).toEqual([
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [7, 8, 9],
        [10, 11, 255],
      ],
    ]);
    expect(parsed.data.buffer).toBe(images.buffer);
    expect(parseIdx(idxFile([3], [7, 2, 1]), "labels").toArray()).toEqual([7, 2, 1]);
  });

  test("reads any shape, wherever the bytes lie in their buffer", () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(shapes, fc.integer({ min: 0, max: 9 }), (shape, offset) => {
        const values = Array.from({ length: shape[0]! * shape[1]! * shape[2]! }, (_, i) => (i * 91) % 256);
        const file = idxFile(shape, values);
        const within = new Uint8Array(offset + file.length);
        within.set(file, offset);
        const parsed = parseIdx(within.subarray(offset), "x");
        expect(parsed.shape).toEqual(shape);
        expect(Array.from(parsed.data)).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  test("reads every element type and rank, big-endian", () => {
    const read = (type: number, bytes: number[], shape: number[]) => {
      const { dtype, data } = parseIdx(idxFile(shape, bytes, type), "x");
      return [dtype, ...data];
    };
    expect(read(9, [255, 127], [1, 2])).toEqual(["int32", -1, 127]);
    expect(read(11, [255, 254, 1, 0], [2])).toEqual(["int32", -2, 256]);
    expect(read(12, [255, 255, 255, 253], [1, 1, 1, 1])).toEqual(["int32", -3]);
    expect(read(13, [0x3f, 0xc0, 0, 0], [1])).toEqual(["float32", 1.5]);
    expect(read(14, [0xc0, 0x04, 0, 0, 0, 0, 0, 0], [])).toEqual(["float32", -2.5]);
  });

  test("every proper prefix is refused as cut off", () => {
    for (let length = 0; length < images.length; length++) {
      expect(() => parseIdx(images.subarray(0, length), "images.idx")).toThrow(/^images\.idx is cut off/);
    }
  });

  const bad: [string, Uint8Array, string][] = [
    [
      "gzip",
      packed(images),
      "x.idx is still gzip-compressed (it starts with 1f 8b); unpack it before reading it as IDX.",
    ],
    [
      "a web page",
      new TextEncoder().encode("<html>"),
      "x.idx is not an IDX file: it starts with 3c 68 74 6d, expected 00 00, a type (08, 09, 0b … 0e) and the number of axes, such as 00 00 08 03 for images.",
    ],
    [
      "floats that are cut off",
      idxFile([4], [0, 0, 0, 0], 13),
      "x.idx is cut off: its header says shape (4,), which takes 24 bytes, and it has 12.",
    ],
    [
      "an unknown type",
      idxFile([1], [0], 7),
      "x.idx is not an IDX file: it starts with 00 00 07 01, expected 00 00, a type",
    ],
    ["half a header", images.subarray(0, 10), "x.idx is cut off in its header: it has 10 bytes, the header takes 16."],
    ["nothing inside", idxFile([0], []), "x.idx says its shape is (0,): it holds no values."],
    [
      "a missing byte",
      images.subarray(0, 27),
      "x.idx is cut off: its header says shape (2, 2, 3), which takes 28 bytes, and it has 27.",
    ],
    [
      "bytes left over",
      idxFile([2], [1, 2, 3, 4]),
      "x.idx has 2 bytes left over at its end: its header says shape (2,), which takes 10 bytes, and it has 12.",
    ],
    [
      "axes whose product overflows",
      idxFile([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], [1]),
      "x.idx is cut off: its header says shape (4294967295, 4294967295, 4294967295)",
    ],
  ];
  test.each(bad)("refuses %s in its own words", (_, bytes, message) => {
    expect(() => parseIdx(bytes, "x.idx")).toThrow(FormatError);
    expect(() => parseIdx(bytes, "x.idx")).toThrow(message);
  });
});

describe("gunzip", () => {
  const long = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);
  const gz = packed(long);
  const refuse = async (bytes: Uint8Array, message: string | RegExp, maxBytes = 1e6) => {
    const unpacking = gunzip(new Uint8Array(bytes), "long.gz", maxBytes);
    await expect(unpacking).rejects.toThrow(FormatError);
    await expect(unpacking).rejects.toThrow(message);
  };

  test("unpacks, up to exactly the bound", async () => {
    expect(Buffer.compare(await gunzip(gz, "long.gz", long.length), long)).toBe(0);
    const within = new Uint8Array(gz.length + 7);
    within.set(gz, 7);
    expect(Buffer.compare(await gunzip(within.subarray(7), "long.gz", 1e6), long)).toBe(0);
  });

  test("refuses more than was expected, whatever the size field says", async () => {
    await refuse(
      gz,
      "long.gz: its gzip size field says 300000 bytes, at most 299999 were expected; it is damaged, cut off or another file.",
      299_999,
    );
    const lying = gz.slice();
    lying.set([1, 0, 0, 0], lying.length - 4);
    await refuse(lying, "long.gz unpacks to more than the 1 bytes that it states at its end", 299_999);
    await refuse(
      new Uint8Array([...gz, ...packed(images)]),
      "more than the 28 bytes that it states at its end: it is cut off, or several gzip files joined.",
    );
  });

  test("refuses damaged, cut off and foreign data", async () => {
    const damaged = gz.slice();
    damaged.fill(0, damaged.length - 8, damaged.length - 4);
    await refuse(damaged, /^long\.gz: its gzip data is damaged or cut off, after \d+ unpacked bytes\.$/);
    const short = gz.slice();
    short.set([0xe1], short.length - 4);
    await refuse(short, "long.gz: its gzip data is damaged or cut off, after");
    await refuse(gz.subarray(0, 10), "long.gz: its gzip data is cut off after 10 bytes.");
    await refuse(images, "long.gz is not gzip: it does not start with 1f 8b.");
    const headerOnly = new Uint8Array(20);
    headerOnly.set(gz.subarray(0, 10));
    await refuse(headerOnly, /damaged or cut off|unpacks to more/);
    for (const length of [18, 100, 1000, gz.length - 8, gz.length - 4, gz.length - 1])
      await refuse(gz.subarray(0, length), "long.gz");
  });
});
