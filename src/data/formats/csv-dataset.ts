/** Tables as datasets: comma-separated text, row by row. */
import { FormatError } from "../../base/errors.ts";
import { checkKeys, refuseOption } from "../../base/options.ts";
import type { LoadPlace } from "../../io/place.ts";
import { Dataset } from "../dataset.ts";
import { checkWhole } from "../source.ts";
import { csvRecords } from "./csv.ts";
import { type CsvColumnType, type CsvValue, columnsOf, valuesOf } from "./csv-columns.ts";
import { openFile } from "./open-file.ts";
import { textOf } from "./text.ts";

export interface CsvOptions {
  /** Column of the targets: elements are then [features, target]. Default: none, elements are features. */
  readonly label?: string;
  /** Columns that are read, in this order, besides the label's. Default: all. */
  readonly columns?: readonly string[];
  /** What columns hold, by name. Default: numbers ("float32"). */
  readonly types?: Readonly<Record<string, CsvColumnType>>;
  /** What stands for an empty field, for all columns or by name. Default: an empty field of a column of numbers is an error. */
  readonly missing?: number | Readonly<Record<string, number | string>>;
  /** Whether the features of a row are one Float32Array in place of a record by name. Default false. */
  readonly vector?: boolean;
  /** Names of all columns of a file that does not begin with them. Default: the first line names the columns. */
  readonly columnNames?: readonly string[];
  /** Lines (records) at the beginning that are passed over. Default 0. */
  readonly skip?: number;
  /** The character between fields. Default ",". */
  readonly delimiter?: string;
}

/** Fields of a row by the names of their columns. */
export interface CsvRow {
  readonly [column: string]: CsvValue;
}

/** What a row becomes, by the options. */
export type CsvElement<O extends CsvOptions> = O extends { readonly label: string }
  ? [CsvFeatures<O>, CsvValue]
  : CsvFeatures<O>;

/** The features of a row, by the options. */
export type CsvFeatures<O extends CsvOptions> = O extends { readonly vector: true } ? Float32Array : CsvRow;

const optionNames = ["label", "columns", "types", "missing", "vector", "columnNames", "skip", "delimiter"] as const;

/**
 * The rows of a file of comma-separated values, read as they are asked for: the file may be larger than the memory. It is
 * UTF-8, plain or as .gz; quotes are those of RFC 4180. Empty lines are left out.
 *
 * Elements are rows; `.shuffle(n)`, `.batch(n)` and the other methods of `Dataset` make batches of them. Columns of numbers and of
 * categories become tensors [batch], `vector: true` gives features [batch, columns].
 *
 * @param where a path or file: URL in Node; an address, a File or Blob, bytes, or any other place that `loadModel` takes
 * @throws ArgumentError for options that cannot be; while rows are read, DatasetError with a FormatError as its cause, which
 *   names the line and the column
 * @see tf.data's `make_csv_dataset`, which guesses types; here they are stated
 * @example
 * ```ts
 * import { csvDataset } from "fovea/datasets";
 * const flowers = new Blob(["length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n"]);
 * const rows = csvDataset(flowers, {
 *   label: "species",
 *   types: { species: ["setosa", "versicolor", "virginica"] },
 *   vector: true,
 * });
 * for await (const [x, y] of rows.batch(2)) console.log(x.shape, y); // [2, 2], tensor of [0, 1]
 * ```
 */
export function csvDataset<const O extends CsvOptions = CsvOptions>(
  where: LoadPlace,
  options?: O,
): Dataset<CsvElement<O>>;
export function csvDataset(where: LoadPlace, options: CsvOptions = {}): Dataset<unknown> {
  checkOptions(options);
  return Dataset.from(() => rowsOf(where, options));
}

async function* rowsOf(where: LoadPlace, options: CsvOptions): AsyncGenerator<unknown, void, undefined> {
  const {
    label,
    columns: wanted,
    types = {},
    missing,
    vector = false,
    columnNames,
    skip = 0,
    delimiter = ",",
  } = options;
  const source = await openFile("csvDataset", where);
  try {
    const { name: file } = source;
    const records = csvRecords(textOf(source), delimiter, file);
    for (let i = 0; i < skip; i++) await records.next();
    const names = columnNames ?? (await records.next()).value?.fields.map((field) => field.trim());
    if (names === undefined) throw new FormatError(`${file} is empty; expected a line with the names of the columns.`);
    const features = (wanted ?? names).filter((name) => name !== label);
    const columns = columnsOf(file, names, label === undefined ? features : [...features, label], types, missing);
    for await (const record of records) {
      const values = valuesOf(file, columns, names.length, record);
      const target = label === undefined ? undefined : values.pop()!;
      const row = vector
        ? vectorOf(file, features, values)
        : Object.fromEntries(values.map((value, i) => [features[i]!, value]));
      yield label === undefined ? row : [row, target];
    }
  } finally {
    await source.close();
  }
}

function vectorOf(file: string, names: readonly string[], values: readonly CsvValue[]): Float32Array {
  return Float32Array.from(values, (value, i) => {
    if (typeof value === "string")
      throw new FormatError(
        `${file}: column "${names[i]}" is text, which vector: true cannot hold; list its categories in types, or leave it out by columns.`,
      );
    return typeof value === "number" ? value : value.item();
  });
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function checkOptions(options: CsvOptions): void {
  checkKeys("csvDataset", options, optionNames);
  const { label, columns, types, missing, vector, columnNames, skip = 0, delimiter = "," } = options;
  if (label !== undefined && typeof label !== "string")
    refuseOption("csvDataset", "label", label, "the name of a column");
  if (columns !== undefined && !isTexts(columns))
    refuseOption("csvDataset", "columns", columns, "a list of names of columns");
  if (columnNames !== undefined && !isTexts(columnNames))
    refuseOption("csvDataset", "columnNames", columnNames, "a list of names");
  if (vector !== undefined && typeof vector !== "boolean")
    refuseOption("csvDataset", "vector", vector, "true or false");
  if (typeof delimiter !== "string" || delimiter.length !== 1 || /["\r\n]/.test(delimiter))
    refuseOption("csvDataset", "delimiter", delimiter, 'one character, such as "," ";" or "\\t"');
  checkWhole("csvDataset", "skip", skip, 0);
  if (types !== undefined && !isRecord(types))
    refuseOption("csvDataset", "types", types, 'types by column: { age: "int32" }');
  for (const [name, type] of Object.entries(types ?? {}))
    if (type !== "float32" && type !== "int32" && type !== "string" && !isTexts(type))
      refuseOption("csvDataset", `types.${name}`, type, '"float32", "int32", "string" or a list of categories');
  if (missing !== undefined && typeof missing !== "number" && !isRecord(missing))
    refuseOption("csvDataset", "missing", missing, "a number, or values by column");
  for (const [name, value] of Object.entries(isRecord(missing) ? missing : {}))
    if (typeof value !== "number" && typeof value !== "string")
      refuseOption("csvDataset", `missing.${name}`, value, "a number or a string");
}
