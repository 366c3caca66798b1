/** Light tables: aligned text for a terminal, and the same as Markdown. */
import { type Alignment, alignText, formatCount, textWidth } from "../base/format.ts";

/** Missing values print as "–". */
export type Cell = string | number | null | undefined;

export interface TableColumn {
  readonly heading: string;
  /** Printed after the heading: `time (ms)`. */
  readonly unit?: string;
  /** Default: "right" when every value of the column is a number or missing, else "left". */
  readonly align?: Alignment;
  /** Decimals of the column's numbers. Default: 0 for whole numbers, 2 for others. */
  readonly digits?: number;
}

interface Layout {
  readonly headings: string[];
  readonly body: string[][];
  readonly alignments: Alignment[];
  readonly widths: number[];
}

/**
 * Headings, a rule and the rows, with two blanks between columns; each line ends with "\n" and without trailing blanks.
 *
 * Numbers get thousands separators. A column uses the same number of decimals in all rows, so that the points align.
 */
export function plainTable(columns: readonly TableColumn[], rows: readonly (readonly Cell[])[]): string {
  const { headings, body, alignments, widths } = layOut(columns, rows, (text) => text);
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, i) => alignText(cell, widths[i]!, alignments[i]))
      .join("  ")
      .trimEnd()}\n`;
  const rule = line(widths.map((width) => "─".repeat(width)));
  return line(headings) + rule + body.map(line).join("");
}

/** The same table in Markdown (GitHub's tables), padded so that the source is readable too. */
export function markdownTable(columns: readonly TableColumn[], rows: readonly (readonly Cell[])[]): string {
  const escapeText = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", "<br>");
  const { headings, body, alignments, widths } = layOut(columns, rows, escapeText, 3);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const pad = (cells: readonly string[]) => cells.map((cell, i) => alignText(cell, widths[i]!, alignments[i]));
  const rule = widths.map((width, i) => {
    const dashes = (colons: number) => "-".repeat(width - colons);
    return { left: dashes(0), right: `${dashes(1)}:`, center: `:${dashes(2)}:` }[alignments[i]!];
  });
  return line(pad(headings)) + line(rule) + body.map((cells) => line(pad(cells))).join("");
}

function layOut(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  escapeText: (text: string) => string,
  least = 0,
): Layout {
  const headings = columns.map(({ heading, unit }) =>
    escapeText(unit === undefined ? heading : `${heading} (${unit})`),
  );
  const values = columns.map((_, i) => rows.map((row) => row[i] ?? null));
  const texts = columns.map((column, i) => {
    const digits = column.digits ?? (values[i]!.every((cell) => typeof cell !== "number" || isWhole(cell)) ? 0 : 2);
    return values[i]!.map((cell) => escapeText(cellText(cell, digits)));
  });
  const alignments = columns.map(
    ({ align }, i) => align ?? (values[i]!.some((cell) => typeof cell === "string") ? "left" : "right"),
  );
  const widths = columns.map((_, i) => Math.max(least, ...[headings[i]!, ...texts[i]!].map(textWidth)));
  return { headings, body: rows.map((_, y) => texts.map((column) => column[y]!)), alignments, widths };
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) || !Number.isFinite(value);
}

function cellText(cell: Cell, digits: number): string {
  if (cell === null || cell === undefined) return "–";
  return typeof cell === "string" ? cell : formatCount(cell, digits);
}
