/** Tables and JSON lines: what is read, in which types, and what is refused in which words. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ArgumentError, DatasetError, FormatError, Sequential, Tensor } from "fovea";
import { type CsvOptions, csvDataset, type Dataset, jsonLinesDataset } from "fovea/datasets";
import { Dense } from "fovea/layers";
import { describe, expect, test } from "vitest";
import { type CsvRecord, csvRecords } from "../../../src/data/formats/csv.ts";
import { fc } from "../../properties.ts";
import { temporaryFolder } from "../idx-files.ts";

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/** Rows with scalars as numbers. */
const plain = async (rows: Dataset<unknown>) =>
  JSON.parse(
    JSON.stringify(await all(rows), (_, value) => {
      if (value instanceof Tensor) return `int32 ${value.item()}`;
      return value instanceof Float32Array ? ["f32", ...value] : (value as unknown);
    }),
  ) as unknown;

const read = (text: string, options?: CsvOptions) => plain(csvDataset(new Blob([text]), options));

describe("csvRecords", () => {
  const records = async (pieces: readonly string[], delimiter = ",") => {
    async function* source() {
      yield* pieces;
    }
    return all<CsvRecord>(csvRecords(source(), delimiter, "a.csv"));
  };

  test("splits quotes, line ends of every system and empty lines", async () => {
    const text = 'a,"b ""c"", d",\r\n\r\n"two\nlines",x,\n\nlast,,"end"';
    expect(await records([text])).toEqual([
      { line: 1, fields: ["a", 'b "c", d', ""] },
      { line: 3, fields: ["two\nlines", "x", ""] },
      { line: 6, fields: ["last", "", "end"] },
    ]);
    expect((await records(["a;b\rc;d,\r"], ";")).map(({ fields }) => fields)).toEqual([
      ["a", "b"],
      ["c", "d,"],
    ]);
    expect((await records(["1d2\t3"], "d")).map(({ fields }) => fields)).toEqual([["1", "2\t3"]]);
  });

  test("gives the same for any cut into pieces, and gives back what was quoted", async () => {
    const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", "é", " "), maxLength: 6 });
    const table = fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(table, fc.array(fc.nat(60), { maxLength: 5 }), async (rows, cuts) => {
        const text = rows.map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(",")).join("\r\n");
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
        expect((await records(pieces)).map(({ fields }) => fields)).toEqual(rows);
      }),
      { numRuns: 200 },
    );
  });

  test("quotes that do not end are told with their line", async () => {
    await expect(records(['a,b\n1,"2\n3'])).rejects.toThrow("a.csv, line 2: a quote is opened and never closed.");
    await expect(records(['a,b\n"1"x,2\n'])).rejects.toThrow(
      'a.csv, line 2: "x,2\\n" follows the closing quote of field 1.',
    );
  });
});

describe("csvDataset", () => {
  const flowers = "length,width,species\n5.1,3.5,setosa\n7,-3.2e1,versicolor\n";
  const types = { species: ["setosa", "versicolor"] };

  test("gives records, targets and vectors", async () => {
    expect(await read(flowers, { types })).toEqual([
      { length: 5.1, width: 3.5, species: "int32 0" },
      { length: 7, width: -32, species: "int32 1" },
    ]);
    expect(await read(flowers, { types: { species: "string" }, columns: ["species", "width"] })).toEqual([
      { species: "setosa", width: 3.5 },
      { species: "versicolor", width: -32 },
    ]);
    expect(await read(flowers, { types, label: "species", vector: true })).toEqual([
      [["f32", Math.fround(5.1), 3.5], "int32 0"],
      [["f32", 7, -32], "int32 1"],
    ]);
  });

  test("takes names, other delimiters, lines to skip, and values for empty fields", async () => {
    const options: CsvOptions = {
      columnNames: ["a", "b", "c"],
      skip: 1,
      delimiter: "\t",
      types: { c: "int32" },
      missing: { a: -1, c: 7 },
    };
    expect(await read("made by a program\n1\tnan\t3\n\tinf\t\n", options)).toEqual([
      { a: 1, b: null, c: "int32 3" },
      { a: -1, b: null, c: "int32 7" },
    ]);
    expect(await read("a,b\n,2\n", { missing: 0 })).toEqual([{ a: 0, b: 2 }]);
  });

  test.each<[string, CsvOptions, string]>([
    ["a,b\n1,x\n", {}, 'line 2: column "b" holds "x", expected a number. State what it is: types: { "b": "string" }'],
    ["a,b\n1,\n", {}, 'line 2: column "b" holds "", expected a number'],
    ["a,b\n1,2\n1,0x10\n", {}, 'line 3: column "b" holds "0x10"'],
    ["a,b\n1,2.5\n", { types: { b: "int32" } }, 'column "b" holds "2.5", expected a whole number'],
    ["a,b\n1,c\n", { types: { b: ["d", "e"] } }, 'column "b" holds "c", expected one of d, e'],
    ["a,b\n1,2,3\n", {}, "line 2: it has 3 fields, and the table has 2 columns"],
    ["alpha,b\n1,2\n", { label: "alhpa" }, 'has no column "alhpa". Did you mean "alpha"? It has: alpha, b.'],
    ["a,b\n", { types: { c: "int32" } }, 'has no column "c"'],
    ["a,a\n", {}, "two columns of one name"],
    ["", {}, "is empty; expected a line with the names of the columns"],
    ["a,b\n1,x\n", { types: { b: "string" }, vector: true }, 'column "b" is text, which vector: true cannot hold'],
  ])("names what is wrong in %j", async (text, options, message) => {
    const error: unknown = await read(text, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatasetError);
    expect((error as DatasetError).cause).toBeInstanceOf(FormatError);
    expect((error as DatasetError).message).toContain(message);
  });

  test.each<[object, string]>([
    [{ lable: "a" }, 'unknown option "lable". Did you mean "label"?'],
    [{ label: 3 }, "label is 3, expected the name of a column"],
    [{ delimiter: ",," }, 'delimiter is ",,"'],
    [{ skip: -1 }, "skip is -1"],
    [{ types: { a: "float" } }, 'types.a is "float"'],
    [{ missing: { a: null } }, "missing.a is null"],
    [{ vector: 1 }, "vector is 1"],
    [{ columns: "a" }, 'columns is "a"'],
  ])("refuses the options %j", (options, message) => {
    expect(() => csvDataset("a.csv", options as CsvOptions)).toThrow(ArgumentError);
    expect(() => csvDataset("a.csv", options as CsvOptions)).toThrow(message);
  });

  test("reads packed files of any length from a disk in batches, each pass anew", async () => {
    const path = join(await temporaryFolder(), "long.csv.gz");
    const rows = Array.from({ length: 40_000 }, (_, i) => `${i},${i % 3},"é${i}"`);
    await writeFile(path, gzipSync(`\ufeffa,b,c\n${rows.join("\n")}`));
    const dataset = csvDataset(path, { types: { b: "int32", c: "string" }, label: "b", columns: ["a"], vector: true });
    for (let pass = 0; pass < 2; pass++) {
      let [sum, count] = [0, 0];
      for await (const [x, y] of dataset.batch(1000)) {
        expect([x.shape, (y as Tensor).dtype]).toEqual([[1000, 1], "int32"]);
        sum += x.data[999]! - y.data[1]!;
        count++;
      }
      expect([sum, count]).toEqual([
        Array.from({ length: 40 }, (_, i) => i * 1000 + 999 - ((i * 1000 + 1) % 3)).reduce((a, b) => a + b),
        40,
      ]);
    }
    await writeFile(path, gzipSync(rows.join("\n")).subarray(0, 5000));
    await expect(all(csvDataset(path, { columnNames: ["a", "b", "c"], types: { c: "string" } }))).rejects.toThrow(
      "its gzip data is damaged or cut off",
    );
  });

  test("trains a model", async () => {
    const rows = Array.from({ length: 64 }, (_, i) => `${i / 64},${(i % 5) / 5},${i / 32 - (i % 5) / 5}`);
    const data = csvDataset(new Blob([`a,b,y\n${rows.join("\n")}`]), { label: "y", vector: true }).batch(16);
    const model = new Sequential([new Dense({ units: 1, inputShape: [2] })]);
    model.compile({ optimizer: "adam", loss: "mse", device: "reference" });
    const { history } = await model.fit(data, { epochs: 2, verbose: 0 });
    expect(history.loss![1]).toBeLessThan(history.loss![0]!);
  });

  test("bytes that are no UTF-8 are told", async () => {
    await expect(all(csvDataset(new Uint8Array([97, 10, 0xff, 0xfe, 10])))).rejects.toThrow("is no text in UTF-8");
  });
});

test("jsonLinesDataset gives values, and names the line that is none", async () => {
  const lines = (text: string) => all(jsonLinesDataset(new Blob([text])));
  expect(await lines('{"a": [1, 2]}\r\n\n"é"\n3')).toEqual([{ a: [1, 2] }, "é", 3]);
  expect(await lines("")).toEqual([]);
  await expect(lines('{"a": 1}\n\n{"a": \n')).rejects.toThrow("The Blob, line 3: it is no JSON");
  await expect(lines('1\n{"a"')).rejects.toThrow("line 2: it is no JSON");
});
