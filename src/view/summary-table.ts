/** A model's layers as a table: byte for byte the output of Keras 3's `model.summary()` without colours. */
import { ArgumentError } from "../base/errors.ts";
import { formatBytes, formatCount } from "../base/format.ts";
import { type BoxColumn, boxTable } from "./box-table.ts";

/** An output of another layer that a layer reads: Keras prints it as `layer[node][tensor]`. */
export interface SummaryConnection {
  readonly layer: string;
  /** Index of the call of that layer, from 0. */
  readonly node: number;
  /** Index of the output of that call, from 0. */
  readonly tensor: number;
}

type OutputShape = readonly (number | null)[];

export interface SummaryRow {
  readonly name: string;
  readonly className: string;
  /** One shape, null for the batch; a list of shapes when the layer has several outputs; undefined while unknown ("?"). */
  readonly outputShape: OutputShape | readonly OutputShape[] | undefined;
  /** All weights, trainable or not. */
  readonly params: number;
  /** True for a layer whose weights do not exist yet: prints `0 (unbuilt)`. Default false. */
  readonly unbuilt?: boolean;
  /** Undefined for a layer without weights: prints "-". */
  readonly trainable?: boolean | undefined;
  /** The layer's inputs. If any row has them, the table gets the fourth column of non-sequential models. */
  readonly connectedTo?: readonly SummaryConnection[] | undefined;
  /** Depth inside nested models; 0 (the default) is the top level. */
  readonly depth?: number;
}

/** Numbers of float32 weights, 4 bytes each. */
export interface SummaryTotals {
  readonly trainable: number;
  readonly nonTrainable: number;
  /** The optimizer's variables, including its step counter and learning rate; undefined before it is built. */
  readonly optimizer?: number | undefined;
}

/** An additional column (receptive field, multiply-adds, …), with one cell per row. */
export interface SummaryColumn extends BoxColumn {
  readonly cells: readonly string[];
}

export interface SummaryOptions {
  readonly modelName: string;
  /** Cells of a line. Default: Keras's 88, or 108 with connections, 12 more with `showTrainable`, at most terminalColumns - 4. */
  readonly lineLength?: number | undefined;
  /** Width of the terminal; undefined without a terminal, and the table is then not narrowed. */
  readonly terminalColumns?: number | undefined;
  /** Adds the column `Trainable` with Y, N or -. Default false. */
  readonly showTrainable?: boolean;
  /** Columns that Keras does not have. With them every column is as wide as its text, which differs from Keras's layout. */
  readonly extraColumns?: readonly SummaryColumn[];
}

/**
 * The whole summary: model name, table, parameter counts; ends with "\n".
 *
 * "Total params" counts the optimizer's variables too, as Keras does.
 *
 * @throws ArgumentError when the line is too short to hold the columns, or an extra column has not one cell for each row
 */
export function summaryText(rows: readonly SummaryRow[], totals: SummaryTotals, options: SummaryOptions): string {
  const connected = rows.some((row) => row.connectedTo !== undefined);
  const { showTrainable = false, extraColumns = [] } = options;
  for (const { heading, cells } of extraColumns) {
    if (cells.length !== rows.length)
      throw new ArgumentError(
        `Summary column "${heading}" has ${cells.length} cells for ${rows.length} layers; give one cell for each layer.`,
      );
  }
  const columns: BoxColumn[] = [
    { heading: "Layer (type)" },
    { heading: "Output Shape" },
    { heading: "Param #", align: "right" },
  ];
  if (connected) columns.push({ heading: "Connected to" });
  if (showTrainable) columns.push({ heading: "Trainable", align: "center" });
  const limit = (options.terminalColumns ?? Number.POSITIVE_INFINITY) - 4;
  const natural = extraColumns.length > 0;
  const usual = natural ? Number.POSITIVE_INFINITY : (connected ? 108 : 88) + (showTrainable ? 12 : 0);
  const length = options.lineLength ?? Math.min(usual, limit);
  const widths = natural ? [] : kerasWidths(length, connected, showTrainable);
  const cells = rows.map((row, i) => [
    ...rowCells(row, connected, showTrainable),
    ...extraColumns.map((column) => column.cells[i]!),
  ]);
  const table = boxTable(
    [...columns.map((column, i) => (natural ? column : { ...column, width: widths[i]! })), ...extraColumns],
    cells,
    length,
  );
  return `Model: "${options.modelName}"\n${table}${totalsText(totals)}`;
}

/** Column widths from Keras's column ends, which are fractions of the line (Keras `utils/summary_utils.py`). */
function kerasWidths(length: number, connected: boolean, showTrainable: boolean): number[] {
  const own = connected ? [0.3, 0.56, 0.74, 1.0] : [0.45, 0.8, 1.0];
  const ends = showTrainable ? [...own.map((end) => end * 0.9), 1.0] : own;
  let used = 0;
  return ends.map((end) => {
    const width = Math.trunc(end * length) - used;
    used += width;
    if (width < 4)
      throw new ArgumentError(
        `summary: a line of ${length} cells is too short for ${ends.length} columns; give a longer lineLength (usual: ${connected ? 108 : 88}) or widen the terminal.`,
      );
    return width;
  });
}

/** The cells of a row, as text. */
export function rowCells(row: SummaryRow, connected: boolean, showTrainable: boolean): string[] {
  const indent = row.depth ? `${"   ".repeat(row.depth)}└ ` : "";
  const cells = [
    `${indent}${row.name} (${row.className})`,
    outputText(row.outputShape),
    row.unbuilt ? "0 (unbuilt)" : formatCount(row.params),
  ];
  if (connected) {
    const sources = (row.connectedTo ?? []).map(({ layer, node, tensor }) => `${layer}[${node}][${tensor}]`);
    cells.push(sources.join(", ") || "-");
  }
  if (showTrainable) cells.push(row.trainable === undefined ? "-" : row.trainable ? "Y" : "N");
  return cells;
}

function outputText(shape: SummaryRow["outputShape"]): string {
  if (shape === undefined) return "?";
  const isList = (value: NonNullable<SummaryRow["outputShape"]>): value is readonly OutputShape[] =>
    Array.isArray(value[0]);
  if (isList(shape)) return shape.length === 1 ? outputText(shape[0]) : `[${shape.map(outputText).join(", ")}]`;
  // Not formatShape: here Keras prints a one-axis shape without the comma of a Python tuple.
  return `(${shape.map((axis) => axis ?? "None").join(", ")})`;
}

/** A line for each sum of parameters. */
export function totalsText({ trainable, nonTrainable, optimizer }: SummaryTotals): string {
  const line = (what: string, count: number) => ` ${what} params: ${formatCount(count)} (${formatBytes(count * 4)})\n`;
  return (
    line("Total", trainable + nonTrainable + (optimizer ?? 0)) +
    line("Trainable", trainable) +
    line("Non-trainable", nonTrainable) +
    (optimizer === undefined ? "" : line("Optimizer", optimizer))
  );
}
