/** HDF5 that fovea writes, and files that h5py wrote, whole and damaged. */
import { readFileSync } from "node:fs";
import { FormatError } from "fovea";
import { expect, test } from "vitest";
import { memorySource } from "../../src/io/byte-source.ts";
import { lookup3 } from "../../src/io/hdf5/checksum.ts";
import { HdfDataset } from "../../src/io/hdf5/dataset.ts";
import { HdfGroup, openHdf5 } from "../../src/io/hdf5/group.ts";
import { groupAt, hdf5Pieces, newGroup } from "../../src/io/hdf5/writer.ts";
import { halfToFloat } from "../../src/io/numbers.ts";
import { goldenPath } from "../storage/golden-files.ts";

const join = (pieces: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...pieces]));
const open = (bytes: Uint8Array<ArrayBuffer>) => openHdf5(memorySource("a.h5", bytes));

/** Paths with the sum of each array, and every attribute. */
async function walk(group: HdfGroup, found: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  found[group.path] = Object.fromEntries(await group.attributes());
  for (const name of group.names) {
    const member = (await group.group(name)) ?? (await group.dataset(name));
    if (member instanceof HdfGroup) await walk(member, found);
    else if (member instanceof HdfDataset)
      found[`${group.path}/${name}`] = [member.shape, Array.from(await member.read())];
  }
  return found;
}

function sample(): Uint8Array<ArrayBuffer> {
  const root = newGroup();
  root.attributes.set("config", "é".repeat(70_000));
  root.attributes.set("names", ["a", "bcd", "ü"]);
  root.attributes.set("none", []);
  const vars = groupAt(root, "layers/dense/vars");
  vars.attributes.set("name", "dense_7");
  vars.arrays.set("0", { shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, Number.NaN) });
  vars.arrays.set("1", { shape: [], values: Int32Array.of(-7) });
  vars.arrays.set("2", { shape: [0, 3], values: new Float32Array(0) });
  for (let i = 0; i < 300; i++) groupAt(root, "many").arrays.set(`${i}`, { shape: [1], values: Float32Array.of(i) });
  return join(hdf5Pieces(root));
}

test("what is written is read again", async () => {
  const found = await walk(await open(sample()));
  expect(found[""]).toEqual({ config: "é".repeat(70_000), names: ["a", "bcd", "ü"], none: [] });
  expect(found["/layers/dense/vars"]).toEqual({ name: "dense_7" });
  expect(found["/layers/dense/vars/0"]).toEqual([
    [2, 3],
    [1, 2, 3, 4, 5, Number.NaN],
  ]);
  expect(found["/layers/dense/vars/1"]).toEqual([[], [-7]]);
  expect(found["/layers/dense/vars/2"]).toEqual([[0, 3], []]);
  expect(found["/many/299"]).toEqual([[1], [299]]);
});

test("paths that are not there are undefined", async () => {
  const root = await open(sample());
  expect(await root.group("layers/conv")).toBeUndefined();
  expect(await root.group("layers/dense/vars/0")).toBeUndefined();
  expect(await root.dataset("layers/dense")).toBeUndefined();
  expect(await root.dataset("layers/dense/vars/0/1")).toBeUndefined();
});

// Values of the published code's own self-test.
test("the checksum is lookup3", () => {
  const bytes = new TextEncoder().encode("Four score and seven years ago");
  expect(lookup3(bytes).toString(16)).toBe("17770551");
  expect(lookup3(new Uint8Array()).toString(16)).toBe("deadbeef");
});

test("float16 by its bits", () => {
  const cases: readonly [number, number][] = [
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x3555, 0.333251953125],
    [0x7c00, Number.POSITIVE_INFINITY],
  ];
  for (const [bits, value] of cases) expect(halfToFloat(bits)).toBe(value);
  expect(halfToFloat(0x7e00)).toBeNaN();
});

const files = {
  "fovea's own": sample(),
  "h5py's weights": new Uint8Array(readFileSync(goldenPath("regular.weights.h5"))),
  "h5py's whole model": new Uint8Array(readFileSync(goldenPath("regular.h5"))),
};

test.each(Object.entries(files))("%s, cut anywhere, is an error of the library", async (_name, whole) => {
  for (let i = 0; i < 60; i++) {
    const cut = whole.slice(0, Math.floor((whole.length * i) / 60));
    await expect(open(cut).then((root) => walk(root))).rejects.toThrow(FormatError);
  }
});

test("a group that leads back to itself is damaged: by its address, by an empty name, by a path as a name", async () => {
  const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const bytes = new Uint8Array(readFileSync(goldenPath("regular.weights.h5")));
  const names = text(bytes).indexOf("optimizer\0");
  for (const first of [0, "/".charCodeAt(0)]) {
    const changed = bytes.slice();
    changed[names] = first;
    await expect(open(changed).then((root) => walk(root))).rejects.toThrow("is no name of a member");
  }
  // Any address of an object may be overwritten by that of the root, which version 0 of the superblock has at byte 64.
  const outcomes: string[] = [];
  for (let at = 96; at + 8 <= bytes.length; at += 8) {
    const changed = bytes.slice();
    changed.copyWithin(at, 64, 72);
    const outcome = open(changed).then((root) => walk(root));
    outcomes.push(await outcome.then(() => "read", String));
  }
  expect(outcomes.filter((outcome) => outcome.includes("it is one of the groups")).length).toBeGreaterThan(3);
  expect(outcomes.filter((outcome) => outcome !== "read" && !outcome.startsWith("FormatError"))).toEqual([]);
});

test.each(Object.entries(files))("%s with changed bytes is read or refused", async (_name, whole) => {
  const random = (below: number) => Math.floor(Math.random() * below);
  let refused = 0;
  for (let i = 0; i < 250; i++) {
    const bytes = whole.slice();
    for (let change = random(4); change >= 0; change--)
      bytes[random(random(3) > 0 ? Math.min(4096, bytes.length) : bytes.length)] = random(2) > 0 ? 255 : random(256);
    await open(bytes)
      .then((root) => walk(root))
      .catch((error: unknown) => {
        refused++;
        if (!(error instanceof FormatError)) throw new Error(`file ${i}: ${error}`, { cause: error });
      });
  }
  expect(refused).toBeGreaterThan(20);
});
