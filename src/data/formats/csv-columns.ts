/** Columns of a table: their names, and how a field's text becomes a value. */
import { FormatError, suggestName } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import type { CsvRecord } from "./csv.ts";

/**
 * How fields are read: as numbers ("float32"), whole numbers ("int32"), text ("string"), or as one of the categories listed,
 * which becomes its index (int32).
 */
export type CsvColumnType = "float32" | "int32" | "string" | readonly string[];

/** A field: a number (float32), an int32 scalar (whole numbers and categories), or text. */
export type CsvValue = number | Tensor | string;

export interface CsvColumn {
  readonly name: string;
  readonly index: number;
  readonly read: (text: string, fail: (what: string) => FormatError) => CsvValue;
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const words: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  "+inf": Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  "-infinity": Number.NEGATIVE_INFINITY,
};

const scalar = (value: number) => new Tensor(Int32Array.of(value), []);

function numberOf(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  const word = text.trim().toLowerCase();
  return Object.hasOwn(words, word) ? words[word] : undefined;
}

function readerOf(name: string, type: CsvColumnType): CsvColumn["read"] {
  if (type === "string") return (text) => text;
  if (type === "float32")
    return (text, fail) => {
      const value = numberOf(text);
      if (value !== undefined) return value;
      throw fail(
        `column "${name}" holds ${JSON.stringify(text)}, expected a number. State what it is: types: { ${JSON.stringify(name)}: "string" } or a list of its categories; missing: … says what stands for empty fields`,
      );
    };
  if (type === "int32")
    return (text, fail) => {
      const value = numberOf(text);
      if (value !== undefined && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31)
        return scalar(value);
      throw fail(`column "${name}" holds ${JSON.stringify(text)}, expected a whole number that int32 holds`);
    };
  const indices = new Map(type.map((category, index) => [category, index]));
  return (text, fail) => {
    const index = indices.get(text.trim());
    if (index !== undefined) return scalar(index);
    throw fail(`column "${name}" holds ${JSON.stringify(text)}, expected one of ${type.join(", ")}`);
  };
}

/**
 * The columns `wanted`, or all, with the readers of their types.
 *
 * @param file how messages call the file
 */
export function columnsOf(
  file: string,
  names: readonly string[],
  wanted: readonly string[] | undefined,
  types: Readonly<Record<string, CsvColumnType>>,
  missing: number | Readonly<Record<string, number | string>> | undefined,
): CsvColumn[] {
  const indices = new Map(names.map((name, index) => [name, index]));
  if (indices.size < names.length)
    throw new FormatError(
      `${file} has two columns of one name among ${names.join(", ")}; pass columnNames with a name for each, and skip: 1 for the line of names.`,
    );
  const known = (name: string) => {
    const index = indices.get(name);
    if (index !== undefined) return index;
    const hint = suggestName(name, names);
    throw new FormatError(`${file} has no column "${name}".${hint} It has: ${names.join(", ")}.`);
  };
  const stated = typeof missing === "object" ? missing : {};
  for (const name of [...Object.keys(types), ...Object.keys(stated)]) known(name);
  return (wanted ?? names).map((name) => {
    const read = readerOf(name, Object.hasOwn(types, name) ? types[name]! : "float32");
    const instead = Object.hasOwn(stated, name) ? stated[name] : typeof missing === "number" ? missing : undefined;
    return {
      name,
      index: known(name),
      read: instead === undefined ? read : (text, fail) => read(text.trim() === "" ? String(instead) : text, fail),
    };
  });
}

/** The values of a record, in the order of the columns. */
export function valuesOf(file: string, columns: readonly CsvColumn[], count: number, record: CsvRecord): CsvValue[] {
  const fail = (what: string) => new FormatError(`${file}, line ${record.line}: ${what}.`);
  if (record.fields.length !== count)
    throw fail(`it has ${record.fields.length} fields, and the table has ${count} columns`);
  return columns.map(({ index, read }) => read(record.fields[index]!, fail));
}
