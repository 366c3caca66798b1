/** Messages of Protocol Buffers: the examples of protobuf.dev ("Encoding"), any message there and back, and damaged bytes. */
import { FormatError } from "fovea";
import { expect, test } from "vitest";
import { many, one, type Schema } from "../../src/io/protobuf/kinds.ts";
import { readMessage } from "../../src/io/protobuf/reader.ts";
import { messagePieces } from "../../src/io/protobuf/writer.ts";
import { fc } from "../properties.ts";

const inner = { a: [1, "int"] } as const satisfies Schema;
const schema = {
  a: [1, "int"],
  b: [2, "text"],
  c: [3, one(inner)],
  f: [6, "ints"],
  floats: [7, "floats"],
  doubles: [8, "doubles"],
  ratio: [9, "float"],
  raw: [10, "bytes"],
  names: [11, "texts"],
  parts: [12, many(inner)],
  time: [13, "double"],
  blobs: [14, "blobs"],
} as const satisfies Schema;

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
const read = (text: string) => readMessage(schema, hex(text), "x.bin");
const bytesOf = (...args: Parameters<typeof messagePieces<typeof schema>>) =>
  new Uint8Array(Buffer.concat(messagePieces(...args)));
const writtenHex = (message: Parameters<typeof messagePieces<typeof schema>>[1]) =>
  Buffer.from(bytesOf(schema, message)).toString("hex");

test("the examples of the format's documentation are read and written", () => {
  expect(read("08 96 01").a).toBe(150);
  expect(read("12 07 74 65 73 74 69 6e 67").b).toBe("testing");
  expect(read("1a 03 08 96 01").c).toEqual({ a: 150 });
  expect(read("32 06 03 8e 02 9e a7 05").f).toEqual([3, 270, 86942]);
  expect(read("30 03 30 8e 02").f).toEqual([3, 270]);
  expect(read("08 fe ff ff ff ff ff ff ff ff 01").a).toBe(-2);
  expect(writtenHex({ a: 150 })).toBe("089601");
  expect(writtenHex({ b: "testing" })).toBe("120774657374696e67");
  expect(writtenHex({ c: { a: 150 } })).toBe("1a03089601");
  expect(writtenHex({ f: [3, 270, 86942] })).toBe("3206038e029ea705");
  expect(writtenHex({ a: -2 })).toBe("08feffffffffffffffff01");
});

test("what a message leaves out is undefined or empty, and unknown fields are skipped", () => {
  const nothing = read("");
  expect([nothing.a, nothing.b, nothing.f, nothing.names]).toEqual([undefined, undefined, [], []]);
  expect(read("a0 06 01 a1 06 00 00 00 00 00 00 00 00 a2 06 02 aa bb a5 06 00 00 00 00 08 05").a).toBe(5);
});

test("any message comes back as it was, with large bytes as their own piece", () => {
  const int = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 127, 128, 2 ** 31, 2 ** 49, -(2 ** 63)));
  const message = fc.record({
    a: int,
    b: fc.string({ unit: "grapheme" }),
    c: fc.record({ a: int }),
    f: fc.array(int),
    floats: fc.array(fc.float({ noNaN: true })),
    doubles: fc.array(fc.double({ noNaN: true })),
    ratio: fc.float({ noNaN: true }),
    raw: fc.uint8Array(),
    names: fc.array(fc.string()),
    parts: fc.array(fc.record({ a: int })),
    time: fc.double({ noNaN: true }),
    blobs: fc.array(fc.uint8Array()),
  });
  fc.assert(
    fc.property(message, (each) => {
      expect(readMessage(schema, bytesOf(schema, each), "x.bin")).toEqual(each);
    }),
    { numRuns: 300 },
  );
  const raw = new Uint8Array(5000).fill(3);
  expect(messagePieces(schema, { a: 1, raw, names: ["n"] })).toContain(raw);
  expect(readMessage(schema, bytesOf(schema, { a: 1, raw, names: ["n"] }), "x.bin").raw).toEqual(raw);
});

test("bytes that are no message give an error that names the file", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["12 07 74 65", "x.bin is damaged: 7 bytes are needed at byte 2, and 2 are left"],
    ["08", "1 bytes are needed"],
    ["08 ff ff ff ff ff ff ff ff ff ff 01", "more than 64 bits"],
    ["12 ff ff ff ff ff ff ff ff ff 01", "x.bin is damaged"],
    ["12 ff ff ff ff ff ff ff 7f", "x.bin is damaged"],
    ["0d 00 00 00 00", 'its field "a" before byte 1 has wire type 5'],
    ["0b", "wire type 3"],
    ["a3 06", "wire type 3"],
    ["00 00", "field number 0"],
    ["1a 01 08", '"c" is damaged'],
    ["1a 00 1a 00", 'two fields "c"'],
    ["3a 03 00 00 00", "4 bytes are needed"],
  ];
  for (const [bytes, words] of cases) {
    expect(() => read(bytes), bytes).toThrow(FormatError);
    expect(() => read(bytes), bytes).toThrow(words);
  }
});

test("a file of many empty messages does not fill memory", () => {
  const bytes = new Uint8Array(600_000).map((_, i) => (i % 2 === 0 ? 0x62 : 0));
  expect(() => readMessage(schema, bytes, "x.bin")).toThrow("more than 250000 messages");
});

test("changed bytes give a message or an error of the library", () => {
  const whole = bytesOf(schema, { a: 7, b: "name", c: { a: 1 }, f: [1, -1], floats: [1, 2], raw: new Uint8Array(9) });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, length) => {
      const changed = whole.slice(0, Math.max(1, length));
      changed[at % changed.length] = byte;
      try {
        readMessage(schema, changed, "x.bin");
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
    { numRuns: 2000 },
  );
});
