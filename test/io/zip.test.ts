/** Zip archives: written, read, damaged, and made to fill memory. */
import { deflateRawSync } from "node:zlib";
import { FormatError } from "fovea";
import { expect, test } from "vitest";
import { Crc32 } from "../../src/base/crc32.ts";
import { memorySource } from "../../src/io/byte-source.ts";
import { inflate } from "../../src/io/inflate.ts";
import { ZipArchive } from "../../src/io/zip-reader.ts";
import { zipPieces } from "../../src/io/zip-writer.ts";

const text = (value: string) => new TextEncoder().encode(value);
const date = new Date(2026, 10, 29, 17, 7, 9);
const archive = () =>
  new Uint8Array(
    Buffer.concat([
      ...zipPieces(
        [
          { name: "config.json", pieces: [text('{"a":'), text("1}")] },
          { name: "empty", pieces: [] },
          { name: "long", pieces: [new Uint8Array(3_000_001).fill(7)] },
        ],
        date,
      ),
    ]),
  );
const open = (bytes: Uint8Array<ArrayBuffer>) => ZipArchive.open(memorySource("a.keras", bytes));
const contentOf = async (zip: ZipArchive, name: string) => {
  const source = (await zip.open(name, 1e8))!;
  return source.read(0, source.size);
};

test("the CRC-32 of 123456789 is that of the standard", () => {
  const crc = new Crc32();
  crc.update(text("1234"));
  crc.update(text("56789"));
  expect(crc.value.toString(16)).toBe("cbf43926");
});

test("entries come back as they were", async () => {
  const zip = await open(archive());
  expect(zip.names).toEqual(["config.json", "empty", "long"]);
  expect(new TextDecoder().decode(await contentOf(zip, "config.json"))).toBe('{"a":1}');
  expect(await contentOf(zip, "empty")).toHaveLength(0);
  const long = await contentOf(zip, "long");
  expect([long.length, long.every((byte) => byte === 7)]).toEqual([3_000_001, true]);
  expect(await zip.open("other", 10)).toBeUndefined();
});

test("a changed byte of an entry does not pass", async () => {
  const bytes = archive();
  bytes[45] = bytes[45]! ^ 1;
  await expect(open(bytes).then((zip) => contentOf(zip, "config.json"))).rejects.toThrow(
    '"config.json" in a.keras is damaged: its checksum (CRC-32)',
  );
});

test("an entry that is larger than it may be is not read", async () => {
  const zip = await open(archive());
  await expect(zip.open("long", 1000)).rejects.toThrow("more than the 1000 that it can have");
});

test("packed data that unpack to more, or to less, than was stated are refused before they fill memory", async () => {
  const bomb = new Uint8Array(deflateRawSync(new Uint8Array(5_000_000)));
  await expect(inflate("x", bomb, "deflate-raw", 4_000_000)).rejects.toThrow("more than the 4000000 bytes stated");
  await expect(inflate("x", bomb, "deflate-raw", 5_000_001)).rejects.toThrow("unpacks to 5000000 bytes");
  await expect(inflate("x", bomb, "deflate-raw", 1e12)).rejects.toThrow("cannot hold");
  await expect(inflate("x", bomb.slice(0, 100), "deflate-raw", 5_000_000)).rejects.toThrow(FormatError);
});

test("an archive that is cut anywhere is refused", async () => {
  const whole = archive();
  for (const length of [0, 1, 21, 100, whole.length - 1, whole.length - 22, whole.length - 100])
    await expect(open(whole.slice(0, length))).rejects.toThrow(FormatError);
});
