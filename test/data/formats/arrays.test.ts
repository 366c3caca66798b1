/** IDX, .npy and .npz from files: what NumPy wrote, what is damaged, and where files come from. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ArgumentError, FormatError, InputOutputError } from "fovea";
import { loadIdx, loadNpy, loadNpz } from "fovea/datasets";
import { describe, expect, test } from "vitest";
import { parseNpy } from "../../../src/data/formats/npy.ts";
import golden from "../../golden/data-files.json" with { type: "json" };
import { fc } from "../../properties.ts";
import { idxFile, temporaryFolder } from "../idx-files.ts";

const decoded = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

describe("loadNpy", () => {
  test.each(golden.npy)("reads what NumPy wrote: $name", async ({ file, shape, values }) => {
    const read = await loadNpy(decoded(file));
    expect(read.shape).toEqual(shape);
    expect(Array.from(read.data)).toEqual(values);
  });

  test("bytes stay bytes, other integers are int32, floats float32", () => {
    const dtypeOf = (name: string) => parseNpy(decoded(golden.npy.find((each) => each.name === name)!.file), "x").dtype;
    expect(["u1", "booleans", "<u2", "<i8 in C order", ">f8 in C order", "<f2 in C order"].map(dtypeOf)).toEqual([
      "uint8",
      "uint8",
      "int32",
      "int32",
      "float32",
      "float32",
    ]);
  });

  test.each([
    ["int64 beyond int32", "value 1099511627776 at position 0 does not fit int32"],
    ["complex", 'holds values of NumPy\'s type "<c16"'],
    ["text", 'holds values of NumPy\'s type "<U2"'],
    ["records", "holds records of several fields"],
    ["objects", "holds Python objects, which only Python can read"],
  ] as const)("refuses %s", async (name, message) => {
    const loading = loadNpy(decoded(golden.refused[name]));
    await expect(loading).rejects.toThrow(FormatError);
    await expect(loading).rejects.toThrow(message);
  });

  test("every proper prefix, and a byte too many, is refused", () => {
    const file = decoded(golden.npy[0]!.file);
    for (let length = 0; length < file.length; length++)
      expect(() => parseNpy(file.subarray(0, length), "x.npy")).toThrow(FormatError);
    expect(() => parseNpy(new Uint8Array([...file, 0]), "x.npy")).toThrow(
      "x.npy is too long: its header says shape (2, 3, 4) of int8, 24 bytes, and 25 follow.",
    );
  });

  test("changed bytes give an array or an error of the library, never anything else", () => {
    const files = golden.npy.map(({ file }) => decoded(file));
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1 }),
        (file, changes) => {
          const changed = file.slice();
          for (const [at, byte] of changes) changed[at % changed.length] = byte;
          try {
            parseNpy(changed, "x.npy");
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

test("loadNpz reads archives of both kinds, and compares checksums", async () => {
  for (const kind of ["savez", "savez_compressed"] as const) {
    const file = decoded(golden.npz[kind]);
    const { x, y, ...others } = await loadNpz(file);
    expect(others).toEqual({});
    expect(x!.shape).toEqual([100, 3]);
    expect(Array.from(x!.data)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect([y!.dtype, ...y!.data.subarray(0, 9)]).toEqual(["int32", 0, 1, 2, 3, 4, 5, 6, 0, 1]);
    file[400] = file[400]! ^ 4;
    await expect(loadNpz(file)).rejects.toThrow(FormatError);
  }
  await expect(loadNpz(new Uint8Array(100))).rejects.toThrow("has no zip directory at its end");
});

test("files come from paths, plain and packed, and a folder or a missing file is told", async () => {
  const folder = await temporaryFolder();
  const file = idxFile([2, 1, 2], [9, 8, 7, 6]);
  await writeFile(join(folder, "a.idx"), file);
  await writeFile(join(folder, "a.idx.gz"), gzipSync(file));
  for (const name of ["a.idx", "a.idx.gz"])
    expect((await loadIdx(join(folder, name))).toArray()).toEqual([[[9, 8]], [[7, 6]]]);
  await expect(loadIdx(folder)).rejects.toThrow(ArgumentError);
  await expect(loadIdx(folder)).rejects.toThrow("is a folder; pass the path of a file in it.");
  await expect(loadNpy(join(folder, "none.npy"))).rejects.toThrow(InputOutputError);
  await expect(loadNpy(join(folder, "a.idx"))).rejects.toThrow("a.idx is not a .npy file");
  await expect(loadNpz(join(folder, "a.idx"))).rejects.toThrow("a.idx has no zip directory");
  await expect(loadIdx(7 as never)).rejects.toThrow("loadIdx: the place is 7");
});
